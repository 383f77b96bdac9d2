"""Equal rows have equal hashes, whatever their order; any change changes the hash."""

from __future__ import annotations

import hypothesis.strategies as st
import polars as pl
from hypothesis import given, settings

from schemas.content import combined_hash, content_hash

ROWS = st.lists(
    st.tuples(
        st.text(max_size=4),
        st.one_of(st.none(), st.floats(allow_nan=False)),
        st.one_of(st.none(), st.booleans()),
        st.one_of(st.none(), st.lists(st.text(max_size=3), max_size=3)),
        st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
    ),
    max_size=8,
    unique_by=lambda row: row[0],
)
SCHEMA = {"k": pl.String, "x": pl.Float64, "b": pl.Boolean, "t": pl.List(pl.String), "n": pl.Int64}


def frame(rows) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


@settings(max_examples=80, deadline=None)
@given(ROWS, st.randoms())
def test_order_does_not_matter(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert content_hash(frame(rows), ["k"]) == content_hash(frame(shuffled), ["k"])


@settings(max_examples=80, deadline=None)
@given(ROWS, ROWS)
def test_different_rows_differ(first, second):
    same = frame(first).sort("k").equals(frame(second).sort("k"))
    assert (content_hash(frame(first), ["k"]) == content_hash(frame(second), ["k"])) == same


def test_moving_a_text_from_one_row_to_the_next_is_seen():
    first = pl.DataFrame({"k": ["a", "b"], "t": ["xy", "z"]})
    second = pl.DataFrame({"k": ["a", "b"], "t": ["x", "yz"]})
    assert content_hash(first, ["k"]) != content_hash(second, ["k"])


def test_null_empty_list_and_list_of_empty_text_differ():
    hashes = {
        content_hash(pl.DataFrame({"k": ["a"], "t": [value]}, schema={"k": pl.String, "t": pl.List(pl.String)}), ["k"])
        for value in (None, [], [""])
    }
    assert len(hashes) == 3


def test_the_hash_of_a_table_is_fixed_for_ever():
    """A change here changes every version id: it needs a new SCHEMA_VERSION."""
    table = pl.DataFrame({"k": ["b", "a"], "x": [1.5, None], "v": [[1.0], []]})
    assert content_hash(table, ["k"]) == "0da5001363dc5c9a34e4f03adccf9422f58943d72e7753423bc7e6ede742fd47"


def test_combined_hashes_do_not_depend_on_order_but_on_names():
    assert combined_hash([("a", "1"), ("b", "2")]) == combined_hash([("b", "2"), ("a", "1")])
    assert combined_hash([("a", "1"), ("b", "2")]) != combined_hash([("a", "2"), ("b", "1")])
