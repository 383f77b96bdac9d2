"""Whether the bytes of a MATLAB 5 file fit together, before scipy reads them: of damaged ones it can crash.

A file is a header of 128 bytes and a data element per variable, perhaps compressed. An array is an element that holds
others: flags, dimensions, name, and then numbers, or texts, or (for cells and structures) arrays again. Every element
says its type and its number of bytes; each must lie inside the one that holds it and be as long as the dimensions say.
MAT-File Format, The MathWorks, 2023.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

_HEADER, _VERSION = 128, 0x0100
_MATRIX, _COMPRESSED = 14, 15
_INT8, _INT32, _UINT32 = 1, 5, 6
_ITEM_BYTES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8}
_TEXT_TYPES = (1, 2, 4, 16, 17, 18)
_CELL, _STRUCT, _CHAR, _NUMERIC = 1, 2, 4, range(6, 16)
_COMPLEX = 0x800
_MOST_DIMENSIONS = 32
_DEEPEST = 24


class DamagedError(ValueError):
    """Bytes that do not fit together; the message says which."""


@dataclass(frozen=True)
class _Element:
    kind: int
    data: memoryview
    end: int  # where the next begins


def check(content: bytes, wanted: Collection[str]) -> list[str]:
    """Check the variables of those names; others only as far as they must be passed over.

    Returns:
        The names of all variables.

    Raises:
        DamagedError: bytes are missing, or do not fit together.
    """
    order = {b"IM": "<", b"MI": ">"}.get(content[126:_HEADER])
    if order is None or struct.unpack_from(f"{order}H", content, 124)[0] != _VERSION:
        raise DamagedError("the header is not that of MATLAB 5")
    reader, names = _Reader(order), []
    for view in reader.variables(memoryview(content)):
        name = reader.name(view)
        if name in names:
            raise DamagedError(f"two variables are named {name!r}")
        names.append(name)
        if name in wanted:
            try:
                reader.array(view, 0)
            except DamagedError as error:
                raise DamagedError(f"variable {name!r}: {error}") from None
    return names


@dataclass(frozen=True)
class _Reader:
    order: str

    def variables(self, content: memoryview) -> Iterator[memoryview]:
        """The array of each variable."""
        at = _HEADER
        while at < len(content):
            kind, size = self._tag(content, at)
            data = content[at + 8 : at + 8 + size]
            if len(data) != size:
                raise DamagedError(f"the file ends {size - len(data)} byte(s) too early")
            at += 8 + size
            if kind == _COMPRESSED:
                try:
                    data = memoryview(zlib.decompress(data))
                except zlib.error as error:
                    raise DamagedError(f"compressed data is damaged: {error}") from error
                kind, size = self._tag(data, 0)
                data = data[8 : 8 + size]
            if kind != _MATRIX or len(data) != size:
                raise DamagedError("a variable is no array")
            yield data

    def name(self, view: memoryview) -> str:
        """The name of a variable."""
        at = 0
        for _ in range(2):
            at = self._element(view, at).end
        return bytes(self._element(view, at).data).decode("latin-1")

    def array(self, view: memoryview, depth: int) -> None:
        """Check one array, and those inside it."""
        if not len(view):
            return  # an empty cell
        if depth > _DEEPEST:
            raise DamagedError("arrays lie too deep in each other")
        flags, dimensions, name = self._preamble(view)
        kind, size = flags & 0xFF, math.prod(dimensions)
        if kind in _NUMERIC:
            self._numbers(view, name.end, size, parts=2 if flags & _COMPLEX else 1)
        elif kind == _CHAR:
            text = self._element(view, name.end)
            if text.kind not in _TEXT_TYPES:
                raise DamagedError(f"a text is of type {text.kind}")
        elif kind == _CELL:
            self._arrays(view, name.end, size, depth)
        elif kind == _STRUCT:
            at, fields = self._fields(view, name.end)
            self._arrays(view, at, size * fields, depth)
        else:
            raise DamagedError(f"an array is of class {kind}, which is not read")

    def _preamble(self, view: memoryview) -> tuple[int, tuple[int, ...], _Element]:
        flags = self._element(view, 0)
        dimensions = self._element(view, flags.end)
        name = self._element(view, dimensions.end)
        whole = len(flags.data) == 8 and flags.kind == _UINT32  # noqa: PLR2004
        count = len(dimensions.data) // 4
        if not whole or dimensions.kind != _INT32 or len(dimensions.data) % 4 or not 0 < count <= _MOST_DIMENSIONS:
            raise DamagedError("an array has no flags or dimensions")
        sizes = struct.unpack(f"{self.order}{count}i", dimensions.data)
        if min(sizes) < 0 or name.kind != _INT8:
            raise DamagedError("an array has a negative dimension or no name")
        return struct.unpack_from(f"{self.order}I", flags.data)[0], sizes, name

    def _numbers(self, view: memoryview, at: int, size: int, *, parts: int) -> None:
        for _ in range(parts):
            found = self._element(view, at)
            if found.kind not in _ITEM_BYTES or len(found.data) != size * _ITEM_BYTES[found.kind]:
                raise DamagedError(f"{size} numbers were expected, {len(found.data)} bytes of type {found.kind} found")
            at = found.end

    def _fields(self, view: memoryview, at: int) -> tuple[int, int]:
        """Where the values of a structure begin, and how many fields it has."""
        length = self._element(view, at)
        names = self._element(view, length.end)
        if length.kind != _INT32 or len(length.data) != 4 or names.kind != _INT8:  # noqa: PLR2004
            raise DamagedError("a structure has no names of fields")
        each = struct.unpack(f"{self.order}i", length.data)[0]
        if each <= 0 or len(names.data) % each:
            raise DamagedError("names of fields have no common length")
        return names.end, len(names.data) // each

    def _arrays(self, view: memoryview, at: int, count: int, depth: int) -> None:
        if count * 8 > len(view) - at:
            raise DamagedError(f"{count} arrays were expected, there is no room for them")
        for _ in range(count):
            found = self._element(view, at)
            if found.kind != _MATRIX:
                raise DamagedError(f"an array was expected, an element of type {found.kind} found")
            self.array(found.data, depth + 1)
            at = found.end

    def _element(self, view: memoryview, at: int) -> _Element:
        """The element at a place; up to four bytes of data may stand in its tag."""
        kind, size = self._tag(view, at)
        if kind >> 16:
            small = kind >> 16
            if small > 4:  # noqa: PLR2004
                raise DamagedError(f"a small element has {small} bytes")
            return _Element(kind & 0xFFFF, view[at + 4 : at + 4 + small], at + 8)
        data = view[at + 8 : at + 8 + size]
        if len(data) != size:
            raise DamagedError(f"an element ends {size - len(data)} byte(s) too early")
        return _Element(kind, data, at + 8 + size + (-size % 8))

    def _tag(self, view: memoryview, at: int) -> tuple[int, int]:
        if len(view) - at < 8:  # noqa: PLR2004
            raise DamagedError("the file ends inside a tag")
        kind, size = struct.unpack_from(f"{self.order}II", view, at)
        return kind, size
