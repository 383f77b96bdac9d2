"""From names as people write them to the nodes of a graph.

A name is, in this order, a uid, a name, an alias or a class, exactly as written; then any of them without regard to
case and to zeros before a number (vb1 is VB01). The first that fits decides, and all nodes that it fits are meant: a
name that stands in two node sets means both, and a uid means one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from difflib import get_close_matches
from typing import Any

from graphdb.named.cells import CELL_LABELS, Cell, Cells
from graphdb.store import DEFAULT_TIMEOUT_S, GraphStore
from schemas.errors import QueryError

MANY = 1_000_000
_NEAR = 2_000  # candidates for suggestions that are compared letter by letter
_FOUND = "n.uid AS uid, n.name AS name, '{label}' AS label, n.node_set AS node_set, n.`class` AS cell_class"


def resolved(store: GraphStore, criteria: Any, *, timeout_s: float = DEFAULT_TIMEOUT_S) -> Any:
    """The criteria with every field of type Cells looked up.

    Raises:
        QueryError: nothing in the graph is called so; the hint suggests names.
    """
    found = {}
    for field in fields(criteria):
        value = getattr(criteria, field.name)
        if isinstance(value, Cells):
            found[field.name] = resolve(store, value, timeout_s=timeout_s)
    return replace(criteria, **found) if found else criteria


def resolve(store: GraphStore, cells: Cells | str | Sequence[str], *, timeout_s: float = DEFAULT_TIMEOUT_S) -> Cells:
    """The nodes that names stand for.

    Args:
        store: the graph.
        cells: names; text is parted as `graphdb.named.cells.split_names` does, and at blanks where needed.
        timeout_s: seconds for each look-up.

    Raises:
        QueryError: nothing in the graph is called so; the hint suggests names.
    """
    wanted = cells if isinstance(cells, Cells) else Cells.of(cells)
    words = list(dict.fromkeys(word for name in wanted.names for word in (name, *name.split())))
    known = _look_up(store, words, wanted.labels, timeout_s)
    nodes: dict[str, Cell] = {}
    for name in wanted.names:
        for word in [name] if name in known else name.split():
            if word not in known:
                raise unknown(store, word, wanted.labels)
            nodes.update((cell.uid, cell) for cell in known[word])
    return replace(wanted, found=tuple(nodes.values()))


def unknown(store: GraphStore, name: str, labels: Sequence[str] = CELL_LABELS) -> QueryError:
    """The error for a name that nothing has, with the nearest names."""
    near = _nearest(store, name, labels)
    what = "nothing" if tuple(labels) == CELL_LABELS else f"no {' or '.join(labels)}"
    hint = f"did you mean {', '.join(near)}?" if near else "see `connectome query @neuron -p name=AVA`"
    return QueryError(f"{what} in the graph is called {name!r}", hint)


def _look_up(store: GraphStore, words: list[str], labels: Sequence[str], timeout_s: float) -> dict[str, list[Cell]]:
    known: dict[str, list[Cell]] = {}
    # A uid is found by the key of its table, in a millisecond; a name or alias needs a scan. Most names can be made
    # uids, since a uid is its node set and its name.
    sets = [] if all("/" in word for word in words) else _node_sets(store, timeout_s)
    guesses = {f"{prefix}{word}": word for word in words for prefix in ("", *(f"{s}/" for s in sets))}
    by_uid = " UNION ALL ".join(
        f"UNWIND $uids AS x MATCH (n:`{label}` {{uid: x}}) RETURN {_FOUND.format(label=label)}" for label in labels
    )
    answer = store.read(by_uid, {"uids": list(guesses)}, timeout_s=timeout_s, row_limit=MANY)
    for row in sorted(answer.rows(), key=lambda r: str(r["uid"])):
        known.setdefault(guesses[row["uid"]], []).append(Cell(**row))
    parts = [word for word in words if len(word.split()) > 1 and all(part in known for part in word.split())]
    rest = [word for word in words if word not in known and word not in parts]
    if rest:
        known |= _scan(store, rest, labels, timeout_s)
    return known


def _node_sets(store: GraphStore, timeout_s: float) -> list[str]:
    cypher = (
        "MATCH (n:Network) RETURN DISTINCT n.node_set AS s UNION MATCH (n:Recording) RETURN DISTINCT n.node_set AS s"
    )
    return sorted(row["s"] for row in store.read(cypher, timeout_s=timeout_s, row_limit=MANY).rows())


def _scan(store: GraphStore, words: list[str], labels: Sequence[str], timeout_s: float) -> dict[str, list[Cell]]:
    """Names, aliases and classes of all nodes beside the words, in one pass."""
    loose = {form: [word for word in words if form in _forms(word)] for word in words for form in _forms(word)}
    cypher = " UNION ALL ".join(
        f"MATCH (n:`{label}`) UNWIND [n.name, coalesce(n.`class`, n.name)] + n.aliases AS word "
        f"WITH n, word, lower(word) AS form UNWIND $forms AS x WITH n, word, form, x WHERE form = x "
        f"RETURN DISTINCT {_FOUND.format(label=label)}, word, form"
        for label in labels
    )
    answer = store.read(cypher, {"forms": list(loose)}, timeout_s=timeout_s, row_limit=MANY)
    ranked: dict[str, dict[int, dict[str, Cell]]] = {}
    for row in answer.rows():
        cell = Cell(row["uid"], row["name"], row["label"], row["node_set"], row["cell_class"])
        what = 0 if row["word"] == cell.name else 2 if row["word"] == cell.cell_class else 1
        for word in loose[row["form"]]:
            rank = what if row["word"] == word else 3
            ranked.setdefault(word, {}).setdefault(rank, {})[cell.uid] = cell
    return {word: [ranks[min(ranks)][uid] for uid in sorted(ranks[min(ranks)])] for word, ranks in ranked.items()}


def _forms(word: str) -> set[str]:
    """The word in lower case, with its number as it is, without leading zeros and with one or two of them."""
    lower = word.lower()
    match = re.fullmatch(r"([a-z_]+)(\d{1,3})([a-z]*)", lower)
    if match is None:
        return {lower}
    before, number, after = match.groups()
    return {lower, *(f"{before}{int(number):0{width}d}{after}" for width in (1, 2, 3))}


def _nearest(store: GraphStore, name: str, labels: Sequence[str]) -> list[str]:
    """Names like this one, among those that share a beginning or an end with it."""
    lower = name.lower()
    for length in range(min(3, len(lower)), 0, -1):
        found = _candidates(store, lower[:length], lower[-length:], labels)
        by_form = {each.lower(): each for each in sorted(found, reverse=True)}
        near = get_close_matches(lower, by_form, n=50, cutoff=0.5)
        if near:
            # Of names that are equally near, those that begin alike: a slip is more often at the end.
            alike = [(_shared_start(lower, each), -place, each) for place, each in enumerate(near)]
            return [by_form[each] for _, _, each in sorted(alike, reverse=True)[:5]]
    return []


def _shared_start(one: str, other: str) -> int:
    same = (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(same, min(len(one), len(other)))


def _candidates(store: GraphStore, first: str, last: str, labels: Iterable[str]) -> list[str]:
    found: list[str] = []
    for label in labels:
        cypher = (
            f"MATCH (n:`{label}`) WHERE lower(n.name) STARTS WITH $first OR lower(n.name) ENDS WITH $last "
            f"RETURN DISTINCT n.name AS name ORDER BY name LIMIT {_NEAR}"
        )
        answer = store.read(cypher, {"first": first, "last": last}, row_limit=_NEAR)
        found += [str(row["name"]) for row in answer.rows()]
    return found
