"""Faults of bytes: what the container itself can suffer. Each takes the sound bytes and gives the bad ones."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from random import Random

from tests.ingest.corpus.shapes import ACCOUNTED, REFUSED, SAME, Told

Fault = Callable[[bytes, Random], tuple[bytes, Told]]

PAGE = b"<!DOCTYPE html>\n<html><head><title>404</title></head><body>Not found</body></html>\n"


def empty(_: bytes, rng: Random) -> tuple[bytes, Told]:
    return b"", Told()


def blanks(_: bytes, rng: Random) -> tuple[bytes, Told]:
    return b"\n \n\t\n" * 3, Told()


def garbage(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    return rng.randbytes(min(len(sound), 4000)), Told()


def garbage_behind_the_signature(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    return sound[:8] + rng.randbytes(4000), Told()


def zeros(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    return bytes(len(sound)), Told()


def web_page(_: bytes, rng: Random) -> tuple[bytes, Told]:
    return PAGE, Told()


def zipped(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("file", sound)
    return out.getvalue(), Told()


def gzipped(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    return gzip.compress(sound, 1), Told()


def truncated_early(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    return sound[: rng.randrange(9, 40)], Told()


def truncated_in_the_middle(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    return sound[: int(len(sound) * rng.uniform(0.3, 0.7))], Told()


def truncated_late(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    return sound[: int(len(sound) * rng.uniform(0.9, 0.99))], Told()


def _text_truncated(fault: Fault) -> Fault:
    """A text can be cut where a row ends, or within a number: what is left must be accounted for."""

    def cut(sound: bytes, rng: Random) -> tuple[bytes, Told]:
        return fault(sound, rng)[0], Told(REFUSED | ACCOUNTED)

    return cut


def cut_in_the_last_row(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    last = sound.rstrip().rfind(b"\n") + 1
    return sound[: rng.randrange(last + 1, last + 6)], Told()


def _encoded(encoding: str) -> Fault:
    def fault(sound: bytes, rng: Random) -> tuple[bytes, Told]:
        return sound.decode().encode(encoding), Told()

    return fault


def latin_1(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    """A non-breaking space as Latin-1 writes it is no UTF-8."""
    lines = sound.split(b"\n")
    row = rng.randrange(1, len(lines) - 1)
    lines[row] = b"\xa0" + lines[row]
    return b"\n".join(lines), Told()


def byte_order_mark(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    return b"\xef\xbb\xbf" + sound, Told(SAME)


def windows_line_ends(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    return sound.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), Told(SAME)


def old_line_ends(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    return sound.replace(b"\r\n", b"\n").replace(b"\n", b"\r"), Told(REFUSED | SAME)


def no_last_line_end(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    return sound.rstrip(b"\r\n"), Told(SAME)


def null_bytes(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    at = rng.randrange(len(sound) // 2, len(sound) - 20)
    return sound[:at] + bytes(3) + sound[at:], Told()


def open_quote(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    """A quote that is never closed takes the rest of the file into one cell."""
    lines = sound.split(b"\n")
    row = rng.randrange(1, len(lines) - 5)
    lines[row] = b'"' + lines[row]
    return b"\n".join(lines), Told()


def other_separator(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    swapped = bytes.maketrans(b"\t,", b";;")
    return sound.translate(swapped), Told()


ANY: dict[str, Fault] = {"empty": empty, "garbage": garbage, "zeros": zeros, "web page": web_page, "gzipped": gzipped}
TEXT: dict[str, Fault] = {
    **ANY,
    "blanks": blanks,
    "zipped": zipped,
    "truncated early": truncated_early,
    "truncated in the middle": _text_truncated(truncated_in_the_middle),
    "truncated late": _text_truncated(truncated_late),
    "cut in the last row": _text_truncated(cut_in_the_last_row),
    "UTF-16": _encoded("utf-16"),
    "UTF-16 without a mark": _encoded("utf-16-le"),
    "UTF-32": _encoded("utf-32"),
    "Latin-1": latin_1,
    "byte order mark": byte_order_mark,
    "Windows line ends": windows_line_ends,
    "old line ends": old_line_ends,
    "no last line end": no_last_line_end,
    "null bytes": null_bytes,
}
TABLE: dict[str, Fault] = {**TEXT, "open quote": open_quote, "other separator": other_separator}
BINARY: dict[str, Fault] = {
    **ANY,
    "garbage behind the signature": garbage_behind_the_signature,
    "truncated early": truncated_early,
    "truncated in the middle": truncated_in_the_middle,
    "truncated late": truncated_late,
}
