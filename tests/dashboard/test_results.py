"""Answers are paged, sorted and downloaded whole; no cell becomes a formula or a rounded id."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pyarrow as pa

from dashboard.services import results
from dashboard.services.results import Results, csv_text, shown_rows
from graphdb.answer import Answer


def answer(**columns: list[object]) -> Answer:
    return Answer(pa.table(columns), truncated=False, total_rows=None, elapsed_s=0.0, store="test")


def test_rows_come_in_blocks_and_sorted():
    kept = Results()
    key = kept.keep(answer(**{"a.b": list(range(500)), "t": [f"t{n:03}" for n in range(500)]}))
    rows, total = kept.rows(key, 200, 203)
    assert (rows, total) == ([{"c0": n, "c1": f"t{n}"} for n in (200, 201, 202)], 500)
    assert kept.rows(key, 0, 1, "c0", descending=True)[0] == [{"c0": 499, "c1": "t499"}]
    assert kept.rows(key, 0, 1, "no such column")[0] == [{"c0": 0, "c1": "t000"}]
    assert kept.rows("unknown", 0, 10) == ([], 0)
    assert kept.rows(key, 9_000, 9_010) == ([], 500)


def test_the_oldest_answers_go_first(monkeypatch):
    monkeypatch.setattr(results, "KEPT", 2)
    kept = Results()
    keys = [kept.keep(answer(a=[n])) for n in range(3)]
    assert [kept.path(key) is not None for key in keys] == [False, True, True]


def test_what_a_browser_cannot_hold_becomes_text():
    frame = pl.DataFrame(
        {
            "id": [720575940619898113, 7],
            "x": [float("nan"), 1.5],
            "l": [[1], []],
            "d": [dt.date(2024, 2, 29), None],
            "b": [True, None],
        }
    )
    assert shown_rows(frame) == [
        {"id": "720575940619898113", "x": None, "l": "[1]", "d": "2024-02-29", "b": True},
        {"id": 7, "x": 1.5, "l": "[]", "d": None, "b": None},
    ]


def test_no_cell_of_a_csv_is_a_formula():
    frame = pl.DataFrame({"=a": ["=HYPERLINK(1)", "+1", "-x", "@y", "fine"], "n": [-1, 2, 3, 4, 5]})
    lines = csv_text(frame).splitlines()
    assert lines == ["'=a,n", "'=HYPERLINK(1),-1", "'+1,2", "'-x,3", "'@y,4", "fine,5"]
    assert csv_text(frame.clear()) == "'=a,n\n"
