"""One node: who it is, its partners (from the graph), its matrix and traces (from the lake)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboard.state import NeuronState
from dashboard.stores import Stores
from graphdb.named.catalog import run_named
from schemas.kinds import EDGE_KINDS

MAX_PARTNERS = 2_000
MAX_DRAWN = 30


@dataclass(frozen=True)
class Choices:
    """What can be chosen for a node: datasets that connect it, matrices and recordings that hold it."""

    datasets: tuple[str, ...]
    kinds: tuple[str, ...]
    matrices: tuple[str, ...]
    recordings: tuple[str, ...]


def found_nodes(stores: Stores, state: NeuronState) -> list[dict[str, Any]]:
    """Nodes of that name, alias or class; exact names first.

    Raises:
        QueryError: nothing has that name; with suggestions.
    """
    rows = run_named(stores.graph, "neuron", {"name": state.name}).rows()
    if state.node_set:
        rows = [r for r in rows if r["node_set"] == state.node_set] or rows
    return sorted(rows, key=lambda r: (r["name"] != state.name, str(r["name"])))


def choices(stores: Stores, node: dict[str, Any]) -> Choices:
    """What the graph holds around a node."""
    weighted = [k for k in EDGE_KINDS.values() if k.name != "vessel"]
    found: dict[str, set[str]] = {}
    for kind in weighted:
        answer = stores.graph.read(
            f"MATCH (a)-[r:`{kind.type}`]-() WHERE a.uid = $uid RETURN DISTINCT r.dataset AS dataset",
            {"uid": node["uid"]},
        )
        for row in answer.rows():
            found.setdefault(row["dataset"], set()).add(kind.name)
    recordings = stores.graph.read(
        "MATCH (a)-[:RECORDED_IN]->(r:Recording) WHERE a.uid = $uid RETURN r.uid AS uid ORDER BY uid",
        {"uid": node["uid"]},
        row_limit=1_000,
    )
    networks = stores.graph.read(
        "MATCH (n:Network) WHERE n.node_set = $node_set AND n.kind = 'functional' RETURN n.uid AS uid ORDER BY uid",
        {"node_set": node["node_set"]},
        row_limit=1_000,
    )
    kinds = {k for of_dataset in found.values() for k in of_dataset}
    return Choices(
        tuple(sorted(found)),
        tuple(k.name for k in weighted if k.name in kinds),
        tuple(r["uid"] for r in networks.rows()),
        tuple(r["uid"] for r in recordings.rows()),
    )


@dataclass(frozen=True)
class Absence:
    """Networks of one kind without an edge of a node, by what that means."""

    imaged: tuple[str, ...]
    not_imaged: tuple[str, ...]


def absence(stores: Stores, kind: str, node: dict[str, Any]) -> Absence:
    """Networks whose sources say what they cover and that have no edge of a node: known to have none, or not imaged."""
    given = {"kind": kind, "node_set": node["node_set"], "uid": node["uid"]}
    of_kind = "w.kind = $kind AND w.node_set = $node_set"

    def networks(pattern: str, where: str) -> set[str]:
        cypher = f"MATCH {pattern} WHERE {where} RETURN DISTINCT w.uid AS uid"
        used = {name: value for name, value in given.items() if f"${name}" in cypher}
        return {row["uid"] for row in stores.graph.read(cypher, used, row_limit=10_000).rows()}

    speaking = networks("()-[:COVERED_BY]->(w:Network)", of_kind)
    covering = networks("(n)-[:COVERED_BY]->(w:Network)", f"{of_kind} AND n.uid = $uid")
    edges = stores.graph.read(
        f"MATCH (a)-[r:`{EDGE_KINDS[kind].type}`]-() WHERE a.uid = $uid RETURN DISTINCT r.network AS network",
        {"uid": node["uid"]},
        row_limit=10_000,
    )
    connected = {row["network"] for row in edges.rows()}
    return Absence(tuple(sorted(covering - connected)), tuple(sorted(speaking - covering)))


def partners(stores: Stores, state: NeuronState, node: dict[str, Any]) -> list[dict[str, Any]]:
    """Partners, strongest first, each with its direction."""
    kind = EDGE_KINDS[state.kind]
    directions = ("out", "in") if kind.directed and state.direction == "both" else (state.direction,)
    rows: list[dict[str, Any]] = []
    for direction in directions:
        given: dict[str, object] = {"neuron": node["name"], "kind": state.kind, "min_weight": state.least}
        given["direction"] = "out" if direction == "both" else direction
        if state.dataset:
            given["dataset"] = state.dataset
        answer = run_named(stores.graph, "partners", given, row_limit=MAX_PARTNERS)
        shown = direction if kind.directed else "—"
        rows += [{"direction": shown, **row} for row in answer.rows()]
    same = [r for r in rows if str(r["uid"]).startswith(f"{node['node_set']}/")]
    return sorted(same, key=lambda r: (-r["weight"], r["partner"]))


def adjacency(stores: Stores, state: NeuronState, node: dict[str, Any], rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Edges among the node and its strongest partners: source, target, weight."""
    names = list(dict.fromkeys([node["name"], *(r["partner"] for r in rows)]))[: MAX_DRAWN + 1]
    given: dict[str, object] = {"names": names, "hops": 0, "kinds": state.kind, "min_weight": state.least}
    if state.dataset:
        given["dataset"] = state.dataset
    frame = run_named(stores.graph, "subgraph", given, row_limit=20_000).to_polars()
    if frame.is_empty():
        return pl.DataFrame(schema={"source": pl.String, "target": pl.String, "weight": pl.Float64})
    inside = pl.col("source_uid").str.starts_with(node["node_set"]) & pl.col("source").is_in(names)
    kept = frame.filter(inside & pl.col("target").is_in(names))
    return kept.group_by("source", "target").agg(pl.col("weight").sum()).sort("source", "target")


def matrix(stores: Stores, network: str) -> tuple[list[str], pl.DataFrame] | None:
    """Names and rows of a network's whole matrix, from the lake; None where the lake has none."""
    dataset = "/".join(network.split("/")[:2])
    manifest = stores.lake.manifest(dataset)
    if "matrix" not in manifest.files:
        return None
    rows = pl.scan_parquet(stores.lake.path(manifest, "matrix")).filter(pl.col("network") == network)
    frame = rows.sort("row").collect()
    if frame.is_empty():
        return None
    return [str(uid).rsplit("/", 1)[-1] for uid in frame["node"]], frame


def trace(stores: Stores, recording: str, uid: str) -> tuple[dict[str, Any], pl.DataFrame] | None:
    """A recording's description and the node's trace in it (time_s, value), from the lake."""
    dataset = "/".join(recording.split("/")[:2])
    manifest = stores.lake.manifest(dataset)
    if "trace" not in manifest.files:
        return None
    rows = pl.scan_parquet(stores.lake.path(manifest, "trace"))
    found = rows.filter((pl.col("recording") == recording) & (pl.col("node") == uid)).collect()
    about = stores.lake.read(dataset, "recording").filter(pl.col("uid") == recording)
    if found.is_empty() or about.is_empty():
        return None
    time, values = about["time_s"].to_list()[0], found["values"].to_list()[0]
    described = {**about.drop("time_s").row(0, named=True), "simulated": manifest.simulated}
    return described, pl.DataFrame({"time_s": time, "value": values})


def is_simulated(stores: Stores, reference: str) -> bool:
    """Whether the dataset that an id belongs to is simulated."""
    return bool(reference) and stores.lake.manifest("/".join(reference.split("/")[:2])).simulated
