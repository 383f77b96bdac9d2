"""Connectome files that are lists of partners: a row per cell, partner and kind of contact.

Such a file lists a chemical synapse from the sending cell and again from each receiving one, and a gap junction
from both cells. They are one synapse and one junction seen twice: compared here, never added up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from ingest.celegans.coverage import Covered, listed
from ingest.celegans.edges import Entry
from ingest.celegans.names import CellNames, resolve_all
from ingest.celegans.reconcile import Found, Pair, Reference, reconcile
from schemas.dataset import Decisions
from schemas.errors import Place, SourceError


class Role(Enum):
    """What a cell is to the partner that its list names; jointly: the synapse is onto several cells at once."""

    SENDS = "sends"
    SENDS_JOINTLY = "sends jointly"
    RECEIVES = "receives"
    RECEIVES_JOINTLY = "receives jointly"
    GAP_JUNCTION = "gap junction"


_RECEIVING = (Role.RECEIVES, Role.RECEIVES_JOINTLY)
_JOINT = (Role.SENDS_JOINTLY, Role.RECEIVES_JOINTLY)


@dataclass(frozen=True)
class Partner:
    """One row: a cell, a partner in its list, what the cell is to it, how many contacts, and the labels' columns."""

    cell: str
    partner: str
    role: Role
    count: float
    place: Place
    columns: tuple[str, str]

    @property
    def label(self) -> str:
        """Both labels, the sender first."""
        ends = (self.partner, self.cell) if self.role in _RECEIVING else (self.cell, self.partner)
        return " -> ".join(ends)


@dataclass
class _Pair:
    """The entries of one connection, from pre to post, by the list that they stand in."""

    sent: list[Entry] = field(default_factory=list)
    received: list[Entry] = field(default_factory=list)
    sent_jointly: float = 0.0
    received_jointly: float = 0.0


def list_entries(
    network: str,
    rows: Sequence[Partner],
    no_cells: Mapping[str, str],
    names: CellNames,
    decisions: Decisions,
) -> tuple[dict[str, list[Entry]], Covered]:
    """What counts of the lists of one reconstruction, by kind of edge, and which cells they cover.

    Of a connection that its two lists count differently the greater number is taken, with a 'differs' decision;
    so is one that only one list holds. Where the other cell has no list at all the decision is 'kept'. The entries of a
    connection are those of the list that counts.

    Args:
        network: uid that `/chemical` is added to.
        rows: as they stand in the file.
        no_cells: labels of the source that are known to be no cells, each with why it has no node; their rows
            become 'dropped' decisions.
        names: the cells.
        decisions: gets what was renamed, dropped, compared and merged.

    Raises:
        SourceError: labels that no cell has.
    """
    nodes = resolve_all(names, _labels(rows, no_cells), decisions)
    known = [row for row in rows if not _dropped(row, no_cells, decisions)]
    gap_junctions = [
        Entry(nodes[row.cell], nodes[row.partner], row.count, row.place)
        for row in known
        if row.role is Role.GAP_JUNCTION
    ]
    chemical = _of_both_lists(f"{network}/chemical", known, nodes, decisions)
    return {"chemical": chemical, "gap_junction": gap_junctions}, listed(set(nodes.values()))


def compare_lists(
    form: Sequence[Partner],
    published: Sequence[Partner],
    called: tuple[str, str],
    place: Place,
    no_cells: Collection[str],
    names: CellNames,
    decisions: Decisions,
) -> None:
    """Compares another form of a file with it: what each cell's list counts of each partner, by what it is to it.

    Args:
        form: rows of the other form.
        published: rows of the file that counts.
        called: what decisions call the form and the file; the latter without blanks.
        place: of the form.
        no_cells: labels that are known to be no cells; they are compared as they are written.
        names: the cells.
        decisions: gets what `reconcile` says, and a 'renamed' row per label of the form.

    Raises:
        SourceError: labels of the form that no cell has.
    """
    nodes = resolve_all(names, _labels(form, no_cells), decisions)
    others = resolve_all(names, _labels(published, no_cells), Decisions())
    here, there = _counts(form, nodes), _counts(published, others)
    for role in Role:
        if here[role] or there[role]:
            counted = {pair: found.weight for pair, found in there[role].items()}
            reference = Reference(f"{called[1]}/{role.name.lower()}", counted)
            reconcile(f"{called[0]}, {role.value}", here[role], reference, decisions, place, name_absent=True)


