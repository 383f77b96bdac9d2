"""From a dataset in the lake to the rows that the graph holds for it: pure, lazy, and the same for every store.

Nothing here pulls a whole edge table into memory: a part is a Polars LazyFrame over the lake's own files, which a
store streams to where it needs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from graphdb.graph_model import NODE_TYPES, RELATIONSHIP_TYPES
from graphdb.lake import Lake, Manifest, split_reference
from schemas.content import combined_hash
from schemas.kinds import EDGE_KINDS, NODE_KINDS
from schemas.tables import key

START, END = "_start", "_end"
_LABELS = {k.name: k.label for k in NODE_KINDS.values()}


@dataclass(frozen=True)
class Nodes:
    """Nodes of one label: the label's properties, in their order."""

    label: str
    frame: pl.LazyFrame
    rows: int


@dataclass(frozen=True)
class Relationships:
    """Relationships of one type between two labels: columns _start, _end (uids) and the type's properties."""

    type: str
    start: str
    end: str
    frame: pl.LazyFrame
    rows: int


@dataclass(frozen=True)
class DatasetGraph:
    """All that one dataset version puts into the graph; no part is empty."""

    manifest: Manifest
    nodes: tuple[Nodes, ...] = ()
    relationships: tuple[Relationships, ...] = ()

    @property
    def rows(self) -> int:
        """Nodes and relationships together."""
        return sum(part.rows for part in self.nodes) + sum(part.rows for part in self.relationships)


def dataset_graph(lake: Lake, manifest: Manifest) -> DatasetGraph:
    """What a version puts into the graph; endpoints may be nodes of its ancestors."""
    tables = {name: lake.scan(manifest.dataset, name, manifest.version) for name in manifest.files}
    nodes = tuple(part for part in _nodes(manifest, tables) if part.rows)
    labels = _Labels(lake, manifest)
    relationships = tuple(part for part in _relationships(manifest, tables, labels) if part.rows)
    return DatasetGraph(manifest, nodes, relationships)


def of_type(graph: DatasetGraph, type_: str) -> tuple[Relationships, ...]:
    """The parts of one relationship type, one for each pair of labels."""
    return tuple(part for part in graph.relationships if part.type == type_)


def _nodes(manifest: Manifest, tables: dict[str, pl.LazyFrame]) -> Iterator[Nodes]:
    dataset = pl.lit(manifest.dataset).alias("dataset")
    published = pl.lit(manifest.published_at).alias("published_at")
    content = pl.lit(combined_hash(list(manifest.hashes.items()))).alias("content_hash")
    yield _nodes_of("Dataset", tables["dataset"].with_columns(published, content), 1)
    if "node" in tables:
        for kind, rows in _counts(tables["node"], "kind").rows():
            yield _nodes_of(_LABELS[kind], tables["node"].filter(pl.col("kind") == kind).with_columns(dataset), rows)
    for table, label in (("subject", "Subject"), ("network", "Network")):
        if table in tables:
            yield _nodes_of(label, tables[table].with_columns(dataset), manifest.rows[table])
    yield from _statements(manifest, tables)
    if "recording" in tables:
        duration = (pl.col("time_s").list.last() - pl.col("time_s").list.first()).alias("duration_s")
        frame = tables["recording"].with_columns(dataset, duration)
        yield _nodes_of("Recording", frame, manifest.rows["recording"])
    if "run" in tables:
        yield _nodes_of("Run", tables["run"].with_columns(dataset, published), manifest.rows["run"])
    for table, label, found in (("membership", "Community", _communities), ("state", "State", _states)):
        if table in tables:
            rows = found(tables[table]).with_columns(dataset).collect()
            yield _nodes_of(label, rows.lazy(), rows.height)


def _statements(manifest: Manifest, tables: dict[str, pl.LazyFrame]) -> Iterator[Nodes]:
    """Rows that have no id of their own."""
    for table, label in (("annotation", "Annotation"), ("binding", "Binding")):
        if table in tables:
            rows = tables[table].with_columns(_row_uid(manifest, table), dataset=pl.lit(manifest.dataset))
            yield _nodes_of(label, rows, manifest.rows[table])


def _nodes_of(label: str, frame: pl.LazyFrame, rows: int) -> Nodes:
    return Nodes(label, frame.select(list(NODE_TYPES[label].properties)), rows)


