"""NeuroPAL labels of the Flavell lab: which neuron each trace is, as Julia wrote them (JLD2) or as JSON.

Both hold, per recording, a table from the 1-based index of a trace to label, confidence (1 to 5) and remarks.
JLD2 is HDF5 in which a value is mostly a reference, a Julia pair a compound (first, second), a Dict a list
of pairs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ingest.files import open_hdf5, read_json
from schemas.errors import Place, SourceError

_HINT = "is this NeuroPAL_labels_dict.jld2 (or the same as JSON)?"
_ROOT = "NeuroPAL_labels"


@dataclass(frozen=True)
class TraceLabel:
    """What the source says about one trace; `index` counts from 1, as in the file."""

    index: int
    label: str
    confidence: float | None
    remark: str | None


def read_labels(path: Path) -> dict[str, list[TraceLabel]]:
    """Labels of each recording, by its id.

    Raises:
        SourceError: the file is missing, truncated, or of another shape.
    """
    raw = _read_jld2(path) if path.suffix == ".jld2" else _read_json(path)
    return {uid: sorted(_labels(uid, entries, path), key=lambda t: t.index) for uid, entries in raw.items()}


def _read_json(path: Path) -> dict[str, Mapping[Any, Any]]:
    content = read_json(path)
    if not isinstance(content, dict) or not all(isinstance(v, list) and v for v in content.values()):
        raise SourceError("holds no table of recordings", _HINT, Place(path.name))
    return {uid: entries[0] for uid, entries in content.items()}


def _read_jld2(path: Path) -> dict[str, Mapping[Any, Any]]:
    with open_hdf5(path) as file:
        root = file.get(_ROOT)
        if not isinstance(root, h5py.Dataset):
            raise SourceError(f"holds no {_ROOT!r}", _HINT, Place(path.name))
        try:
            pairs = [file[reference] for reference in file[root[()]][()]]
            parts = {_julia(file, pair["first"]): pair["second"] for pair in pairs}
            uids = _julia(file, parts["list_uid"])
            by_trace = [file[match]["1"] for match in file[parts["list_match_dict"]][()]]
            matches = [_julia(file, entries) for entries in by_trace]
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise SourceError(f"{_ROOT!r} has another structure", _HINT, Place(path.name, _ROOT)) from error
    return dict(zip(uids, matches, strict=True))


def _julia(file: h5py.File, value: Any) -> Any:
    """A Julia value as a Python one: str, number, list, tuple, dict; None for nothing."""
    if isinstance(value, h5py.Dataset):
        value = value[()]
    if isinstance(value, h5py.Reference):
        return _julia(file, file[value]) if value else None
    if isinstance(value, h5py.Empty):
        return None
    if isinstance(value, bytes):
        return value.decode()
    names = getattr(getattr(value, "dtype", None), "names", None)
    if names and not value.shape:
        return tuple(_julia(file, value[name]) for name in names)
    if isinstance(value, np.ndarray):
        return _list_or_dict(file, value)
    return value.item() if isinstance(value, np.generic) else value


def _list_or_dict(file: h5py.File, array: np.ndarray[Any, np.dtype[Any]]) -> Any:
    items = [file[x] if isinstance(x, h5py.Reference) and x else x for x in array.ravel()]
    values = [_julia(file, item) for item in items]
    if items and all(getattr(getattr(item, "dtype", None), "names", None) == ("first", "second") for item in items):
        return dict(values)
    return values


def _labels(uid: str, entries: Any, path: Path) -> list[TraceLabel]:
    if not isinstance(entries, Mapping):
        raise SourceError("holds no table of traces", _HINT, Place(path.name, uid))
    return [_label(key, entry, Place(path.name, uid, column=f"trace {key}")) for key, entry in entries.items()]


def _label(key: Any, entry: Any, place: Place) -> TraceLabel:
    if not (str(key).isascii() and str(key).isdigit()) or int(key) < 1:
        raise SourceError(f"{key!r} is no index of a trace", "indices count from 1", place)
    label = entry.get("label") if isinstance(entry, Mapping) else None
    if not isinstance(label, str) or not label.strip():
        raise SourceError("the entry has no label", _HINT, place)
    confidence = entry.get("confidence")
    if confidence is not None and not (isinstance(confidence, int | float) and 0 <= confidence < math.inf):
        raise SourceError(f"confidence is {confidence!r}", "a number from 1 to 5 was expected", place)
    remark = entry.get("region")
    return TraceLabel(int(key), label, None if confidence is None else float(confidence), remark or None)
