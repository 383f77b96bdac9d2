"""Time in each state of a recording, with the cells that were recorded and the connections among them."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.connectomes import DIGITS, REFERENCE, Network, only_network, total, typed
from graphdb.named.definition import REAL, TEXT, WHOLE, Column, NamedQuery, Reader, Statement, edge_type
from graphdb.named.runs import run_of
from graphdb.named.similarity import KINDS
from schemas.errors import QueryError

_SHOWN = 8
_INTERVAL: dict[str, pl.DataType] = {"recording": TEXT, "state": TEXT, "duration_s": REAL, "probability": REAL}
_EDGE: dict[str, pl.DataType] = {"source_uid": TEXT, "target_uid": TEXT, "weight": REAL}


@dataclass(frozen=True)
class StateTimeCriteria:
    """Criteria of @state-time."""

    run: str | None = field(default=None, metadata={"help": "id of a run that found states; by default the latest"})
    model: str | None = field(default=None, metadata={"help": "model whose latest run is used, where no run is named"})
    recording: str | None = field(default=None, metadata={"help": "id of a recording, instead of all"})
    structure: str | None = field(
        default=None, metadata={"help": f"connectome whose edges among the recorded cells to count: {REFERENCE}"}
    )
    kind: str = field(default="chemical", metadata={"help": "kind of those edges", "choices": KINDS})


def intervals(run: str) -> Statement:
    """All intervals that a run assigns to states."""
    cypher = (
        "MATCH (q:`Recording`)-[i:`IN_STATE`]->(s:`State`) WHERE i.run = $run "
        "RETURN q.uid AS recording, s.name AS state, i.duration_s AS duration_s, i.probability AS probability"
    )
    return Statement(cypher, {"run": run})


def recorded(recordings: list[str]) -> Statement:
    """The cells that recordings have a trace of."""
    cypher = (
        "MATCH (n)-[t:`RECORDED_IN`]->(q:`Recording`) WHERE q.uid IN $recordings "
        "RETURN DISTINCT q.uid AS recording, n.uid AS uid, n.name AS name"
    )
    return Statement(cypher, {"recordings": recordings})


def edges_among(network: Network, uids: list[str]) -> Statement:
    """Edges of a network whose two ends are among some cells."""
    cypher = (
        f"MATCH (a)-[r:`{edge_type(network.kind)}`]->(b) WHERE r.network = $network AND a.uid IN $uids "
        "AND b.uid IN $uids RETURN a.uid AS source_uid, b.uid AS target_uid, r.weight AS weight"
    )
    return Statement(cypher, {"network": network.uid, "uids": uids})


def time_in_states(found: pl.DataFrame) -> pl.DataFrame:
    """Sums over the intervals of each recording and state.

    Args:
        found: recording, state, duration_s, probability of each interval.

    Returns:
        recording, state, n_intervals, total_s, share, mean_s, longest_s, probability.
    """
    # In one order, so that sums have the same last bits on every store.
    ordered = found.sort("recording", "state", "duration_s", "probability")
    summed = ordered.group_by("recording", "state", maintain_order=True).agg(
        n_intervals=pl.len().cast(pl.Int64),
        total_s=total("duration_s"),
        longest_s=pl.col("duration_s").max(),
        probability=pl.col("probability").mean().round_sig_figs(DIGITS),
    )
    whole = pl.col("total_s").sum().over("recording")
    return summed.with_columns(
        share=pl.when(whole > 0).then((pl.col("total_s") / whole).round_sig_figs(DIGITS)),
        mean_s=(pl.col("total_s") / pl.col("n_intervals")).round_sig_figs(DIGITS),
    )


def connections(edges: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """Edges among the cells of each recording.

    Args:
        edges: source_uid, target_uid, weight.
        cells: recording, uid.
    """
    ends = [cells.select("recording", pl.col("uid").alias(end)) for end in ("source_uid", "target_uid")]
    inside = edges.join(ends[0], on="source_uid").join(ends[1], on=["recording", "target_uid"])
    return inside.group_by("recording").agg(n_connections=pl.len().cast(pl.Int64), weight=total("weight"))


def _plan(criteria: StateTimeCriteria, reader: Reader) -> pl.DataFrame:
    run = run_of(reader, "State", criteria.run, criteria.model)
    found = _of_recording(typed(reader.rows(intervals(run)), _INTERVAL), criteria.recording, run)
    times = time_in_states(found)
    names = times.get_column("recording").unique().sort().to_list()
    cells = typed(reader.rows(recorded(names)), dict.fromkeys(("recording", "uid", "name"), TEXT))
    named = (
        cells.sort("recording", "name", "uid")
        .group_by("recording", maintain_order=True)
        .agg(n_cells=pl.len().cast(pl.Int64), cells=pl.col("name").str.join(","))
    )
    answer = times.join(named, on="recording", how="left").with_columns(pl.col("n_cells").fill_null(0), run=pl.lit(run))
    order = ["recording", "total_s", "state"]
    joined = _with_structure(criteria, reader, answer, cells).sort(order, descending=[False, True, False])
    return joined.select(c.name for c in _COLUMNS)


def _of_recording(found: pl.DataFrame, recording: str | None, run: str) -> pl.DataFrame:
    if recording is None:
        return found
    kept = found.filter(pl.col("recording") == recording)
    if kept.height == 0:
        names = ", ".join(found.get_column("recording").unique().sort()[:_SHOWN])
        raise QueryError(f"run {run} has no recording called {recording!r}", f"it has: {names}")
    return kept


def _with_structure(
    criteria: StateTimeCriteria, reader: Reader, answer: pl.DataFrame, cells: pl.DataFrame
) -> pl.DataFrame:
    if criteria.structure is None:
        return answer.with_columns(n_connections=pl.lit(None, pl.Int64), weight=pl.lit(None, pl.Float64))
    network = only_network(reader, criteria.structure, criteria.kind)
    uids = cells.get_column("uid").unique().sort().to_list()
    counted = connections(typed(reader.rows(edges_among(network, uids)), _EDGE), cells)
    return answer.join(counted, on="recording", how="left").with_columns(pl.col("n_connections", "weight").fill_null(0))


_COLUMNS = (
    Column("recording", TEXT, "the recording"),
    Column("state", TEXT, "the state"),
    Column("n_intervals", WHOLE, "how often it was entered"),
    Column("total_s", REAL, "time in it"),
    Column("share", REAL, "of the time that the run assigns to a state in this recording"),
    Column("mean_s", REAL, "mean length of an interval"),
    Column("longest_s", REAL, "length of the longest"),
    Column("probability", REAL, "mean posterior of its intervals"),
    Column("n_cells", WHOLE, "cells, regions, channels or units that the recording has a trace of"),
    Column("cells", TEXT, "their names"),
    Column("n_connections", WHOLE, "edges of the connectome among them; null where no structure is named"),
    Column("weight", REAL, "summed weight of those"),
    Column("run", TEXT, "the run that found the states"),
)

STATE_TIME = NamedQuery(
    "state-time",
    "Time in each state that a model found, recording by recording, with the cells recorded",
    StateTimeCriteria,
    lambda criteria, _dialect: intervals(criteria.run or ""),
    {"run": "simulate/spikes/truth"},
    columns=_COLUMNS,
    about="Traces that no one identified belong to no cell and are not counted.",
    plan=_plan,
)
