"""Sums of row hashes: equal for the same rows in any order, unequal after any damage; and the rows are named."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from graphdb.row_differences import row_differences, together
from graphdb.row_hash import added, bucket_sums, uid_hash, unequal

KEY = ["_start", "_end", "network"]
PROPERTIES = ["network", "weight", "n_contacts", "directed", "aliases"]
DAMAGES = 400


def rows(random: np.random.Generator, height: int = 40) -> pl.DataFrame:
    names = [f"set/n{i}" for i in range(8)]
    pairs = random.permutation([(a, b) for a in names for b in names])[:height]
    return pl.DataFrame(
        {
            "_start": [a for a, _ in pairs],
            "_end": [b for _, b in pairs],
            "network": random.choice(["d/one", "d/two"], height).tolist(),
            "weight": random.choice([1.0, 2.0, 2.5, -0.0, 1e-300], height).tolist(),
            "n_contacts": [None if x == 0 else int(x) for x in random.integers(0, 4, height)],
            "directed": [None if x == 2 else bool(x) for x in random.integers(0, 3, height)],
            "aliases": [[f"a{j}" for j in range(x)] if x else None for x in random.integers(0, 3, height)],
        },
        schema_overrides={"aliases": pl.List(pl.String)},
    )


def sums(frame: pl.DataFrame) -> pl.DataFrame:
    hashes = [uid_hash(pl.col("_start")), uid_hash(pl.col("_end"))]
    return bucket_sums(frame.lazy(), hashes, PROPERTIES).collect(engine="streaming")


def plain(frame: pl.DataFrame) -> list[str]:
    """The obvious way: every row as text, sorted. -0.0 is 0.0."""
    return sorted(repr(row).replace("-0.0,", "0.0,") for row in frame.rows())


def one_ulp_more(table, one, other):
    table[one]["weight"] = math.nextafter(table[one]["weight"], math.inf)


def sign(table, one, other):
    table[one]["weight"] = -table[one]["weight"]


def null_for_a_number_or_zero_for_null(table, one, other):
    table[one]["n_contacts"] = None if table[one]["n_contacts"] else 0


def another_flag(table, one, other):
    table[one]["directed"] = {None: False, False: True, True: None}[table[one]["directed"]]


def an_empty_text_more(table, one, other):
    table[one]["aliases"] = [*(table[one]["aliases"] or []), ""]


def null_or_an_empty_list(table, one, other):
    table[one]["aliases"] = None if table[one]["aliases"] is not None else []


def another_text(table, one, other):
    table[one]["network"] = "d/three"


def missing(table, one, other):
    del table[one]


def twice(table, one, other):
    table.append(dict(table[one]))


def one_for_another(table, one, other):
    table[one] = dict(table[other])


def foreign(table, one, other):
    table.append({**table[one], "_start": "set/unknown"})


def swapped_between_rows(column):
    def swap(table, one, other):
        table[one][column], table[other][column] = table[other][column], table[one][column]

    return swap


def swapped_ends(table, one, other):
    table[one]["_start"], table[one]["_end"] = table[one]["_end"], table[one]["_start"]


SORTS = (
    one_ulp_more,
    sign,
    null_for_a_number_or_zero_for_null,
    another_flag,
    an_empty_text_more,
    null_or_an_empty_list,
    another_text,
    missing,
    twice,
    one_for_another,
    foreign,
    swapped_between_rows("_end"),
    swapped_between_rows("weight"),
    swapped_ends,
)


def damaged(random: np.random.Generator, frame: pl.DataFrame, sort: int) -> pl.DataFrame:
    table = frame.to_dicts()
    SORTS[sort](table, *(int(i) for i in random.choice(len(table), 2, replace=False)))
    return pl.DataFrame(table, schema=frame.schema).sample(fraction=1.0, shuffle=True, seed=sort)


def test_every_damage_is_seen_and_nothing_else():
    random = np.random.default_rng(4)
    seen = 0
    for number in range(DAMAGES):
        frame = rows(random)
        other = damaged(random, frame, number % len(SORTS))
        found = unequal(sums(frame), sums(other))
        assert found.is_empty() == (plain(frame) == plain(other))
        named = row_differences(frame, other, KEY, whole=True)
        assert bool(named.rows) != found.is_empty()
        seen += not found.is_empty()
    assert seen > DAMAGES // 2


def test_the_order_and_the_cut_into_parts_do_not_matter():
    frame = rows(np.random.default_rng(1), 60)
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=2)
    parts = added([sums(shuffled[:7]), sums(shuffled[7:31]), sums(shuffled[31:])])
    assert unequal(sums(frame), parts).is_empty()


def test_two_edges_of_equal_weight_that_swapped_their_ends_are_seen():
    frame = pl.DataFrame({"_start": ["a", "c"], "_end": ["b", "d"], "weight": [1.0, 1.0]})
    other = frame.with_columns(pl.Series("_end", ["d", "b"]))
    found = [
        bucket_sums(f.lazy(), [pl.col("_start").hash(0), pl.col("_end").hash(0)], ["weight"]).collect()
        for f in (frame, other)
    ]
    assert unequal(*found).height == 2


def test_rows_are_named_by_what_became_of_them():
    frame = pl.DataFrame({"_start": ["a", "b", "c"], "_end": ["x", "y", "z"], "weight": [1.0, 2.0, None]})
    other = pl.DataFrame({"_start": ["a", "b", "q"], "_end": ["x", "y", "z"], "weight": [1.5, 2.0, 3.0]})
    found = row_differences(frame, other, ["_start", "_end"], whole=True)
    assert str(found) == "1 differ in 'weight': a -> x (1.5 for 1.0); 1 missing: c -> z; 1 not in the lake: q -> z"


def test_a_row_that_stands_twice_is_foreign_once():
    frame = pl.DataFrame({"uid": ["a", "b"], "name": ["A", "B"]})
    found = row_differences(frame, pl.concat([frame, frame[:1]]), ["uid"], whole=True)
    assert found.rows == {"not in the lake": (1, ("a",))}


@pytest.mark.parametrize("whole", [True, False])
def test_only_the_first_few_are_shown_and_the_rest_counted(whole):
    frame = pl.DataFrame({"uid": [f"n{i}" for i in range(9)], "name": ["A"] * 9})
    each = row_differences(frame, frame.clear(), ["uid"], whole=whole)
    both = together([each, each])
    least = "" if whole else "at least "
    assert str(both) == f"{least}18 missing: n0, n1, n2, …"
