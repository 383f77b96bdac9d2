"""What a connectome's source could have seen: `coverage` rows of its networks."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import polars as pl

from ingest.celegans.edges import Entry
from ingest.frames import complete

IN_LIST = "stands in the list of connections, as either end of either kind"


def coverage(network: str, sources: Collection[str], targets: Collection[str], basis: str) -> pl.DataFrame:
    """Rows of `coverage` of one network, by node.

    Args:
        network: its uid.
        sources: nodes (uid) whose edges as source were looked for.
        targets: nodes whose edges as target were looked for; of an undirected network the same.
        basis: what in the source says so.
    """
    nodes = sorted({*sources, *targets})
    frame = pl.DataFrame(
        {
            "node": nodes,
            "as_source": [node in sources for node in nodes],
            "as_target": [node in targets for node in nodes],
        },
        schema={"node": pl.String, "as_source": pl.Boolean, "as_target": pl.Boolean},
    )
    return complete("coverage", frame.with_columns(network=pl.lit(network), basis=pl.lit(basis)))


def listed(networks: Iterable[str], entries: Iterable[Entry], basis: str = IN_LIST) -> pl.DataFrame:
    """Networks of one animal, which cover every cell that stands anywhere in its list.

    Args:
        networks: their uids.
        entries: of all kinds.
        basis: what in the source says so.
    """
    nodes = {node for entry in entries for node in (entry.source, entry.target)}
    return pl.concat([coverage(network, nodes, nodes, basis) for network in networks])
