"""The text of named queries, exactly: values are parameters, names of kinds become types."""

from __future__ import annotations

import pytest

from graphdb.named.catalog import NAMED
from schemas.errors import UsageError


def statement(name, dialect="ladybug", **given):
    named = NAMED[name]
    return named.build(named.parse(given), dialect)


def test_partners_out():
    made = statement("partners", neuron="AVAL", dataset="celegans/cook2019", min_weight="5")
    assert made.cypher == (
        "MATCH (a)-[r:`CHEMICAL`]->(b) WHERE (a.name = $neuron OR $neuron IN a.aliases) AND r.weight >= $min_weight "
        "AND r.dataset = $dataset RETURN DISTINCT a.name AS neuron, b.name AS partner, b.kind AS kind, "
        "b.`class` AS class, b.uid AS uid, r.weight AS weight, r.network AS network, r.dataset AS dataset "
        "ORDER BY weight DESC, partner, network"
    )
    assert made.parameters == {"neuron": "AVAL", "min_weight": 5.0, "dataset": "celegans/cook2019"}


def test_partners_in_and_undirected_differ_only_in_the_arrow():
    assert "MATCH (a)<-[r:`CHEMICAL`]-(b)" in statement("partners", neuron="x", direction="in").cypher
    for direction in ("in", "out"):
        made = statement("partners", neuron="x", kind="gap_junction", direction=direction)
        assert "MATCH (a)-[r:`GAP_JUNCTION`]-(b)" in made.cypher


def test_subgraph_takes_one_step_per_hop_and_the_dialects_word_for_type():
    made = statement("subgraph", names="AVA, RIM", hops="2", kinds="chemical")
    assert made.cypher.count("OPTIONAL MATCH (a)-[r:`CHEMICAL`]-(b)") == 2
    assert made.parameters == {"names": ["AVA", "RIM"], "min_weight": 0.0}
    assert "label(r) AS type" in made.cypher
    assert "type(r) AS type" in statement("subgraph", "neo4j", names="AVA").cypher


def test_the_latest_run_of_a_model():
    made = statement("communities")
    assert made.cypher.startswith(
        "MATCH (l:Run) WHERE l.model = $model WITH max(l.published_at) AS latest "
        "MATCH (r:Run) WHERE r.model = $model AND r.published_at = latest WITH r "
    )
    assert made.parameters == {"model": "ntf-communities"}


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("dialect", ["ladybug", "neo4j"])
def test_no_value_enters_a_text(name, dialect):
    named = NAMED[name]
    hostile = "zz' OR 1=1 //"
    given = {
        key: hostile
        for key in ("neuron", "name", "names", "dataset", "run")
        if key in named.criteria.__dataclass_fields__
    }
    made = named.build(named.parse(given), dialect)
    assert hostile not in made.cypher
    assert all(f"${key}" in made.cypher for key in made.parameters)


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("partners", {}, "needs neuron"),
        ("partners", {"neuron": "x", "colour": "red"}, "no parameter colour"),
        ("partners", {"neuron": "x", "direction": "up"}, "direction 'up'"),
        ("partners", {"neuron": "x", "kind": "vessel"}, "unknown kind 'vessel'"),
        ("partners", {"neuron": "x", "min_weight": "many"}, "min_weight='many' is not float"),
        ("subgraph", {"names": "x", "hops": "9"}, "hops must be 0 to 3"),
        ("subgraph", {"names": "x", "kinds": "chemical`]-(b) DELETE b //"}, "unknown kind"),
    ],
)
def test_wrong_criteria_are_explained(name, given, says):
    with pytest.raises(UsageError, match=says):
        statement(name, **given)


@pytest.mark.parametrize("name", NAMED)
def test_every_example_is_well_formed_and_every_parameter_explained(name):
    named = NAMED[name]
    named.build(named.parse(named.example), "ladybug")
    for field in named.criteria.__dataclass_fields__.values():
        assert field.metadata.get("help"), field.name
