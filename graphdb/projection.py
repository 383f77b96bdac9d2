"""From a dataset in the lake to the rows that the graph holds for it: pure, and the same for every store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from graphdb.graph_model import NODE_TYPES, RELATIONSHIP_TYPES
from graphdb.lake import Lake, Manifest, split_reference
from schemas.kinds import EDGE_KINDS, NODE_KINDS

START, END = "_start", "_end"
_LABELS = {k.name: k.label for k in NODE_KINDS.values()}


@dataclass(frozen=True)
class Relationships:
    """Relationships of one type between two labels: columns _start, _end (uids) and the type's properties."""

    type: str
    start: str
    end: str
    frame: pl.DataFrame


@dataclass(frozen=True)
class DatasetGraph:
    """All that one dataset version puts into the graph."""

    manifest: Manifest
    nodes: dict[str, pl.DataFrame] = field(default_factory=dict)
    relationships: tuple[Relationships, ...] = ()

    def of_type(self, type_: str) -> pl.DataFrame:
        """All relationships of a type, whatever their ends' labels."""
        frames = [r.frame for r in self.relationships if r.type == type_]
        return pl.concat(frames) if frames else _empty_relationships(type_)


def dataset_graph(lake: Lake, manifest: Manifest) -> DatasetGraph:
    """What a version puts into the graph; endpoints may be nodes of its ancestors."""
    tables = lake.tables(manifest.dataset, manifest.version)
    nodes = {label: frame for label, frame in _nodes(manifest, tables) if frame.height}
    labels = _labels(lake, manifest)
    relationships = [r for r in _relationships(manifest, tables, labels) if r.frame.height]
    return DatasetGraph(manifest, nodes, tuple(relationships))


def _nodes(manifest: Manifest, tables: dict[str, pl.DataFrame]) -> Iterator[tuple[str, pl.DataFrame]]:
    dataset = pl.lit(manifest.dataset).alias("dataset")
    published = pl.lit(manifest.published_at).alias("published_at")
    yield "Dataset", _shaped("Dataset", tables["dataset"].with_columns(published))
    if "node" in tables:
        for kind, label in _LABELS.items():
            yield label, _shaped(label, tables["node"].filter(pl.col("kind") == kind).with_columns(dataset))
    for table, label in (("subject", "Subject"), ("network", "Network")):
        if table in tables:
            yield label, _shaped(label, tables[table].with_columns(dataset))
    if "recording" in tables:
        duration = (pl.col("time_s").list.last() - pl.col("time_s").list.first()).alias("duration_s")
        yield "Recording", _shaped("Recording", tables["recording"].with_columns(dataset, duration))
    if "run" in tables:
        yield "Run", _shaped("Run", tables["run"].with_columns(dataset, published))
    if "membership" in tables:
        yield "Community", _shaped("Community", _communities(tables["membership"]).with_columns(dataset))


def _communities(membership: pl.DataFrame) -> pl.DataFrame:
    return (
        membership.group_by("run", name=pl.col("community"))
        .agg(n_members=pl.len().cast(pl.Int64))
        .with_columns(uid=_community_uid(pl.col("run"), pl.col("name")))
    )


def _community_uid(run: pl.Expr, name: pl.Expr) -> pl.Expr:
    return run + "/" + name


def _labels(lake: Lake, manifest: Manifest) -> pl.DataFrame:
    """Label of every node that this version may name."""
    frames = [
        lake.read(m.dataset, "node", m.version).select("uid", label=pl.col("kind").replace_strict(_LABELS))
        for m in (manifest, *lake.ancestors(manifest))
        if "node" in m.files
    ]
    return pl.concat(frames) if frames else pl.DataFrame(schema={"uid": pl.String, "label": pl.String})


