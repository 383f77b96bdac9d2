"""What sources say of cells: into the graph and out of it, in a difference, an export, and the query @annotations."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import ladybug
import polars as pl
import pytest

from graphdb import testing
from graphdb.described import described
from graphdb.exchange.catalog import FORMATS, write
from graphdb.exchange.subgraph import GraphSelection
from graphdb.lake import Lake
from graphdb.named.annotations import OWN, AnnotationsCriteria, annotations_of
from graphdb.named.catalog import run_named
from graphdb.named.cells import Cell, Cells
from graphdb.on_ladybug.store import LadybugStore
from graphdb.projection import dataset_graph
from graphdb.sync import rebuild, verify
from graphdb.testing_more import CELLS, SAID_BY, cell
from graphdb.versions.diff import diff
from schemas.annotations import ATTRIBUTES
from schemas.errors import QueryError, ValidationError

FREE = {name for name, about in ATTRIBUTES.items() if about.free}
SINGLE = {name for name, about in ATTRIBUTES.items() if about.single}
EVERY = ",".join(CELLS)


def statements():
    """Every (cell, attribute, value, number, evidence, dataset) of the lake, those in columns of the nodes too."""
    for name, said in SAID_BY.items():
        for of, attribute, value, number in said:
            yield of, attribute, value, number, f"seen by {name}", f"test/{name}"
    for of, (_, class_, type_, _) in CELLS.items():
        for attribute, value in (("class", class_), ("type", type_)):
            if value is not None:
                yield of, attribute, value, None, None, "test/body"


def expected(attributes=None, dataset=None, *, differing=False):
    """Rows of @annotations for all cells, by a loop over each statement and all others of its cell and attribute."""
    said = [s for s in statements() if attributes is None or s[1] in attributes]
    by = defaultdict(lambda: defaultdict(set))
    for of, attribute, value, number, _, source in said:
        by[of, attribute][source].add(value if number is None else number)
    for of, attribute, value, number, evidence, source in said:
        what = value if number is None else number
        sources = by[of, attribute]
        others = sorted(other for other, values in sources.items() if what not in values)
        several = len(set.union(*sources.values())) > 1
        differs = None if attribute in FREE else bool(others) or (attribute in SINGLE and several)
        kept = dataset in (None, source) and (differs or not differing)
        if kept:
            yield {
                "cell": of,
                "attribute": attribute,
                "value": value,
                "number": number,
                "dataset": source,
                "differs": differs,
                "others": others if others and attribute not in FREE else None,
                "evidence": evidence,
                "uid": cell(of),
            }


def by_text(rows):
    return sorted(rows, key=str)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"attribute": "transmitter,lr_um"},
        {"dataset": "test/says-two"},
        {"differing": True},
        {"attribute": "lineage", "differing": True, "dataset": "test/says-one"},
        {"attribute": "nothing"},
    ],
)
def test_statements_are_put_side_by_side(varied_store, given):
    found = run_named(varied_store, "annotations", {"cells": EVERY, **given})
    attributes = given["attribute"].split(",") if "attribute" in given else None
    wanted = list(expected(attributes, given.get("dataset"), differing=given.get("differing", False)))
    assert by_text(found.rows()) == by_text(wanted)
    assert bool(wanted) == (given.get("attribute") != "nothing")


def test_the_flags_mean_what_they_say(varied_store):
    rows = run_named(varied_store, "annotations", {"cells": "AVL,AVR,CM,GL,mL1,BVL,hyp"}).rows()
    flags = {(r["cell"], r["attribute"], r["value"], r["dataset"]): (r["differs"], r["others"]) for r in rows}
    assert flags["AVL", "transmitter", "acetylcholine", "test/says-one"] == (False, None)
    assert flags["AVL", "transmitter", "GABA", "test/says-one"] == (True, ["test/says-two"])
    assert flags["AVL", "lr_um", "1.5", "test/says-two"] == (False, None), "1.5 and 1.50 are one number"
    assert flags["AVL", "class", "AV", "test/body"] == (False, None)
    assert flags["BVL", "class", "BV", "test/body"] == (True, ["test/says-two"])
    assert flags["AVR", "lineage", "X a", "test/says-one"] == (True, ["test/says-two"])
    assert flags["CM", "lineage", "Y a", "test/says-one"] == (True, None), "it contradicts itself"
    assert flags["mL1", "comment", "large", "test/says-one"] == (None, None), "free text is not compared"
    assert flags["GL", "colour", "red", "test/says-two"] == (True, ["test/says-one"]), "a word that is not listed"
    assert flags["hyp", "ganglion", "none", "test/says-two"] == (False, None), "no other source speaks of it"


def test_rows_follow_the_cells_and_the_list_of_attributes(varied_store):
    rows = run_named(varied_store, "annotations", {"cells": "CM,AVL"}).rows()
    assert list(dict.fromkeys(r["cell"] for r in rows)) == ["CM", "AVL"]
    order = list(ATTRIBUTES)
    for name in ("CM", "AVL"):
        places = [order.index(r["attribute"]) for r in rows if r["cell"] == name]
        assert places == sorted(places)


def test_an_answer_names_the_sources_that_it_is_from(varied_store):
    answer = run_named(varied_store, "annotations", {"cells": "AVL", "attribute": "transmitter"})
    assert {d.dataset for d in answer.datasets} == {"test/says-one", "test/says-two"}


def test_an_unknown_cell_is_said(varied_store):
    with pytest.raises(QueryError, match="AVX"):
        run_named(varied_store, "annotations", {"cells": "AVX"})


def test_the_text_starts_at_the_cells_and_holds_no_value():
    cells = Cells(("zz' OR 1=1 //",), (Cell("worm/AVAL", "AVAL", "Neuron", "worm", "AVA"),))
    rest = (
        "OPTIONAL MATCH (n)-[:`ANNOTATED`]->(x:`Annotation`) WHERE x.attribute IN $attributes "
        "RETURN n.uid AS uid, n.name AS cell, n.dataset AS node_dataset, n.`class` AS own_class, n.`type` AS own_type, "
        "n.`neurotransmitter` AS own_neurotransmitter, x.attribute AS attribute, x.value AS value, x.number AS number, "
        "x.evidence AS evidence, x.dataset AS dataset"
    )
    made = annotations_of(AnnotationsCriteria(cells, ("lineage",)), "ladybug")
    assert made.cypher == f"MATCH (n:`Neuron` {{uid: $cells_0}}) {rest}"
    assert made.parameters == {"cells_0": "worm/AVAL", "attributes": ["lineage"]}
    made = annotations_of(AnnotationsCriteria(cells), "neo4j")
    whole = rest.replace(" WHERE x.attribute IN $attributes", "")
    assert made.cypher == f"UNWIND $cells AS cell MATCH (n:`Neuron` {{uid: cell}}) {whole}"
    assert made.parameters == {"cells": ["worm/AVAL"]}
    assert set(OWN.values()) <= set(ATTRIBUTES)


def test_the_schema_describes_what_is_new():
    rows = [*described("Annotation"), *described("ANNOTATED")]
    assert {d.property for d in rows if d.name == "Annotation"} == {
        *("uid", "attribute", "value", "number", "evidence", "dataset")
    }
    assert next(d for d in rows if d.property == "number").type == "number"
    assert all(d.meaning for d in rows)
    assert {d.between for d in rows if d.name == "ANNOTATED"} == {"Cell to Annotation and 6 more pairs"}


@pytest.fixture
def lake(tmp_path):
    return testing.small_lake(tmp_path / "lake")


def test_each_statement_has_an_id_of_its_own(lake):
    graph = dataset_graph(lake, lake.manifest("test/connectome"))
    (nodes,) = [part for part in graph.nodes if part.label == "Annotation"]
    uids = nodes.frame.collect()["uid"]
    assert (nodes.rows, uids.n_unique()) == (5, 5)
    ends = {(p.start, p.end): p for p in graph.relationships if p.type == "ANNOTATED"}
    assert {pair: p.rows for pair, p in ends.items()} == {
        ("Neuron", "Annotation"): 3,
        ("Muscle", "Annotation"): 1,
        ("Cell", "Annotation"): 1,
    }
    assert set(pl.concat([p.frame for p in ends.values()]).collect()["_end"]) == set(uids)


def test_a_node_that_nothing_brings_cannot_be_annotated(lake):
    edges = testing.connectome()
    wrong = edges.tables["annotation"].with_columns(node=pl.lit(f"{testing.NODE_SET}/NOBODY"))
    with pytest.raises(ValidationError, match="is in no node table here or of the parents"):
        lake.publish(replace(edges, tables={**edges.tables, "annotation": wrong}))


def test_a_difference_of_versions_shows_what_is_said_otherwise(lake, tmp_path):
    before = lake.manifest("test/connectome")
    edges = testing.connectome()
    said = edges.tables["annotation"]
    glutamate = pl.col("value") == "glutamate"
    changed = said.filter(pl.col("attribute") != "ap_um").with_columns(
        evidence=pl.when(glutamate).then(pl.lit("staining")).otherwise("evidence")
    )
    after = lake.publish(replace(edges, tables={**edges.tables, "annotation": changed}))
    found = diff(lake, before, after, tmp_path / "out")
    total = next(t for t in found.totals if t.table == "annotation")
    assert (total.counts.removed, total.counts.changed, total.counts.added) == (1, 1, 0)
    assert not found.same


@pytest.mark.parametrize(
    ("name", "read"), [("csv", pl.read_csv), ("parquet", pl.read_parquet), ("feather", pl.read_ipc)]
)
def test_lists_hold_the_annotations_of_their_nodes(lake, tmp_path, name, read):
    nodes = ("AVAL", "AVAR")
    graph = write(lake, GraphSelection(("test/connectome",), nodes=nodes), name, tmp_path / "out")
    found = read(tmp_path / "out" / f"annotations.{name}")
    assert found.rows() == [tuple(v for v in row) for row in graph.annotations.rows()]
    assert found["node"].unique().to_list() == [f"{testing.NODE_SET}/AVAL"]
    assert found["dataset"].unique().to_list() == ["test/connectome"]
    assert found["number"].drop_nulls().to_list() == [-12.5]


def test_a_dataset_of_statements_alone_is_exported_with_the_cells_that_it_speaks_of(varied_lake, tmp_path):
    graph = write(varied_lake, GraphSelection(("test/says-two",)), "parquet", tmp_path / "out")
    assert set(graph.nodes["name"]) == {of for of, *_ in SAID_BY["says-two"]}
    assert graph.annotations.height == len(SAID_BY["says-two"])
    assert graph.edges.is_empty()
    with pytest.raises(QueryError, match="nothing is selected"):
        write(varied_lake, GraphSelection(("test/says-two",), ("chemical",)), "parquet", tmp_path / "none")


def test_croissant_declares_the_annotations(lake, tmp_path):
    folder = tmp_path / "out"
    write(lake, GraphSelection(("test/connectome",)), "croissant", folder)
    text = (folder / "croissant.json").read_text()
    assert '"@id": "annotations.parquet"' in text
    assert '"@id": "annotations/evidence"' in text
    assert "what the source says, as text" in text


def test_other_formats_are_written_as_before(lake, tmp_path):
    for name in set(FORMATS) - {"csv", "parquet", "feather", "pyg", "croissant"}:
        write(lake, GraphSelection(("test/connectome",)), name, tmp_path / name)
        assert not list((tmp_path / name).rglob("annotations*"))


def test_a_graph_of_an_older_version_gets_the_tables_that_it_lacks(lake, tmp_path):
    """It knew no annotations: the next change makes their tables instead of failing."""
    edges = testing.connectome()
    plain = {name: frame for name, frame in edges.tables.items() if name != "annotation"}
    older = Lake(tmp_path / "older")
    for dataset in (testing.cells(), replace(edges, tables=plain)):
        older.publish(dataset)
    store = LadybugStore(tmp_path / "graph.lbug", max_bytes=1 << 34)
    rebuild(older, store)
    store.close()
    database = ladybug.Database(store.path, max_db_size=1 << 34)
    connection = ladybug.Connection(database)
    for table in ("ANNOTATED", "Annotation"):
        connection.execute(f"DROP TABLE `{table}`")
    connection.close()
    database.close()
    assert verify(older, store).differences == ()
    manifest = older.publish(edges)
    store.replace(["test/connectome"], [dataset_graph(older, manifest)], 1)
    assert store.counts()["Annotation", "test/connectome"] == 5
    assert verify(older, store).differences == ()
    store.close()
