"""Atanas et al. 2023 (WormWideWeb): calcium and behaviour of freely moving worms, one JSON or HDF5 file per worm.

Keys: `timestamp_confocal` (T, s), `trace_array` (N x T, z-scored), `labeled` (from the index of a trace, counted from
1, to its `label` and `confidence`); behaviour as series (T), each a recording of its own beside that of the calcium;
`reversal_events` (pairs of samples). HDF5 has the same names, `labeled` as a group of groups. What the authors fitted
to the data (encoding, tuning) is not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import polars as pl

from ingest.celegans.calcium.local_files import recordings
from ingest.celegans.calcium.recording import Array, Channel, Event, Recorded, tables_of
from ingest.files import open_hdf5, read_json
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "1"
DATASET = "celegans/atanas2023"

_TIME, _TRACES, _LABELED, _REVERSALS = "timestamp_confocal", "trace_array", "labeled", "reversal_events"
_COUNTS = ("num_neurons", "max_t")
_CHANNELS = ("velocity", "head_curvature", "pumping", "angular_velocity", "body_curvature")
_UNIT = "not stated in the file"
_HINT = "is this a file of the publication (WormWideWeb)?"


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """One subject per file, with a recording of calcium and one of each behaviour that was measured.

    Args:
        files: at least one under `recordings/…`.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: a key is absent or holds something else, a label of a trace that does not exist, or behaviour that
            was not measured at every sample.
    """
    decisions = Decisions()
    return tables_of(DATASET, _worms(recordings(files, "the .json or .h5 files"), decisions), parents, decisions)


def _worms(paths: Sequence[Path], decisions: Decisions) -> Iterator[Recorded]:
    for path in paths:
        content = _from_hdf5(path) if path.suffix == ".h5" else read_json(path)
        if not isinstance(content, dict):
            raise SourceError("holds no table of keys", _HINT, Place(path.name))
        time, values = _array(content, _TIME, 1, path), _array(content, _TRACES, 2, path)
        _as_counted(content, values, path)
        labels = _labels(content, len(values), path)
        yield Recorded(
            name=path.stem,
            place=Place(path.name),
            time=time,
            values=values,
            labels=[label for label, _ in labels],
            signal="ratio of fluorescences, z-scored",
            unit="1",
            confidences=[confidence for _, confidence in labels],
            events=_reversals(content, time, path, decisions),
            channels=[Channel(name, _UNIT, _array(content, name, 1, path)) for name in _CHANNELS if name in content],
        )


def _from_hdf5(path: Path) -> dict[str, Any]:
    with open_hdf5(path) as file:
        wanted = (_TIME, _TRACES, _LABELED, _REVERSALS, *_COUNTS, *_CHANNELS)
        try:
            return {name: _plain(file[name]) for name in wanted if name in file}
        except (TypeError, ValueError, KeyError) as error:  # what h5py makes of damaged objects
            raise SourceError(f"cannot be read: {error}", _HINT, Place(path.name)) from error


def _plain(node: h5py.Dataset | h5py.Group) -> Any:
    if isinstance(node, h5py.Group):
        return {name: _plain(inner) for name, inner in node.items()}
    value = node[()]
    if isinstance(value, bytes):
        return value.decode("utf-8")
    return value.item() if isinstance(value, np.generic) else value


def _array(content: Mapping[str, Any], name: str, ndim: int, path: Path) -> Array:
    """Numbers of a key; null in JSON is missing."""
    place = Place(path.name, name)
    if name not in content:
        raise SourceError(f"has no key {name!r}", f"it holds: {', '.join(content) or 'nothing'}", Place(path.name))
    try:
        found = np.array(content[name], dtype=np.float64)
    except (ValueError, TypeError, OverflowError) as error:
        raise SourceError(f"is no array of numbers: {error}", _HINT, place) from error
    if found.ndim != ndim:
        raise SourceError(f"has {found.ndim} dimension(s), {ndim} were expected", _HINT, place)
    return found


def _as_counted(content: Mapping[str, Any], values: Array, path: Path) -> None:
    """The file's own counts, where it has them, must be those of its traces."""
    for name, found in zip(_COUNTS, values.shape, strict=True):
        said = content.get(name)
        if said is not None and said != found:
            raise SourceError(
                f"{name} is {said!r}, the traces say {found}", "is the file whole?", Place(path.name, name)
            )


def _labels(content: Mapping[str, Any], n_traces: int, path: Path) -> list[tuple[str | None, float | None]]:
    """Label and confidence of every trace."""
    labeled = content.get(_LABELED)
    if not isinstance(labeled, Mapping):
        raise SourceError("is no table of traces", _HINT, Place(path.name, _LABELED))
    found: list[tuple[str | None, float | None]] = [(None, None)] * n_traces
    for key, entry in labeled.items():
        place = Place(path.name, _LABELED, column=f"trace {key}")
        if not (key.isascii() and key.isdigit() and 1 <= int(key) <= n_traces):
            raise SourceError(f"{key!r} is no trace", f"traces count from 1 to {n_traces}", place)
        label = entry.get("label") if isinstance(entry, Mapping) else None
        if not isinstance(label, str) or not label.strip():
            raise SourceError("the entry has no label", _HINT, place)
        confidence = entry.get("confidence")
        if confidence is not None and not (isinstance(confidence, int | float) and 0 <= confidence < np.inf):
            raise SourceError(f"confidence is {confidence!r}", "a number from 0 was expected", place)
        if found[int(key) - 1][0] is not None:
            raise SourceError("has two entries", "keep one of them", place)
        found[int(key) - 1] = (label, None if confidence is None else float(confidence))
    return found


def _reversals(content: Mapping[str, Any], time: Array, path: Path, decisions: Decisions) -> list[Event]:
    """An event per pair of samples, counted from 0 as in the laboratory's other files."""
    if _REVERSALS not in content or not np.size(content[_REVERSALS]):
        return []
    place = Place(path.name, _REVERSALS)
    pairs = _pairs(_array(content, _REVERSALS, 2, path), len(time), place)
    text = "samples are taken to count from 0, as in the HDF5 files of the same laboratory"
    decisions.add("guessed", f"{path.stem} {_REVERSALS}", text, place)
    at = np.minimum(pairs.astype(np.int64), len(time) - 1)
    return [Event("behaviour", "reversal", float(time[a]), float(time[b] - time[a])) for a, b in at.tolist()]


def _pairs(found: Array, n_samples: int, place: Place) -> Array:
    """Pairs as rows, which follow each other without overlap; the file may have them as columns."""
    for pairs in (found, found.T):
        if pairs.shape[1] != 2 or (pairs != np.floor(pairs)).any():  # noqa: PLR2004
            continue
        flat = pairs.ravel()
        if (flat >= 0).all() and (flat <= n_samples).all() and (np.diff(flat) >= 0).all():
            return pairs
    hint = f"first and last of each, 0 to {n_samples - 1}, one pair after the other"
    raise SourceError("holds something else than pairs of samples", hint, place)
