"""Who a cell connects to."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphdb.named.definition import NamedQuery, Statement, edge_type
from schemas.errors import UsageError
from schemas.kinds import EDGE_KINDS


@dataclass(frozen=True)
class PartnersCriteria:
    """Criteria of @partners."""

    neuron: str = field(metadata={"help": "name or alias of the cell or region, e.g. AVAL"})
    direction: str = field(default="out", metadata={"help": "out (its targets) or in (its sources)"})
    kind: str = field(default="chemical", metadata={"help": "kind of edge"})
    dataset: str | None = field(default=None, metadata={"help": "only edges of this dataset"})
    min_weight: float = field(default=0.0, metadata={"help": "least weight, in the network's unit"})


def partners(criteria: PartnersCriteria, _dialect: str) -> Statement:
    """Partners of a cell, strongest first; an undirected kind has no direction, each pair counts once."""
    type_ = edge_type(criteria.kind)
    if criteria.direction not in ("in", "out"):
        raise UsageError(f"direction {criteria.direction!r} is not known", "use in or out")
    arrow = {"out": ("-", "->"), "in": ("<-", "-")}[criteria.direction]
    if not EDGE_KINDS[criteria.kind].directed and criteria.kind != "functional":
        arrow = ("-", "-")
    of_dataset = "" if criteria.dataset is None else " AND r.dataset = $dataset"
    cypher = (
        f"MATCH (a){arrow[0]}[r:`{type_}`]{arrow[1]}(b) "
        f"WHERE (a.name = $neuron OR $neuron IN a.aliases) AND r.weight >= $min_weight{of_dataset} "
        "RETURN DISTINCT a.name AS neuron, b.name AS partner, b.kind AS kind, b.`class` AS class, b.uid AS uid, "
        "r.weight AS weight, r.network AS network, r.dataset AS dataset "
        "ORDER BY weight DESC, partner, network"
    )
    parameters: dict[str, object] = {"neuron": criteria.neuron, "min_weight": criteria.min_weight}
    if criteria.dataset is not None:
        parameters["dataset"] = criteria.dataset
    return Statement(cypher, parameters)


PARTNERS = NamedQuery(
    "partners",
    "Partners of a cell by one kind of connection, strongest first",
    PartnersCriteria,
    partners,
    {"neuron": "AVAL", "dataset": "celegans/cook2019", "min_weight": "10"},
)
