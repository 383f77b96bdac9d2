"""connectome compare: what its tables, CSV and JSON say of two small connectomes, and of the real ones."""

from __future__ import annotations

import csv
import io

import polars as pl
import pytest

from graphdb import testing
from ingest.celegans.edges import Entry, origins
from jobs import flow
from jobs.workspace import Workspace
from schemas import tables
from schemas.dataset import Dataset
from schemas.errors import Place

FIRST, SECOND = "test/connectome", "test/series"
CHEMICAL = {("AVAL", "AVAR"): 3.0, ("AVAL", "RIML"): 2.0, ("AVAR", "AVAL"): 6.0}


@pytest.fixture
def two(own):
    """The connectome, and one that covers three cells and says where each of its edges stands."""
    made = testing.connectome()
    uid = f"{SECOND}/chemical"
    entries = [
        Entry(f"{testing.NODE_SET}/{s}", f"{testing.NODE_SET}/{t}", w, Place("list.xlsx", "S", row, "C"))
        for row, ((s, t), w) in enumerate(CHEMICAL.items(), start=2)
    ]
    edges = [{"network": uid, "source": e.source, "target": e.target, "weight": e.weight} for e in entries]
    covered = made.tables["coverage"].filter(
        pl.col("network") == f"{FIRST}/chemical", pl.col("node").str.contains("AVAL|AVAR|RIML")
    )
    found = {
        "network": made.tables["network"].filter(pl.col("kind") == "chemical").with_columns(uid=pl.lit(uid)),
        "chemical": tables.frame("chemical", edges),
        "coverage": covered.with_columns(network=pl.lit(uid)),
        "edge_origin": origins({uid: entries}),
    }
    own.lake.publish(Dataset(testing.info(SECOND, parents=("test/cells",)), found))
    return own


def test_tables_show_counts_and_the_largest_disagreements_with_their_places(connectome, two):
    result = connectome("compare", FIRST, SECOND, workspace=two)
    assert result.code == 0
    assert f"chemical: first is {FIRST}/chemical, second {SECOND}/chemical" in result.out
    lines = [" ".join(line.split()) for line in result.out.splitlines()]
    assert "in both 2" in lines
    assert "of these with one weight 1" in lines
    assert "only in the first; the second covers both cells 2" in lines
    assert "only in the second; the first covers both cells 1" in lines
    assert "in the first; a cell was not imaged in the second 3" in lines
    largest = lines[lines.index("Where they disagree most, by weights") + 4 :]
    assert largest[0] == "AVAL RIML 12 2 10 place not told list.xlsx, sheet 'S', row 3, column C"
    assert largest[1] == "AVAR AVAL 6 6 place not told, covered, no entry list.xlsx, sheet 'S', row 4, column C"
    assert "gap_junction is not compared: test/series has none" in result.stderr


def test_csv_has_every_disagreement_and_the_limit_cuts_it(connectome, two):
    out = connectome("compare", FIRST, SECOND, "--format", "csv", workspace=two).out
    rows = list(csv.DictReader(io.StringIO(out)))
    found = [(r["source"], r["target"], r["difference"], r["second_found"]) for r in rows]
    assert found == [
        ("AVAL", "RIML", "10.0", "edge"),
        ("AVAR", "AVAL", "6.0", "edge"),
        ("RIML", "AVAL", "2.0", "covered, no entry"),
        ("AVAL", "AVAL", "1.0", "covered, no entry"),
        ("AVBL", "AVAL", "", "not imaged"),
        ("AVAL", "dBWML1", "", "not imaged"),
        ("RIML", "hyp", "", "not imaged"),
    ]
    assert (rows[0]["second_file"], rows[0]["second_sheet"]) == ("list.xlsx", "S")
    assert (rows[0]["second_rows"], rows[0]["second_columns"]) == ("[3]", '["C"]')
    assert {r["second_file"] for r in rows} == {"list.xlsx"}
    cut = connectome("compare", FIRST, SECOND, "--format", "csv", "--limit", "1", workspace=two).out
    assert len(cut.splitlines()) == 2


