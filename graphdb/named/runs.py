"""Which run of a model a question is about."""

from __future__ import annotations

from difflib import get_close_matches

import polars as pl

from graphdb.named.definition import Reader, Statement
from schemas.errors import QueryError

_SHOWN = 8


def runs_statement(found: str) -> Statement:
    """Runs that found communities or states.

    Args:
        found: "Community" or "State".
    """
    cypher = (
        f"MATCH (f:`{found}`)-[:`FOUND_BY`]->(r:`Run`) "
        "RETURN DISTINCT r.uid AS uid, r.model AS model, r.published_at AS published_at ORDER BY uid"
    )
    return Statement(cypher, {})


def run_of(reader: Reader, found: str, run: str | None, model: str | None) -> str:
    """The run of that id, or the latest of a model, or the latest of all.

    Args:
        reader: what a plan reads with.
        found: what the run must have found, "Community" or "State".
        run: its id.
        model: name of its model, where no id is given.

    Raises:
        QueryError: there is none; the hint says which there are.
    """
    known = reader.rows(runs_statement(found))
    column = "uid" if run is not None else "model"
    wanted = run if run is not None else model
    meant = known if wanted is None else known.filter(pl.col(column) == wanted)
    if meant.height == 0:
        what = {"Community": "communities", "State": "states"}[found]
        names = known.get_column(column).unique().sort().to_list()
        near = get_close_matches(wanted or "", names, n=3, cutoff=0.4) or names[:_SHOWN]
        who = f"no {'run' if column == 'uid' else 'model'} called {wanted!r}" if wanted else "no run"
        raise QueryError(f"{who} found {what}", f"there are: {', '.join(near) or 'none in this graph'}")
    return str(meant.sort("published_at", "uid").row(-1, named=True)["uid"])
