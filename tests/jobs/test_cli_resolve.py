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


EXPLAINED = (
    # label, how, cell, candidates, what the explanation says
    ("AVAL", "exact", "AVAL", None, "the name of a cell"),
    ("AVAL\u00a0 ", "exact", "AVAL", None, "the name of a cell"),
    ("VB01", "padded", "VB1", None, "zeros before its number: VB1"),
    ("avfl", "alias", "AVFL", None, "another spelling or name of AVFL"),
    ("BWM-DL01", "alias", "dBWML1", None, "another spelling or name of dBWML1"),
    ("e2D", "alias", "e2DR", None, "another spelling or name of e2DR"),
    ("AWCON", "alias", "AWCR", None, "which of the two AWC cells is on differs from animal to animal"),
    ("AWCOFF", "alias", "AWCL", None, "a convention"),
    ("AWCOF", "alias", "AWCL", None, "a convention"),
    ("AVA", "class", None, ["AVAL", "AVAR"], "a class of 2 cells"),
    ("AIY?", "side-guessed", None, ["AIYL", "AIYR"], "leaves open which of 2"),
    ("AVFL?", "ambiguous", None, ["AVFL"], "with a question mark; it may be AVFL"),
    ("AVFL/R", "ambiguous", None, ["AVFL", "AVFR"], "names 2 cells"),
    ("DB1/3", "ambiguous", None, ["DB1", "DB3"], "names 2 cells"),
    ("DB3/1", "ambiguous", None, ["DB3", "DB1"], "names 2 cells"),
    ("merge", "unknown", None, None, "traces so that two cells may share"),
    ("NMJ", "unknown", None, None, "the muscles so, together"),
    ("AVAX", "unknown", None, None, "no cell is called so; like AVAR, AVAL"),
    ("R1AL", "exact", "R1AL", None, "the name of a cell"),
    ("CA01", "padded", "CA1", None, "zeros before its number: CA1"),
    ("PVU", "alias", "PVPL", None, "another spelling or name of PVPL"),
)
OF_THE_MALE = {"R1AL", "CA01", "PVU"}


def test_every_kind_of_label_is_explained(connectome, tmp_path):
    labels = [row[0] for row in EXPLAINED]
    rows = connectome("resolve", *labels, "--format", "json", workspace=Workspace(tmp_path)).json()
    for row, (label, how, cell, candidates, says) in zip(rows, EXPLAINED, strict=True):
        assert (row["label"], row["how"], row["cell"], row["candidates"]) == (label, how, cell, candidates)
        assert says in row["explanation"], row
        node_set = "celegans/male" if label in OF_THE_MALE else "celegans/hermaphrodite"
        assert row["node_set"] == (None if how == "unknown" else node_set)
