"""What models found, joined with structure."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphdb.named.cells import Cells
from graphdb.named.definition import FLAG, REAL, TEXT, Column, NamedQuery, Statement, edge_type

MODEL = "ntf-communities"


@dataclass(frozen=True)
class CommunitiesCriteria:
    """Criteria of @communities."""

    model: str = field(default=MODEL, metadata={"help": "name of the model; its latest run is used"})
    run: str | None = field(default=None, metadata={"help": "uid of a run, instead of the latest"})


def communities(criteria: CommunitiesCriteria, _dialect: str) -> Statement:
    """Members of every community of a run."""
    if criteria.run is not None:
        which, parameters = "MATCH (r:Run) WHERE r.uid = $run WITH r ", {"run": criteria.run}
    else:
        which, parameters = _latest("r"), {"model": criteria.model}
    cypher = (
        f"{which}MATCH (n)-[m:MEMBER_OF]->(c:Community)-[:FOUND_BY]->(r) "
        "RETURN c.name AS community, n.name AS member, n.`class` AS class, m.strength AS strength, "
        "r.uid AS run, r.simulated AS simulated ORDER BY community, member"
    )
    return Statement(cypher, dict(parameters))


@dataclass(frozen=True)
class PartnerCommunitiesCriteria:
    """Criteria of @partner-communities."""

    neuron: Cells = field(
        default=Cells(("AVAL",), labels=("Neuron",)), metadata={"help": "the neuron", "labels": ("Neuron",)}
    )
    dataset: str = field(default="celegans/cook2019", metadata={"help": "dataset of the connections"})
    kind: str = field(default="chemical", metadata={"help": "kind of connection, from the neuron to its partners"})
    model: str = field(default=MODEL, metadata={"help": "model whose latest run gives the communities"})


def partner_communities(criteria: PartnerCommunitiesCriteria, _dialect: str) -> Statement:
    """Structure, function and model in one answer: partners, their communities, and whether they share the neuron's."""
    cypher = (
        f"{_latest('r')}MATCH (a:Neuron)-[s:`{edge_type(criteria.kind)}`]->(b:Neuron) "
        "WHERE a.name = $neuron AND s.dataset = $dataset "
        "OPTIONAL MATCH (a)-[:MEMBER_OF]->(ca:Community)-[:FOUND_BY]->(r) "
        "OPTIONAL MATCH (b)-[:MEMBER_OF]->(cb:Community)-[:FOUND_BY]->(r) "
        "RETURN b.name AS partner, s.weight AS weight, cb.name AS community, ca.name = cb.name AS shares_community, "
        "r.uid AS run, r.simulated AS simulated ORDER BY weight DESC, partner"
    )
    parameters: dict[str, object] = {
        "neuron": criteria.neuron.only_name,
        "dataset": criteria.dataset,
        "model": criteria.model,
    }
    return Statement(cypher, parameters)


def _latest(variable: str) -> str:
    return (
        f"MATCH (l:Run) WHERE l.model = $model WITH max(l.published_at) AS latest "
        f"MATCH ({variable}:Run) WHERE {variable}.model = $model AND {variable}.published_at = latest WITH {variable} "
    )


COMMUNITIES = NamedQuery(
    "communities",
    "Members of the communities that a model's latest run found",
    CommunitiesCriteria,
    communities,
    {},
    (
        Column("community", TEXT, "name of the community in its run"),
        Column("member", TEXT, "name of the cell"),
        Column("class", TEXT, "its class"),
        Column("strength", REAL, "how strongly it belongs"),
        Column("run", TEXT, "uid of the run"),
        Column("simulated", FLAG, "whether the run is of simulated data"),
    ),
)
PARTNER_COMMUNITIES = NamedQuery(
    "partner-communities",
    "Partners of a neuron in a connectome, with the functional community of each in a model's latest run",
    PartnerCommunitiesCriteria,
    partner_communities,
    {"neuron": "AVAL", "dataset": "celegans/cook2019"},
    (
        Column("partner", TEXT, "post: the cell that the neuron connects to"),
        Column("weight", REAL, "strength of the connection, in its network's unit"),
        Column("community", TEXT, "the partner's community in the run; none where it was not recorded"),
        Column("shares_community", FLAG, "whether the neuron is in it too"),
        Column("run", TEXT, "uid of the run"),
        Column("simulated", FLAG, "whether the run is of simulated data"),
    ),
)
