"""What homogenisation did to a dataset, counted from its published tables: labels, traces, comparisons, decisions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from graphdb.counts import ACTIONS, NetworkCounts, network_counts
from graphdb.lake import Lake, Manifest
from schemas.errors import Place
from schemas.kinds import EDGE_KINDS
from schemas.reasons import Comparison, read_compared, read_resolved

LABELS = ("exact", "padded", "alias", "renamed", "guessed")
MATCHES = ("exact", "padded", "alias", "ambiguous", "duplicate", "unlabelled")
_NAMED = ("padded", "alias")  # the ways of `read_resolved` that have a count of their own
_GAP = "…"
_VARIES = re.compile(r"'[^']*'|[^\s,;:()]*\d[^\s,;:()]*|(?<=column )[A-Z]{1,2}\b")
_REPEATED = re.compile(rf"{_GAP}(?:(?:, | and | or | ){_GAP})+")
_CAPITALS = 2  # a word of an item with as many is a label: AVAL, NMJ


@dataclass(frozen=True)
class Compared:
    """A form of a source against a published network: what was compared, where it stands, and how many pairs agree."""

    item: str
    network: str
    pairs: Comparison
    place: Place


@dataclass(frozen=True)
class Reason:
    """Decisions of one action and wording; … stands for what differs among them, item and place are of the first."""

    action: str
    n: int
    wording: str
    item: str
    place: Place


@dataclass(frozen=True)
class Reconciliation:
    """What became of the rows of a dataset.

    `labels` counts how labels became nodes of a node set that the dataset did not make: exact is the cells with an
    edge or a statement that no other spelling named; padded, alias, renamed (other ways) and guessed are labels. Empty
    where the dataset has nodes of its own. `traces` counts the traces of its recordings by match, `actions` all its
    decisions. Only what occurs has an entry.
    """

    dataset: str
    version: str
    networks: tuple[NetworkCounts, ...]
    labels: dict[str, int]
    traces: dict[str, int]
    actions: dict[str, int]
    compared: tuple[Compared, ...]
    reasons: tuple[Reason, ...]

    @property
    def decisions(self) -> int:
        return sum(self.actions.values())


def reconciliation(lake: Lake, manifest: Manifest) -> Reconciliation:
    """The report of one version, from its tables alone.

    Args:
        lake: where it is; large tables are read column by column.
        manifest: the version.

    Raises:
        LakeError: a table cannot be read.
    """
    decision = lake.read(manifest.dataset, "decision", manifest.version)
    names = _names(lake, manifest)
    actions = Counter(decision.get_column("action"))
    return Reconciliation(
        dataset=manifest.dataset,
        version=manifest.version,
        networks=tuple(network_counts(lake, [manifest])),
        labels={} if _has_nodes(manifest) else _labels(decision, names, manifest),
        traces=_traces(lake, manifest),
        actions={action: actions[action] for action in ACTIONS if actions[action]},
        compared=tuple(_compared(decision)),
        reasons=tuple(_reasons(decision, names)),
    )


def _has_nodes(manifest: Manifest) -> bool:
    return "node" in manifest.rows


def _names(lake: Lake, manifest: Manifest) -> set[str]:
    """Names of the nodes of other datasets that have an edge or a statement here."""
    if _has_nodes(manifest):
        return set()
    ends = [(kind, end) for kind in EDGE_KINDS if kind in manifest.rows for end in ("source", "target")]
    held = [*ends, *([("annotation", "node")] if "annotation" in manifest.rows else [])]
    found: set[str] = set()
    for table, column in held:
        uids = lake.scan(manifest.dataset, table, manifest.version).select(pl.col(column).unique()).collect()
        found |= {uid.rpartition("/")[2] for uid in uids.to_series() if uid is not None}
    return found


def _labels(decision: pl.DataFrame, names: set[str], manifest: Manifest) -> dict[str, int]:
    spelled: dict[str, set[str]] = {how: set() for how in LABELS}
    renamed: set[str] = set()
    for action, item, reason in decision.select("action", "item", "reason").iter_rows():
        resolved = read_resolved(reason) if action == "renamed" else None
        if resolved:
            renamed.add(resolved.name)
            spelled[resolved.how if resolved.how in _NAMED else "renamed"].add(item)
        elif action == "guessed" and not item.startswith(f"{manifest.dataset}/"):
            spelled["guessed"].add(item)
    spelled["exact"] = names - renamed
    return {how: len(labels) for how, labels in spelled.items() if labels}


def _traces(lake: Lake, manifest: Manifest) -> dict[str, int]:
    trace = lake.scan(manifest.dataset, "trace", manifest.version).group_by("match").agg(pl.len()).collect()
    counted = dict(trace.iter_rows())
    return {match: counted[match] for match in MATCHES if match in counted}


def _compared(decision: pl.DataFrame) -> Iterator[Compared]:
    for row in decision.iter_rows(named=True):
        found = read_compared(row["reason"])
        if found:
            yield Compared(row["item"], *found, _place(row))


def _reasons(decision: pl.DataFrame, names: Iterable[str]) -> list[Reason]:
    """Decisions by action and wording, the most frequent first; summaries of comparisons stand apart."""
    files = sorted(decision.get_column("file").unique(), key=len, reverse=True)
    labels = {word for item in decision.get_column("item") for word in re.split(r"[\s,]+", item) if _is_label(word)}
    known = {*names, *labels}
    n: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], dict[str, object]] = {}
    for row in decision.iter_rows(named=True):
        if read_compared(row["reason"]):
            continue
        key = row["action"], wording(row["reason"], files, known)
        n[key] += 1
        first.setdefault(key, row)
    order = sorted(n, key=lambda key: (ACTIONS.index(key[0]), -n[key]))
    return [Reason(key[0], n[key], key[1], str(first[key]["item"]), _place(first[key])) for key in order]


def wording(reason: str, files: Iterable[str], labels: Iterable[str]) -> str:
    """A reason without what differs from one row to the next: files, quoted texts, words with a digit, labels.

    Args:
        reason: of a decision.
        files: names of the source's files, the longest first.
        labels: names of cells and the like.
    """
    for file in files:
        reason = reason.replace(file, _GAP)
    known = labels if isinstance(labels, set) else set(labels)
    words = [_GAP if word.strip(".,;:()?") in known else word for word in _VARIES.sub(_GAP, reason).split(" ")]
    return _REPEATED.sub(_GAP, " ".join(words))


def _is_label(word: str) -> bool:
    return sum(letter.isupper() for letter in word) >= _CAPITALS


def _place(row: dict[str, object]) -> Place:
    return Place(row["file"], row["sheet"], row["row"], row["column"])  # type: ignore[arg-type]
