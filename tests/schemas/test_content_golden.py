"""The content hash is fixed for ever: values taken from its first form, and the definition told in plain Python."""

from __future__ import annotations

import hashlib
import struct

import hypothesis.strategies as st
import polars as pl
import pytest
from hypothesis import given, settings

from schemas.content import content_hash

MIXED = pl.DataFrame(
    {
        "network": ["d/n"] * 6,
        "source": ["s/b", "s/a", "s/ä", "s/a/1", "s/é", "s/ab"],
        "target": ["s/a", "s/a", "s/a", "s/\U0001d4b3", "s/a", ""],
        "weight": [1.5, -0.0, float("nan"), None, float("inf"), 1e-300],
        "part": [3, -1, None, 2**62, 0, 7],
        "small": pl.Series([1.5, None, -0.0, float("nan"), 2.0, 3.0], dtype=pl.Float32),
        "directed": [True, False, None, True, True, None],
        "aliases": [["x", "", None], [], None, ["ä", "bb"], ["x"], [None]],
        "values": pl.Series([[1.0, None], [], None, [-0.0], [float("nan")], [2.0]], dtype=pl.List(pl.Float32)),
        "all_null": pl.Series([None] * 6, dtype=pl.String),
    }
)
GOLDEN = {
    ("network", "source", "target"): "161f4c102fcf93a2e07c830567f4a8098a8eda4ae75927f74dbc679350fe4259",
    ("source",): "161f4c102fcf93a2e07c830567f4a8098a8eda4ae75927f74dbc679350fe4259",
    ("part",): "5587fdb7d71e403663214d9bf18f8cbd78a9fce1f7880c1ea9d4b8320e50f766",
    ("part", "source"): "5587fdb7d71e403663214d9bf18f8cbd78a9fce1f7880c1ea9d4b8320e50f766",
    ("target", "part"): "25a9638abc2416470444bdfdf44b0e80b6965bfe618308e401680eb08496c53e",
    (): "0e40ef6d06ae6250af500f9e37b30399d978088ae0eca9293a64e56b862285cc",
}


@pytest.mark.parametrize("key", GOLDEN)
def test_hashes_of_the_first_form(key):
    assert content_hash(MIXED, key) == GOLDEN[key]


def test_an_empty_table_has_a_hash_of_its_columns():
    assert content_hash(MIXED.clear(), ["source"]) == "0e822018ce4469029d129d0c9563e9f94cb93f4a89ba5efa163e76735882ed04"


def told(frame: pl.DataFrame, key: list[str]) -> str:
    """The definition, a row and a value at a time."""
    rows = frame.to_dicts()
    rows.sort(key=lambda row: tuple((row[k] is None, b"" if row[k] is None else row[k].encode()) for k in key))
    digest = hashlib.sha256()
    for name in sorted(frame.columns):
        digest.update(f"\x1f{name}\x1e{frame.schema[name]}\x1e{len(rows)}\x1d".encode())
        _tell(digest, [row[name] for row in rows], frame.schema[name])
    return digest.hexdigest()


def _tell(digest, values: list, dtype: pl.DataType) -> None:
    bits = "".join("1" if v is None else "0" for v in values)
    digest.update(bytes(int(bits[i : i + 8].ljust(8, "0"), 2) for i in range(0, len(bits), 8)))
    present = [v for v in values if v is not None]
    if isinstance(dtype, pl.List):
        digest.update(b"".join(struct.pack("<q", 0 if v is None else len(v)) for v in values))
        _tell(digest, [item for v in present for item in v], dtype.inner)
    elif dtype == pl.String:
        digest.update(b"".join(struct.pack("<q", len(v.encode())) for v in present))
        digest.update("".join(present).encode())
    else:
        form = {pl.Int64: "<q", pl.Float64: "<d", pl.Boolean: "?"}[dtype.base_type()]
        digest.update(b"".join(struct.pack(form, 0 if v is None else v) for v in values))


TEXTS = st.one_of(st.none(), st.text(max_size=3))
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["s/a", "s/b", "s/ä", "s/a b", ""]),
        st.text(max_size=4),
        TEXTS,
        st.one_of(st.none(), st.floats(allow_nan=False)),
        st.one_of(st.none(), st.booleans()),
        st.one_of(st.none(), st.lists(TEXTS, max_size=3)),
        st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
    ),
    max_size=12,
    unique_by=lambda row: row[:3],
)
SCHEMA = {
    "k": pl.String,
    "l": pl.String,
    "m": pl.String,
    "x": pl.Float64,
    "b": pl.Boolean,
    "t": pl.List(pl.String),
    "n": pl.Int64,
}


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_it_is_what_the_definition_says(rows):
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    assert content_hash(frame, ["k", "l", "m"]) == told(frame, ["k", "l", "m"])
