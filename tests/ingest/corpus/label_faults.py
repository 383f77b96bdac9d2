"""Faults of the labels of recordings: a table from the index of a trace to its label, written as Julia does (JLD2)."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import h5py
import numpy as np

from tests.ingest.corpus.grid_faults import NBSP, NO_CELL
from tests.ingest.corpus.shapes import ACCOUNTED, REFUSED, Told

Entries = dict[str, dict[Any, Any]]  # recording -> trace (from 1) -> entry
Fault = Callable[[Entries, Random], Told]

_PAIR = np.dtype([("first", h5py.ref_dtype), ("second", h5py.ref_dtype)])
_MATCH = np.dtype([("1", h5py.ref_dtype), ("2", h5py.ref_dtype)])


def jld2(entries: Entries) -> bytes:
    """HDF5 in the structure of the real file: a value is a reference, a Dict a list of pairs."""
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        matches = []
        for table in entries.values():
            parts = np.array((_put(file, table), _put(file, {})), _MATCH)
            matches.append(_keep(file, parts, _MATCH))
        uids = [_put(file, uid) for uid in entries]
        pairs = [
            _pair(file, "list_uid", _keep(file, uids, h5py.ref_dtype)),
            _pair(file, "list_match_dict", _keep(file, matches, h5py.ref_dtype)),
        ]
        file["NeuroPAL_labels"] = np.array(_keep(file, pairs, h5py.ref_dtype), h5py.ref_dtype)
    return stream.getvalue()


def _put(file: h5py.File, value: Any) -> Any:
    """Reference to a value: text, number, list, Dict, or nothing."""
    if isinstance(value, Mapping):
        return _keep(file, [_pair(file, k, _put(file, v)) for k, v in value.items()], h5py.ref_dtype)
    if isinstance(value, list):
        return _keep(file, [_put(file, v) for v in value], h5py.ref_dtype)
    if value is None:
        return h5py.Reference()
    if isinstance(value, bytes):
        return _keep(file, np.bytes_(value), None)
    return _keep(file, value, h5py.string_dtype() if isinstance(value, str) else None)


def _pair(file: h5py.File, key: Any, value: Any) -> Any:
    return _keep(file, np.array((_put(file, key), value), _PAIR), _PAIR)


def _keep(file: h5py.File, value: Any, dtype: Any) -> Any:
    values = file.require_group("_values")  # without a name HDF5 would not keep it
    return values.create_dataset(str(len(values)), data=value, dtype=dtype).ref


def _one(entries: Entries, rng: Random) -> tuple[dict[Any, Any], Any]:
    table = next(iter(entries.values()))
    return table, rng.choice([k for k, entry in table.items() if "?" not in entry["label"]])


def _label(value: Any, told: Told | None = None) -> Fault:
    def fault(entries: Entries, rng: Random) -> Told:
        table, key = _one(entries, rng)
        table[key] = {**table[key], "label": value}
        return told or Told(REFUSED, columns=(f"trace {key}",))

    return fault


def _confidence(value: Any) -> Fault:
    def fault(entries: Entries, rng: Random) -> Told:
        table, key = _one(entries, rng)
        table[key] = {**table[key], "confidence": value}
        return Told(REFUSED, columns=(f"trace {key}",))

    return fault


def _key(value: Any) -> Fault:
    def fault(entries: Entries, rng: Random) -> Told:
        table, key = _one(entries, rng)
        table[value] = table.pop(key)
        return Told()

    return fault


def no_label(entries: Entries, rng: Random) -> Told:
    table, key = _one(entries, rng)
    table[key] = {k: v for k, v in table[key].items() if k != "label"}
    return Told(REFUSED, columns=(f"trace {key}",))


def entry_is_text(entries: Entries, rng: Random) -> Told:
    table, key = _one(entries, rng)
    table[key] = "AVAL"
    return Told(REFUSED, columns=(f"trace {key}",))


def blanks_around_labels(entries: Entries, rng: Random) -> Told:
    for table in entries.values():
        for key, entry in table.items():
            table[key] = {**entry, "label": f"{NBSP}{entry['label']} "}
    return Told(ACCOUNTED)


def other_case(entries: Entries, rng: Random) -> Told:
    for table in entries.values():
        for key, entry in table.items():
            table[key] = {**entry, "label": entry["label"].lower()}
    return Told(ACCOUNTED)


def two_labels_of_one_cell(entries: Entries, rng: Random) -> Told:
    """Two traces claim one cell; at most one may have it, and a decision says why."""
    table, key = _one(entries, rng)
    other = rng.choice([k for k in table if k != key])
    table[other] = {**table[other], "label": table[key]["label"].lower()}
    return Told(ACCOUNTED)


def no_labels(entries: Entries, rng: Random) -> Told:
    next(iter(entries.values())).clear()
    return Told(REFUSED | ACCOUNTED)


def no_recordings(entries: Entries, rng: Random) -> Told:
    entries.clear()
    return Told()


def another_recording(entries: Entries, rng: Random) -> Told:
    entries["2000-01-01-01"] = entries.pop(next(iter(entries)))
    return Told()


def further_recording(entries: Entries, rng: Random) -> Told:
    entries["2000-01-01-01"] = dict(next(iter(entries.values())))
    return Told(ACCOUNTED)


LABELS: dict[str, Fault] = {
    "unknown cell": _label(NO_CELL),
    "empty label": _label(""),
    "blank label": _label(f" {NBSP}"),
    "number as label": _label(7),
    "list as label": _label(["AVAL", "AVAR"]),
    "label that is no UTF-8": _label(b"AV\xa0\xff", Told()),
    "ambiguous label": _label("AVA?", Told(ACCOUNTED)),
    "no label": no_label,
    "entry is text": entry_is_text,
    "negative confidence": _confidence(-2),
    "NaN confidence": _confidence(float("nan")),
    "infinite confidence": _confidence(float("inf")),
    "text as confidence": _confidence("high"),
    "trace 0": _key(0),
    "negative trace": _key(-4),
    "text as trace": _key("first"),
    "fraction of a trace": _key(2.5),
    "superscript as trace": _key("\u00b2"),
    "trace beyond the recording": _key(500),
    "blanks around labels": blanks_around_labels,
    "other case": other_case,
    "two labels of one cell": two_labels_of_one_cell,
    "no labels": no_labels,
    "no recordings": no_recordings,
    "another recording": another_recording,
    "further recording": further_recording,
}
