"""What is known about a cell."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphdb.named.definition import NamedQuery, Statement


@dataclass(frozen=True)
class NeuronCriteria:
    """Criteria of @neuron."""

    name: str = field(metadata={"help": "name, alias or class, e.g. AVAL, VB01, AVA"})


def neuron(criteria: NeuronCriteria, _dialect: str) -> Statement:
    """Cells of that name, alias or class with their properties."""
    parts = " UNION ALL ".join(
        f"MATCH (n:`{label}`) WHERE n.name = $name OR n.`class` = $name OR $name IN n.aliases "
        "RETURN n.name AS name, n.kind AS kind, n.`class` AS class, n.type AS type, "
        "n.neurotransmitter AS neurotransmitter, n.hemisphere AS hemisphere, n.node_set AS node_set, n.uid AS uid"
        for label in ("Neuron", "Muscle", "Cell", "Region", "Channel", "Unit")
    )
    return Statement(parts, {"name": criteria.name})


NEURON = NamedQuery("neuron", "A cell or region by name, alias or class", NeuronCriteria, neuron, {"name": "AVA"})
