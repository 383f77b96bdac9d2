"""The algebra of id maps: what became of each id of an older version. Pure; nothing here reads a lake.

A map is a relation between old and new ids, held as `pairs`: columns `old` and `new`, one row per old id that is gone
(`new` null) and one row per new id that an old one became. The table `id_map` is the same with the version that the old
ids are of, the index of each part, and the change that the relation implies:

gone     the old id became nothing
split    the old id became several
merged   it became one, which others became too
same     it became itself alone
renamed  it became one other alone
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from schemas import tables
from schemas.errors import Problem, ValidationError

PAIRS: dict[str, pl.DataType] = {"old": pl.String(), "new": pl.String()}
_ROW = "__row"
_SHOWN = 1000


def derive(since: str, old_ids: pl.Series, new_ids: pl.Series, pairs: pl.DataFrame) -> pl.DataFrame:
    """The table `id_map` out of what is known to have changed.

    Args:
        since: version that the old ids are of.
        old_ids: every id of that version.
        new_ids: every id of the new version.
        pairs: what changed. An old id that is named keeps none but the new ids that stand beside it (null: it is gone);
            an old id that is not named is the same where it still exists, else gone.

    Returns:
        Rows of `id_map`, by old id and part.

    Raises:
        ValidationError: a pair names an id that its version does not hold, or says that an id is both gone and not.
    """
    given = pairs.select(pl.col(name).cast(dtype) for name, dtype in PAIRS.items()).unique(maintain_order=True)
    rest = pl.DataFrame({"old": old_ids.unique()}).filter(~pl.col("old").is_in(given.get_column("old").implode()))
    kept = pl.when(pl.col("old").is_in(new_ids.implode())).then("old").alias("new")
    found = classified(pl.concat([given, rest.with_columns(kept)])).select(pl.lit(since).alias("since"), pl.all())
    table = found.select(list(tables.columns("id_map"))).sort("old", "part")
    wrong = list(problems(table, {since: old_ids}, new_ids))
    if wrong:
        raise ValidationError(f"id map since {since}", wrong)
    return table


def classified(pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs with `part` and `change`, which follow from them."""
    parts = pl.col("new").drop_nulls().n_unique().over("old")
    olds = pl.col("old").n_unique().over("new")
    ordered = pairs.sort("old", "new", nulls_last=True)
    return ordered.with_columns(
        part=pl.int_range(pl.len(), dtype=pl.Int64).over("old"),
        change=pl.when(pl.col("new").is_null())
        .then(pl.lit("gone"))
        .when(parts > 1)
        .then(pl.lit("split"))
        .when(olds > 1)
        .then(pl.lit("merged"))
        .when(pl.col("old") == pl.col("new"))
        .then(pl.lit("same"))
        .otherwise(pl.lit("renamed")),
    )


