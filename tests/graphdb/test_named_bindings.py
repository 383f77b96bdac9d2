"""Peptide routes and what was measured of their pairs."""

from __future__ import annotations

import pytest

from graphdb.named.catalog import run_named
from schemas.errors import QueryError

COLUMNS = ("ligand", "receptor", "n_routes", "measured", "n_measured", "ec50_molar", "ligand_form", "receptor_form")
FLP_1 = ("flp-1", "npr-4", 4, True, 2, 2e-8, "FLP-1-2", "NPR-4-1")
PDF_1 = ("pdf-1", "pdfr-1", 2, True, 1, 1e-5, "PDF-1-1", "PDFR-1-1")
UNTESTED = ("flp-1", "npr-11", 3, False, 0, None, None, None)


def ask(store, **given):
    return [tuple(row[name] for name in COLUMNS) for row in run_named(store, "bindings", given).rows()]


def test_each_pair_has_its_tightest_binding(partial_store):
    assert ask(partial_store, of="test/routes/named") == [FLP_1, UNTESTED, PDF_1]


def test_pairs_that_are_only_counted_are_neither_measured_nor_not(partial_store):
    assert ask(partial_store, of="test/routes/counted") == [("any", "any", 3, None, None, None, None, None)]


def test_a_limit_leaves_out_loose_bindings(partial_store):
    rows = ask(partial_store, of="test/routes/named", max_ec50_molar="1e-7")
    assert rows[0] == ("flp-1", "npr-4", 4, True, 1, *FLP_1[5:])
    assert rows[2] == (*PDF_1[:3], False, 0, None, None, None)


def test_only_routes_of_peptides_are_asked_for(partial_store):
    with pytest.raises(QueryError, match="test/alpha has no network of kind peptide"):
        ask(partial_store, of="test/alpha")


def test_an_answer_cites_the_routes_and_who_measured(partial_store):
    answer = run_named(partial_store, "bindings", {"of": "test/routes"})
    assert [p.dataset for p in answer.datasets] == ["test/bindings", "test/routes"]
