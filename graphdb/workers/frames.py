"""What parent and worker say to each other: frames of a kind, a length and that many bytes, over two pipes.

From the parent: pickled requests, which only the worker reads. From the worker: JSON and Arrow only, since the
parent trusts nothing that comes from a process in which a stranger's text has run.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import struct
import time

SAY = b"s"
"""JSON: what happens, an error, the end."""
SCHEMA = b"h"
"""The columns of an answer, as Arrow has them."""
ROWS = b"r"
"""Some rows of an answer, as an Arrow record batch."""
ASK = b"a"
"""A request."""

_HEAD = struct.Struct("<cQ")
_PIPE_BYTES = 1 << 20
_SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ


class Gone(Exception):  # noqa: N818 - an event of the protocol; whoever meets it says what it means
    """The other end is closed."""


class Late(Exception):  # noqa: N818 - as Gone
    """The deadline has passed."""


class TooLarge(Exception):  # noqa: N818 - as Gone
    """A frame or answer is larger than it may be."""


def widen(descriptor: int) -> None:
    """Let the pipe hold more than its 64 KiB, where the system allows it."""
    with contextlib.suppress(OSError):
        fcntl.fcntl(descriptor, _SET_PIPE_SIZE, _PIPE_BYTES)


def send(descriptor: int, kind: bytes, payload: bytes | memoryview, until: float | None = None) -> None:
    """Write a frame.

    Args:
        descriptor: of the pipe; not blocking where `until` is given.
        kind: SAY, SCHEMA, ROWS or ASK.
        payload: what it holds.
        until: monotonic time at which to give up.
    """
    rest = [memoryview(_HEAD.pack(kind, len(payload))), memoryview(payload)]
    while rest:
        try:
            written = os.writev(descriptor, rest)
        except BlockingIOError:
            _wait(descriptor, select.POLLOUT, until)
            continue
        except BrokenPipeError:
            raise Gone from None
        while rest and written >= rest[0].nbytes:
            written -= rest.pop(0).nbytes
        if rest:
            rest[0] = rest[0][written:]


def receive(descriptor: int, until: float | None, largest: int) -> tuple[bytes, memoryview]:
    """Read a frame: its kind and what it holds.

    Raises:
        Gone: the other end is closed.
        Late: it did not come until then.
        TooLarge: it would hold more than `largest` bytes.
    """
    kind, length = _HEAD.unpack(_read(descriptor, _HEAD.size, until))
    if length > largest:
        raise TooLarge
    return kind, _read(descriptor, length, until)


def _read(descriptor: int, length: int, until: float | None) -> memoryview:
    whole = memoryview(bytearray(length))
    rest = whole
    while rest.nbytes:
        try:
            count = os.readv(descriptor, [rest])
        except BlockingIOError:
            _wait(descriptor, select.POLLIN, until)
            continue
        if not count:
            raise Gone
        rest = rest[count:]
    return whole


def _wait(descriptor: int, event: int, until: float | None) -> None:
    poll = select.poll()
    poll.register(descriptor, event)
    if not poll.poll(None if until is None else max(0.0, until - time.monotonic()) * 1000):
        raise Late
