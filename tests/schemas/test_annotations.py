"""The table of what sources say: its key, its words, its numbers."""

from __future__ import annotations

import polars as pl
import pytest

from schemas import tables
from schemas.annotations import ATTRIBUTES
from schemas.dataset import Dataset, DatasetInfo
from schemas.errors import ValidationError
from schemas.validation import validate

NODE = "a/cells/x"
INFO = DatasetInfo("a/says", "celegans", "t", "l", "c", "r", "1", parents=("a/cells",))


def check(*rows):
    frame = tables.frame("annotation", [{"node": NODE, **row} for row in rows])
    validate(Dataset(INFO, {"annotation": frame}), {"node": [NODE]})


def test_contradictions_are_rows():
    check(
        {"attribute": "lineage", "value": "AB pl"},
        {"attribute": "lineage", "value": "AB pr", "evidence": "one of two"},
        {"attribute": "ap_um", "value": "1.50", "number": 1.5},
        {"attribute": "a_word_of_its_own2", "value": "blue"},
    )


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"attribute": "ap_um", "value": "far"}, "measured attributes have a number"),
        ({"attribute": "lr_um", "value": "0"}, "measured attributes have a number"),
        ({"attribute": "Lineage", "value": "AB"}, "regex"),
        ({"attribute": "ap um", "value": "1", "number": 1.0}, "regex"),
        ({"attribute": "lineage", "value": ""}, "min_length"),
        ({"attribute": "lineage", "value": "AB", "evidence": ""}, "min_length"),
        ({"attribute": "ap_um", "value": "inf", "number": float("inf")}, "infinite"),
        ({"attribute": "ap_um", "value": "nan", "number": float("nan")}, "NaN"),
        ({"attribute": "lineage", "value": None}, "must not be null"),
        ({"attribute": "lineage", "value": "AB", "node": "a/cells/y"}, "is in no node table"),
    ],
)
def test_a_row_that_breaks_the_format_is_named(row, says):
    with pytest.raises(ValidationError) as caught:
        check({"attribute": "lineage", "value": "first"}, row)
    (problem,) = caught.value.problems
    assert says in problem.message.replace("_", " " if " " in says else "_")
    assert (problem.table, problem.row) == ("annotation", 1)


def test_a_statement_stands_once():
    with pytest.raises(ValidationError, match="the key is not unique"):
        check({"attribute": "lineage", "value": "AB"}, {"attribute": "lineage", "value": "AB", "evidence": "again"})


def test_numeric_words_end_with_their_unit():
    units = ("_um", "_atlas_unit")
    assert {name for name, a in ATTRIBUTES.items() if a.numeric} == {n for n in ATTRIBUTES if n.endswith(units)}
    assert all(name == a.name and a.meaning for name, a in ATTRIBUTES.items())
    assert tables.columns("annotation")["number"] == pl.Float64
