"""A part of the lake as one node table and one edge table: what every exchange format writes and reads back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

import polars as pl

from graphdb.lake import Lake, Manifest, split_reference
from schemas import tables
from schemas.errors import QueryError, UsageError
from schemas.kinds import EDGE_KINDS

REGION_KIND = "chemical_region"
KINDS = (*EDGE_KINDS, REGION_KIND)
_FIRST: dict[str, pl.DataType] = {
    "source": pl.String(),
    "target": pl.String(),
    "kind": pl.String(),
    "network": pl.String(),
    "dataset": pl.String(),
    "directed": pl.Boolean(),
    "weight": pl.Float64(),
}


@dataclass(frozen=True)
class GraphSelection:
    """Which part of the lake.

    Args:
        datasets: ids, or id@version for another than the current version.
        kinds: kinds of edge; empty for all that the datasets hold. `chemical_region` gives a row for each region.
        nodes: names, classes or uids of nodes; empty for all. Edges among them are kept.
    """

    datasets: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subgraph:
    """Nodes, edges and what sources say of the nodes, with the versions that they came from.

    Args:
        nodes: the columns of table `node`, sorted by uid.
        edges: source, target, kind, network, dataset, directed, weight and the kinds' own columns, null where a kind
            does not have one; sorted by network, source, target.
        references: `id@version` of every dataset that rows came from.
        selection: what was asked for.
        annotations: the columns of table `annotation` and `dataset`, sorted by all of them; only formats of lists have
            a place for them.
    """

    nodes: pl.DataFrame
    edges: pl.DataFrame
    references: tuple[str, ...]
    selection: GraphSelection
    annotations: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=annotation_columns()))

    @property
    def lists(self) -> dict[str, pl.DataFrame]:
        """What formats of lists write, by the name of the file; annotations where there are any."""
        said = {"annotations": self.annotations} if self.annotations.height else {}
        return {"nodes": self.nodes, "edges": self.edges, **said}


def annotation_columns() -> dict[str, pl.DataType]:
    """Columns of the annotations with their types."""
    return {**tables.columns("annotation"), "dataset": pl.String()}


def edge_columns() -> dict[str, pl.DataType]:
    """All columns that an edge of any kind may have, with their types."""
    found = dict(_FIRST)
    for kind in KINDS:
        found |= {name: dtype for name, dtype in tables.columns(kind).items() if name not in found}
    return found


def select(lake: Lake, selection: GraphSelection) -> Subgraph:
    """Read a part of the lake: a dataset's own nodes, all that its edges end at, and all that it says something of.

    Raises:
        UsageError: no dataset or an unknown kind is named.
        LakeError: a dataset is not in the lake.
        QueryError: the selection is empty, or a name is not found.
    """
    _check(selection)
    manifests = [lake.manifest(*split_reference(reference)) for reference in selection.datasets]
    frames = [_edges(lake, m, k) for m in manifests for k in selection.kinds or KINDS if k in m.files]
    edges = pl.concat(frames).collect(engine="streaming") if frames else pl.DataFrame(schema=edge_columns())
    annotations = _annotations(lake, manifests)
    known = _known_nodes(lake, manifests)
    if selection.nodes:
        wanted = _wanted(known, selection.nodes)
        edges = edges.filter(pl.col("source").is_in(wanted.implode()) & pl.col("target").is_in(wanted.implode()))
    else:
        own = pl.col("uid").is_in(_own_nodes(lake, manifests).implode())
        # Who asks for kinds of edge asks for the edges.
        said_of = annotations.get_column("node").clear() if selection.kinds else annotations.get_column("node")
        ends = pl.concat([edges.get_column("source"), edges.get_column("target"), said_of]).unique()
        wanted = known.filter(own | pl.col("uid").is_in(ends.implode())).get_column("uid")
    nodes = known.filter(pl.col("uid").is_in(wanted.implode())).sort("uid")
    if nodes.is_empty():
        raise QueryError("nothing is selected: there is no node and no edge", "see `connectome datasets`")
    references = _sources(lake, manifests, nodes)
    edges = edges.sort("network", "source", "target", maintain_order=True)
    annotations = annotations.filter(pl.col("node").is_in(nodes.get_column("uid").implode()))
    return Subgraph(nodes, edges, references, selection, annotations)


def _check(selection: GraphSelection) -> None:
    if not selection.datasets:
        raise UsageError("name at least one dataset", "`connectome datasets` lists them")
    for kind in selection.kinds:
        if kind not in KINDS:
            raise UsageError(f"unknown kind {kind!r}", f"kinds: {', '.join(KINDS)}")


def _edges(lake: Lake, manifest: Manifest, kind: str) -> pl.LazyFrame:
    directed = lake.read(manifest.dataset, "network", manifest.version).select(network="uid", directed="directed")
    rows = lake.scan(manifest.dataset, kind, manifest.version).join(directed.lazy(), on="network")
    columns = {**tables.columns(kind), "directed": pl.Boolean()}
    given = {"kind": pl.lit(kind), "dataset": pl.lit(manifest.dataset)}
    return rows.select(
        pl.col(name) if name in columns else given.get(name, pl.lit(None, dtype=dtype)).alias(name)
        for name, dtype in edge_columns().items()
    )


def _annotations(lake: Lake, manifests: Iterable[Manifest]) -> pl.DataFrame:
    columns = annotation_columns()
    frames = [
        lake.read(m.dataset, "annotation", m.version).with_columns(dataset=pl.lit(m.dataset)).select(*columns)
        for m in manifests
        if "annotation" in m.files
    ]
    return pl.concat([pl.DataFrame(schema=columns), *frames]).sort(*columns)


def _known_nodes(lake: Lake, manifests: Iterable[Manifest]) -> pl.DataFrame:
    found: dict[str, pl.LazyFrame] = {}
    for manifest in manifests:
        for each in (manifest, *lake.ancestors(manifest)):
            if "node" in each.files:
                found.setdefault(each.reference, lake.scan(each.dataset, "node", each.version))
    frames = [*found.values()] or [tables.frame("node", []).lazy()]
    return pl.concat(frames).collect().unique("uid", maintain_order=True)


def _own_nodes(lake: Lake, manifests: Iterable[Manifest]) -> pl.Series:
    frames = [lake.read(m.dataset, "node", m.version).get_column("uid") for m in manifests]
    return pl.concat(frames)


def _wanted(known: pl.DataFrame, names: tuple[str, ...]) -> pl.Series:
    found = []
    for name in names:
        match = known.filter((pl.col("name") == name) | (pl.col("class") == name) | (pl.col("uid") == name))
        if match.is_empty():
            near = get_close_matches(name, known.get_column("name").to_list(), n=5)
            hint = f"did you mean {', '.join(near)}?" if near else "names, classes and uids are known"
            raise QueryError(f"no node of the selection is called {name!r}", hint)
        found.append(match.get_column("uid"))
    return pl.concat(found).unique()


def _sources(lake: Lake, manifests: Iterable[Manifest], nodes: pl.DataFrame) -> tuple[str, ...]:
    """The datasets themselves, and those of their ancestors that brought nodes."""
    sets = set(nodes.get_column("node_set").to_list())
    found = {m.reference for m in manifests}
    for manifest in manifests:
        for each in lake.ancestors(manifest):
            if "node_set" in each.files:
                brought = set(lake.read(each.dataset, "node_set", each.version).get_column("uid").to_list())
                if brought & sets:
                    found.add(each.reference)
    return tuple(sorted(found))
