"""Validation names every problem, each with table, column and row."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from graphdb.testing import NODE_SET, activity, cells, connectome
from schemas import tables
from schemas.dataset import Dataset
from schemas.errors import ValidationError
from schemas.validation import validate

KEYS = {"node": set(cells().tables["node"]["uid"]), "node_set": {NODE_SET}}


def problems(dataset: Dataset) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        validate(dataset, KEYS)
    return [str(problem) for problem in caught.value.problems]


def changed(dataset: Dataset, table: str, **columns: pl.Expr) -> Dataset:
    return replace(dataset, tables={**dataset.tables, table: dataset.tables[table].with_columns(**columns)})


def at(row: int, value: object, column: str) -> pl.Expr:
    return pl.when(pl.int_range(pl.len()) == row).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)


def test_sound_datasets_pass():
    validate(cells())
    validate(connectome(), KEYS)
    validate(activity(), KEYS)


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("weight", 0.0, "chemical.weight, row 2: breaks the rule 'min_exclusive' (value 0.0)"),
        ("weight", -1.0, "chemical.weight, row 2: breaks the rule 'min_exclusive' (value -1.0)"),
        ("weight", float("nan"), "chemical.weight, row 2: is NaN; missing is null (value nan)"),
        ("weight", float("inf"), "chemical.weight, row 2: is infinite (value inf)"),
        ("weight", None, "chemical.weight, row 2: must not be null"),
        ("source", "test/animal/NOPE", "chemical.source, row 2: 'test/animal/NOPE' is in no node table"),
        (
            "network",
            "test/connectome/x",
            "chemical.network, row 2: 'test/connectome/x' is in no network table",
        ),
        ("source", "AVAL", "chemical.source, row 2: breaks the rule 'regex' (value 'AVAL')"),
    ],
)
def test_a_wrong_cell_is_named(column, value, says):
    found = problems(changed(connectome(), "chemical", **{column: at(2, value, column)}))
    assert any(p.startswith(says) for p in found), found


def test_all_problems_are_reported_at_once():
    broken = changed(connectome(), "chemical", weight=pl.lit(0.0))
    broken = changed(broken, "gap_junction", source=pl.col("target"), target=pl.col("source"))
    found = problems(broken)
    assert sum("chemical.weight" in p for p in found) == 7
    assert "gap_junction.source, row 0: an undirected edge must have source <= target" in found


def test_a_key_that_occurs_twice_is_named_with_both_rows():
    twice = connectome()
    chemical = twice.tables["chemical"]
    found = problems(replace(twice, tables={**twice.tables, "chemical": pl.concat([chemical, chemical.head(1)])}))
    assert {p for p in found if "the key is not unique" in p} == {
        f"chemical.network, source, target, row {n}: the key is not unique" for n in (0, 7)
    }


def test_missing_unknown_and_mistyped_columns_are_named():
    dataset = connectome()
    chemical = dataset.tables["chemical"].drop("weight").with_columns(source=pl.lit(1), colour=pl.lit("red"))
    found = problems(replace(dataset, tables={**dataset.tables, "chemical": chemical}))
    assert "chemical.weight: column is missing" in found
    assert "chemical.source: has type Int32, must be String" in found
    assert "chemical.colour: unknown column" in found


def test_an_unknown_table_is_named():
    dataset = connectome()
    found = problems(replace(dataset, tables={**dataset.tables, "colour": pl.DataFrame({"a": [1]})}))
    assert found[0].startswith("colour.*: not a table that a reader may write")


def test_traces_must_be_as_long_as_their_recording_and_time_must_increase():
    short = changed(activity(), "trace", values=pl.col("values").list.head(2))
    assert "trace.values, row 0: has 2 values, its recording has 3 samples" in problems(short)
    still = changed(activity(), "recording", time_s=pl.lit([0.0, 0.5, 0.5]))
    assert "recording.*, row 0: breaks the rule 'time_increases'" in problems(still)


def test_a_trace_has_a_node_exactly_if_its_label_was_matched():
    wrong = changed(activity(), "trace", match=at(2, "exact", "match"))
    assert problems(wrong) == ["trace.*, row 2: breaks the rule 'node_if_matched'"]


def test_frame_refuses_a_column_that_the_table_does_not_have():
    with pytest.raises(ValueError, match="no column"):
        tables.frame("node", [{"colour": "red"}])