def _communities(membership: pl.LazyFrame) -> pl.LazyFrame:
    return (
        membership.group_by("run", name=pl.col("community"))
        .agg(n_members=pl.len().cast(pl.Int64))
        .with_columns(uid=_found_uid("run", "name"))
    )


def _states(state: pl.LazyFrame) -> pl.LazyFrame:
    # Sorted, so that the sum has the same last bits whenever it is made.
    ordered = state.sort("run", "recording", "interval")
    totals = ordered.group_by("run", name=pl.col("state"), maintain_order=True).agg(total_s=pl.col("duration_s").sum())
    return totals.with_columns(uid=_found_uid("run", "name"))


def _found_uid(run: str, name: str) -> pl.Expr:
    return pl.col(run) + "/" + pl.col(name)


def _row_uid(manifest: Manifest, table: str) -> pl.Expr:
    """The dataset and the row's key; at most the last part of a key holds a blank, so no two rows give one uid."""
    return (pl.lit(f"{manifest.dataset}/") + pl.concat_str(key(table), separator=" ")).alias("uid")


class _Labels:
    """Label of every node that a version may name: one for all where they are of one kind, else by uid."""

    def __init__(self, lake: Lake, manifest: Manifest) -> None:
        sets = [m for m in (manifest, *lake.ancestors(manifest)) if "node" in m.files]
        self._frames = [lake.scan(m.dataset, "node", m.version).select("uid", "kind") for m in sets]
        kinds = {kind for frame in self._frames for kind, _ in _counts(frame, "kind").rows()}
        self.only = _LABELS[kinds.pop()] if len(kinds) == 1 else None

    def by_uid(self, uid: str, label: str) -> pl.LazyFrame:
        """Columns `uid` and `label` under those names."""
        if not self._frames:
            return pl.LazyFrame(schema={uid: pl.String, label: pl.String})
        kinds = pl.col("kind").replace_strict(_LABELS, return_dtype=pl.String)
        return pl.concat(self._frames).select(pl.col("uid").alias(uid), kinds.alias(label))


def _relationships(manifest: Manifest, tables: dict[str, pl.LazyFrame], labels: _Labels) -> Iterator[Relationships]:
    dataset = pl.lit(manifest.dataset).alias("dataset")
    ends = {"source": START, "target": END}
    for name, kind in EDGE_KINDS.items():
        if name in tables:
            rows = _with_directed(tables[name], tables["network"]).rename(ends).with_columns(dataset)
            yield from _split(kind.type, rows, labels, manifest.rows[name])
    if "chemical_region" in tables:
        rows = tables["chemical_region"].rename(ends).with_columns(dataset)
        yield from _split("CHEMICAL_IN", rows, labels, manifest.rows["chemical_region"])
    yield from _in_dataset(manifest, tables)
    yield _links("DERIVED_FROM", ("Dataset", "Dataset"), manifest, manifest.parents)
    yield from _of_subject(manifest, tables)
    if "trace" in tables:
        rows = tables["trace"].filter(pl.col("node").is_not_null()).rename({"node": START, "recording": END})
        yield from _split("RECORDED_IN", rows.with_columns(dataset), labels, None, end="Recording")
    if "annotation" in tables:
        end = _row_uid(manifest, "annotation").alias(END)
        rows = tables["annotation"].with_columns(dataset, end).rename({"node": START})
        yield from _split("ANNOTATED", rows, labels, manifest.rows["annotation"], end="Annotation")
    if "coverage" in tables:
        rows = tables["coverage"].with_columns(dataset).rename({"node": START, "network": END})
        yield from _split("COVERED_BY", rows, labels, manifest.rows["coverage"], end="Network")
    if "inferred_edge" in tables:
        rows = tables["inferred_edge"].rename(ends).with_columns(dataset)
        yield from _split("INFERRED", rows, labels, manifest.rows["inferred_edge"])
    yield from _found(manifest, tables, labels)
    if "run" in tables:
        for run in tables["run"].collect().iter_rows(named=True):
            yield _links("TRAINED_ON", ("Run", "Dataset"), manifest, tuple(run["trained_on"]), start=run["uid"])


def _with_directed(edges: pl.LazyFrame, network: pl.LazyFrame) -> pl.LazyFrame:
    """The edges with the `directed` of their network; no join where all networks say the same."""
    directed = network.select("uid", "directed").collect()
    said = directed.get_column("directed").unique()
    if len(said) == 1:
        return edges.with_columns(directed=pl.lit(said.item()))
    return edges.join(directed.lazy().rename({"uid": "network"}), on="network")


