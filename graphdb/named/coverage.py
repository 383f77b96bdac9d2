"""Which cells a network could have seen: those that its source says it covers, or else those with an edge."""

from __future__ import annotations

import polars as pl

from graphdb.named.connectomes import Network, typed
from graphdb.named.definition import FLAG, TEXT, Reader, Statement

COVERED: dict[str, pl.DataType] = {"network": TEXT, "uid": TEXT, "as_source": FLAG, "as_target": FLAG}
HOLDS = (
    "A network holds a pair of cells if its source looked for edges of the one as source and of the other as target "
    "(COVERED_BY says it). Where its source does not say what it covers, every cell with an edge of the kind in it, "
    "however light, is held as both. Of other cells it says nothing: they count as not imaged, and an absent edge of "
    "theirs is not known to be absent. Of a cell that is held a part may have been imaged, such as that in the head."
)


def coverage_statement(networks: tuple[Network, ...], *, basis: bool = False) -> Statement:
    """What the sources of some networks say that they cover, and where asked for, what says it."""
    cypher = (
        "MATCH (n)-[c:`COVERED_BY`]->(w:`Network`) WHERE w.uid IN $networks "
        "RETURN w.uid AS network, n.uid AS uid, c.as_source AS as_source, c.as_target AS as_target"
        f"{', c.basis AS basis' if basis else ''}"
    )
    return Statement(cypher, {"networks": [n.uid for n in networks]})


def coverage_of(reader: Reader, networks: tuple[Network, ...]) -> pl.DataFrame:
    """The rows of `coverage_statement`."""
    return typed(reader.rows(coverage_statement(networks)), COVERED)


def holding(edges: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Cells that each network holds.

    Args:
        edges: network, source_uid, target_uid: all of the networks, also light ones.
        said: network, uid, as_source, as_target, for networks whose sources say it; both are true of a cell of an
            undirected network.

    Returns:
        The same columns, each cell of a network once, with the ends of edges of networks of which nothing is said.
    """
    silent = edges.join(said.select("network").unique(), on="network", how="anti")
    ends = pl.concat([silent.select("network", uid=end) for end in ("source_uid", "target_uid")]).unique()
    yes = pl.lit(value=True)
    return pl.concat([said, ends.with_columns(as_source=yes, as_target=yes)])
