"""The text of named queries, exactly: values are parameters, names of kinds become types."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace

import pytest

from graphdb.named.catalog import NAMED
from graphdb.named.cells import Cell, Cells
from graphdb.named.motifs import MotifCriteria, page
from schemas.errors import UsageError

AVAL = Cell("worm/AVAL", "AVAL", "Neuron", "worm", "AVA")
MUSCLE = Cell("worm/dBWML1", "dBWML1", "Muscle", "worm")
HOSTILE = "zz' OR 1=1 //"


def statement(name, dialect="ladybug", found=(AVAL,), **given):
    """As a store would get it: every cell that is named is among `found`."""
    named = NAMED[name]
    criteria = named.parse(given)
    cells = {f.name: getattr(criteria, f.name) for f in fields(criteria)}
    looked_up = {k: replace(v, found=found) for k, v in cells.items() if isinstance(v, Cells)}
    return named.build(replace(criteria, **looked_up), dialect)


COLUMNS = (
    "RETURN a.uid AS neuron_uid, a.name AS neuron, a.`class` AS neuron_class, b.uid AS uid, b.name AS partner, "
    "b.kind AS node_kind, b.`class` AS class, b.type AS type, b.node_set AS node_set, '{way}' AS way, {kind} AS edge, "
    "r.directed AS directed, r.weight AS weight, r.network AS network, r.dataset AS dataset"
)


def columns(way, kind="label(r)"):
    return COLUMNS.format(way=way, kind=kind)


def test_partners_start_at_a_key():
    made = statement("partners", neuron="AVAL", dataset="celegans/cook2019", min_weight="5")
    assert made.cypher == (
        "MATCH (a:`Neuron` {uid: $cells_0})-[r:`CHEMICAL`]->(b) WHERE r.dataset = $dataset AND r.weight >= $min_weight "
        + columns("out")
    )
    assert made.parameters == {"cells_0": "worm/AVAL", "dataset": "celegans/cook2019", "min_weight": 5.0}
    made = statement("partners", "neo4j", neuron="AVAL", direction="in")
    assert made.cypher == (
        "UNWIND $cells AS cell MATCH (a:`Neuron` {uid: cell})<-[r:`CHEMICAL`]-(b) " + columns("in", "type(r)")
    )
    assert made.parameters == {"cells": ["worm/AVAL"]}


def test_several_cells_are_a_branch_each_or_a_list():
    two = (AVAL, MUSCLE)
    made = statement("partners", neuron="AVAL,dBWML1", found=two)
    assert made.cypher == (
        f"MATCH (a:`Neuron` {{uid: $cells_0}})-[r:`CHEMICAL`]->(b) {columns('out')} UNION ALL "
        f"MATCH (a:`Muscle` {{uid: $cells_1}})-[r:`CHEMICAL`]->(b) {columns('out')}"
    )
    many = tuple(replace(AVAL, uid=f"worm/{n}") for n in range(140))
    made = statement("partners", neuron="many", found=(*many, MUSCLE))
    assert made.cypher == (f"MATCH (a:`Neuron`|`Muscle`)-[r:`CHEMICAL`]->(b) WHERE a.uid IN $cells {columns('out')}")


def test_an_undirected_edge_is_walked_from_both_ends_and_once_from_each():
    made = statement("partners", neuron="AVAL", kind="gap_junction", direction="in")
    assert made.cypher == (
        f"MATCH (a:`Neuron` {{uid: $cells_0}})-[r:`GAP_JUNCTION`]->(b) {columns('out')} UNION ALL "
        "MATCH (a:`Neuron` {uid: $cells_0})<-[r:`GAP_JUNCTION`]-(b) WHERE a.uid <> b.uid " + columns("in")
    )
    made = statement("partners", neuron="AVAL", kind="chemical,gap_junction")
    assert made.cypher == (
        f"MATCH (a:`Neuron` {{uid: $cells_0}})-[r:`CHEMICAL`|`GAP_JUNCTION`]->(b) {columns('out')} UNION ALL "
        "MATCH (a:`Neuron` {uid: $cells_0})<-[r:`GAP_JUNCTION`]-(b) WHERE r.directed = false AND a.uid <> b.uid "
        + columns("in")
    )


def test_queries_of_one_hop_read_the_same_edges():
    edges = statement("partners", neuron="AVAL", direction="in").cypher
    assert statement("common-partners", names="AVAL", direction="in").cypher == edges
    assert statement("ranked-partners", neuron="AVAL", direction="in", min_weight=3).cypher == edges
    out = statement("partners", neuron="AVAL").cypher
    assert statement("shortest-path", source="AVAL", target="x").cypher == out
    assert statement("strongest-path", source="AVAL", target="x").cypher == out
    among = statement("adjacency", names="AVAL")
    assert among.cypher == out.replace("]->(b) ", "]->(b) WHERE b.uid IN $targets ")
    assert among.parameters == {"cells_0": "worm/AVAL", "targets": ["worm/AVAL"]}


def test_neighbourhood_is_one_search_in_ladybug_and_hops_elsewhere():
    made = statement("neighbourhood", neuron="AVAL", hops=3, dataset="d", min_weight=2)
    assert made.cypher == (
        "MATCH (a:`Neuron` {uid: $cells_0})-[r:`CHEMICAL`* SHORTEST 1..3 "
        "(e, n | WHERE e.dataset = $dataset AND e.weight >= $min_weight)]->(b) RETURN b.uid AS uid, b.name AS name, "
        "b.kind AS kind, b.`class` AS class, b.type AS type, b.node_set AS node_set, length(r) AS hops"
    )
    first_hop = statement("partners", "neo4j", neuron="AVAL").cypher
    assert statement("neighbourhood", "neo4j", neuron="AVAL", hops=3).cypher == first_hop


def test_reciprocal_filters_after_the_pattern_in_ladybug():
    tail = (
        " WHERE r.network = q.network AND r.directed = true AND a.uid < b.uid RETURN a.uid AS a_uid, a.name AS a_name, "
        "a.`class` AS a_class, b.uid AS b_uid, b.name AS b_name, b.`class` AS b_class, {kind} AS edge, "
        "r.weight AS forth, q.weight AS back, r.network AS network, r.dataset AS dataset"
    )
    pattern = "MATCH (a)-[r:`CHEMICAL`]->(b), (b)-[q:`CHEMICAL`]->(a)"
    assert statement("reciprocal").cypher == f"{pattern} WITH *{tail.format(kind='label(r)')}"
    assert statement("reciprocal", "neo4j").cypher == f"{pattern}{tail.format(kind='type(r)')}"


def test_degrees_count_at_both_ends():
    part = (
        "MATCH (n){}[r:`CHEMICAL`]{}(m) WHERE r.dataset = $dataset RETURN n.uid AS uid, n.name AS name, "
        "n.kind AS kind, n.`class` AS class, '{}' AS way, label(r) AS edge, r.directed AS directed, "
        "r.network AS network, r.dataset AS dataset, count(*) AS edges, sum(r.weight) AS weight, "
        "sum(CASE WHEN n.uid = m.uid THEN 1 ELSE 0 END) AS loops, "
        "sum(CASE WHEN n.uid = m.uid THEN r.weight ELSE 0.0 END) AS loop_weight"
    )
    both = f"{part.format('-', '->', 'out')} UNION ALL {part.format('<-', '-', 'in')}"
    assert statement("degrees", dataset="d").cypher == both


def test_rich_club_reads_pairs():
    assert statement("rich-club", "neo4j", dataset="d").cypher == (
        "MATCH (a)-[r:`CHEMICAL`]->(b) WHERE r.dataset = $dataset AND a.uid <> b.uid "
        "RETURN a.uid AS source, b.uid AS target, type(r) AS edge, r.network AS network, r.dataset AS dataset"
    )


@pytest.mark.parametrize("dialect", ["ladybug", "neo4j"])
def test_a_motif_is_one_pattern_each_of_its_groups_once(dialect):
    made = statement("motifs", dialect, motif="A->B, B->C, C->A; A->B.weight>=5", dataset="d")
    match = (
        "MATCH (n0:`Neuron`)-[r0:`CHEMICAL`]->(n1:`Neuron`), (n1:`Neuron`)-[r1:`CHEMICAL`]->(n2:`Neuron`), "
        "(n2:`Neuron`)-[r2:`CHEMICAL`]->(n0:`Neuron`) WHERE "
    )
    edges = (
        "r0.dataset = $dataset AND {}r1.dataset = $dataset AND r1.network = r0.network AND "
        "r2.dataset = $dataset AND r2.network = r0.network RETURN count(*) AS total"
    )
    distinct = "n0.uid <> n1.uid AND n0.uid <> n2.uid AND n1.uid <> n2.uid AND "
    assert made.cypher == match + distinct + edges.format("r0.weight >= $weight_0_0 AND ")
    assert made.parameters == {"dataset": "d", "weight_0_0": 5.0}
    ring = statement("motifs", dialect, motif="A->B->C->A", dataset="d")
    # A ring has three turns: the first of its nodes is the least.
    assert ring.cypher == match + "n1.uid <> n2.uid AND n0.uid < n1.uid AND n0.uid < n2.uid AND " + edges.format("")


def test_a_page_of_motifs_has_an_order_without_ties():
    made = page(MotifCriteria(motif="A->B; A-[gap_junction]-B; A.class=AVA|AVB; B!->A", page=3, page_size=10), "neo4j")
    assert made.cypher == (
        "MATCH (n0:`Neuron`)-[r0:`CHEMICAL`]->(n1:`Neuron`), (n0:`Neuron`)-[r1:`GAP_JUNCTION`]-(n1:`Neuron`) "
        "WHERE n0.uid <> n1.uid AND r1.dataset = r0.dataset AND n0.`class` IN $is_0 AND "
        "NOT EXISTS { MATCH (n1)-[x:`CHEMICAL`]->(n0) WHERE x.network = r0.network } "
        "RETURN n0.name AS name0, n0.uid AS uid0, n1.name AS name1, n1.uid AS uid1, r0.weight AS weight0, "
        "r1.weight AS weight1, r1.network AS network0, r0.network AS network, r0.dataset AS dataset "
        "ORDER BY uid0, uid1, network, network0, weight0, weight1 SKIP $skip LIMIT $limit"
    )
    assert made.parameters == {"is_0": ["AVA", "AVB"], "skip": 20, "limit": 10}


@pytest.mark.parametrize(
    ("motif", "symmetries", "order"),
    [
        ("A->B", 0, []),
        ("A->B, B->A", 1, [(0, 1)]),
        ("A->B, A->C", 1, [(1, 2)]),
        ("A->B, A->C; B.class=X", 0, []),
        ("A->B, A->C; A->B.weight>3", 0, []),
        ("A->B, A->C, A->D", 5, [(1, 2), (1, 3), (2, 3)]),
        ("A->B->C->D->A", 3, [(0, 1), (0, 2), (0, 3)]),
        ("A-[gap_junction]-B-[gap_junction]-C", 1, [(0, 2)]),
        ("A->C, B->C, A!->B, B!->A", 1, [(0, 2)]),
    ],
)
def test_symmetries_of_a_motif(motif, symmetries, order):
    made = MotifCriteria(motif=motif).parsed()
    assert len(made.automorphisms()) == symmetries
    if motif.startswith("A->C"):
        order = [(made.nodes.index("A"), made.nodes.index("B"))]
    assert made.order() == order


def test_subgraph_reads_the_edges_that_leave_the_cells():
    made = statement("subgraph", "neo4j", names="AVA", dataset="d", kinds="chemical")
    assert made.cypher == (
        "UNWIND $cells AS cell MATCH (s:`Neuron` {uid: cell})-[r:`CHEMICAL`]->(t) WHERE r.dataset = $dataset "
        "RETURN s.uid AS source_uid, s.name AS source, s.kind AS source_kind, t.uid AS target_uid, t.name AS target, "
        "t.kind AS target_kind, type(r) AS type, r.directed AS directed, r.weight AS weight, r.network AS network"
    )
    assert made.parameters == {"cells": ["worm/AVAL"], "dataset": "d"}


def test_the_latest_run_of_a_model():
    made = statement("communities")
    assert made.cypher.startswith(
        "MATCH (l:Run) WHERE l.model = $model WITH max(l.published_at) AS latest "
        "MATCH (r:Run) WHERE r.model = $model AND r.published_at = latest WITH r "
    )
    assert made.parameters == {"model": "ntf-communities"}


@pytest.mark.parametrize(
    "name", ["agreement", "present-in", "present-in-counts", "consensus", "development", "development-counts"]
)
@pytest.mark.parametrize("dialect", ["ladybug", "neo4j"])
def test_comparisons_read_all_edges_so_that_light_ones_hold_their_cells(name, dialect):
    made = statement(name, dialect, of="lab/a,lab/b", kind="gap_junction", min_weight="5")
    assert made.cypher == (
        "MATCH (a)-[r:`GAP_JUNCTION`]->(b) WHERE r.network IN $networks RETURN r.network AS network, a.uid AS "
        "source_uid, a.name AS source, b.uid AS target_uid, b.name AS target, r.weight AS weight"
    )
    assert made.parameters == {"networks": ["lab/a", "lab/b"]}


@pytest.mark.parametrize("name", ["structure-function", "structure-function-counts"])
@pytest.mark.parametrize("dialect", ["ladybug", "neo4j"])
def test_structure_and_function_start_with_the_responses(name, dialect):
    made = statement(name, dialect, structure="lab/a,lab/b", function="lab/f")
    assert made.cypher == (
        "MATCH (a)-[r:`FUNCTIONAL`]->(b) WHERE r.network = $network RETURN a.uid AS source_uid, a.name AS source, "
        "b.uid AS target_uid, b.name AS target, r.weight AS response, r.q AS q, r.n_observations AS n_observations"
    )
    assert made.parameters == {"network": "lab/f"}


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("dialect", ["ladybug", "neo4j"])
def test_no_value_enters_a_text(name, dialect):
    named = NAMED[name]
    free = {
        f.name
        for f in fields(named.criteria)
        if str(f.type).startswith("Cells") or f.name in ("dataset", "network", "run", "model")
    }
    made = named.build(named.parse({**named.example, **dict.fromkeys(free, HOSTILE)}), dialect)
    assert HOSTILE not in made.cypher
    assert all(f"${key}" in made.cypher for key in made.parameters)


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("partners", {}, "needs neuron"),
        ("partners", {"neuron": " , "}, "neuron is empty"),
        ("partners", {"neuron": "x", "colour": "red"}, "no parameter colour"),
        ("partners", {"neuron": "x", "direction": "up"}, "direction 'up'"),
        ("partners", {"neuron": "x", "kind": "vessel"}, "unknown kind 'vessel'"),
        ("partners", {"neuron": "x", "kind": ","}, "no kind of edge"),
        ("partners", {"neuron": "x", "min_weight": "many"}, "min_weight='many' is not float"),
        ("partners", {"neuron": "x", "min_weight": "nan"}, "min_weight='nan' is not float"),
        ("common-partners", {"names": "x", "of": "most"}, "of='most' is not known"),
        ("common-partners", {"names": "x", "of": "0"}, "of='0' is not known"),
        ("neighbourhood", {"neuron": "x", "hops": "9"}, "hops must be 1 to 4, not 9"),
        ("shortest-path", {"source": "x", "target": "y", "directed": "perhaps"}, "directed='perhaps' is not bool"),
        ("subgraph", {"names": "x", "hops": "9"}, "hops must be 0 to 3"),
        ("subgraph", {"names": "x", "kinds": "chemical`]-(b) DELETE b //"}, "unknown kind"),
        ("motifs", {"motif": "A"}, "no edge and no condition"),
        ("motifs", {"motif": "A->"}, "not understood"),
        ("motifs", {"motif": "A->B, A->A"}, "different cells"),
        ("motifs", {"motif": "A->B, C->D"}, "C, D is not joined to A"),
        ("motifs", {"motif": "A->B->C->D->E"}, "2 to 4 nodes, not 5"),
        ("motifs", {"motif": "A->B, A->B"}, "said twice"),
        ("motifs", {"motif": "A-B"}, "chemical have a direction"),
        ("motifs", {"motif": "A-[gap_junction]->B"}, "gap_junction have no direction"),
        ("motifs", {"motif": "A-[vessel]-B"}, "unknown kind 'vessel'"),
        ("motifs", {"motif": "A<->B"}, "<-> is not understood"),
        ("motifs", {"motif": "A->B; A.colour=red"}, "no 'colour'"),
        ("motifs", {"motif": "A->B; B->A.weight>=3"}, "there is no edge B->A"),
        ("motifs", {"motif": "A->B; A->B.weight>=x"}, "'x' is no number"),
        ("motifs", {"motif": "A->B; A->B.size>=3"}, "no 'size'"),
        ("motifs", {"motif": "A->B; A.kind=neuron|muscle"}, "A must be of one kind"),
        ("motifs", {"motif": "A->B; A.kind=unicorn"}, "A must be of one kind"),
        ("motifs", {"motif": "total->B"}, "cannot be called total"),
        ("motifs", {"motif": "A->B", "kind": "chemical,gap_junction"}, "takes one kind"),
    ],
)
def test_wrong_criteria_are_explained(name, given, says):
    with pytest.raises(UsageError, match=says):
        statement(name, **given)


@pytest.mark.parametrize("name", NAMED)
def test_every_example_is_well_formed_and_every_parameter_and_column_explained(name):
    named = NAMED[name]
    named.build(named.parse(named.example), "ladybug")
    for field in named.criteria.__dataclass_fields__.values():
        assert field.metadata.get("help"), field.name
        if field.default is MISSING:
            assert field.name in named.example
    assert named.columns
    for column in named.columns:
        assert column.meaning, column.name
