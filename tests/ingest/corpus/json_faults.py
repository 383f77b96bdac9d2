"""Faults of a list of connections in JSON: of its records, and of the text around them."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

from tests.ingest.corpus.grid_faults import NBSP, NO_CELL
from tests.ingest.corpus.shapes import ACCOUNTED, REFUSED, SAME, Told

Records = list[Any]
Fault = Callable[[Records, Random], Told]
TextFault = Callable[[bytes, Random], tuple[bytes, Told]]


def _becomes(field: str, value: object) -> Fault:
    def fault(records: Records, rng: Random) -> Told:
        i = rng.randrange(len(records))
        records[i][field] = value
        return Told(REFUSED, i + 1)

    return fault


def _without(field: str) -> Fault:
    def fault(records: Records, rng: Random) -> Told:
        i = rng.randrange(len(records))
        del records[i][field]
        return Told(REFUSED, i + 1)

    return fault


def _is(value: object) -> Fault:
    def fault(records: Records, rng: Random) -> Told:
        i = rng.randrange(len(records))
        records[i] = value
        return Told(REFUSED, i + 1)

    return fault


def renamed_key(records: Records, rng: Random) -> Told:
    for record in records:
        record["presynaptic"] = record.pop("pre")
    return Told(REFUSED, 1)


def further_key(records: Records, rng: Random) -> Told:
    rng.choice(records)["comment"] = "seen twice"
    return Told(SAME)


def blanks_around_labels(records: Records, rng: Random) -> Told:
    for record in records:
        record["pre"] = rng.choice([f"{record['pre']} ", f"{NBSP}{record['pre']}"])
        record["post"] = f" {record['post']}{NBSP}"
    return Told(SAME)


def other_case(records: Records, rng: Random) -> Told:
    for record in records:
        for end in ("pre", "post"):
            record[end] = record[end].lower() if record[end].isupper() else record[end]
    return Told(SAME)


def two_labels_of_one_cell(records: Records, rng: Random) -> Told:
    chosen = rng.choice([r for r in records if r["pre"].isupper() and r["post"].isupper()])
    records.append({**chosen, "pre": chosen["pre"].lower(), "post": chosen["post"].lower()})
    return Told(REFUSED | ACCOUNTED)


def duplicated_record(records: Records, rng: Random) -> Told:
    i = rng.randrange(len(records))
    records.insert(i, dict(records[i]))
    return Told(REFUSED | ACCOUNTED)


def duplicated_records(records: Records, rng: Random) -> Told:
    records.extend([dict(r) for r in records])
    return Told(REFUSED | ACCOUNTED)


def deleted_record(records: Records, rng: Random) -> Told:
    del records[rng.randrange(len(records))]
    return Told(REFUSED | ACCOUNTED)


def no_records(records: Records, rng: Random) -> Told:
    records.clear()
    return Told(REFUSED)


RECORDS: dict[str, Fault] = {
    "text in a weight": _becomes("syn", ["many"]),
    "negative weight": _becomes("syn", [1, -3]),
    "zero weight": _becomes("syn", [0]),
    "NaN weight": _becomes("syn", [float("nan")]),
    "infinite weight": _becomes("syn", [float("inf")]),
    "overflowing weight": _becomes("syn", [10**400]),
    "weights that overflow together": _becomes("syn", [1e308, 1e308]),
    "truth as a weight": _becomes("syn", [True]),
    "no weights": _becomes("syn", []),
    "weight that is no list": _becomes("syn", 3),
    "null weight": _becomes("syn", None),
    "nested weights": _becomes("syn", [[1]]),
    "unknown type": _becomes("typ", 1),
    "text as type": _becomes("typ", "0"),
    "list as type": _becomes("typ", [0]),
    "null type": _becomes("typ", None),
    "unknown cell": _becomes("pre", NO_CELL),
    "unknown target": _becomes("post", NO_CELL),
    "unpaired surrogate": _becomes("post", "AVA\ud800"),
    "empty label": _becomes("pre", ""),
    "blank label": _becomes("post", f" {NBSP}"),
    "number as label": _becomes("pre", 7),
    "null label": _becomes("post", None),
    "missing pre": _without("pre"),
    "missing syn": _without("syn"),
    "missing typ": _without("typ"),
    "record that is null": _is(None),
    "record that is a list": _is(["AVAL", "AVAR", 0, 1]),
    "record that is text": _is("AVAL"),
    "renamed key": renamed_key,
    "further key": further_key,
    "blanks around labels": blanks_around_labels,
    "other case": other_case,
    "two labels of one cell": two_labels_of_one_cell,
    "duplicated row": duplicated_record,
    "duplicated rows": duplicated_records,
    "deleted row": deleted_record,
    "no records": no_records,
}


def under_a_key(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    return b'{"connections": ' + sound + b"}", Told()


def two_documents(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    return sound + b"\n" + sound, Told()


def lines(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    """One record a line, as JSON Lines."""
    return b"\n".join(json.dumps(r).encode() for r in json.loads(sound)), Told()


def last_comma(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    return sound.rstrip()[:-1] + b",]", Told()


def single_quotes(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    return sound.replace(b'"', b"'"), Told()


def deep(_: bytes, rng: Random) -> tuple[bytes, Told]:
    return b"[" * 200_000 + b"]" * 200_000, Told()


def long_number(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    return sound.replace(b'"typ": 0', b'"typ": ' + b"1" * 5000, 1), Told()


def key_twice(sound: bytes, rng: Random) -> tuple[bytes, Told]:
    """The second value would take the place of the first without a word."""
    return sound.replace(b'"typ": 0', b'"pre": "AVAL",\n    "pre": "AVAR",\n    "typ": 0', 1), Told()


def a_table_instead(_: bytes, rng: Random) -> tuple[bytes, Told]:
    return b"pre\tpost\ttype\tsynapses\nADAL\tAIBL\tchemical\t1\n", Told()


def another_json(_: bytes, rng: Random) -> tuple[bytes, Told]:
    return json.dumps([{"id": "witvliet_2020_1", "name": "L1", "type": "head"}] * 3).encode(), Told()


TEXT: dict[str, TextFault] = {
    "under a key": under_a_key,
    "two documents": two_documents,
    "JSON lines": lines,
    "last comma": last_comma,
    "single quotes": single_quotes,
    "deep nesting": deep,
    "long number": long_number,
    "key twice": key_twice,
    "a table instead": a_table_instead,
    "another JSON": another_json,
}