def compose(first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """Pairs from the oldest version to the newest; an id that `second` does not know is gone."""
    via = first.select("old", via="new").join(second.select(via="old", new="new"), on="via", how="left")
    return gone_only_alone(via.select("old", "new"))


def inverse(pairs: pl.DataFrame, new_ids: pl.Series) -> pl.DataFrame:
    """Pairs from the newer version back; an id of it that came from none is gone."""
    back = pairs.filter(pl.col("new").is_not_null()).select(old="new", new="old")
    every = pl.DataFrame({"old": new_ids.unique()}, schema={"old": pl.String()})
    return every.join(back, on="old", how="left").sort("old", "new")


def units(pairs: pl.DataFrame, new_ids: pl.Series) -> pl.DataFrame:
    """What can be compared across the map: the groups of ids that it joins.

    Where ids merged or split, only the whole group means the same in both versions, so sums over a group can be
    compared and its members cannot. A group has the name of one of its ids, which is no other group's: the old one that
    split, else the least of the new ones.

    Args:
        pairs: what became of the old ids.
        new_ids: every id of the new version, also those that came from nothing.

    Returns:
        side ('old' or 'new'), id, unit, members (ids of the group on that side). Ids that became nothing, or came from
        nothing, are alone and not named, but for an old one whose id means something else now.
    """
    grouped = _components(pairs.filter(pl.col("new").is_not_null()).select("old", "new"))
    old, new = pl.col("old"), pl.col("new")
    olds, news = old.n_unique().over("group"), new.n_unique().over("group")
    taken = old.is_in(new_ids.implode()) & ~(old == new).any().over("group")
    name = pl.when((olds == 1) & (news > 1) & ~taken).then(old).otherwise(new.min().over("group"))
    named = grouped.with_columns(unit=name, olds=olds, news=news)
    sides = [
        named.select(pl.lit(side).alias("side"), pl.col(side).alias("id"), "unit", members=pl.col(f"{side}s"))
        for side in ("old", "new")
    ]
    gone = pairs.filter(new.is_null() & old.is_in(new_ids.implode()))
    other = gone.select(
        pl.lit("old").alias("side"), old.alias("id"), (old + "#gone").alias("unit"), members=pl.lit(1, pl.UInt32)
    )
    return pl.concat([*sides, other], how="vertical_relaxed").unique().sort("side", "id")


def problems(table: pl.DataFrame, old_ids: Mapping[str, pl.Series], new_ids: pl.Series) -> Iterator[Problem]:
    """Everything that is wrong with a table `id_map`.

    Args:
        table: rows that keep the table's own rules.
        old_ids: ids of every version of the dataset that `since` may name.
        new_ids: ids of the version that the table belongs to.
    """
    rows = table.with_row_index(_ROW)
    for row in rows.filter(pl.col("new").is_not_null() & ~pl.col("new").is_in(new_ids.implode())).iter_rows(named=True):
        yield Problem("id_map", "new", row[_ROW], f"{row['new']!r} is no node of this version")
    for (since,), part in rows.group_by("since", maintain_order=True):
        if since in old_ids:
            yield from _against(str(since), part, old_ids[str(since)])
        else:
            known = ", ".join(old_ids) or "it has none yet"
            text = f"{since!r} is no version of this dataset with nodes ({known})"
            yield Problem("id_map", "since", part.item(0, _ROW), text)


def _against(since: str, part: pl.DataFrame, old_ids: pl.Series) -> Iterator[Problem]:
    for row in part.filter(~pl.col("old").is_in(old_ids.implode())).head(_SHOWN).iter_rows(named=True):
        yield Problem("id_map", "old", row[_ROW], f"{row['old']!r} is no node of version {since}")
    absent = old_ids.filter(~old_ids.is_in(part.get_column("old").implode())).unique().sort()
    for old in absent.head(_SHOWN):
        yield Problem("id_map", "old", None, f"{old!r} of version {since} has no row; say same, or gone")
    said = part.rename({"change": "said", "part": "said_part"}).unique(["old", "new"], keep="first")
    twice = part.join(said.select(_ROW), on=_ROW, how="anti")
    for row in twice.iter_rows(named=True):
        yield Problem("id_map", "new", row[_ROW], f"{row['old']!r} becomes {row['new']!r} twice")
    contradicts = pl.col("new").is_null().any().over("old") & (pl.len().over("old") > 1)
    both = said.filter(contradicts).sort(_ROW)
    for row in both.filter(pl.col("new").is_null()).iter_rows(named=True):
        yield Problem("id_map", "new", row[_ROW], f"{row['old']!r} is gone in this row and not in another")
    yield from _as_implied(said.join(both.select(_ROW), on=_ROW, how="anti"))


def _as_implied(said: pl.DataFrame) -> Iterator[Problem]:
    implied = classified(said.select("old", "new")).select("old", "new", "change", n=pl.len().over("old"))
    both = said.join(implied, on=["old", "new"], nulls_equal=True).sort(_ROW)
    for row in both.filter(pl.col("said") != pl.col("change")).head(_SHOWN).iter_rows(named=True):
        text = f"{row['old']!r} to {row['new']!r} says {row['said']}, but the rows together make it {row['change']}"
        yield Problem("id_map", "change", row[_ROW], text)
    wanted = pl.int_range(pl.len(), dtype=pl.Int64).over("old")
    ordered = both.sort("old", "said_part").filter(pl.col("said_part") != wanted).sort(_ROW)
    for row in ordered.head(_SHOWN).iter_rows(named=True):
        yield Problem("id_map", "part", row[_ROW], f"is {row['said_part']}; parts of {row['old']!r} count from 0")


def gone_only_alone(pairs: pl.DataFrame) -> pl.DataFrame:
    """An id that became something is not gone, though a part of it went."""
    distinct = pairs.unique()
    alive = pl.col("new").is_not_null().any().over("old")
    return distinct.filter(pl.col("new").is_not_null() | ~alive).sort("old", "new")


def _components(joined: pl.DataFrame) -> pl.DataFrame:
    """The rows with `group`, the same for all rows that share old or new ids, directly or through others."""
    grouped = joined.unique().sort("old", "new").with_row_index("group")
    while True:
        least = grouped.with_columns(pl.col("group").min().over("old")).with_columns(pl.col("group").min().over("new"))
        if least.get_column("group").equals(grouped.get_column("group")):
            return grouped
        grouped = least
