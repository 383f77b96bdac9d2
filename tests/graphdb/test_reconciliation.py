"""The report of a dataset: labels, traces, comparisons and decisions counted from its published tables."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from graphdb import testing
from graphdb.lake import Lake
from graphdb.reconciliation import reconciliation, wording
from schemas.dataset import Decisions
from schemas.errors import Place
from schemas.reasons import Comparison, Resolved, compared

SET = "test/animal"


@pytest.fixture
def lake(tmp_path):
    found = Lake(tmp_path)
    found.publish(testing.cells())
    return found


def reported(lake, decisions=None):
    dataset = testing.connectome()
    more = {} if decisions is None else {"decision": decisions.frame()}
    return reconciliation(lake, lake.publish(replace(dataset, tables={**dataset.tables, **more})))


def test_without_decisions_every_cell_is_exact(lake):
    report = reported(lake)
    held = pl.concat(
        lake.read("test/connectome", kind).select(pl.concat_list("source", "target").explode().alias("uid"))
        for kind in ("chemical", "gap_junction")
    )
    assert report.labels == {"exact": held["uid"].n_unique()}
    assert (report.decisions, report.actions, report.reasons, report.compared) == (0, {}, (), ())
    assert {each.network: each.edges for each in report.networks} == {"chemical": 7, "gap_junction": 3}


def test_labels_count_once_and_their_cells_are_no_longer_exact(lake):
    exact = reported(lake).labels["exact"]
    decisions = Decisions()
    for row in (1, 2):  # the same label on two sheets
        decisions.add("renamed", "AVAL0", str(Resolved("padded", "AVAL", SET)), Place("a.csv", row=row))
    decisions.add("renamed", "avar", str(Resolved("alias", "AVAR", SET)), Place("a.csv", row=3))
    decisions.add("renamed", "rim part", str(Resolved("a part of one cell", "RIML", SET)), Place("a.csv", row=4))
    decisions.add("guessed", "[hyp]", "taken for hyp", Place("a.csv", row=5))
    decisions.add("guessed", "test/connectome/chemical", "the mirror image of each is added", Place("a.csv"))
    report = reported(lake, decisions)
    assert report.labels == {"exact": exact - 3, "padded": 1, "alias": 1, "renamed": 1, "guessed": 1}
    assert report.actions == {"renamed": 4, "guessed": 2}


def test_reasons_are_grouped_by_wording_with_the_first_place(lake):
    decisions = Decisions()
    for row in (7, 8, 9):
        reason = f"repeats the entry at a.csv, row {row - 5}; weights {row} and 1 are added"
        decisions.add("merged", "AVAL -> RIML", reason, Place("a.csv", row=row))
    decisions.add("dropped", "AVAL -> NMJ", "no cell", Place("a.csv", row=4))
    (merged, dropped) = reported(lake, decisions).reasons
    assert (merged.action, merged.n, merged.item) == ("merged", 3, "AVAL -> RIML")
    assert merged.wording == "repeats the entry at …, row …; weights … are added"
    assert merged.place == Place("a.csv", row=7)
    assert (dropped.action, dropped.n, dropped.wording) == ("dropped", 1, "no cell")


def test_comparisons_stand_apart_from_other_reasons(lake):
    pairs = Comparison(agree=5, differ=1, only_form=2, only_reference=3)
    decisions = Decisions()
    decisions.add("differs", "list, chemical", compared("test/connectome/chemical", pairs), Place("b.csv"))
    decisions.add("differs", "AVAL - RIML", "3 here, 4 in test/connectome/chemical", Place("b.csv", row=2))
    report = reported(lake, decisions)
    (form,) = report.compared
    assert (form.item, form.network, form.pairs) == ("list, chemical", "test/connectome/chemical", pairs)
    assert [(each.n, each.action) for each in report.reasons] == [(1, "differs")]
    assert report.decisions == 2


def test_a_dataset_with_nodes_of_its_own_has_no_labels(lake):
    assert reconciliation(lake, lake.manifest("test/cells")).labels == {}


def test_traces_are_counted_by_match(lake):
    lake.publish(testing.connectome())
    report = reconciliation(lake, lake.publish(testing.activity()))
    trace = lake.read("test/activity", "trace")
    assert report.traces
    assert report.traces == dict(trace.group_by("match").len().iter_rows())
    assert list(report.traces) == [m for m in ("exact", "unlabelled") if m in report.traces]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("a b.csv, sheet 'x', row 3, column JB: 2 of 3", "…, sheet …, row …, column …: … of …"),
        ("the JSON holds 1, the table nothing", "the JSON holds …, the table nothing"),
        ("only in the list of what is sent: hyp has no list", "only in the list of what is sent: … has no list"),
        ("it is a cell of the male", "it is a cell of the male"),
        ("columns D and E", "columns D and E"),
    ],
)
def test_the_wording_of_a_reason(reason, expected):
    assert wording(reason, ["a b.csv"], {"hyp"}) == expected
