"""Lists of nodes, edges and annotations: CSV for spreadsheets, Parquet and Feather for programs.

CSV has no nulls and no lists: an empty cell is null (no text of ours is empty), a list is JSON text, NaN is `NaN`.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from graphdb.exchange.compact import compact, restored, scalars
from graphdb.exchange.split import node_split
from graphdb.exchange.subgraph import Subgraph, edge_columns
from schemas import tables


def write_csv(graph: Subgraph, folder: Path) -> None:
    """`nodes.csv`, `edges.csv`, and `annotations.csv` where there are any: UTF-8, quoted where needed."""
    for name, frame in graph.lists.items():
        scalars(compact(frame)).write_csv(folder / f"{name}.csv", quote_style="non_numeric")


def read_csv(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both lists, typed."""
    return _csv(folder / "nodes.csv", tables.columns("node")), _csv(folder / "edges.csv", edge_columns())


def _csv(path: Path, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    plain = {name: pl.String() if isinstance(dtype, pl.List) else dtype for name, dtype in schema.items()}
    header = pl.read_csv(path, n_rows=0).columns
    return restored(pl.read_csv(path, schema={name: plain[name] for name in header}), schema)


def write_parquet(graph: Subgraph, folder: Path) -> None:
    """`nodes.parquet`, `edges.parquet`, and `annotations.parquet` where there are any."""
    for name, frame in graph.lists.items():
        compact(frame).write_parquet(folder / f"{name}.parquet")


def write_pyg(graph: Subgraph, folder: Path) -> None:
    """The same with `split.parquet`: uid, part, and the rule that keeps nodes together."""
    write_parquet(graph, folder)
    rule, split = node_split(graph.nodes)
    split.with_columns(rule=pl.lit(rule.value)).write_parquet(folder / "split.parquet")


def read_parquet(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both lists with all columns."""
    nodes, edges = pl.read_parquet(folder / "nodes.parquet"), pl.read_parquet(folder / "edges.parquet")
    return restored(nodes, tables.columns("node")), restored(edges, edge_columns())


def write_feather(graph: Subgraph, folder: Path) -> None:
    """`nodes.feather`, `edges.feather`, and `annotations.feather` where there are any: for pandas, R and Arrow."""
    for name, frame in graph.lists.items():
        compact(frame).write_ipc(folder / f"{name}.feather", compression="zstd", compat_level=pl.CompatLevel.oldest())


def read_feather(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both lists with all columns."""
    nodes, edges = (pl.read_ipc(folder / f"{name}.feather") for name in ("nodes", "edges"))
    return restored(nodes, tables.columns("node")), restored(edges, edge_columns())
