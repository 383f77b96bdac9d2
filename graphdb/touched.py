"""Which versions of datasets the rows of an answer may come from."""

from __future__ import annotations

import threading
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass, field, replace
from weakref import WeakKeyDictionary

import pyarrow as pa
import pyarrow.compute as pc

from graphdb.answer import Answer
from graphdb.graph_model import RELATIONSHIP_TYPES
from graphdb.store import GraphStore
from graphdb.versions.provenance import ABOUT, Provenance
from schemas.errors import QueryError
from schemas.kinds import EDGE_KINDS

_TIMEOUT_S = 600.0
_MANY = 1_000_000
_KINDS = {kind.type: name for name, kind in EDGE_KINDS.items()} | {"CHEMICAL_IN": "chemical"}
_HELD = f"""
MATCH (d:Dataset) WHERE d.uid IN $datasets
RETURN d.uid AS dataset, d.version AS version, d.content_hash AS content_hash, d.published_at AS published_at,
    {", ".join(f"d.{name} AS {name}" for name in ABOUT)}
"""


@dataclass
class _Known:
    """What is known of one state of a graph."""

    revision: Hashable
    held: dict[str, Provenance]
    brought: dict[str, frozenset[str]] = field(default_factory=dict)


_known: WeakKeyDictionary[GraphStore, _Known] = WeakKeyDictionary()
_guard = threading.Lock()


def cited(
    store: GraphStore,
    answer: Answer,
    names: Collection[str] | None,
    datasets: Collection[str] | None = None,
    also: Collection[str] = (),
) -> Answer:
    """The answer with the versions of datasets that it may come from.

    They are the datasets that the query restricts itself to; else those that a column `dataset` of the whole answer
    names; else all that brought any label or type that the query names.

    Args:
        store: that gave it.
        answer: rows.
        names: labels and types that the query names; None where it may touch anything.
        datasets: ids that the query restricts itself to, or None where it does not.
        also: labels and types that it reads whichever dataset brought them.
    """
    known = _of(store)
    found = datasets if datasets is not None else _in_column(answer, known)
    if found is None:
        found = known.held if names is None else set().union(*(_brought(store, known, name) for name in names))
    whole = set(found).union(*(_brought(store, known, name) for name in also))
    return replace(answer, datasets=tuple(p for uid, p in known.held.items() if uid in whole))


def provenance_of_graph(store: GraphStore, datasets: Iterable[str]) -> tuple[Provenance, ...]:
    """What the graph says of datasets (ids) that it holds, where no lake is at hand.

    Raises:
        QueryError: the graph does not hold one of them.
    """
    wanted = list(dict.fromkeys(datasets))
    found = {row["dataset"]: row for row in store.read(_HELD, {"datasets": wanted}, row_limit=len(wanted) + 1).rows()}
    if absent := [uid for uid in wanted if uid not in found]:
        raise QueryError(f"the graph does not hold {', '.join(absent)}", "`connectome project` brings it up to date")
    return tuple(Provenance(**found[uid]) for uid in wanted)


def _of(store: GraphStore) -> _Known:
    revision = store.revision()
    with _guard:
        known = _known.get(store)
    if known is None or known.revision != revision:
        held = provenance_of_graph(store, sorted(store.held()))
        known = _Known(revision, {p.dataset: p for p in held})
        with _guard:
            _known[store] = known
    return known


def _in_column(answer: Answer, known: _Known) -> Iterable[str] | None:
    """The datasets that the rows themselves name, where they name nothing else and none are missing."""
    if answer.truncated or not answer.table.num_rows or "dataset" not in answer.columns:
        return None
    column = answer.table.column("dataset")
    if not _is_text(column.type) or column.null_count:
        return None
    found = set(pc.unique(column).to_pylist())
    return found if found <= known.held.keys() else None


def _is_text(type_: pa.DataType) -> bool:
    """Whether a column holds texts, in whichever of Arrow's layouts: Polars' answers have another than the stores'."""
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_string_view(type_))


def _brought(store: GraphStore, known: _Known, name: str) -> frozenset[str]:
    """Datasets that brought nodes of a label or relationships of a type."""
    if name not in known.brought:
        cypher, parameters = _asking(name)
        rows = store.read(cypher, parameters, timeout_s=_TIMEOUT_S, row_limit=_MANY).rows()
        known.brought[name] = frozenset(row["dataset"] for row in rows)
    return known.brought[name]


def _asking(name: str) -> tuple[str, dict[str, object]]:
    if name in _KINDS:
        # Networks are few, their edges are many.
        return "MATCH (n:Network) WHERE n.kind = $kind RETURN DISTINCT n.dataset AS dataset", {"kind": _KINDS[name]}
    if name in RELATIONSHIP_TYPES:
        return f"MATCH ()-[r:`{name}`]->() RETURN DISTINCT r.dataset AS dataset", {"_": 0}
    by = "uid" if name == "Dataset" else "dataset"
    return f"MATCH (n:`{name}`) RETURN DISTINCT n.`{by}` AS dataset", {"_": 0}
