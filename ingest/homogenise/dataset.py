"""From the tables of a dataset to those of its homogenised recordings, with a decision for what did not pass whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from ingest.homogenise.config import HomogeniseConfig, record
from ingest.homogenise.imputation import ROUNDS, for_source
from ingest.homogenise.labels import GUESSED_IN, canonical_order, published_names
from ingest.homogenise.recording import Homogenised, homogenise_recording
from schemas import tables
from schemas.dataset import Action, Decisions
from schemas.errors import Place, UsageError

READER_VERSION = "2"

Array = np.ndarray[Any, np.dtype[np.float64]]
Progress = Callable[[str, int, int], None]  # what, done, total


def silent(_what: str, _done: int, _total: int) -> None:
    """A Progress that shows nothing."""


@dataclass(frozen=True)
class Recorded:
    """A dataset with recordings, as published.

    Attributes:
        uid: its id.
        reference: id@version, for decisions.
        recording: its `recording` table.
        trace: its `trace` table.
        event: its `event` table.
        node: the nodes that its traces name.
    """

    uid: str
    reference: str
    recording: pl.DataFrame
    trace: pl.DataFrame
    event: pl.DataFrame
    node: pl.DataFrame

    def name_of(self, recording: str) -> str:
        """Name of a recording in the dataset."""
        return recording.removeprefix(f"{self.uid}/")


def homogenise(
    source: Recorded, uid: str, config: HomogeniseConfig, progress: Progress = silent
) -> dict[str, pl.DataFrame]:
    """Homogenise every recording of a dataset.

    Args:
        source: what to homogenise.
        uid: id of the dataset to be.
        config: the parameters; they become the first decision.
        progress: told of each recording.

    Returns:
        `recording`, `trace`, `event` and `decision` tables. Subjects stay those of the source.

    Raises:
        UsageError: there is no calcium recording, none is left, or the limit of gaps would leave nothing.
    """
    _require_calcium(source)
    decisions = Decisions()
    record(config, decisions, Place(source.reference))
    traces, all_events = by_recording(source.trace), by_recording(source.event)
    recordings, frames, events = [], [], []
    rows = source.recording.sort("uid").to_dicts()
    for done, row in enumerate(rows):
        name = source.name_of(row["uid"])
        progress(f"homogenising {name}", done, len(rows))
        if row["modality"] != "calcium":
            why = f"it is of {row['modality']}, not of calcium; it stays in {source.reference}"
            decisions.add("dropped", name, why, Place(source.reference, "recording", column=name))
            continue
        part = traces.get(row["uid"], source.trace.clear()).sort("trace")
        found = _one(row, part, name, source, config, decisions)
        if found is not None:
            recordings.append(_recording(row, f"{uid}/{name}", found, config))
            frames.append(_traces(part, f"{uid}/{name}", found))
            told = all_events.get(row["uid"], source.event.clear())
            events.append(_events(told, source, row, f"{uid}/{name}", decisions))
    if not recordings:
        reasons = {str(r["reason"]) for r in decisions.rows if r["action"] == "dropped"}
        raise UsageError(f"no recording of {source.reference} is left: {'; '.join(sorted(reasons))}", "relax the gate")
    progress("homogenised", len(rows), len(rows))
    return {
        "recording": tables.frame("recording", recordings),
        "trace": pl.concat(frames),
        "event": pl.concat(events),
        "decision": decisions.frame(),
    }


def by_recording(table: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Rows of a table by recording, in one pass: to filter for each would take ever longer the more there are."""
    return {str(name): part for (name,), part in table.group_by("recording", maintain_order=True)}


def trace_values(traces: pl.DataFrame, n_samples: int) -> Array:
    """Values of the traces of one recording, NaN where missing, shape (samples, traces)."""
    flat = traces.get_column("values").explode().cast(pl.Float64).to_numpy()
    return np.ascontiguousarray(flat.reshape(traces.height, n_samples).T)


def _require_calcium(source: Recorded) -> None:
    held = sorted(set(source.recording.get_column("modality").to_list()))
    if "calcium" not in held:
        what = f"only recordings of {', '.join(held)}" if held else "no recording"
        raise UsageError(f"{source.reference} has {what}", "give a dataset with calcium recordings")


