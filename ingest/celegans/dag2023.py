"""Dag et al. 2023: whole-brain calcium of freely moving worms, neurons named by NeuroPAL (strain SWF702).

One HDF5 file per worm: `gcamp/traces_array_F_F20` (samples x traces; F over its 20th percentile) and
`timing/timestamp_confocal` (seconds, absolute), `behavior/reversal_vec` (per sample, not 0 where the worm
reverses). One file of labels for all worms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from ingest.celegans import cells
from ingest.celegans.names import CellNames, refuse_labels
from ingest.celegans.neuropal_labels import TraceLabel, read_labels
from ingest.files import hdf5_array, open_hdf5
from ingest.frames import list_column
from schemas import tables
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "1"
DATASET = "celegans/dag2023"
LABELS = "labels"

_TRACES = "gcamp/traces_array_F_F20"
_TIME = "timing/timestamp_confocal"
_REVERSING = "behavior/reversal_vec"
Array = np.ndarray[Any, np.dtype[np.float64]]
Match = tuple[str | None, str]  # node, how


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """One subject and one recording per worm that a file is given for.

    Args:
        files: `labels`, and at least one recording under its id, e.g. `2022-07-26-31`.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: no recording at all, a file of another shape, a label of a trace that does not exist, or
            a label that is no cell.
    """
    if LABELS not in files:
        raise SourceError("the file of labels is missing", "give NeuroPAL_labels_dict.jld2")
    labels, names, decisions = read_labels(files[LABELS]), CellNames.of(parents), Decisions()
    recordings = sorted(uid for uid in files if uid != LABELS)
    if not recordings:
        raise SourceError("there is no recording", "give one or more of the files 2022-…-data.h5")
    for uid in sorted(set(labels) - set(recordings)):
        decisions.add("dropped", uid, "labels without a file of the recording", Place(files[LABELS].name, uid))
    rows: dict[str, list[dict[str, object]]] = defaultdict(list)
    traces: list[pl.DataFrame] = []
    for uid in recordings:
        time, values, reversing = _read_recording(files[uid])
        matches = _match(uid, _labels_of(uid, labels, len(values), files), names, files[LABELS].name, decisions)
        rows["subject"].append(_subject(uid))
        rows["recording"].append(_recording(uid, time))
        rows["event"].extend(_reversals(uid, time, reversing))
        traces.append(_traces(uid, values, matches))
    return {
        **{name: tables.frame(name, found) for name, found in rows.items()},
        "trace": pl.concat(traces),
        "decision": decisions.frame(),
    }


def _read_recording(path: Path) -> tuple[Array, Array, Array]:
    """Time from the first sample (s), traces (traces x samples), and where the worm reverses (not 0)."""
    with open_hdf5(path) as file:
        time, values = hdf5_array(file, _TIME, ndim=1), hdf5_array(file, _TRACES, ndim=2)
        reversing = hdf5_array(file, _REVERSING, ndim=1)
    if not len(time) == len(values) == len(reversing) or len(time) < 2:  # noqa: PLR2004
        found = f"{len(values)} samples, {len(reversing)} of behaviour, {len(time)} times"
        raise SourceError(found, "there must be equally many, two or more", Place(path.name, _TRACES))
    _require_finite(time, Place(path.name, _TIME), "a time")
    _require_finite(reversing, Place(path.name, _REVERSING), "a number")
    _require_single_precision(values, Place(path.name, _TRACES))
    time = time.astype(np.float64)
    elapsed = time - time[0]
    late = np.flatnonzero(~(np.diff(elapsed) > 0))
    if late.size:
        place = Place(path.name, _TIME, row=int(late[0]) + 2)
        raise SourceError("time does not increase", "are the samples in order?", place)
    return elapsed, np.ascontiguousarray(values.T), reversing


def _require_finite(values: Array, place: Place, what: str) -> None:
    wrong = np.flatnonzero(~np.isfinite(values))
    if wrong.size:
        where = Place(place.file, place.sheet, int(wrong[0]) + 1)
        raise SourceError(f"holds {values[wrong[0]]:g}, {what} was expected", "correct the value in the file", where)


def _require_single_precision(values: Array, place: Place) -> None:
    """NaN is a sample that was not measured; anything else must be a number that the table can hold."""
    wrong = np.argwhere(np.abs(values) > np.finfo(np.float32).max)
    if wrong.size:
        row, column = wrong[0].tolist()
        where = Place(place.file, place.sheet, row + 1, str(column + 1))
        text = f"holds {values[row, column]:g}, a finite value (or NaN for none) was expected"
        raise SourceError(text, "correct the value in the file", where)


def _labels_of(
    uid: str, labels: Mapping[str, list[TraceLabel]], n_traces: int, files: Mapping[str, Path]
) -> list[TraceLabel]:
    file = files[LABELS].name
    if uid not in labels:
        held = ", ".join(labels) or "none"
        raise SourceError(f"has no labels of {uid!r}", f"it has those of: {held}", Place(file))
    for label in labels[uid]:
        if label.index > n_traces:
            text = f"labels trace {label.index} as {label.label!r}, but {files[uid].name} has {n_traces} traces"
            raise SourceError(text, "do labels and recording belong together?", Place(file, uid))
    return labels[uid]


def _match(
    uid: str, labels: list[TraceLabel], names: CellNames, file: str, decisions: Decisions
) -> dict[int, tuple[TraceLabel, Match]]:
    """Node of each labelled trace, by 1-based index; what was not matched, and why, becomes a decision."""
    matches: dict[int, tuple[TraceLabel, Match]] = {}
    claims: dict[str, list[TraceLabel]] = defaultdict(list)
    unknown = []
    for label in labels:
        place = Place(file, uid, column=f"trace {label.index}")
        if label.remark:
            decisions.add("kept", f"{uid} {label.label}", f"remark of the source: {label.remark}", place)
        if "?" in label.label:
            matches[label.index] = (label, (None, "ambiguous"))
            decisions.add("kept", f"{uid} {label.label}", "ambiguous: the trace stays without a node", place)
            continue
        found = names.resolve(label.label)
        if found.node is None:
            like = f" (like {', '.join(found.suggestions)})" if found.suggestions else ""
            unknown.append((f"{place}: {label.label!r}{like}", place))
            continue
        matches[label.index] = (label, (found.node, found.how))
        claims[found.node].append(label)
        if found.how != "exact":
            name = found.node.rpartition("/")[2]
            decisions.add("renamed", f"{uid} {label.label}", f"{found.how}: it is {name}", place)
    if unknown:
        refuse_labels(unknown)
    for claimed in claims.values():
        _settle(uid, claimed, matches, Place(file, uid), decisions)
    return matches


def _settle(
    uid: str,
    claimed: list[TraceLabel],
    matches: dict[int, tuple[TraceLabel, Match]],
    place: Place,
    decisions: Decisions,
) -> None:
    """Of several traces with one name the most confident keeps it; where two are equally so, none does."""
    if len(claimed) == 1:
        return
    confidences = [-1.0 if label.confidence is None else label.confidence for label in claimed]
    best = [label for label, c in zip(claimed, confidences, strict=True) if c == max(confidences)]
    winner = best[0].index if len(best) == 1 else None
    verdict = f"trace {winner} is more certain and keeps it" if winner else "none is more certain"
    for label in claimed:
        if label.index != winner:
            matches[label.index] = (label, (None, "duplicate"))
            where = Place(place.file, place.sheet, column=f"trace {label.index}")
            decisions.add("kept", f"{uid} {label.label}", f"duplicate, without a node: {verdict}", where)


def _subject(uid: str) -> dict[str, object]:
    return {
        "uid": f"{DATASET}/{uid}",
        "species": cells.SPECIES,
        "sex": "hermaphrodite",
        "strain": "SWF702",
    }


def _recording(uid: str, time: Array) -> dict[str, object]:
    return {
        "uid": f"{DATASET}/{uid}",
        "node_set": cells.NODE_SET,
        "subject": f"{DATASET}/{uid}",
        "modality": "calcium",
        "signal": "F/F20",
        "unit": "1",
        "sampling_rate_hz": float(1 / np.median(np.diff(time))),
        "n_samples": len(time),
        "time_s": time.tolist(),
    }


def _reversals(uid: str, time: Array, reversing: Array) -> list[dict[str, object]]:
    """Runs of samples in which the worm reverses; an event ends where the next sample begins."""
    edges = np.diff(np.concatenate([[0], (reversing != 0).astype(np.int8), [0]]))
    starts = np.flatnonzero(edges == 1)
    ends = np.minimum(np.flatnonzero(edges == -1), len(time) - 1)
    return [
        {
            "recording": f"{DATASET}/{uid}",
            "event": i,
            "kind": "behaviour",
            "label": "reversal",
            "onset_s": float(time[start]),
            "duration_s": float(time[end] - time[start]),
        }
        for i, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


def _traces(uid: str, values: Array, matches: Mapping[int, tuple[TraceLabel, Match]]) -> pl.DataFrame:
    named = tables.frame("trace", [_trace(uid, i, matches.get(i + 1)) for i in range(len(values))])
    column = list_column("values", values.astype(np.float32))
    return named.with_columns(column.list.eval(pl.element().fill_nan(None)) if np.isnan(values).any() else column)


def _trace(uid: str, index: int, match: tuple[TraceLabel, Match] | None) -> dict[str, object]:
    label, (node, how) = match or (None, (None, "unlabelled"))
    return {
        "recording": f"{DATASET}/{uid}",
        "trace": index,
        "node": node,
        "raw_label": label.label if label else None,
        "match": how,
        "confidence": label.confidence if label else None,
    }
