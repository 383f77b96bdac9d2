"""Members of a compressed tar archive, read in memory: nothing is ever extracted to disk."""

from __future__ import annotations

import lzma
import tarfile
import zlib
from typing import TYPE_CHECKING

from ingest.files import require_file
from schemas.errors import Place, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEMBER_LIMIT_BYTES = 64 * 2**20  # the largest region series known is below 1 MiB
ARCHIVE_LIMIT_BYTES = 4 * 2**30

_BROKEN = (tarfile.TarError, EOFError, OSError, lzma.LZMAError, zlib.error)


def members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each regular file of a tar archive (plain, gz, bz2 or xz), in its order.

    Raises:
        SourceError: it is missing, empty, no tar archive, truncated, holds a link or device, or unpacks to
            more than the limits.
    """
    name = require_file(path).name
    total = 0
    try:
        with tarfile.open(path, "r:*") as archive:
            for member in archive:
                if member.isdir():
                    continue
                total += member.size
                _check(member, total, name)
                stream = archive.extractfile(member)
                assert stream is not None  # a regular file always has content
                yield member.name, stream.read()
    except _BROKEN as error:
        raise SourceError(
            f"cannot be read as a tar archive: {error}",
            "the file may be truncated or of another kind; fetch it again",
            Place(name),
        ) from error


def _check(member: tarfile.TarInfo, total: int, archive: str) -> None:
    place = Place(archive, sheet=member.name)
    if not member.isfile():
        raise SourceError("is a link or device, not a file", "pack plain files only", place)
    if member.size > MEMBER_LIMIT_BYTES or total > ARCHIVE_LIMIT_BYTES:
        limits = f"{MEMBER_LIMIT_BYTES:,} bytes for a member and {ARCHIVE_LIMIT_BYTES:,} for all"
        raise SourceError(f"unpacks to more than {limits}", "is this the right archive?", place)
