"""MATLAB 5 files: variables, cell arrays and structures as scipy reads them."""

from __future__ import annotations

import io
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from ingest.celegans.calcium.matlab5_check import check
from ingest.files import require_file
from schemas.errors import Place, SourceError

Array = np.ndarray[Any, np.dtype[np.float64]]
Objects = np.ndarray[Any, np.dtype[Any]]
_MATLAB_73 = (b"\x00\x02IM", b"\x02\x00MI")
_AGAIN = "the file may be damaged, or not be the published one; fetch it again"
# What scipy lets through where the bytes fit together but mean nothing.
_DAMAGED = (
    MatReadError,
    OSError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    ArithmeticError,
    MemoryError,
    AttributeError,
    NotImplementedError,
    zlib.error,
)


def variables(path: Path, names: Collection[str]) -> dict[str, Objects]:
    """Variables of a file.

    Raises:
        SourceError: no MATLAB file of version 5, truncated, or without one of them; those that it has are listed.
    """
    content_bytes = require_file(path).read_bytes()
    if content_bytes[124:128] in _MATLAB_73 or content_bytes.startswith(b"\x89HDF"):
        raise SourceError("is of MATLAB 7.3, version 5 was expected", _AGAIN, Place(path.name))
    try:
        held = check(content_bytes, names)
        content = loadmat(io.BytesIO(content_bytes), variable_names=list(names), struct_as_record=True)
    except _DAMAGED as error:
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SourceError(f"cannot be read as MATLAB 5: {text}", _AGAIN, Place(path.name)) from error
    missing = [name for name in names if name not in content]
    if missing:
        raise SourceError(
            f"has no variable {missing[0]!r}", f"it holds: {', '.join(held) or 'nothing'}", Place(path.name)
        )
    return {name: np.asarray(content[name]) for name in names}


def cells(value: Any, place: Place) -> list[Any]:
    """Elements of a cell array.

    Raises:
        SourceError: it is something else.
    """
    if not isinstance(value, np.ndarray) or value.dtype != object:
        raise SourceError("is no cell array", _AGAIN, place)
    return list(value.ravel(order="F"))


def text(value: Any, place: Place) -> str:
    """A text, however deep in cells of one element it lies; '' for an empty one.

    Raises:
        SourceError: it is something else.
    """
    while isinstance(value, np.ndarray) and value.dtype == object and value.size == 1:
        value = value.ravel()[0]
    if isinstance(value, np.ndarray) and (value.size == 0 or (value.dtype.kind == "U" and value.size == 1)):
        return str(value.ravel()[0]) if value.size else ""
    if isinstance(value, str):
        return value
    raise SourceError("is no text", _AGAIN, place)


def numbers(value: Any, place: Place) -> Array:
    """A numeric array.

    Raises:
        SourceError: it is something else.
    """
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "iufb":
        raise SourceError("is no array of numbers", _AGAIN, place)
    return np.asarray(value, dtype=np.float64)


def vector(value: Any, place: Place) -> Array:
    """A row or a column of numbers.

    Raises:
        SourceError: it has two dimensions or holds something else.
    """
    found = numbers(value, place)
    if found.size and max(found.shape, default=1) != found.size:
        shape = " x ".join(str(n) for n in found.shape)
        raise SourceError(f"is a matrix of {shape}, one row or column was expected", _AGAIN, place)
    return found.ravel()


def structures(value: Any, names: Collection[str], place: Place) -> list[Any]:
    """Elements of an array of structures.

    Raises:
        SourceError: it is none, or has no such field.
    """
    held = getattr(getattr(value, "dtype", None), "names", None)
    if not held:
        raise SourceError("is no structure", _AGAIN, place)
    missing = [name for name in names if name not in held]
    if missing:
        raise SourceError(f"has no field {missing[0]!r}", f"it holds: {', '.join(held)}", place)
    return list(value.ravel(order="F"))
