"""What a connectome's source could have seen: `coverage` rows of its networks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import polars as pl

from ingest.frames import complete

IN_LIST = "stands in the list of connections, as either end of either kind"
IN_MARGIN = "a name in the margin of the matrix"


@dataclass(frozen=True)
class Covered:
    """What one network covers.

    Args:
        sources: nodes (uid) whose edges as source were looked for.
        targets: nodes whose edges as target were looked for; of an undirected network the same.
        basis: what in the source says so.
    """

    sources: Collection[str]
    targets: Collection[str]
    basis: str

    def both_ways(self) -> Covered:
        """Of a symmetric matrix: every name in either margin is an end."""
        ends = {*self.sources, *self.targets}
        return Covered(ends, ends, self.basis)


def listed(nodes: Collection[str], basis: str = IN_LIST) -> Covered:
    """What a list of one animal covers, in each of its networks: every cell that stands anywhere in it.

    Args:
        nodes: that stand in it, as either end of any kind, also those whose partners are no nodes.
        basis: what in the source says so.
    """
    return Covered(nodes, nodes, basis)


def coverage(networks: Mapping[str, Covered]) -> pl.DataFrame:
    """Rows of `coverage`, by network (uid) in the order given and by node."""
    columns: dict[str, list[str | bool]] = {name: [] for name in ("network", "node", "as_source", "as_target", "basis")}
    for network, covered in networks.items():
        sources, targets = set(covered.sources), set(covered.targets)
        nodes = sorted(sources | targets)
        columns["network"] += [network] * len(nodes)
        columns["node"] += nodes
        columns["as_source"] += [node in sources for node in nodes]
        columns["as_target"] += [node in targets for node in nodes]
        columns["basis"] += [covered.basis] * len(nodes)
    return complete("coverage", pl.DataFrame(columns))
