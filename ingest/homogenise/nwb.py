"""Recordings as NWB (Neurodata Without Borders): one file for each, in the layout of published NeuroPAL recordings.

processing/CalciumActivity   SignalRawFluor/SignalCalciumImResponseSeries: samples x traces, NaN where missing
                             NeuronIDs: a row per trace with its labels
                             measured: samples x traces, 1 where measured
processing/behavior          BehavioralTimeSeries: what was measured of the animal
intervals                    stimuli, behaviour: start, stop, label

The names are those of the published files, so that what reads them (our reader of Nejatbakhsh 2020 among them) reads
these; what a value is, raw or not, stands in the description of the series. Two things that NWB has room for are not
known: when the session began (it must say, and says 1970-01-01) and where the neurons lie (there is no plane, no mask).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ingest.homogenise.outgoing import MEASURED, About, Outgoing

if TYPE_CHECKING:
    from pynwb import NWBFile
    from pynwb.core import DynamicTable

_UNKNOWN_START = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_STATED = "not stated"
_SEX = {"hermaphrodite": "XX", "male": "XO"}  # as archives of NWB write it for C. elegans
_COLUMNS = {
    "labels": "neuron that the trace was matched to; empty for none",
    "node": "id of that neuron; empty for none",
    "raw_label": "label as the source writes it; empty for none",
    "match": "how the label became a neuron, or why not",
    "confidence": "of the source in the label, on its own scale; NaN for none",
}


def write_nwb(path: Path, about: About, recording: Outgoing) -> None:
    """Write one recording to a file that does not exist yet.

    Args:
        path: of the file.
        about: its dataset.
        recording: it.
    """
    from pynwb import NWBHDF5IO  # noqa: PLC0415 - slow to import, and only exports need it

    with NWBHDF5IO(path, mode="w") as io:
        io.write(nwb_file(about, recording))


def nwb_file(about: About, recording: Outgoing) -> NWBFile:
    """One recording as the file holds it."""
    from pynwb import NWBFile  # noqa: PLC0415

    simulated = "; the numbers come from a simulator" if about.simulated else ""
    file = NWBFile(
        session_description=f"{about.title}; {recording.name}{simulated}",
        identifier=f"{about.reference}/{recording.name}",
        session_start_time=_UNKNOWN_START,
        experiment_description=f"{recording.signal}; times are seconds from the first sample",
        notes=f"The start of the session is not known: 1970-01-01 stands for that. Licence: {about.licence}. "
        f"Made from {', '.join(about.origins) or 'files of the source'}. {_parameters(about)}",
        related_publications=[about.citation],
        subject=_subject(recording),
    )
    _add_calcium(file, recording)
    _add_behaviour(file, recording)
    _add_intervals(file, recording)
    return file


def _parameters(about: About) -> str:
    return f"Homogenised with {about.parameters}" if about.parameters else "Not homogenised."


def _subject(recording: Outgoing) -> Any:
    from pynwb.file import Subject  # noqa: PLC0415

    known: Mapping[str, Any] = recording.subject
    said = {name: known[name] for name in ("stage", "diagnosis", "site") if known.get(name)}
    return Subject(
        subject_id=str(known.get("uid") or recording.uid).rpartition("/")[2],
        species=known.get("species"),
        sex=_SEX.get(str(known.get("sex")), "U"),
        strain=known.get("strain"),
        age=_age(known),
        description="; ".join(f"{name}: {value}" for name, value in said.items()) or _NOT_STATED,
    )


def _age(subject: Mapping[str, Any]) -> str | None:
    """As ISO 8601 writes a duration."""
    if subject.get("age_h") is not None:
        return f"PT{subject['age_h']:g}H"
    return None if subject.get("age_years") is None else f"P{subject['age_years']:g}Y"


def _add_calcium(file: NWBFile, recording: Outgoing) -> None:
    from pynwb import H5DataIO, TimeSeries  # noqa: PLC0415
    from pynwb.core import DynamicTableRegion  # noqa: PLC0415
    from pynwb.ophys import Fluorescence, RoiResponseSeries  # noqa: PLC0415

    module = file.create_processing_module(name="CalciumActivity", description="calcium of neurons")
    rois = _rois(recording)
    rows = list(range(len(rois)))
    module.add(rois)
    fluorescence = Fluorescence(name="SignalRawFluor")
    module.add(fluorescence)  # before it holds the series: that must share an ancestor with its rows
    series = RoiResponseSeries(
        name="SignalCalciumImResponseSeries",
        description=recording.signal,
        data=H5DataIO(data=np.ascontiguousarray(recording.values.T), compression="gzip"),
        unit=recording.unit,
        timestamps=recording.time,
        rois=DynamicTableRegion(name="rois", data=rows, description="a row per trace", table=rois),
    )
    fluorescence.add_roi_response_series(series)
    flags = H5DataIO(data=np.ascontiguousarray(recording.measured.T, dtype=np.uint8), compression="gzip")
    module.add(TimeSeries(name="measured", description=MEASURED, data=flags, unit="1", timestamps=series))


def _rois(recording: Outgoing) -> DynamicTable:
    from pynwb.core import DynamicTable, VectorData  # noqa: PLC0415

    nan, traces = float("nan"), recording.traces.with_columns(labels="name")
    found = {name: traces[name].fill_null("").to_list() for name in _COLUMNS if name != "confidence"}
    found["confidence"] = traces["confidence"].cast(pl.Float64).fill_null(nan).to_list()
    return DynamicTable(
        name="NeuronIDs",
        description="a row per trace; id is its index in the source, from 0",
        id=traces["trace"].to_list(),
        columns=[VectorData(name=name, description=_COLUMNS[name], data=data) for name, data in found.items()],
    )


def _add_behaviour(file: NWBFile, recording: Outgoing) -> None:
    from pynwb import TimeSeries  # noqa: PLC0415
    from pynwb.behavior import BehavioralTimeSeries  # noqa: PLC0415

    if not recording.behaviour:
        return
    series = [
        TimeSeries(name=each.name, data=each.values, unit=each.unit, timestamps=each.time)
        for each in recording.behaviour
    ]
    module = file.create_processing_module(name="behavior", description="what was measured of the animal")
    module.add(BehavioralTimeSeries(time_series=series))


def _add_intervals(file: NWBFile, recording: Outgoing) -> None:
    from pynwb.epoch import TimeIntervals  # noqa: PLC0415

    for kind, name in (("stimulus", "stimuli"), ("behaviour", "behaviour")):
        events = recording.events.filter(kind=kind)
        if events.is_empty():
            continue
        table = TimeIntervals(name=name, description=f"each {kind}, s from the first sample")
        table.add_column(name="label", description="what it was")
        for label, onset, duration in events.select("label", "onset_s", "duration_s").iter_rows():
            table.add_row(start_time=onset, stop_time=onset + duration, label=label)
        file.add_time_intervals(table)
