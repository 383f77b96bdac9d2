"""One calcium recording as its file has it, and the tables that all of them become.

The same rules for every source: time in seconds from the first sample, as 64-bit floats, strictly increasing; values
as 32-bit floats, null where the file has NaN; nothing filled in, smoothed or cut; short recordings too.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import polars as pl

from ingest.celegans import cells
from ingest.celegans.calcium.labels import UNLABELLED, Claim, Match, TraceNames, inside
from schemas import ids, tables
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

Array = np.ndarray[Any, np.dtype[np.float64]]
Narrow = np.ndarray[Any, np.dtype[np.float32]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
Rows = dict[str, list[dict[str, object]]]
_LEAST = 2  # samples: fewer have no rate


@dataclass(frozen=True)
class Event:
    """A stimulus or behaviour interval; `onset_s` on the clock of the recording's own time vector."""

    kind: Literal["stimulus", "behaviour"]
    label: str
    onset_s: float
    duration_s: float


@dataclass(frozen=True)
class Channel:
    """A behaviour that was measured at every sample, NaN where it was not."""

    name: str
    unit: str
    values: Array


@dataclass(frozen=True)
class Recorded:
    """One recording as its file has it.

    Attributes:
        name: unique in its dataset.
        place: the file, and the part of it.
        time: of each sample, s, from any origin.
        values: traces x samples, NaN where not measured.
        labels: of each trace, None where it has none.
        signal: what a value is.
        unit: of a value; '1' for none.
        traces: index of each trace in the source; by default 0, 1, 2, …
        confidences: the source's own, of each label.
        subject: further columns of the animal: strain, stage, diagnosis.
        events: stimuli and behaviour.
        channels: behaviour as series.
    """

    name: str
    place: Place
    time: Array
    values: Array
    labels: Sequence[str | None]
    signal: str
    unit: str
    traces: Sequence[int] | None = None
    confidences: Sequence[float | None] | None = None
    subject: Mapping[str, object] = field(default_factory=dict)
    events: Sequence[Event] = ()
    channels: Sequence[Channel] = ()


def tables_of(
    dataset: str,
    recordings: Iterable[Recorded],
    parents: Mapping[str, Tables],
    decisions: Decisions,
    *,
    not_cells: Collection[str] = (),
) -> dict[str, pl.DataFrame]:
    """Subject, recording, trace, event and decision of the recordings of a source; one animal per recording.

    Args:
        dataset: its id.
        recordings: at least one.
        parents: holds `celegans/cells`.
        decisions: those taken so far.
        not_cells: labels of traces that are no single cell.

    Raises:
        SourceError: no recording, two of one name, or one whose parts do not fit together.
    """
    names = TraceNames(parents)
    rows: Rows = defaultdict(list)
    traces: list[pl.DataFrame] = []
    for recorded in recordings:
        uid = ids.uid(dataset, ids.slug(recorded.name))
        time = _elapsed(recorded)
        values, measured = _measured(recorded)
        matches = names.match(recorded.name, _claims(recorded, measured), recorded.place, decisions, not_cells)
        rows["subject"].append({"uid": uid, "species": cells.SPECIES, "sex": "hermaphrodite", **recorded.subject})
        rows["recording"].append(_recording(uid, uid, "calcium", recorded.signal, recorded.unit, time))
        rows["event"].extend(_events(uid, recorded, decisions))
        traces.append(_traces(uid, recorded, values, measured, matches, decisions))
        for channel in recorded.channels:
            if channel.values.size and np.isnan(channel.values).all():
                where = inside(recorded.place, channel.name)
                decisions.add("dropped", f"{recorded.name} {channel.name}", "no sample was measured", where)
                continue
            series = f"{uid}.{channel.name}"
            rows["recording"].append(_recording(series, uid, "behaviour", channel.name, channel.unit, time))
            traces.append(_channel(series, channel, recorded))
    if not traces:
        raise SourceError("there is no recording", "give the files of at least one with --from")
    _names_differ(rows["recording"])
    found = {name: tables.frame(name, table) for name, table in rows.items() if table}
    return {**found, "trace": pl.concat(traces), "decision": decisions.frame()}


def runs(flags: Flags) -> list[tuple[int, int]]:
    """First and one past the last index of each run of true values."""
    edges = np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))
    return list(zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True))


def behaviour(label: str, flags: Array, time: Array) -> list[Event]:
    """An event for each run of samples in which the animal is in a state (flag > 0); it ends where the next begins."""
    ends = [*time[1:].tolist(), float(time[-1])]
    with np.errstate(invalid="ignore"):
        found = runs(flags > 0)
    return [Event("behaviour", label, float(time[a]), ends[b - 1] - float(time[a])) for a, b in found]


def _elapsed(recorded: Recorded) -> Array:
    """Time from the first sample; complains where the parts of a recording do not fit together."""
    values, time = recorded.values, np.asarray(recorded.time, dtype=np.float64)
    place = recorded.place
    if values.ndim != 2 or time.ndim != 1 or values.shape != (len(recorded.labels), len(time)):  # noqa: PLR2004
        shape = " x ".join(str(n) for n in values.shape)
        text = f"has {shape} values (traces x samples), {len(recorded.labels)} labels and {time.size} times"
        raise SourceError(text, "there must be one label per trace and one time per sample", place)
    if len(time) < _LEAST or not len(values):
        raise SourceError(f"has {len(values)} traces of {len(time)} samples", "is the recording empty?", place)
    late = np.flatnonzero(~(np.diff(time) > 0) | ~np.isfinite(time[1:]))
    if late.size or not np.isfinite(time[0]):
        sample = int(late[0]) + 2 if late.size else 1
        where = inside(place, "time")
        raise SourceError(f"time does not increase at sample {sample}", "are the samples in order?", where)
    elapsed: Array = time - time[0]
    return elapsed


