"""Faults of HDF5 files: recordings of activity, their labels (JLD2), matrices of an atlas. Each edits an open file."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import h5py
import numpy as np

from tests.ingest.corpus.grid_faults import NBSP, NO_CELL
from tests.ingest.corpus.shapes import ACCOUNTED, REFUSED, SAME, Told

Fault = Callable[[h5py.File, Random], Told]
Array = np.ndarray[Any, np.dtype[Any]]

TRACES, TIME, REVERSING = "gcamp/traces_array_F_F20", "timing/timestamp_confocal", "behavior/reversal_vec"


def replace(file: h5py.File, name: str, values: Any) -> None:
    """A data set with other values, of another shape or type."""
    del file[name]
    file[name] = values


def _without(name: str, told: Told | None = None) -> Fault:
    def fault(file: h5py.File, rng: Random) -> Told:
        del file[name]
        return told or Told()

    return fault


def _as_group(name: str) -> Fault:
    def fault(file: h5py.File, rng: Random) -> Told:
        del file[name]
        file.create_group(name)
        return Told()

    return fault


def _changed(name: str, change: Callable[[Array], Any], told: Told | None = None) -> Fault:
    def fault(file: h5py.File, rng: Random) -> Told:
        replace(file, name, change(file[name][()]))
        return told or Told()

    return fault


def _set(name: str, where: tuple[int, ...], value: float, told: Told | None = None) -> Fault:
    def fault(file: h5py.File, rng: Random) -> Told:
        values = file[name][()].astype(float)
        values[where] = value
        replace(file, name, values)
        return told or Told()

    return fault


def _texts(values: Array) -> list[str]:
    return [str(v) for v in values.ravel()]


def swapped_times(file: h5py.File, rng: Random) -> Told:
    time = file[TIME][()]
    i = rng.randrange(1, len(time) - 1)
    time[[i, i + 1]] = time[[i + 1, i]]
    replace(file, TIME, time)
    return Told(REFUSED, i + 2)


def repeated_time(file: h5py.File, rng: Random) -> Told:
    time = file[TIME][()]
    i = rng.randrange(1, len(time))
    time[i] = time[i - 1]
    replace(file, TIME, time)
    return Told(REFUSED, i + 1)


def one_sample(file: h5py.File, rng: Random) -> Told:
    for name in (TRACES, TIME, REVERSING):
        replace(file, name, file[name][()][:1])
    return Told()


def no_sample(file: h5py.File, rng: Random) -> Told:
    for name in (TRACES, TIME, REVERSING):
        replace(file, name, file[name][()][:0])
    return Told()


def trace_not_measured(file: h5py.File, rng: Random) -> Told:
    values = file[TRACES][()]
    values[:, rng.randrange(values.shape[1])] = np.nan
    replace(file, TRACES, values)
    return Told(ACCOUNTED)


RECORDING: dict[str, Fault] = {
    "missing traces": _without(TRACES),
    "missing times": _without(TIME),
    "missing behaviour": _without(REVERSING),
    "traces are a group": _as_group(TRACES),
    "traces are texts": _changed(TRACES, lambda v: [[str(x) for x in row] for row in v]),
    "times are texts": _changed(TIME, _texts),
    "traces of one dimension": _changed(TRACES, np.ravel),
    "times of two dimensions": _changed(TIME, lambda v: v[:, None]),
    "times are complex": _changed(TIME, lambda v: v.astype(complex)),
    "fewer times": _changed(TIME, lambda v: v[:-1]),
    "fewer samples": _changed(TRACES, lambda v: v[:-3]),
    "fewer of behaviour": _changed(REVERSING, lambda v: v[:-1]),
    "traces lie the other way": _changed(TRACES, np.transpose),
    "fewer traces than labels": _changed(TRACES, lambda v: v[:, :3]),
    "no traces": _changed(TRACES, lambda v: v[:, :0]),
    "NaN time": _set(TIME, (7,), np.nan, Told(REFUSED, 8)),
    "NaN as first time": _set(TIME, (0,), np.nan),
    "infinite time": _set(TIME, (9,), np.inf, Told(REFUSED, 10)),
    "infinite last time": _set(TIME, (-1,), np.inf),
    "infinite value": _set(TRACES, (4, 2), np.inf, Told(REFUSED, 5)),
    "value beyond single precision": _set(TRACES, (4, 2), 1e300, Told(REFUSED, 5)),
    "NaN of behaviour": _set(REVERSING, (5,), np.nan, Told(REFUSED, 6)),
    "times turned about": _changed(TIME, lambda v: v[::-1]),
    "times in whole seconds": _changed(TIME, lambda v: (v - v[0]).astype(np.int64) // 10),
    "times as unsigned numbers": _changed(TIME, lambda v: (np.arange(len(v), 0, -1)).astype(np.uint64)),
    "swapped times": swapped_times,
    "repeated time": repeated_time,
    "one sample": one_sample,
    "no sample": no_sample,
    "trace not measured": trace_not_measured,
    "value not measured": _set(TRACES, (4, 2), np.nan, Told(ACCOUNTED)),
}


def _name(change: Callable[[bytes], Any], told: Told | None = None) -> Fault:
    """One of the atlas's names becomes another."""

    def fault(file: h5py.File, rng: Random) -> Told:
        labels = file["neuron_ids"][()].astype(object)
        i = rng.randrange(len(labels))
        labels[i] = change(labels[i])
        del file["neuron_ids"]
        file.create_dataset("neuron_ids", data=np.array(labels, "S12"))
        return told or Told(REFUSED, i + 1)

    return fault


