"""MATLAB 7.3 files: HDF5 in which a cell array is a data set of object references and a text one of UTF-16 codes.

MATLAB counts the first dimension fastest, HDF5 the last: arrays come back in MATLAB's order of dimensions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ingest.files import open_hdf5
from schemas.errors import Place, SourceError

Array = np.ndarray[Any, np.dtype[np.float64]]
Node = Any  # a data set or a group of an open file: h5py has no types
_AGAIN = "the file may be damaged, or not be the published one; fetch it again"


@dataclass(frozen=True)
class Struct:
    """A MATLAB structure (an HDF5 group) and where it stands."""

    group: h5py.Group
    place: Place

    def field(self, *names: str) -> Node:
        """The first field that is there.

        Raises:
            SourceError: none is.
        """
        for name in names:
            if name in self.group:
                return self.group[name]
        held = ", ".join(sorted(map(str, self.group))) or "nothing"
        wanted = " or ".join(repr(name) for name in names)
        raise SourceError(f"has no field {wanted}", f"it holds: {held}", self.place)

    def cells(self, *names: str) -> list[Node]:
        """Elements of a field that is a cell array, or the column of an array of structures; else the field alone."""
        node = self.field(*names)
        return elements(node, self.at(*names)) if is_cell(node) else [node]

    def at(self, *names: str) -> Place:
        """The place of the first field that is there."""
        name = next((name for name in names if name in self.group), names[0])
        return Place(self.place.file, f"{self.place.sheet}/{name}")


@contextmanager
def open_struct(path: Path, key: str) -> Iterator[Struct]:
    """The structure of that name at the top of a file.

    Raises:
        SourceError: no HDF5, truncated, or without it; what the file has is listed.
    """
    with open_hdf5(path) as file:
        found = file.get(key)
        if not isinstance(found, h5py.Group):
            held = ", ".join(sorted(name for name in map(str, file) if not name.startswith("#"))) or "nothing"
            raise SourceError(f"has no structure {key!r}", f"it holds: {held}", Place(path.name))
        try:
            yield Struct(found, Place(path.name, key))
        except (ValueError, TypeError, KeyError, UnicodeError) as error:
            raise SourceError(f"cannot be read as MATLAB 7.3: {error}", _AGAIN, Place(path.name, key)) from error


def is_cell(node: Node) -> bool:
    """Whether a data set holds references."""
    return isinstance(node, h5py.Dataset) and h5py.check_ref_dtype(node.dtype) is h5py.Reference


def is_empty(node: Node) -> bool:
    """Whether MATLAB wrote an empty array (its data set then holds the dimensions instead)."""
    return node is None or bool(node.attrs.get("MATLAB_empty", 0)) or (isinstance(node, h5py.Dataset) and not node.size)


def elements(node: Node, place: Place) -> list[Node]:
    """What the references of a cell array lead to, in MATLAB's order; None for a null reference."""
    if not is_cell(node):
        raise SourceError("is no cell array", _AGAIN, place)
    if is_empty(node):
        return []
    return [node.file[reference] if reference else None for reference in np.asarray(node[()]).ravel()]


def numbers(node: Node, place: Place) -> Array:
    """A numeric array in MATLAB's order of dimensions; an empty one has the size 0.

    Raises:
        SourceError: it is something else.
    """
    if is_empty(node):
        return np.empty((0, 0))
    numeric = isinstance(node, h5py.Dataset) and node.dtype.kind in "iufb"
    if not numeric or node.attrs.get("MATLAB_class", b"double") == b"char":
        raise SourceError("is no array of numbers", _AGAIN, place)
    return np.asarray(node[()], dtype=np.float64).T


def vector(node: Node, place: Place) -> Array:
    """A row or a column of numbers.

    Raises:
        SourceError: it has two dimensions or holds something else.
    """
    found = numbers(node, place)
    if found.size and max(found.shape, default=1) != found.size:
        shape = " x ".join(str(n) for n in found.shape)
        raise SourceError(f"is a matrix of {shape}, one row or column was expected", _AGAIN, place)
    return found.ravel()


def texts(node: Node, place: Place) -> list[str]:
    """Every text in a node, however deep in cells it lies; numbers as texts too, nothing for what is empty."""
    if is_empty(node):
        return []
    if is_cell(node):
        return [text for inner in elements(node, place) for text in texts(inner, place)]
    if not isinstance(node, h5py.Dataset) or node.dtype.kind not in "iufb":
        raise SourceError("holds neither text nor numbers", _AGAIN, place)
    values = np.asarray(node[()]).ravel()
    if node.attrs.get("MATLAB_class", b"") == b"char":
        return ["".join(chr(code) for code in values.tolist())]
    return [f"{value:g}" for value in values.tolist() if not np.isnan(value)]


def fields(node: Node, place: Place) -> Mapping[str, Node]:
    """The fields of a structure.

    Raises:
        SourceError: it is none.
    """
    if not isinstance(node, h5py.Group):
        raise SourceError("is no structure", _AGAIN, place)
    return dict(node.items())
