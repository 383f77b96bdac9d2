"""Imaged, not imaged, not said: cells of connectomes by what their sources say, against loops over the lake's rows."""

from __future__ import annotations

import polars as pl
import pytest

from graphdb.named.catalog import run_named
from graphdb.testing_partial import COVERED
from schemas.errors import QueryError, UsageError

ALPHA, BETA = "test/alpha/chemical", "test/beta/chemical"


def ends(lake, uid):
    dataset = "/".join(uid.split("/")[:2])
    edges = lake.read(dataset, "chemical").filter(pl.col("network") == uid)
    return {end.rpartition("/")[2] for end in (*edges["source"], *edges["target"])}


def test_cells_are_imaged_or_not_as_the_source_says(partial_store, partial_lake):
    rows = run_named(partial_store, "coverage", {"of": "test/alpha,test/beta", "kinds": "chemical"}).rows()
    body = partial_lake.read("test/body", "node")["name"].to_list()
    sources, targets = COVERED
    assert [(r["network"], r["cell"]) for r in rows] == [(n, name) for n in (ALPHA, BETA) for name in sorted(body)]
    for row in rows:
        assert row["connected"] == (row["cell"] in ends(partial_lake, row["network"]))
        said = row["coverage"], row["as_source"], row["as_target"], row["basis"]
        if row["network"] == BETA:
            assert said == ("not said", None, None, None)
        elif row["cell"] in {*sources, *targets}:
            expected = row["cell"] in sources, row["cell"] in targets
            assert said == ("imaged", *expected, "a name in the margin")
        else:
            assert said == ("not imaged", None, None, None)


def test_counts_are_those_of_the_cells(partial_store):
    given = {"of": "test/alpha,test/beta", "kinds": "chemical,gap_junction"}
    rows = run_named(partial_store, "coverage", given).rows()
    for counted in run_named(partial_store, "coverage-counts", given).rows():
        own = [r for r in rows if (r["network"], r["kind"]) == (counted["network"], counted["kind"])]
        imaged = [r for r in own if r["coverage"] == "imaged"]
        assert counted["n_cells"] == len(own) > 0
        assert counted["n_imaged"] == len(imaged)
        assert counted["n_unconnected"] == sum(not r["connected"] for r in imaged)
        assert counted["n_not_imaged"] == sum(r["coverage"] == "not imaged" for r in own)
        assert counted["n_not_said"] == sum(r["coverage"] == "not said" for r in own)
        assert counted["n_connected"] == sum(r["connected"] for r in own)


def test_only_the_cells_that_were_not_imaged(partial_store):
    rows = run_named(partial_store, "coverage", {"of": ALPHA, "show": "not imaged"}).rows()
    assert rows
    assert {r["coverage"] for r in rows} == {"not imaged"}


def test_a_difference_leaves_out_what_one_did_not_image(partial_store, partial_lake):
    """Alpha looked at one cell as source and one as target that have no edge in it: their edges in beta are new."""
    rows = run_named(partial_store, "edge-difference", {"a": ALPHA, "b": BETA, "cells": "common"}).rows()
    held = ends(partial_lake, BETA)
    sources, targets = COVERED
    for row in rows:
        assert {row["source"], row["target"]} <= held
        assert row["source"] in sources
        assert row["target"] in targets
    new = {row["source"] for row in rows if row["change"] == "added"}
    assert sources[-1] in new
    assert sources[-1] not in ends(partial_lake, ALPHA)


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ({"of": "test/alpha", "kinds": "contact"}, QueryError, "no network of kind contact"),
        ({"of": "test/alpha", "show": "seen"}, UsageError, "show 'seen' is not known"),
        ({"of": "test/alfa"}, QueryError, "is called 'test/alfa'"),
    ],
)
def test_wrong_questions_are_explained(partial_store, given, error, says):
    with pytest.raises(error, match=says):
        run_named(partial_store, "coverage", given)