def _names(change: Callable[[bytes], bytes]) -> Fault:
    def fault(file: h5py.File, rng: Random) -> Told:
        labels = [change(x) for x in file["neuron_ids"][()]]
        replace(file, "neuron_ids", np.array(labels, "S12"))
        return Told(SAME)

    return fault


def two_labels_of_one_cell(file: h5py.File, rng: Random) -> Told:
    labels = list(file["neuron_ids"][()])
    labels[3] = labels[2].lower()
    replace(file, "neuron_ids", np.array(labels, "S12"))
    return Told(REFUSED, 4)


def genotype_is_a_matrix(file: h5py.File, rng: Random) -> Told:
    replace(file, "wt", np.zeros((3, 3)))
    return Told()


def _measured(matrix: str, value: float, genotype: str = "wt") -> Fault:
    """A value of a pair that has a response becomes another."""

    def fault(file: h5py.File, rng: Random) -> Told:
        found = np.argwhere(np.isfinite(file[f"{genotype}/dFF"][()]))
        row, column = found[rng.randrange(len(found))]
        values = file[f"{genotype}/{matrix}"][()].astype(float)
        values[row, column] = value
        replace(file, f"{genotype}/{matrix}", values)
        accounted = np.isnan(value) and matrix != "occ1"
        return Told(ACCOUNTED) if accounted else Told(REFUSED, int(row) + 1, (str(column + 1),))

    return fault


ATLAS: dict[str, Fault] = {
    "missing names": _without("neuron_ids"),
    "missing genotype": _without("unc31"),
    "missing dFF": _without("wt/dFF"),
    "missing q": _without("unc31/q"),
    "missing occ1": _without("wt/occ1"),
    "missing single responses": _without("wt/dFF_all"),
    "missing q_eq": _without("wt/q_eq"),
    "matrix is a group": _as_group("wt/q"),
    "genotype is a matrix": genotype_is_a_matrix,
    "matrix of texts": _changed("wt/q", lambda v: [[str(x) for x in row] for row in v]),
    "matrix of one dimension": _changed("wt/dFF", np.ravel),
    "matrix without a row": _changed("wt/dFF", lambda v: v[1:]),
    "matrix without a column": _changed("unc31/q", lambda v: v[:, 1:]),
    "single responses are numbers": _changed("wt/dFF_all", lambda v: np.ones(v.shape)),
    "fewer names": _changed("neuron_ids", lambda v: v[:-1]),
    "names are numbers": _changed("neuron_ids", lambda v: np.arange(len(v))),
    "names of two dimensions": _changed("neuron_ids", lambda v: v[:, None]),
    "unknown cell": _name(lambda _: NO_CELL.encode()),
    "empty label": _name(lambda _: b""),
    "blank label": _name(lambda _: f" {NBSP}".encode()),
    "label that is no UTF-8": _name(lambda x: x[:2] + b"\xa0\xff"),
    "two labels of one cell": two_labels_of_one_cell,
    "blanks around labels": _names(lambda x: f" {x.decode()}{NBSP} ".encode()),
    "other case": _names(bytes.lower),
    "infinite response": _measured("dFF", np.inf),
    "NaN response": _measured("dFF", np.nan),
    "negative q": _measured("q", -0.5),
    "q above 1": _measured("q", 1.5, "unc31"),
    "infinite q": _measured("q", np.inf),
    "q_eq above 1": _measured("q_eq", 1.5),
    "NaN q": _measured("q", np.nan),
    "negative count": _measured("occ1", -3),
    "NaN count": _measured("occ1", np.nan),
    "broken count": _measured("occ1", 1.5, "unc31"),
    "no count": _measured("occ1", 0),
    "overflowing count": _measured("occ1", 1e30),
}
