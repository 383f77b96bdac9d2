"""What a network covers: every end of an edge, each in its direction."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from graphdb.testing import NODE_SET, cells, connectome
from schemas.errors import ValidationError
from schemas.validation import validate

KEYS = {"node": set(cells().tables["node"]["uid"]), "node_set": {NODE_SET}}
AVAL = pl.col("node") == f"{NODE_SET}/AVAL"


def problems(coverage):
    made = connectome()
    with pytest.raises(ValidationError) as caught:
        validate(replace(made, tables={**made.tables, "coverage": coverage}), KEYS)
    return [str(problem) for problem in caught.value.problems]


def test_an_edge_of_a_cell_that_is_not_covered_is_a_contradiction():
    coverage = connectome().tables["coverage"].filter(~AVAL | (pl.col("network") != "test/connectome/chemical"))
    found = problems(coverage)
    assert (
        f"chemical.source, row 0: '{NODE_SET}/AVAL' is not in coverage of test/connectome/chemical as source" in found
    )
    assert len(found) == 4 + 3  # edges of AVAL as source and as target, its autapse in both


def test_each_direction_counts_by_itself():
    coverage = connectome().tables["coverage"].with_columns(as_target=pl.col("as_target") & ~AVAL)
    assert {line.partition(",")[0] for line in problems(coverage)} == {"chemical.target", "gap_junction.target"}


def test_a_network_without_rows_says_nothing():
    made = connectome()
    chemical = made.tables["coverage"].filter(pl.col("network") == "test/connectome/chemical")
    validate(replace(made, tables={**made.tables, "coverage": chemical}), KEYS)


def test_a_cell_that_was_looked_for_in_no_direction_is_not_covered():
    coverage = connectome().tables["coverage"].with_columns(as_source=~AVAL, as_target=~AVAL)
    assert any("looked_for_at_all" in line for line in problems(coverage))
