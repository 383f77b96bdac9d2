"""Recordings as NetCDF: one file for a dataset, one group for each recording, read by xarray and any NetCDF-4 library.

/                 attributes: dataset (id@version), title, licence, citation, simulated, origins, homogenisation
/<recording>      calcium (neuron, time) float32, NaN where missing; measured (neuron, time) bool; time_s (time) float64
                  trace, name, node, raw_label, match, confidence (neuron): empty text where there is none
                  event_kind, event_label, event_onset_s, event_duration_s (event)
                  behaviour_<channel> and behaviour_<channel>_time_s, of a length of their own
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ingest.homogenise.outgoing import MEASURED, About, Outgoing

if TYPE_CHECKING:
    import polars as pl
    import xarray as xr

_PACKED = {"zlib": True, "complevel": 4, "shuffle": True}
_TEXTS = {
    "name": "neuron that the trace was matched to; empty for none",
    "node": "id of that neuron",
    "raw_label": "label as the source writes it",
    "match": "how the label became a neuron, or why not",
}


def write_netcdf(path: Path, about: About, recordings: Iterable[Outgoing]) -> None:
    """Write a file that does not exist yet; recordings are taken and written one after the other.

    Args:
        path: of the file.
        about: the dataset.
        recordings: with names that differ.
    """
    import h5netcdf  # noqa: PLC0415 - slow to import, and only exports need it
    import xarray as xr  # noqa: PLC0415
    from xarray.backends import H5NetCDFStore  # noqa: PLC0415

    with h5netcdf.File(path, "w") as file:  # opened once: each opening reads the groups that are there
        xr.Dataset(attrs=_words(about)).dump_to_store(H5NetCDFStore(file))
        for each in recordings:
            recording_dataset(each).dump_to_store(H5NetCDFStore(file.create_group(each.name)))


def recording_dataset(recording: Outgoing) -> xr.Dataset:
    """One recording as the group of the file holds it."""
    import xarray as xr  # noqa: PLC0415

    traces, events = recording.traces, recording.events
    variables: dict[str, tuple[Any, ...]] = {
        "calcium": (
            ("neuron", "time"),
            recording.values,
            {"units": recording.unit, "long_name": recording.signal},
        ),
        "measured": (("neuron", "time"), recording.measured, {"long_name": MEASURED}),
        "event_kind": ("event", _text(events["kind"]), {"long_name": "stimulus or behaviour"}),
        "event_label": ("event", _text(events["label"]), {"long_name": "what it was"}),
        "event_onset_s": ("event", events["onset_s"].to_numpy(), {"units": "s"}),
        "event_duration_s": ("event", events["duration_s"].to_numpy(), {"units": "s"}),
    }
    coordinates: dict[str, tuple[Any, ...]] = {
        "time_s": ("time", recording.time, {"units": "s", "long_name": "time from the first sample"}),
        "trace": ("neuron", traces["trace"].to_numpy(), {"long_name": "index in the source, from 0"}),
        "confidence": ("neuron", traces["confidence"].cast(float).fill_null(np.nan).to_numpy(), _CONFIDENCE),
    }
    coordinates |= {name: ("neuron", _text(traces[name]), {"long_name": text}) for name, text in _TEXTS.items()}
    for series in recording.behaviour:
        name = f"behaviour_{series.name}"
        variables[name] = (f"{name}_sample", series.values, {"units": series.unit})
        variables[f"{name}_time_s"] = (f"{name}_sample", series.time, {"units": "s"})
    found = xr.Dataset(variables, coordinates, _words_of(recording))
    for name in ("calcium", "measured"):
        found[name].encoding.update(_PACKED)
    return found


_CONFIDENCE = {"long_name": "confidence of the source in the label, on its own scale"}


def _words(about: About) -> dict[str, str]:
    return {
        "dataset": about.reference,
        "title": about.title,
        "licence": about.licence,
        "citation": about.citation,
        "simulated": str(about.simulated).lower(),
        "origins": " ".join(about.origins),
        "homogenisation": about.parameters,
    }


def _words_of(recording: Outgoing) -> dict[str, str | float]:
    subject: Mapping[str, Any] = recording.subject
    known = {name: value for name, value in subject.items() if name != "uid" and value is not None}
    return {"recording": recording.uid, "subject": str(subject.get("uid", "")), **known}


def _text(column: pl.Series) -> np.ndarray[Any, np.dtype[np.object_]]:
    return np.array(column.fill_null("").to_list(), dtype=object)
