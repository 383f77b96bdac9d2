"""From a selection to a bundle: topology from the graph, traces from the lake, splits fixed here and never later."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

import polars as pl

from graphdb.lake import Lake, Manifest
from graphdb.store import GraphStore
from graphdb.time_split import TimeSplit, are_shares, time_split
from schemas import tables
from schemas.bundle import EDGE_COLUMNS, MASK_COLUMNS, SAMPLE_MASK_COLUMNS, SPLIT_COLUMNS, Bundle, make_bundle
from schemas.errors import QueryError, UsageError
from schemas.kinds import EDGE_KINDS, WEIGHTED_KINDS

_ALL_ROWS = 1 << 40

Measured = Callable[[Manifest], pl.DataFrame | None]
"""Of a dataset, SAMPLE_MASK_COLUMNS of its traces; None where what is not missing was measured."""


@dataclass(frozen=True)
class Selection:
    """What goes into a bundle.

    Args:
        activity: datasets whose recordings it holds.
        structure: datasets whose networks it holds, among the nodes kept.
        kinds: kinds of edge to keep.
        nodes: names or classes of nodes to keep; empty for all that were recorded.
        min_recordings: keep a node only where at least this many recordings hold it.
        parts: shares of train, validation and test, over subjects.
        seed: of the split.
        time: how recordings are cut along time; this split stands beside that over subjects.
    """

    activity: tuple[str, ...]
    structure: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ("chemical", "gap_junction")
    nodes: tuple[str, ...] = ()
    min_recordings: int = 1
    parts: tuple[float, float, float] = (0.75, 0.0, 0.25)
    seed: int = 0
    time: TimeSplit = field(default_factory=TimeSplit)


def _nothing_guessed(_manifest: Manifest) -> None:
    """A Measured that knows of no guess."""


def export(selection: Selection, lake: Lake, store: GraphStore, measured: Measured = _nothing_guessed) -> Bundle:
    """Make a bundle.

    The nodes and edges are asked of the graph, the traces read from the lake; the graph must hold the lake's versions.

    Args:
        selection: what goes into it.
        lake: where recordings and traces are read from.
        store: the graph.
        measured: says of each dataset of recordings which samples were measured, where some were guessed.

    Raises:
        UsageError: the selection contradicts itself.
        LakeError: a dataset is not in the lake.
        QueryError: nothing is selected, or graph and lake hold different versions.
    """
    if not selection.activity or not are_shares(selection.parts):
        raise UsageError("a selection needs recordings, and shares that sum to 1", "e.g. --activity celegans/dag2023")
    manifests = [lake.manifest(uid) for uid in dict.fromkeys((*selection.activity, *selection.structure))]
    _same_versions(manifests, store)
    recording = pl.concat([lake.read(uid, "recording") for uid in selection.activity])
    recording = recording.filter(pl.col("modality") != "behaviour")  # no node's activity: nothing to train from
    trace = _traces(selection, lake)
    node = _nodes(selection, lake, trace)
    if node.is_empty():
        raise QueryError(
            "nothing is selected: no recorded node passes the conditions", "relax --nodes or --min-recordings"
        )
    trace = trace.filter(pl.col("node").is_in(node.get_column("uid").to_list()))
    frames = {
        "node": node,
        "edge": _edges(selection, store, node),
        "recording": recording,
        "trace": trace.sort("recording", "trace"),
        "mask": _mask(recording, trace, node),
        "split": split(recording, selection.parts, selection.seed),
        "time_split": time_split(recording, selection.time),
        "event": _events(selection, lake, recording),
        "sample_mask": _sample_mask(selection, lake, trace, measured),
    }
    ancestors = {a.reference for m in manifests for a in lake.ancestors(m)}
    simulated = any(m.simulated for m in manifests)
    references = (*(m.reference for m in manifests), *ancestors)
    return make_bundle(
        frames, datasets=references, selection=asdict(selection), seed=selection.seed, simulated=simulated
    )


def split(recording: pl.DataFrame, parts: tuple[float, float, float], seed: int) -> pl.DataFrame:
    """Put each subject, with all its recordings, into train, validation or test.

    Subjects are ordered by a seeded hash of their id, so adding one moves few others. A recording without a subject
    is a subject of its own. Every part with a share gets at least one subject while there are enough.

    Args:
        recording: rows of the recording table.
        parts: shares of train, validation, test.
        seed: of the order.

    Returns:
        recording, subject, part.
    """
    subject = pl.coalesce("subject", "uid")
    table = recording.select(pl.col("uid").alias("recording"), subject.alias("subject"))
    subjects = sorted(
        table.get_column("subject").unique().to_list(),
        key=lambda s: hashlib.sha256(f"{seed}/{s}".encode()).digest(),
    )
    names = _parts(len(subjects), parts)
    assigned = pl.DataFrame({"subject": subjects, "part": names}, schema={"subject": pl.String(), "part": pl.String()})
    return table.join(assigned, on="subject").select(list(SPLIT_COLUMNS)).sort("recording")


def _parts(count: int, shares: tuple[float, float, float]) -> list[str]:
    """How many subjects each part gets: rounded shares, at least one where a share is positive and train keeps one."""
    train_share, validation_share, test_share = shares
    spare = count - 1 if train_share else count
    test = min(max(round(count * test_share), 1 if test_share else 0), spare)
    validation = min(max(round(count * validation_share), 1 if validation_share else 0), spare - test)
    return ["train"] * (count - test - validation) + ["validation"] * validation + ["test"] * test


def _same_versions(manifests: Sequence[Manifest], store: GraphStore) -> None:
    held = store.held()
    for manifest in manifests:
        if held.get(manifest.dataset) != manifest.version:
            raise QueryError(
                f"the graph holds {manifest.dataset}@{held.get(manifest.dataset, 'nothing')}, "
                f"the lake {manifest.reference}",
                "run `connectome project` first",
            )


def _traces(selection: Selection, lake: Lake) -> pl.DataFrame:
    return pl.concat([lake.read(uid, "trace").filter(pl.col("node").is_not_null()) for uid in selection.activity])


def _nodes(selection: Selection, lake: Lake, trace: pl.DataFrame) -> pl.DataFrame:
    counted = trace.group_by("node").agg(n=pl.col("recording").n_unique())
    kept = counted.filter(pl.col("n") >= selection.min_recordings).get_column("node").to_list()
    found = [tables.frame("node", [])]
    for uid in selection.activity:
        manifest = lake.manifest(uid)
        found.extend(
            lake.read(each.dataset, "node", each.version).filter(pl.col("uid").is_in(kept))
            for each in (manifest, *lake.ancestors(manifest))
        )
    nodes = pl.concat(found).unique("uid", maintain_order=True)
    if selection.nodes:
        wanted = list(selection.nodes)
        nodes = nodes.filter(pl.col("name").is_in(wanted) | pl.col("class").is_in(wanted))
    return nodes.sort("uid")


def _edges(selection: Selection, store: GraphStore, node: pl.DataFrame) -> pl.DataFrame:
    uids = node.get_column("uid").to_list()
    found = [pl.DataFrame(schema=EDGE_COLUMNS)]
    for dataset in selection.structure:
        for kind in selection.kinds:
            if kind not in WEIGHTED_KINDS:
                raise UsageError(f"unknown kind {kind!r}", f"kinds: {', '.join(WEIGHTED_KINDS)}")
            rows = store.relationships(EDGE_KINDS[kind].type, dataset).filter(
                pl.col("_start").is_in(uids) & pl.col("_end").is_in(uids)
            )
            found.append(
                rows.sort("network", "_start", "_end").select(
                    "network",
                    pl.lit(kind).alias("kind"),
                    "directed",
                    pl.int_range(pl.len(), dtype=pl.Int64).over("network").alias("edge"),
                    pl.col("_start").alias("source"),
                    pl.col("_end").alias("target"),
                    "weight",
                )
            )
    return pl.concat(found)


def _mask(recording: pl.DataFrame, trace: pl.DataFrame, node: pl.DataFrame) -> pl.DataFrame:
    measured = trace.select("recording", "node").unique().with_columns(measured=pl.lit(value=True))
    pairs = recording.select(recording="uid").join(node.select(node="uid"), how="cross")
    return (
        pairs.join(measured, on=["recording", "node"], how="left")
        .with_columns(pl.col("measured").fill_null(value=False))
        .select(list(MASK_COLUMNS))
        .sort("recording", "node")
    )


def _events(selection: Selection, lake: Lake, recording: pl.DataFrame) -> pl.DataFrame:
    found = pl.concat([lake.read(uid, "event") for uid in selection.activity])
    return found.join(recording.select(recording="uid"), on="recording", how="semi").sort("recording", "event")


def _sample_mask(selection: Selection, lake: Lake, trace: pl.DataFrame, measured: Measured) -> pl.DataFrame:
    """Of the traces of the bundle, sample by sample: what is there, less what was guessed."""
    there = pl.col("values").list.eval(pl.element().is_not_null()).alias("measured")
    plain = trace.select("recording", "trace", there)
    told = [found for uid in selection.activity if (found := measured(lake.manifest(uid))) is not None]
    if told:
        known = pl.concat(told).rename({"measured": "known"})
        joined = plain.join(known, on=["recording", "trace"], how="left")
        plain = joined.with_columns(measured=pl.coalesce("known", "measured"))
    return plain.select(list(SAMPLE_MASK_COLUMNS)).sort("recording", "trace")
