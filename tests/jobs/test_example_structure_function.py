"""The example on the real files: what must be true of its numbers, whatever they say of the worm."""

from __future__ import annotations

import polars as pl
import pytest

from graphdb.named.catalog import run_named
from jobs.examples.structure_function import (
    ATLAS,
    BENTLEY,
    COOK,
    GENOTYPES,
    RIPOLL,
    WIRED,
    WIRELESS,
    WIRINGS,
    main,
    shown,
)
from jobs.workspace import Workspace

pytestmark = pytest.mark.data
DRAWS = 20
MEASURES = ["responses wt", "responses unc31", "calcium correlated", "calcium anticorrelated"]


@pytest.fixture(scope="module")
def made(tmp_path_factory, shared_data):
    folder = tmp_path_factory.mktemp("example")
    findings = main(shared_data, folder / "workspace", folder / "figure.html", DRAWS, 1)
    return findings, Workspace(folder / "workspace"), folder / "figure.html"


@pytest.fixture(scope="module")
def findings(made):
    return made[0]


def test_as_many_pairs_as_the_atlas_holds(findings):
    """Of 1,151 pairs with q < 0.05 one has no response in the file, so that it is no edge."""
    wild, mutant = findings.functions[:2]
    assert len(findings.cells) == 302
    assert (len(wild.chosen), int(wild.chosen.sum())) == (23_901, 1_150)
    assert (len(mutant.chosen), int(mutant.chosen.sum())) == (9_119, 357)
    assert [f.name for f in findings.functions] == MEASURES


def test_recordings_give_each_pair_once_and_no_pair_is_both(findings):
    above, below = findings.functions[2:]
    assert (above.source < above.target).all()
    assert len(set(zip(above.source.tolist(), above.target.tolist(), strict=True))) == len(above.source)
    assert not (above.chosen & below.chosen).any()
    assert all(0 < f.drawn.mean() <= 1.5 / DRAWS for f in (above, below))  # one or none of 20 lies outside


def test_every_draw_of_significant_pairs_has_as_many(findings):
    for function in findings.functions[:2]:
        assert (function.drawn.sum(axis=1) == function.chosen.sum()).all()


def test_the_combinations_add_up(findings):
    totals = findings.combined.group_by("function", "structure", maintain_order=True).agg(
        pl.col("with_route", "chosen_with_route", "rate", "base_rate").sum(),
        pl.col("pairs", "chosen").first(),
    )
    assert totals.height == len(MEASURES) * len(WIRINGS)
    assert (totals["with_route"] == totals["pairs"]).all()
    assert (totals["chosen_with_route"] == totals["chosen"]).all()
    assert totals["rate"].to_list() == pytest.approx([1.0] * totals.height)
    assert totals["base_rate"].to_list() == pytest.approx([1.0] * totals.height)


def test_a_route_alone_is_the_sum_of_the_combinations_that_have_it(findings):
    for kind in WIRED:
        alone = findings.alone.filter(pl.col("routes") == kind)
        parts = findings.combined.filter(pl.col("routes").str.split(" + ").list.contains(kind))
        summed = parts.group_by("function", "structure", maintain_order=True).agg(
            pl.col("with_route", "chosen_with_route").sum()
        )
        assert summed.rows() == alone.select(summed.columns).rows()


def test_shares_are_shares_and_ratios_theirs(findings):
    frame = pl.concat([findings.alone, findings.combined])
    shares = frame.select("base_rate", "rate", "baseline", "baseline_low", "baseline_high")
    assert all(column.is_between(0, 1).all() for column in shares)
    assert (frame["baseline_low"] <= frame["baseline_high"]).all()
    assert frame.filter(pl.col("chosen_with_route") > pl.min_horizontal("chosen", "with_route")).is_empty()
    known = frame.filter(pl.col("base_rate") > 0)
    assert known["ratio"].to_list() == pytest.approx((known["rate"] / known["base_rate"]).to_list())
    assert frame.filter(pl.col("base_rate") == 0)["ratio"].null_count() == frame.filter(pl.col("base_rate") == 0).height


def test_a_wiring_diagram_counts_no_pair_that_it_does_not_cover(findings):
    """Witvliet 2021 has the head only; Cook 2019 the whole animal, so that its pairs are all that were measured."""
    pairs = dict(findings.alone.filter(pl.col("function") == "responses wt").select("structure", "pairs").rows())
    assert pairs[COOK] == 23_901
    assert all(pairs[wiring] < 16_000 for wiring in WIRINGS[1:])


@pytest.mark.parametrize("genotype", GENOTYPES)
def test_the_named_question_counts_the_same(made, genotype):
    findings, workspace, _ = made
    whole = {f"{BENTLEY}": "monoamine", f"{RIPOLL}/short_range": "peptide", COOK: "chemical"}
    with workspace.store() as store:
        for structure, kind in whole.items():
            asked = {"structure": structure, "function": f"{ATLAS}/{genotype}", "kinds": (kind,)}
            rows = {r["structure"]: r for r in run_named(store, "structure-function-counts", asked).rows()}
            ours = findings.alone.row(
                by_predicate=(pl.col("function") == f"responses {genotype}")
                & (pl.col("structure") == structure)
                & (pl.col("routes") == kind),
                named=True,
            )
            assert ours["chosen_with_route"] == rows[kind]["significant"]
            assert ours["chosen"] == sum(row["significant"] for row in rows.values())
            assert ours["with_route"] == rows[kind]["significant"] + rows[kind]["not_significant"]


def test_correlations_are_of_the_pairs_that_are_counted(findings):
    pairs = findings.combined.filter(pl.col("function") == "calcium correlated", pl.col("with_route") > 0)
    assert findings.correlations.select("structure", "routes", "pairs").rows() == (
        pairs.select("structure", "routes", "with_route").rows()
    )
    assert findings.correlations["mean"].abs().max() <= 1
    assert (findings.correlations["mean"].abs() <= findings.correlations["mean_absolute"] + 1e-12).all()


def test_tables_and_figure_show_every_measure_and_structure(made):
    findings, _, figure = made
    text, page = shown(findings), figure.read_text().replace(r"\u002f", "/")
    assert findings.alone.height == len(MEASURES) * (len(WIRINGS) * len(WIRED) + len(WIRELESS))
    for name in (*MEASURES, COOK, *WIRINGS, f"{RIPOLL}/long_range"):
        assert name in text
        assert name.removeprefix("celegans/") in page