def _measured(recorded: Recorded) -> tuple[Narrow, Flags]:
    """Values as 32-bit floats, and which traces have a sample."""
    values = _finite32(recorded.values, recorded.place)
    measured = np.atleast_1d((~np.isnan(values)).any(axis=1))
    if not measured.any():
        raise SourceError("no sample of any trace was measured", "is the recording empty?", recorded.place)
    return values, measured


def _claims(recorded: Recorded, measured: Flags) -> list[Claim]:
    """Labels of the traces that were measured."""
    for index, label in zip(_indices(recorded), recorded.labels, strict=True):
        if label and any("\ud800" <= c <= "\udfff" for c in label):
            where = inside(recorded.place, f"trace {index}")
            raise SourceError(f"the label {label!r} is no text", "the file may be damaged; fetch it again", where)
    confidences = recorded.confidences or [None] * len(recorded.labels)
    each = zip(_indices(recorded), recorded.labels, confidences, measured.tolist(), strict=True)
    return [Claim(i, label, confidence) for i, label, confidence, has in each if has and label and label.strip()]


def _indices(recorded: Recorded) -> list[int]:
    return list(range(len(recorded.labels))) if recorded.traces is None else list(recorded.traces)


def _recording(uid: str, subject: str, modality: str, signal: str, unit: str, time: Array) -> dict[str, object]:
    return {
        "uid": uid,
        "node_set": cells.NODE_SET,
        "subject": subject,
        "modality": modality,
        "signal": signal,
        "unit": unit,
        "sampling_rate_hz": float(1 / np.median(np.diff(time))),
        "n_samples": len(time),
        "time_s": time.tolist(),
    }


def _events(uid: str, recorded: Recorded, decisions: Decisions) -> list[dict[str, object]]:
    """Events from the first sample on; what ended before it is dropped, what began before it begins with it."""
    origin = float(recorded.time[0])
    rows: list[dict[str, object]] = []
    for event in recorded.events:
        onset, end = event.onset_s - origin, event.onset_s + event.duration_s - origin
        if end < 0:
            decisions.add("dropped", f"{recorded.name} {event.label}", "ended before the first sample", recorded.place)
            continue
        onset = max(onset, 0.0)
        number = len(rows)
        about = {"recording": uid, "event": number, "kind": event.kind, "label": event.label}
        rows.append({**about, "onset_s": onset, "duration_s": max(end - onset, 0.0)})
    return rows


def _traces(
    uid: str,
    recorded: Recorded,
    values: Narrow,
    measured: Flags,
    matches: Mapping[int, Match],
    decisions: Decisions,
) -> pl.DataFrame:
    """Rows of `trace`; one of which no sample was measured is no trace, and becomes a decision."""
    indices = _indices(recorded)
    confidences = recorded.confidences or [None] * len(indices)
    rows: list[dict[str, object]] = []
    for i, index in enumerate(indices):
        label = (recorded.labels[i] or "").strip() or None
        if not measured[i]:
            where = inside(recorded.place, f"trace {index}")
            decisions.add("dropped", f"{recorded.name} {label or index}", "no sample was measured", where)
            continue
        match = matches.get(index, UNLABELLED)
        about = {"recording": uid, "trace": index, "node": match.node, "raw_label": label}
        rows.append({**about, "match": match.how, "confidence": confidences[i]})
    return _with_values(rows, values[measured])


def _channel(uid: str, channel: Channel, recorded: Recorded) -> pl.DataFrame:
    place = inside(recorded.place, channel.name)
    if channel.values.shape != (len(recorded.time),):
        text = f"has {channel.values.size} values, the recording {len(recorded.time)} samples"
        raise SourceError(text, "behaviour must be measured at every sample", place)
    rows: list[dict[str, object]] = [
        {"recording": uid, "trace": 0, "raw_label": channel.name, "match": UNLABELLED.how},
    ]
    return _with_values(rows, _finite32(channel.values[None, :], place))


def _finite32(values: Array, place: Place) -> Narrow:
    """32-bit floats; NaN is allowed, infinity is not."""
    with np.errstate(over="ignore"):
        narrow = np.asarray(values).astype(np.float32)
    infinite = np.argwhere(np.isinf(narrow))
    if infinite.size:
        trace, sample = infinite[0].tolist()
        where = inside(place, f"trace {trace}")
        raise SourceError(f"sample {sample + 1} is no finite 32-bit number", "write NaN where it is missing", where)
    return narrow


def _with_values(rows: list[dict[str, object]], values: Narrow) -> pl.DataFrame:
    flat = pl.Series("values", np.ascontiguousarray(values).ravel()).fill_nan(None)
    return tables.frame("trace", rows).with_columns(flat.reshape(values.shape).arr.to_list().alias("values"))


def _names_differ(recordings: list[dict[str, object]]) -> None:
    twice = [str(uid) for uid, count in Counter(row["uid"] for row in recordings).items() if count > 1]
    if twice:
        raise SourceError(f"several recordings have the name {twice[0]!r}", "rename the file of one of them")
