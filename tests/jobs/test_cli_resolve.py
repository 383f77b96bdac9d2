"""resolve: what readers make of a label, on the command line."""

from __future__ import annotations

from jobs.workspace import Workspace


def test_each_label_is_explained(connectome, tmp_path):
    labels = ("AVAL", "VB01", "AWCON", "AVA", "AIY?", "RMED/RID", "AVAX")
    rows = connectome("resolve", *labels, "--format", "json", workspace=Workspace(tmp_path)).json()
    assert [row["label"] for row in rows] == list(labels)
    assert {row["label"]: (row["how"], row["cell"], row["candidates"]) for row in rows} == {
        "AVAL": ("exact", "AVAL", None),
        "VB01": ("padded", "VB1", None),
        "AWCON": ("alias", "AWCR", None),
        "AVA": ("class", None, ["AVAL", "AVAR"]),
        "AIY?": ("side-guessed", None, ["AIYL", "AIYR"]),
        "RMED/RID": ("ambiguous", None, ["RMED", "RID"]),
        "AVAX": ("unknown", None, None),
    }
    assert "no cell is called so; like " in rows[-1]["explanation"]
    assert "none is chosen" in rows[4]["explanation"]


def test_a_table_for_a_person_and_nothing_in_the_workspace(connectome, tmp_path, file_tree):
    result = connectome("resolve", "avfl", workspace=Workspace(tmp_path / "ws"))
    assert result.code == 0
    assert "another spelling or name of AVFL" in result.out
    assert file_tree(tmp_path) == {}


def test_the_lake_s_cells_are_taken_where_it_has_them(connectome, tmp_path):
    import polars as pl

    from graphdb.testing import info
    from ingest.celegans import cells
    from schemas.dataset import Dataset

    tables = cells.read({}, {})
    workspace = Workspace(tmp_path)
    named = tables["node"].with_columns(
        aliases=pl.when(pl.col("name") == "RIS").then(pl.lit(["SLEEPY"])).otherwise("aliases")
    )
    workspace.lake.publish(Dataset(info("celegans/cells"), {**tables, "node": named}))
    (row,) = connectome("resolve", "SLEEPY", "--format", "json", workspace=workspace).json()
    assert (row["how"], row["cell"]) == ("alias", "RIS")


def test_without_a_label_it_is_wrong_usage(connectome):
    assert connectome("resolve").code == 2
