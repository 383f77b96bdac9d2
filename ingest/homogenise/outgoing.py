"""Recordings on their way into files of other programs: each with what was measured and what happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from ingest.homogenise.config import HomogeniseConfig
from ingest.homogenise.dataset import Recorded, by_recording, trace_values
from ingest.homogenise.recording import measured_samples

Array = np.ndarray[Any, np.dtype[np.float64]]
Narrow = np.ndarray[Any, np.dtype[np.float32]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

MEASURED = "true where the sample was measured, or lies between two measured ones; false where missing or guessed"


@dataclass(frozen=True)
class About:
    """What every file says of the dataset that it comes from.

    Attributes:
        reference: id@version.
        title: to show.
        licence: of the source.
        citation: what to cite.
        simulated: the numbers come from a simulator.
        origins: id@version of all that it was made from.
        parameters: of the homogenisation, as JSON; empty for recordings that are as they were read.
    """

    reference: str
    title: str
    licence: str
    citation: str
    simulated: bool
    origins: tuple[str, ...] = ()
    parameters: str = ""


@dataclass(frozen=True)
class Series:
    """What the animal did, on a clock of its own: times (s) and values of shape (samples,), NaN where missing."""

    name: str
    unit: str
    time: Array
    values: Narrow


@dataclass(frozen=True)
class Outgoing:
    """One calcium recording with all that belongs to it; times in seconds from its first sample.

    Attributes:
        uid: its id.
        name: its name in the dataset.
        signal: what a value is.
        unit: of a value; '1' for none.
        time: shape (samples,).
        values: NaN where missing, shape (traces, samples).
        measured: see MEASURED, shape (traces, samples).
        traces: the columns of the `trace` table but its values, a row per trace, and `name` of the node.
        events: rows of the `event` table.
        behaviour: series.
        subject: the row of the `subject` table; empty where there is none.
    """

    uid: str
    name: str
    signal: str
    unit: str
    time: Array
    values: Narrow
    measured: Flags
    traces: pl.DataFrame
    events: pl.DataFrame
    behaviour: tuple[Series, ...]
    subject: Mapping[str, Any]


@dataclass(frozen=True)
class Before:
    """What a homogenised dataset was made from, and with which parameters."""

    source: Recorded
    config: HomogeniseConfig


def outgoing(dataset: Recorded, subject: pl.DataFrame, before: Before | None = None) -> Iterator[Outgoing]:
    """The calcium recordings of a dataset, by name, one at a time.

    Args:
        dataset: as published.
        subject: the `subject` rows of it and of what it was made from.
        before: where it is homogenised: says what was measured, and holds the behaviour.
    """
    origin = before.source if before else dataset
    subjects = {row["uid"]: row for row in subject.iter_rows(named=True)}
    held = {row["uid"]: row for row in origin.recording.iter_rows(named=True)}
    traces, events, raw = (by_recording(table) for table in (dataset.trace, dataset.event, origin.trace))
    for row in calcium(dataset).iter_rows(named=True):
        part = traces.get(row["uid"], dataset.trace.clear()).sort("trace")
        old = held[f"{origin.uid}/{dataset.name_of(row['uid'])}"]
        values = trace_values(part, row["n_samples"])
        measured = ~np.isnan(values)
        if before:
            earlier = trace_values(raw[old["uid"]].sort("trace"), old["n_samples"])
            measured &= measured_samples(np.asarray(old["time_s"]), earlier, before.config)
        time = np.asarray(row["time_s"], dtype=np.float64)
        yield Outgoing(
            uid=row["uid"],
            name=dataset.name_of(row["uid"]),
            signal=row["signal"],
            unit=row["unit"],
            time=time,
            values=np.ascontiguousarray(values.T, dtype=np.float32),
            measured=np.ascontiguousarray(measured.T),
            traces=part.drop("values").with_columns(name=pl.col("node").str.split("/").list.last()),
            events=events.get(row["uid"], dataset.event.clear()).sort("event"),
            behaviour=tuple(_behaviour(old, held, raw, shift_s=old["time_s"][0] if before else 0.0)),
            subject=subjects.get(row["subject"], {}),
        )


def calcium(dataset: Recorded) -> pl.DataFrame:
    """Rows of the `recording` table that are of calcium, by id."""
    return dataset.recording.filter(modality="calcium").sort("uid")


def left_out(dataset: Recorded) -> list[str]:
    """Recordings that are neither of calcium nor of behaviour beside a recording of calcium."""
    kept = calcium(dataset).get_column("uid").to_list()
    others = dataset.recording.filter(pl.col("modality") != "calcium").select("uid", "modality").rows()
    return sorted(uid for uid, kind in others if kind != "behaviour" or _beside(uid) not in kept)


def _beside(uid: str) -> str:
    """Of a series of behaviour, `recording.channel`, the recording."""
    return uid.rpartition(".")[0]


def _behaviour(
    recording: Mapping[str, Any],
    held: Mapping[str, Mapping[str, Any]],
    traces: Mapping[str, pl.DataFrame],
    *,
    shift_s: float,
) -> Iterator[Series]:
    """Series beside a recording, on its clock."""
    for uid, row in sorted(held.items()):
        if row["modality"] == "behaviour" and _beside(uid) == recording["uid"]:
            values = trace_values(traces[uid], row["n_samples"])[:, 0]
            name = uid.removeprefix(f"{recording['uid']}.")
            yield Series(name, row["unit"], np.asarray(row["time_s"]) - shift_s, values.astype(np.float32))
