"""All named queries, and running one."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from graphdb.answer import Answer
from graphdb.named.communities import COMMUNITIES, PARTNER_COMMUNITIES
from graphdb.named.datasets import DATASETS
from graphdb.named.definition import NamedQuery
from graphdb.named.neuron import NEURON
from graphdb.named.partners import PARTNERS
from graphdb.named.subgraph import SUBGRAPH
from graphdb.store import DEFAULT_ROW_LIMIT, DEFAULT_TIMEOUT_S, GraphStore
from schemas.errors import QueryError, UsageError

NAMED: dict[str, NamedQuery] = {
    q.name: q for q in (PARTNERS, NEURON, DATASETS, SUBGRAPH, COMMUNITIES, PARTNER_COMMUNITIES)
}


def run_named(
    store: GraphStore,
    name: str,
    parameters: Mapping[str, object] | None = None,
    *,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    row_limit: int = DEFAULT_ROW_LIMIT,
) -> Answer:
    """Run a named query.

    Raises:
        UsageError: no query has that name, or a parameter is wrong.
        QueryError: a cell that a parameter names is not in the graph; the message suggests names.
    """
    if name not in NAMED:
        raise UsageError(f"there is no named query @{name}", f"there are: {', '.join('@' + n for n in NAMED)}")
    named = NAMED[name]
    criteria = named.parse(parameters or {})
    statement = named.build(criteria, store.dialect)
    used = statement.parameters or {"_": 0}
    answer = store.read(statement.cypher, used, timeout_s=timeout_s, row_limit=row_limit)
    if answer.table.num_rows == 0:
        _explain_nothing(store, statement.parameters)
    return answer


def node_names(store: GraphStore) -> list[str]:
    """Names of all cells, regions, channels and units, sorted; vessel nodes have numbers only."""
    names: set[str] = set()
    for label in ("Neuron", "Muscle", "Cell", "Region", "Channel", "Unit"):
        answer = store.read(f"MATCH (n:`{label}`) RETURN DISTINCT n.name AS name", row_limit=1_000_000)
        names.update(row["name"] for row in answer.rows())
    return sorted(names)


def _explain_nothing(store: GraphStore, parameters: Mapping[str, object]) -> None:
    """An empty answer because nobody has that name is an error; an empty answer otherwise is an answer."""
    for key in ("neuron", "name", "names"):
        wanted = parameters.get(key)
        for name in wanted if isinstance(wanted, list) else [wanted] if wanted else []:
            found = store.read(NEURON.build(NEURON.parse({"name": name}), store.dialect).cypher, {"name": name})
            if found.table.num_rows == 0:
                near = get_close_matches(str(name).upper(), node_names(store), n=5, cutoff=0.5)
                hint = f"did you mean {', '.join(near)}?" if near else "see `connectome query @neuron -p name=AVA`"
                raise QueryError(f"nothing in the graph is called {name!r}", hint)