def _relationships(
    manifest: Manifest, tables: dict[str, pl.DataFrame], labels: pl.DataFrame
) -> Iterator[Relationships]:
    dataset = pl.lit(manifest.dataset).alias("dataset")
    for name, kind in EDGE_KINDS.items():
        if name in tables:
            directed = tables["network"].select(network="uid", directed="directed")
            rows = tables[name].join(directed, on="network").rename({"source": START, "target": END})
            yield from _split(kind.type, rows.with_columns(dataset), labels)
    yield from _in_dataset(manifest, tables)
    yield _links("DERIVED_FROM", ("Dataset", "Dataset"), manifest, manifest.parents)
    yield from _of_subject(manifest, tables)
    if "trace" in tables:
        rows = tables["trace"].filter(pl.col("node").is_not_null()).rename({"node": START, "recording": END})
        yield from _split("RECORDED_IN", rows.with_columns(dataset), labels, end="Recording")
    if "inferred_edge" in tables:
        rows = tables["inferred_edge"].rename({"source": START, "target": END})
        yield from _split("INFERRED", rows.with_columns(dataset), labels)
    if "membership" in tables:
        end = _community_uid(pl.col("run"), pl.col("community")).alias(END)
        rows = tables["membership"].with_columns(dataset, end).rename({"node": START})
        yield from _split("MEMBER_OF", rows, labels, end="Community")
        found = _communities(tables["membership"]).select(pl.col("uid").alias(START), pl.col("run").alias(END), dataset)
        yield _shaped_relationships("FOUND_BY", "Community", "Run", found)
    for run in tables["run"].iter_rows(named=True) if "run" in tables else ():
        yield _links("TRAINED_ON", ("Run", "Dataset"), manifest, tuple(run["trained_on"]), start=run["uid"])


def _in_dataset(manifest: Manifest, tables: dict[str, pl.DataFrame]) -> Iterator[Relationships]:
    for table, label in (
        ("network", "Network"),
        ("recording", "Recording"),
        ("run", "Run"),
        ("subject", "Subject"),
    ):
        if table in tables:
            dataset = pl.lit(manifest.dataset)
            rows = tables[table].select(pl.col("uid").alias(START), dataset.alias(END), dataset.alias("dataset"))
            yield _shaped_relationships("IN_DATASET", label, "Dataset", rows)


def _of_subject(manifest: Manifest, tables: dict[str, pl.DataFrame]) -> Iterator[Relationships]:
    for table, label in (("network", "Network"), ("recording", "Recording")):
        if table in tables:
            rows = tables[table].filter(pl.col("subject").is_not_null())
            dataset = pl.lit(manifest.dataset).alias("dataset")
            rows = rows.select(pl.col("uid").alias(START), pl.col("subject").alias(END), dataset)
            yield _shaped_relationships("OF_SUBJECT", label, "Subject", rows)


def _links(
    type_: str,
    ends: tuple[str, str],
    manifest: Manifest,
    references: tuple[str, ...],
    start: str | None = None,
) -> Relationships:
    pairs = [split_reference(r) for r in references]
    rows = pl.DataFrame(
        {
            START: [start or manifest.dataset for _ in pairs],
            END: [uid for uid, _ in pairs],
            "dataset": [manifest.dataset for _ in pairs],
            "version": [version for _, version in pairs],
        },
        schema={START: pl.String, END: pl.String, "dataset": pl.String, "version": pl.String},
    )
    return _shaped_relationships(type_, *ends, rows)


def _split(type_: str, rows: pl.DataFrame, labels: pl.DataFrame, end: str | None = None) -> Iterator[Relationships]:
    """One part for each pair of labels that occurs."""
    found = rows.join(labels.select(pl.col("uid").alias(START), pl.col("label").alias("_from")), on=START)
    if end is None:
        found = found.join(labels.select(pl.col("uid").alias(END), pl.col("label").alias("_to")), on=END)
    else:
        found = found.with_columns(pl.lit(end).alias("_to"))
    for (start_label, end_label), part in found.group_by(["_from", "_to"], maintain_order=True):
        yield _shaped_relationships(type_, str(start_label), str(end_label), part)


def _shaped(label: str, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(list(NODE_TYPES[label].properties))


def _shaped_relationships(type_: str, start: str, end: str, frame: pl.DataFrame) -> Relationships:
    kept = frame.select(START, END, *RELATIONSHIP_TYPES[type_].properties)
    return Relationships(type_, start, end, kept)


def _empty_relationships(type_: str) -> pl.DataFrame:
    return pl.DataFrame(schema={START: pl.String(), END: pl.String(), **RELATIONSHIP_TYPES[type_].properties})