def _found(manifest: Manifest, tables: dict[str, pl.LazyFrame], labels: _Labels) -> Iterator[Relationships]:
    """What runs found: memberships and states, and which run found each."""
    dataset = pl.lit(manifest.dataset).alias("dataset")
    if "membership" in tables:
        end = _found_uid("run", "community").alias(END)
        rows = tables["membership"].with_columns(dataset, end).rename({"node": START})
        yield from _split("MEMBER_OF", rows, labels, None, end="Community")
        yield _found_by("Community", _communities(tables["membership"]), dataset)
    if "state" in tables:
        end = _found_uid("run", "state").alias(END)
        rows = tables["state"].with_columns(dataset, end).rename({"recording": START})
        yield _part("IN_STATE", "Recording", "State", rows, manifest.rows["state"])
        yield _found_by("State", _states(tables["state"]), dataset)


def _found_by(label: str, found: pl.LazyFrame, dataset: pl.Expr) -> Relationships:
    rows = found.select(pl.col("uid").alias(START), pl.col("run").alias(END), dataset).collect()
    return _part("FOUND_BY", label, "Run", rows.lazy(), rows.height)


def _in_dataset(manifest: Manifest, tables: dict[str, pl.LazyFrame]) -> Iterator[Relationships]:
    dataset = pl.lit(manifest.dataset)
    for table, label in (("network", "Network"), ("recording", "Recording"), ("run", "Run"), ("subject", "Subject")):
        if table in tables:
            rows = tables[table].select(pl.col("uid").alias(START), dataset.alias(END), dataset.alias("dataset"))
            yield _part("IN_DATASET", label, "Dataset", rows, manifest.rows[table])


def _of_subject(manifest: Manifest, tables: dict[str, pl.LazyFrame]) -> Iterator[Relationships]:
    dataset = pl.lit(manifest.dataset).alias("dataset")
    for table, label in (("network", "Network"), ("recording", "Recording")):
        if table in tables:
            named = tables[table].filter(pl.col("subject").is_not_null())
            rows = named.select(pl.col("uid").alias(START), pl.col("subject").alias(END), dataset).collect()
            yield _part("OF_SUBJECT", label, "Subject", rows.lazy(), rows.height)


def _links(
    type_: str,
    ends: tuple[str, str],
    manifest: Manifest,
    references: tuple[str, ...],
    start: str | None = None,
) -> Relationships:
    pairs = [split_reference(r) for r in references]
    rows = pl.LazyFrame(
        {
            START: [start or manifest.dataset for _ in pairs],
            END: [uid for uid, _ in pairs],
            "dataset": [manifest.dataset for _ in pairs],
            "version": [version for _, version in pairs],
        },
        schema={START: pl.String, END: pl.String, "dataset": pl.String, "version": pl.String},
    )
    return _part(type_, *ends, rows, len(pairs))


def _split(
    type_: str, rows: pl.LazyFrame, labels: _Labels, height: int | None, end: str | None = None
) -> Iterator[Relationships]:
    """One part for each pair of labels that occurs; no join where all nodes have one label."""
    if labels.only is not None:
        counted = _height(rows) if height is None else height
        yield _part(type_, labels.only, end or labels.only, rows, counted)
        return
    found = rows.join(labels.by_uid(START, "_from"), on=START, maintain_order="left")
    if end is None:
        found = found.join(labels.by_uid(END, "_to"), on=END, maintain_order="left")
    else:
        found = found.with_columns(pl.lit(end).alias("_to"))
    for start_label, end_label, count in _counts(found, "_from", "_to").rows():
        pair = (pl.col("_from") == start_label) & (pl.col("_to") == end_label)
        yield _part(type_, start_label, end_label, found.filter(pair), count)


def _part(type_: str, start: str, end: str, frame: pl.LazyFrame, rows: int) -> Relationships:
    return Relationships(type_, start, end, frame.select(START, END, *RELATIONSHIP_TYPES[type_].properties), rows)


def _counts(frame: pl.LazyFrame, *by: str) -> pl.DataFrame:
    return frame.group_by(by).len("rows").sort(by).collect(engine="streaming")


def _height(frame: pl.LazyFrame) -> int:
    return int(frame.select(pl.len()).collect(engine="streaming").item())