def _counts(rows: Sequence[Partner], nodes: Mapping[str, str]) -> dict[Role, dict[Pair, Found]]:
    """Contacts of each cell and partner by role, and the place of the first row that counts them."""
    found: dict[Role, dict[Pair, Found]] = defaultdict(dict)
    for row in rows:
        pair = nodes.get(row.cell, row.cell), nodes.get(row.partner, row.partner)
        before = found[row.role].get(pair, Found(0, row.place))
        found[row.role][pair] = Found(before.weight + row.count, before.place)
    return found


def whole_count(value: float, place: Place) -> float:
    """The value itself, if it counts contacts.

    Raises:
        SourceError: it is negative or no whole number.
    """
    if value < 0 or value != int(value):
        raise SourceError(f"holds {value:g}", "contacts are counted", place)
    return value


def _labels(rows: Sequence[Partner], no_cells: Collection[str]) -> Iterator[tuple[str, Place]]:
    for row in rows:
        for label, column in zip((row.cell, row.partner), row.columns, strict=True):
            if label not in no_cells:
                yield label, Place(row.place.file, row.place.sheet, row.place.row, column)


def _dropped(row: Partner, no_cells: Mapping[str, str], decisions: Decisions) -> bool:
    reasons = [no_cells[label] for label in (row.cell, row.partner) if label in no_cells]
    if not row.count:
        reasons.append("no contact is counted")
    if not reasons:
        return False
    decisions.add("dropped", row.label, f"{row.role.value}, {row.count:g}: {', '.join(reasons)}", row.place)
    return True


def _of_both_lists(
    network: str, rows: Sequence[Partner], nodes: Mapping[str, str], decisions: Decisions
) -> list[Entry]:
    """The entries that count, from pre to post."""
    owners = {nodes[row.cell] for row in rows}
    taken: list[Entry] = []
    repeated: dict[str, list[Entry]] = {"receiving": [], "sending": []}
    for pair in _pairs(rows, nodes).values():
        _compare(pair, owners, decisions)
        received_counts = _total(pair.received) > _total(pair.sent)
        taken.extend(pair.received if received_counts else pair.sent)
        repeated["sending" if received_counts else "receiving"].extend(pair.sent if received_counts else pair.received)
    _count_repeated(network, repeated, decisions)
    return taken


def _count_repeated(network: str, repeated: Mapping[str, list[Entry]], decisions: Decisions) -> None:
    """One decision for the entries of each side that the other side's list has, too."""
    for side, other in (("receiving", "sending"), ("sending", "receiving")):
        if entries := repeated[side]:
            place = entries[0].place
            reason = f"{len(entries)} entries of {side} cells are the synapses of the {other} cells; not added to them"
            decisions.add("merged", network, reason, Place(place.file, place.sheet))


def _pairs(rows: Sequence[Partner], nodes: Mapping[str, str]) -> dict[tuple[str, str], _Pair]:
    pairs: dict[tuple[str, str], _Pair] = defaultdict(_Pair)
    for row in rows:
        if row.role is Role.GAP_JUNCTION:
            continue
        jointly = row.count if row.role in _JOINT else 0.0
        cell, partner = nodes[row.cell], nodes[row.partner]
        if row.role in _RECEIVING:
            pair = pairs[partner, cell]
            pair.received.append(Entry(partner, cell, row.count, row.place))
            pair.received_jointly += jointly
        else:
            pair = pairs[cell, partner]
            pair.sent.append(Entry(cell, partner, row.count, row.place))
            pair.sent_jointly += jointly
    return pairs


def _compare(pair: _Pair, owners: Collection[str], decisions: Decisions) -> None:
    """A decision where the two lists do not say the same."""
    first = (pair.sent or pair.received)[0]
    sent, received = _total(pair.sent), _total(pair.received)
    if not pair.received or not pair.sent:
        owner, where = (first.target, "sent") if pair.sent else (first.source, "received")
        reason = f"only in the list of what is {where}; {max(sent, received):g} is taken"
        if owner not in owners:
            name = owner.rpartition("/")[2]
            decisions.add("kept", first.label, f"{reason}: {name} has no list to compare with", first.place)
        else:
            decisions.add("differs", first.label, reason, first.place)
    elif sent != received:
        reason = f"sent {sent:g}, received {received:g}; the greater is taken"
        decisions.add("differs", first.label, reason, first.place)
    elif pair.sent_jointly != pair.received_jointly:
        reason = (
            f"{sent:g} in both lists, but as sent {pair.sent_jointly:g} of them are onto several cells, "
            f"as received {pair.received_jointly:g}"
        )
        decisions.add("differs", first.label, reason, first.place)


def _total(entries: Sequence[Entry]) -> float:
    return sum(entry.weight for entry in entries)
