"""The kinds of node and edge, each with its graph label or type: one place for both."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NodeKind:
    """A kind of node and its label in the graph."""

    name: str
    label: str
    meaning: str


@dataclass(frozen=True)
class EdgeKind:
    """A kind of edge: its table in the lake has the same name, its type in the graph is `type`."""

    name: str
    type: str
    directed: bool
    meaning: str
    between: tuple[tuple[str, str], ...]


NODE_KINDS = {
    k.name: k
    for k in (
        NodeKind("neuron", "Neuron", "a nerve cell"),
        NodeKind("muscle", "Muscle", "a muscle cell"),
        NodeKind(
            "cell",
            "Cell",
            "any other cell or tissue that a connectome names (gland, hypodermis, glia, gonad)",
        ),
        NodeKind("region", "Region", "a region of an atlas"),
        NodeKind("vessel_node", "VesselNode", "a junction, end or bend of a vessel graph"),
        NodeKind("channel", "Channel", "an electrode or sensor of a montage"),
        NodeKind("unit", "Unit", "a sorted unit of one recording"),
    )
}

_CELLS = ("Neuron", "Muscle", "Cell")
_CELL_PAIRS = tuple((a, b) for a in _CELLS for b in _CELLS)
_SAME = (("Region", "Region"), ("Channel", "Channel"), ("Unit", "Unit"))

EDGE_KINDS = {
    k.name: k
    for k in (
        EdgeKind("chemical", "CHEMICAL", True, "chemical synapse, pre to post", _CELL_PAIRS),
        EdgeKind("gap_junction", "GAP_JUNCTION", False, "electrical synapse", _CELL_PAIRS),
        EdgeKind(
            "functional",
            "FUNCTIONAL",
            False,
            "statistical dependence or measured response of activity; the network says whether it is directed",
            (*_CELL_PAIRS, *_SAME),
        ),
        EdgeKind("monoamine", "MONOAMINE", True, "transmitter and receptor match, extrasynaptic", _CELL_PAIRS),
        EdgeKind("peptide", "PEPTIDE", True, "neuropeptide and receptor match, extrasynaptic", _CELL_PAIRS),
        EdgeKind("contact", "CONTACT", False, "membrane contact", _CELL_PAIRS),
        EdgeKind("vessel", "VESSEL", False, "a vessel between two vessel nodes", (("VesselNode", "VesselNode"),)),
        EdgeKind("structural", "STRUCTURAL", False, "tract or streamlines between regions", (("Region", "Region"),)),
    )
}

WEIGHTED_KINDS = tuple(name for name in EDGE_KINDS if name != "vessel")
