"""What programs read is whole and exact."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.cli.formats import Format, chosen_format, plain, write_table
from schemas.errors import UsageError

TABLE = pa.table(
    {
        "id": ["a/1", "b,2"],
        "n": [2**62, None],
        "x": [float("nan"), 0.1],
        "day": [date(2026, 1, 2), None],
        "at": pa.array([datetime(2026, 1, 2, 3, 4, tzinfo=UTC), None]),
        "names": [["x", 'y"'], []],
        "part": [{"a": 1, "b": float("inf")}, None],
        "flag": [True, None],
    }
)


def test_json_has_iso_dates_null_for_nan_and_exact_integers(capsys):
    write_table(TABLE, Format.JSON, None)
    first, second = json.loads(capsys.readouterr().out)
    assert first == {
        "id": "a/1",
        "n": str(2**62),  # most readers of JSON would round it
        "x": None,
        "day": "2026-01-02",
        "at": "2026-01-02T03:04:00+00:00",
        "names": ["x", 'y"'],
        "part": {"a": 1, "b": None},
        "flag": True,
    }
    assert second["x"] == 0.1
    assert second["part"] is None


def test_ndjson_is_one_object_per_line(capsys):
    write_table(TABLE, Format.NDJSON, None)
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["a/1", "b,2"]


def test_csv_reads_back(capsys):
    write_table(TABLE, Format.CSV, None)
    frame = pl.read_csv(io.StringIO(capsys.readouterr().out))
    assert frame.columns == TABLE.column_names
    assert frame.get_column("id").to_list() == ["a/1", "b,2"]
    assert frame.get_column("n").to_list() == [2**62, None]
    assert frame.get_column("names").to_list() == ['["x", "y\\""]', "[]"]


def test_parquet_is_the_same_table(tmp_path):
    write_table(TABLE, Format.PARQUET, tmp_path / "t.parquet")
    written = pq.read_table(tmp_path / "t.parquet")
    assert written.schema.names == TABLE.schema.names
    assert written.schema.types == TABLE.schema.types
    assert pl.from_arrow(written).equals(pl.from_arrow(TABLE))
    assert [p.name for p in tmp_path.iterdir()] == ["t.parquet"]


def test_an_empty_answer_is_still_a_document(capsys):
    empty = TABLE.slice(0, 0)
    write_table(empty, Format.JSON, None)
    assert capsys.readouterr().out == "[]\n"
    write_table(empty, Format.CSV, None)
    assert capsys.readouterr().out == ",".join(TABLE.column_names) + "\n"


def test_a_table_in_a_file_is_not_cut(tmp_path):
    long = "x" * 500
    write_table(pa.table({"a": [long], "b": [1]}), Format.TABLE, tmp_path / "t.txt")
    assert long in (tmp_path / "t.txt").read_text()


def test_a_file_that_cannot_be_written_is_wrong_usage(tmp_path):
    with pytest.raises(UsageError, match="cannot be written"):
        write_table(TABLE, Format.CSV, tmp_path / "absent" / "t.csv")


@pytest.mark.parametrize(
    ("value", "expected"),
    [(timedelta(milliseconds=1500), 1.5), (Decimal("1.5"), 1.5), (b"\x01\xff", "01ff"), ((1, float("nan")), [1, None])],
)
def test_plain(value, expected):
    assert plain(value) == expected


@pytest.mark.parametrize(
    ("asked", "out", "expected"),
    [
        (None, None, Format.TABLE),
        (None, "a.parquet", Format.PARQUET),
        (None, "a.CSV", Format.CSV),
        (None, "a", Format.TABLE),
        (Format.JSON, "a.csv", Format.JSON),
    ],
)
def test_the_format_is_asked_for_or_in_the_name_of_the_file(asked, out, expected):
    assert chosen_format(asked, Path(out) if out else None) is expected