def _one(
    row: dict[str, Any],
    traces: pl.DataFrame,
    name: str,
    source: Recorded,
    config: HomogeniseConfig,
    decisions: Decisions,
) -> Homogenised | None:
    """One recording, or None where it is left out; either way with its decisions."""
    place = Place(source.reference, "recording", column=name)
    time = np.asarray(row["time_s"], dtype=np.float64)
    names = _labels(traces, source, config)
    if reason := _gated(time, traces, names, config):
        decisions.add("dropped", name, reason, place)
        return None
    _check_gaps(name, time, config, decisions, place)
    found = homogenise_recording(time, trace_values(traces, len(time)), for_source(config, source.uid))
    if not found.time.size:
        decisions.add("dropped", name, f"it lasts {time[-1] - time[0]:g} s, less than a step", place)
        return None
    _say_of_imputation(found, len(time), name, config, decisions, place)
    _say_of_traces(traces, found, name, config, decisions, source.reference)
    _say_of_labels(traces, names, name, source, decisions)
    return found


def _gated(time: Array, traces: pl.DataFrame, names: list[str | None] | None, config: HomogeniseConfig) -> str:
    """Why a recording is left out; empty if it is not."""
    if len(time) < config.min_samples:
        return f"it has {len(time)} samples, {config.min_samples} are needed"
    if traces.is_empty():
        return "it has no trace"
    labelled = traces["node"].is_not_null().any() if names is None else any(n and not n.isnumeric() for n in names)
    return "none of its traces is an identified neuron" if config.require_label and not labelled else ""


def _check_gaps(name: str, time: Array, config: HomogeniseConfig, decisions: Decisions, place: Place) -> None:
    intervals = np.diff(time)
    if time[0] != 0:
        decisions.add("kept", name, f"its first sample, at {time[0]:g} s, is the new 0 s", place)
    if config.max_gap_s is None:
        return
    if (median := float(np.median(intervals))) > config.max_gap_s:
        raise UsageError(
            f"{name}: its samples lie {median:g} s apart, gaps above max_gap_s={config.max_gap_s:g} are not bridged",
            f"nothing would be left; give max_gap_s={2 * median:g} or more",
        )
    long = intervals[intervals > config.max_gap_s]
    if long.size:
        reason = f"{long.size} pause(s) between samples, the longest {long.max():g} s, are not bridged"
        decisions.add("kept", name, reason, place)


def _say_of_imputation(
    found: Homogenised, n_samples: int, name: str, config: HomogeniseConfig, decisions: Decisions, place: Place
) -> None:
    total, traces = int(found.imputed.sum()), int((found.imputed > 0).sum())
    if not total:
        return
    share = f"{100 * total / (n_samples * len(found.imputed)):.2g} % of all"
    reason = f"{total} missing sample(s) in {traces} trace(s), {share}, imputed from other traces (seed {config.seed})"
    decisions.add("guessed", name, reason, place)
    if not found.settled:
        decisions.add("kept", name, f"the imputation had not come to rest after {ROUNDS} rounds", place)


def _say_of_traces(
    traces: pl.DataFrame, found: Homogenised, name: str, config: HomogeniseConfig, decisions: Decisions, reference: str
) -> None:
    missing = np.isnan(found.values).sum(axis=0)
    labels = traces.select("trace", "raw_label").rows()
    for i, (trace, label) in enumerate(labels):
        place = Place(reference, "trace", column=f"{name} trace {trace}")
        item = f"{name} {label or f'trace {trace}'}"
        if found.bridged[i]:
            limit = "whatever their length" if config.max_gap_s is None else f"of at most {config.max_gap_s:g} s"
            decisions.add("guessed", item, f"{found.bridged[i]} missing sample(s) interpolated, gaps {limit}", place)
        if missing[i]:
            reason = f"{missing[i]} of {len(found.time)} samples are missing: at an end, or in a gap not bridged"
            decisions.add("kept", item, reason, place)
        if found.flat[i] and missing[i] < len(found.time) and config.normalisation != "none":
            decisions.add("kept", item, "constant: its normalised values are 0", place)


