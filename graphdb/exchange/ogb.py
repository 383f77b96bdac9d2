"""A folder laid out as the Open Graph Benchmark lays out its raw graphs: numbered nodes, edge list, features, split.

raw/edge.csv.gz             from, to: an undirected edge stands once
raw/num-node-list.csv.gz, raw/num-edge-list.csv.gz
raw/node-feat.csv.gz        numbers of the nodes: positions; absent where there are none
raw/edge-feat.csv.gz        weight, and the numbers that the kinds have
raw/edge_reltype.csv.gz     index into mapping/relidx2kind.csv.gz
split/<rule>/train.csv.gz, valid.csv.gz, test.csv.gz   indices of nodes
mapping/nodeidx2uid.csv.gz, mapping/relidx2kind.csv.gz
"""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl

from graphdb.exchange.split import PARTS, node_split
from graphdb.exchange.subgraph import Subgraph
from schemas import tables

_NODE_FEATURES = [c for c, dtype in tables.columns("node").items() if dtype.is_float()]


def write_ogb(graph: Subgraph, folder: Path) -> None:
    """Write the folder; the split is by space, class or node (see `node_split`)."""
    place = graph.nodes.select(uid="uid", index=pl.int_range(pl.len(), dtype=pl.Int64))
    edges = graph.edges.join(place.rename({"uid": "source", "index": "from"}), on="source", maintain_order="left")
    edges = edges.join(place.rename({"uid": "target", "index": "to"}), on="target", maintain_order="left")
    raw, mapping = folder / "raw", folder / "mapping"
    _write(edges.select("from", "to"), raw / "edge.csv.gz", header=False)
    for name, count in (("node", graph.nodes.height), ("edge", edges.height)):
        _write(pl.DataFrame({"n": [count]}), raw / f"num-{name}-list.csv.gz", header=False)
    _write(_numbers(graph.nodes, _NODE_FEATURES), raw / "node-feat.csv.gz")
    floats = [c for c, dtype in edges.schema.items() if dtype.is_numeric() and c not in ("from", "to")]
    _write(_numbers(edges, floats), raw / "edge-feat.csv.gz")
    kinds = pl.DataFrame({"kind": sorted(set(edges.get_column("kind")))}, schema={"kind": pl.String})
    numbered = kinds.with_columns(index=pl.int_range(pl.len(), dtype=pl.Int64))
    types = edges.select("kind", "directed", "network").join(numbered, on="kind", maintain_order="left")
    _write(types.select("index", "directed", "network"), raw / "edge_reltype.csv.gz")
    _write(numbered.select("index", "kind"), mapping / "relidx2kind.csv.gz")
    _write(place.select("index", "uid"), mapping / "nodeidx2uid.csv.gz")
    rule, split = node_split(graph.nodes)
    _write_split(folder / "split" / rule.value, split.join(place, on="uid", maintain_order="left"))


def read_ogb(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, pl.Series]]:
    """Nodes (uid and features), edges (from, to, kind, directed, network and features), indices of each part."""
    raw, mapping = folder / "raw", folder / "mapping"
    uid = pl.read_csv(mapping / "nodeidx2uid.csv.gz", schema={"index": pl.Int64(), "uid": pl.String()})
    kinds = pl.read_csv(mapping / "relidx2kind.csv.gz", schema={"index": pl.Int64(), "kind": pl.String()})
    types = pl.read_csv(
        raw / "edge_reltype.csv.gz", schema={"index": pl.Int64(), "directed": pl.Boolean(), "network": pl.String()}
    )
    ends = pl.read_csv(
        raw / "edge.csv.gz", has_header=False, schema={"from": pl.Int64(), "to": pl.Int64()}, raise_if_empty=False
    )
    edges = pl.concat([ends, types.join(kinds, on="index", maintain_order="left").drop("index")], how="horizontal")
    frames = [(uid, raw / "node-feat.csv.gz"), (edges, raw / "edge-feat.csv.gz")]
    nodes, edges = (
        pl.concat([f, pl.read_csv(p, infer_schema_length=None)], how="horizontal") if p.is_file() else f
        for f, p in frames
    )
    (rule,) = (p.name for p in (folder / "split").iterdir())
    split = {
        part: pl.read_csv(
            folder / "split" / rule / f"{name}.csv.gz", has_header=False, schema={"i": pl.Int64()}, raise_if_empty=False
        )["i"]
        for part, name in zip(PARTS, ("train", "valid", "test"), strict=True)
    }
    return nodes, edges, split


def _numbers(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    return frame.select(c for c in columns if frame.get_column(c).null_count() < frame.height)


def _write_split(folder: Path, split: pl.DataFrame) -> None:
    for part, name in zip(PARTS, ("train", "valid", "test"), strict=True):
        _write(
            split.filter(pl.col("part") == part).select("index").sort("index"), folder / f"{name}.csv.gz", header=False
        )


def _write(frame: pl.DataFrame, path: Path, *, header: bool = True) -> None:
    """A table without columns is no file."""
    if frame.width:
        path.parent.mkdir(parents=True, exist_ok=True)
        with gzip.GzipFile(path, "wb", mtime=0) as file:
            file.write(frame.write_csv(include_header=header).encode())
