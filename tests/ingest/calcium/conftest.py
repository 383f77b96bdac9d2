"""Writes recordings in the containers of the sources, and reads them with the source's reader."""

from __future__ import annotations

import importlib
import itertools

import h5py
import numpy as np
import pytest
from scipy.io import savemat

from schemas.errors import SourceError

_NUMBERS = itertools.count()  # of what cells refer to


def _matlab(file, where, name, value):
    """Puts a value at a name as MATLAB 7.3 does: dict a structure, list a cell array, None an empty array."""
    if isinstance(value, dict):
        group = where.create_group(name)
        for key, inner in value.items():
            _matlab(file, group, key, inner)
        return group
    if value is None:
        data = where.create_dataset(name, data=np.zeros(2, np.uint64))
        data.attrs["MATLAB_empty"] = np.uint8(1)
        data.attrs["MATLAB_class"] = np.bytes_("double")
        return data
    if isinstance(value, list) and not (value and all(isinstance(v, float | int) for v in value)):
        refs = file.require_group("#refs#")
        inner = [_matlab(file, refs, f"r{next(_NUMBERS)}", v).ref for v in value]
        data = where.create_dataset(name, (len(inner), 1), dtype=h5py.ref_dtype)
        data[:, 0] = inner
        data.attrs["MATLAB_class"] = np.bytes_("cell")
        return data
    if isinstance(value, str):
        data = where.create_dataset(name, data=np.array([[ord(c)] for c in value], np.uint16))
        data.attrs["MATLAB_class"] = np.bytes_("char")
        return data
    data = where.create_dataset(name, data=np.atleast_2d(np.asarray(value, float)).T)
    data.attrs["MATLAB_class"] = np.bytes_("double")
    return data


@pytest.fixture
def write_mat73(tmp_path):
    """Writes a MATLAB 7.3 file of that name: user block, HDF5, the variables."""

    def write(name, variables):
        path = tmp_path / name
        with h5py.File(path, "w", userblock_size=512) as file:
            for key, value in variables.items():
                _matlab(file, file, key, value)
        with path.open("r+b") as stream:
            stream.write(b"MATLAB 7.3 MAT-file")
        return path

    return write


@pytest.fixture
def cell():
    """A MATLAB cell array (1 x n) of anything."""

    def make(*values):
        array = np.empty((1, len(values)), object)
        for i, value in enumerate(values):
            array[0, i] = value
        return array

    return make


@pytest.fixture
def write_mat5(tmp_path):
    def write(name, variables):
        path = tmp_path / name
        savemat(path, variables, oned_as="column")
        return path

    return write


@pytest.fixture
def read(cell_tables, check_tables):
    """Reads files with the reader of a source, as the registry would hand them over; what comes out is valid."""

    def run(source, *paths):
        reader = importlib.import_module(f"ingest.celegans.calcium.{source}")
        tables = reader.read({f"recordings/{path.name}": path for path in paths}, cell_tables)
        check_tables(tables)
        return tables

    return run


@pytest.fixture
def refused():
    """What a call says when it refuses a file; every text must be in it."""

    def check(call, *texts):
        with pytest.raises(SourceError) as caught:
            call()
        for text in texts:
            assert text in str(caught.value)
        assert caught.value.hint

    return check