def _labels(traces: pl.DataFrame, source: Recorded, config: HomogeniseConfig) -> list[str | None] | None:
    """Published names of the traces where the configuration asks for them."""
    if config.labels == "lake":
        return None
    return names_by_published_rules(traces, source)


def names_by_published_rules(traces: pl.DataFrame, source: Recorded) -> list[str | None]:
    """Published names of the traces of one recording, sorted by trace."""
    guess = source.uid.rpartition("/")[2] in GUESSED_IN
    return published_names(traces.get_column("raw_label").to_list(), canonical_order(source.node), guess=guess)


def _say_of_labels(
    traces: pl.DataFrame, names: list[str | None] | None, name: str, source: Recorded, decisions: Decisions
) -> None:
    rows = traces.select("trace", "raw_label", "node").rows()
    for (trace, label, node), published in zip(rows, names or [], strict=False):
        ours = node.rpartition("/")[2] if node else None
        theirs = published if published and not published.isnumeric() else None
        if ours == theirs and published is not None:
            continue
        place = Place(source.reference, "trace", column=f"{name} trace {trace}")
        called = f"takes it for {theirs}" if theirs else "loses it" if published is None else "leaves it unlabelled"
        kept = f"it is {ours}" if ours else "it is unidentified"
        reason = f"the published pipeline {called}, and so does the 15-column table; here {kept}"
        decisions.add("differs" if ours else "guessed", f"{name} {label or f'trace {trace}'}", reason, place)


def _recording(row: dict[str, Any], uid: str, found: Homogenised, config: HomogeniseConfig) -> dict[str, object]:
    unit = row["unit"] if config.signal == "calcium" else f"{row['unit']}/s"
    return {
        **row,
        "uid": uid,
        "signal": described(row["signal"], config),
        "unit": unit if config.normalisation == "none" else "1",
        "sampling_rate_hz": 1.0 / config.dt_s,
        "n_samples": len(found.time),
        "time_s": found.time.tolist(),
    }


def described(signal: str, config: HomogeniseConfig) -> str:
    """What a value is, after all steps, in words."""
    width = f"{'published ' if config.half_window else ''}{config.window_samples} samples"
    smoothing = {
        "none": "",
        "gaussian": f"causal gaussian (sigma {config.sigma_samples:g} samples)",
        "exponential": f"exponential (alpha {config.alpha:g})",
        "moving": f"causal moving average ({width})",
    }[config.smoothing]
    steps = [
        "derivative" if config.signal == "residual" else "",
        smoothing,
        {"none": "", "zscore": "z-score", "causal": "causal z-score", "robust": "robust z-score"}[config.normalisation],
    ]
    return "; ".join([signal, *filter(None, steps)])


def _traces(traces: pl.DataFrame, uid: str, found: Homogenised) -> pl.DataFrame:
    flat = pl.Series("values", np.ascontiguousarray(found.values.T).astype(np.float32).reshape(-1)).fill_nan(None)
    values = flat.reshape((traces.height, len(found.time))).arr.to_list()
    return traces.with_columns(pl.lit(uid).alias("recording"), values).select(list(tables.columns("trace")))


def _events(
    events: pl.DataFrame, source: Recorded, row: dict[str, Any], uid: str, decisions: Decisions
) -> pl.DataFrame:
    """Events on the new clock; what ended before the first sample is left out, what began before it cut."""
    start, events = row["time_s"][0], events.sort("event")
    onset, end = pl.col("onset_s") - start, pl.col("onset_s") + pl.col("duration_s") - start
    for event in events.filter(onset < 0).to_dicts():
        gone = event["onset_s"] + event["duration_s"] < start
        place = Place(source.reference, "event", column=f"{source.name_of(row['uid'])} event {event['event']}")
        what: Action = "dropped" if gone else "kept"
        decisions.add(what, event["label"], f"it began {start - event['onset_s']:g} s before the first sample", place)
    moved = events.filter(end >= 0).with_columns(
        recording=pl.lit(uid), onset_s=onset.clip(lower_bound=0.0), duration_s=end - onset.clip(lower_bound=0.0)
    )
    return moved if start else events.with_columns(recording=pl.lit(uid))
