"""An order-free hash of many rows: 64 bits for each, summed over buckets of the row's first key.

Both sides of a comparison hash in the same process, with the same expressions; the hashes are never stored.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

BUCKETS = 1 << 14
BUCKET, HASH, ROWS = "_bucket", "_hash", "_rows"
_ODD = pl.lit(0x9E3779B97F4A7C15, dtype=pl.UInt64)
_FINAL_SEED = 1 << 20


def uid_hash(uid: pl.Expr) -> pl.Expr:
    """64 bits of a uid."""
    return uid.hash(0)


def bucket_of(uid_hash_: pl.Expr) -> pl.Expr:
    """The bucket of a row, from the hash of its first key."""
    return uid_hash_ % BUCKETS


def row_hash(uid_hashes: Iterable[pl.Expr], properties: Iterable[str]) -> pl.Expr:
    """64 bits of a row: the hashes of the uids that identify it, then every property.

    Null differs from 0, "" and an empty list; -0.0 equals 0.0. The last mixing keeps sums of rows from cancelling
    where two rows have swapped a part.
    """
    mixed = pl.lit(0, dtype=pl.UInt64)
    for part in uid_hashes:
        mixed = mixed * _ODD + part
    for number, name in enumerate(properties, start=1):
        mixed = mixed * _ODD + pl.col(name).hash(number)
    return mixed.hash(_FINAL_SEED)


def bucket_sums(frame: pl.LazyFrame, uid_hashes: list[pl.Expr], properties: Iterable[str]) -> pl.LazyFrame:
    """Number of rows and wrapping sum of their hashes in every bucket that has rows."""
    hashed = frame.select(bucket_of(uid_hashes[0]).alias(BUCKET), row_hash(uid_hashes, properties).alias(HASH))
    return hashed.group_by(BUCKET).agg(pl.col(HASH).sum(), pl.len().cast(pl.Int64).alias(ROWS))


def added(sums: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Bucket sums of several sets of rows, added up."""
    schema = {BUCKET: pl.UInt64, HASH: pl.UInt64, ROWS: pl.Int64}
    return pl.concat([pl.DataFrame(schema=schema), *sums]).group_by(BUCKET).agg(pl.col(HASH, ROWS).sum())


def unequal(lake: pl.DataFrame, graph: pl.DataFrame) -> pl.DataFrame:
    """Buckets whose sums are not the same on both sides, the smallest first: `_bucket` and `_rows` (of both)."""
    both = lake.join(graph, on=BUCKET, how="full", coalesce=True, suffix="_graph")
    differ = pl.col(HASH).ne_missing(pl.col(f"{HASH}_graph")) | pl.col(ROWS).ne_missing(pl.col(f"{ROWS}_graph"))
    rows = pl.col(ROWS).fill_null(0) + pl.col(f"{ROWS}_graph").fill_null(0)
    return both.filter(differ).select(BUCKET, rows.alias(ROWS)).sort(ROWS, BUCKET)