def test_json_has_counts_units_and_disagreements(connectome, two):
    found = connectome("compare", SECOND, FIRST, "--format", "json", "--kind", "chemical", workspace=two).json()
    (totals,) = found["compared"]
    assert (totals["both"], totals["only_first"], totals["only_second"]) == (2, 1, 2)
    assert (totals["not_imaged_in_first"], totals["not_imaged_in_second"]) == (3, 0)
    assert (totals["first_unit"], totals["second_unit"], totals["differ_by"]) == ("synapses", "synapses", "weight")
    assert totals["rank_correlation"] == -1.0
    assert found["disagreements"][0]["first_rows"] == [3]
    assert len(found["disagreements"]) == 7


@pytest.mark.parametrize("kind", ["table", "csv", "json"])
def test_networks_that_agree(connectome, own, kind):
    own.lake.publish(testing.connectome(2.0))
    words = ("compare", f"{FIRST}/chemical", f"{FIRST}@previous/chemical", "--format", kind, "--limit", "0")
    result = connectome(*words, workspace=own)
    assert result.code == 0
    assert "AVAL" not in result.out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ((FIRST,), 2, "two references are needed"),
        ((FIRST, "test/conectome"), 1, "did you mean test/connectome"),
        ((FIRST, SECOND, "--kind", "synapse"), 2, "kinds: chemical, gap_junction"),
        ((FIRST, SECOND, "--kind", "gap_junction"), 2, "nothing can be compared"),
        ((), 2, "Missing argument"),
    ],
)
def test_wrong_usage(connectome, two, words, code, says):
    result = connectome("compare", *words, workspace=two)
    assert (result.code, result.stdout) == (code, b"")
    assert says in result.stderr


@pytest.fixture(scope="module")
def real(shared_data, tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("real"))
    wanted = ("cook2019", "witvliet2021", "white1986", "varshney2011")
    for source_id in flow.ingest_order({f"celegans/{name}" for name in wanted}):
        flow.ingest_source(workspace, source_id, shared_data / "celegans")
    return workspace


@pytest.mark.data
def test_the_output_in_the_readme_is_real(connectome, real, repository):
    readme = (repository / "README.md").read_text()
    shown = readme.split("<!-- compared -->")[1].split("```text\n")[1].split("```")[0]
    commands = [line.split()[3:] for line in readme.splitlines() if line.startswith("$ connectome compare")]
    made = " ".join(" ".join(connectome("compare", *words, workspace=real).out.split()) for words in commands)
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert len(lines) > 15
    wrapped = "row 167, column HE witvliet_2020_8.json, covered, no entry"
    assert wrapped in lines
    for line in lines:
        assert line in made


@pytest.mark.data
def test_whites_whole_animal_is_that_of_varshney(connectome, real):
    found = connectome(
        "compare", "celegans/white1986/whole", "celegans/varshney2011", "--format", "json", workspace=real
    )
    chemical, gap_junction = found.json()["compared"]
    assert (chemical["both"], chemical["equal"], chemical["only_first"], chemical["only_second"]) == (2194, 2194, 0, 0)
    assert (gap_junction["both"], gap_junction["equal"]) == (517, 517)
    only = [r for r in found.json()["disagreements"] if r["second_found"] == "covered, no entry"]
    assert {(r["source"], r["target"]) for r in only} == {("BDUL", "PLML"), ("BDUR", "PLMR"), ("RID", "RID")}
    assert all(r["first_rows"] and r["second_file"] == "NeuronConnect.xls" for r in only)


@pytest.mark.data
def test_a_cell_that_the_nerve_ring_lacks_is_no_disagreement(connectome, real):
    """Witvliet cut the head: DA5 is not in it, AVAL is."""
    words = ("compare", "celegans/cook2019/chemical", "celegans/witvliet2021/stage8", "--format", "json")
    rows = connectome(*words, workspace=real).json()["disagreements"]
    found = {(r["source"], r["target"]): (r["second_found"], r["difference"]) for r in rows}
    assert found["AVAL", "DA5"] == ("not imaged", None)
    assert found["AVDR", "AVAR"][0] == "covered, no entry"
    differences = [r["difference"] for r in rows]
    known = [d for d in differences if d is not None]
    assert known == sorted(known, reverse=True)
    assert differences[: len(known)] == known
    assert all(r["first_columns"] for r in rows if r["first_weight"] is not None)
