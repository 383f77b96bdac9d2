"""From the entries of a connectome file to edge tables: repeats summed, undirected pairs stored once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from ingest.frames import complete
from schemas.dataset import Decisions
from schemas.errors import Place

_ENDS = ("source", "target")
_COLUMNS: dict[str, pl.DataType] = {"source": pl.String(), "target": pl.String(), "weight": pl.Float64()}


@dataclass(frozen=True)
class Entry:
    """One entry of a connectome file: nodes (uid) and weight, with its place."""

    source: str
    target: str
    weight: float
    place: Place

    @property
    def label(self) -> str:
        return f"{_name(self.source)} -> {_name(self.target)}"


def chemical_table(network: str, entries: Iterable[Entry], decisions: Decisions) -> pl.DataFrame:
    """Edges from pre to post. A repeated entry is added to the earlier one, with a 'merged' decision."""
    summed = _summed(entries, decisions)
    return _table("chemical", network, [(e.source, e.target, e.weight) for e in summed])


def functional_table(network: str, entries: Iterable[Entry], decisions: Decisions) -> pl.DataFrame:
    """Directed measured or published dependences, as `chemical_table`."""
    return _table("functional", network, [(e.source, e.target, e.weight) for e in _summed(entries, decisions)])


def gap_junction_table(network: str, entries: Iterable[Entry], decisions: Decisions, *, mirrored: bool) -> pl.DataFrame:
    """Each pair once, source <= target.

    A pair that stands in both directions with one weight is one count written twice, so it is not added up.
    Where the directions disagree the greater weight is taken, with a 'differs' decision.

    Args:
        network: uid of the network.
        entries: as they stand in the file.
        decisions: also gets one 'merged' row that says how many entries were mirror images.
        mirrored: the file lists every pair in both directions, so that one alone is a disagreement, too.
    """
    return _pair_table("gap_junction", network, entries, decisions, mirrored=mirrored)


def contact_table(network: str, entries: Iterable[Entry], decisions: Decisions, *, mirrored: bool) -> pl.DataFrame:
    """Membrane contacts, each pair once: as `gap_junction_table`."""
    return _pair_table("contact", network, entries, decisions, mirrored=mirrored)


def origins(networks: Mapping[str, Sequence[Entry]], undirected: Collection[str] = ()) -> pl.DataFrame:
    """Rows of `edge_origin`: where the entries of each edge stand, in the order of the file.

    Args:
        networks: the entries of each (uid).
        undirected: those of them whose pairs have no direction.
    """
    entries = [entry for found in networks.values() for entry in found]
    places = [entry.place for entry in entries]
    frame = pl.DataFrame(
        {
            "network": pl.Series([uid for uid, found in networks.items() for _ in found], dtype=pl.String),
            "source": pl.Series([entry.source for entry in entries], dtype=pl.String),
            "target": pl.Series([entry.target for entry in entries], dtype=pl.String),
            "weight": pl.Series([entry.weight for entry in entries], dtype=pl.Float64),
            "file": pl.Series([place.file for place in places], dtype=pl.String),
            "sheet": pl.Series([place.sheet for place in places], dtype=pl.String),
            "row": pl.Series([place.row for place in places], dtype=pl.Int64),
            "column": pl.Series([place.column for place in places], dtype=pl.String),
        }
    )
    swapped = pl.col("network").is_in(list(undirected)) & (pl.col("source") > pl.col("target"))
    ends = {one: pl.when(swapped).then(other).otherwise(one) for one, other in (_ENDS, _ENDS[::-1])}
    entry = pl.int_range(pl.len()).over("network", *_ENDS)
    return complete("edge_origin", frame.with_columns(**ends).with_columns(entry=entry))


def _pair_table(
    table: str, network: str, entries: Iterable[Entry], decisions: Decisions, *, mirrored: bool
) -> pl.DataFrame:
    directions: dict[tuple[str, str], dict[str, Entry]] = defaultdict(dict)
    for entry in _summed(entries, decisions):
        pair = (min(entry.source, entry.target), max(entry.source, entry.target))
        directions[pair][entry.source] = entry
    rows = []
    for (first, second), found in directions.items():
        _compare(list(found.values()), decisions, mirrored=mirrored and first != second)
        rows.append((first, second, max(e.weight for e in found.values())))
    _count_mirrored(network, directions, decisions)
    return _table(table, network, rows)


def _summed(entries: Iterable[Entry], decisions: Decisions) -> list[Entry]:
    kept: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        key = (entry.source, entry.target)
        before = kept.get(key)
        if before is None:
            kept[key] = entry
            continue
        total = before.weight + entry.weight
        reason = f"repeats the entry at {before.place}; weights {before.weight:g} and {entry.weight:g} are added"
        decisions.add("merged", entry.label, reason, entry.place)
        kept[key] = Entry(entry.source, entry.target, total, before.place)
    return list(kept.values())


def _compare(found: list[Entry], decisions: Decisions, *, mirrored: bool) -> None:
    if len(found) == 2 and found[0].weight != found[1].weight:  # noqa: PLR2004
        reason = f"{found[0].weight:g} in the other direction, {found[1].weight:g} here; the greater is taken"
        decisions.add("differs", found[1].label, reason, found[1].place)
    if len(found) == 1 and mirrored:
        reason = f"the other direction is absent; {found[0].weight:g} is taken"
        decisions.add("differs", found[0].label, reason, found[0].place)


def _count_mirrored(network: str, directions: dict[tuple[str, str], dict[str, Entry]], decisions: Decisions) -> None:
    both = [found for found in directions.values() if len(found) == 2]  # noqa: PLR2004
    if both:
        place = next(iter(both[0].values())).place
        reason = f"{len(both)} pairs stand in both directions; each became one undirected edge"
        decisions.add("merged", network, reason, Place(place.file, place.sheet))


def _table(table: str, network: str, rows: list[tuple[str, str, float]]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=_COLUMNS, orient="row")
    return complete(table, frame.with_columns(network=pl.lit(network)))


def _name(uid: str) -> str:
    return uid.rpartition("/")[2]
