"""Edge lists of any origin: CSV, Feather and Parquet files that a mapping file describes become a dataset."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl

from ingest.files import sha256
from ingest.generic.edges import edge_table, read_edges, region_table, summed, unknown_ids
from ingest.generic.mapping import EdgeFile, EdgeListMapping, NodeFile, TableFile, read_mapping
from ingest.generic.nodes import node_table, note_unused, read_nodes, with_ids_of_edges
from ingest.generic.table_file import OpenTable
from ingest.generic.totals import compared
from schemas import tables
from schemas.dataset import Dataset, DatasetInfo, Decisions, SourceFile
from schemas.errors import Place, SourceError
from schemas.kinds import EDGE_KINDS

READER = "ingest.generic.edgelist"
READER_VERSION = "1"

Say = Callable[[str], None]


def quietly(_message: str) -> None:
    """A Say that says nothing."""


def read_edge_list(mapping_path: Path, folder: Path | None = None, say: Say = quietly) -> Dataset:
    """Read the files that a mapping file describes.

    Args:
        mapping_path: the mapping file.
        folder: where the files lie, at any depth; default: where the mapping file lies.
        say: told what goes on.

    Returns:
        A dataset to publish: node_set, node, network, a table for each kind of edge, chemical_region where the source
        has regions, decision. The mapping file is one of its sources.

    Raises:
        SourceError: the mapping file or one of the files it names is missing or not what it should be.
    """
    mapping = read_mapping(mapping_path)
    paths = _find_files(mapping, folder or mapping_path.parent)
    found = read_tables(mapping, paths, say)
    say("checksums of the files")
    sources = [_source(path) for path in dict.fromkeys((mapping_path, *paths.values()))]
    info = DatasetInfo(
        uid=mapping.id,
        modality=mapping.id.partition("/")[0],
        title=mapping.title,
        licence=mapping.licence,
        citation=mapping.citation,
        reader=READER,
        reader_version=READER_VERSION,
        species=mapping.species,
        source_url=mapping.url,
    )
    return Dataset(info, found, tuple(sources))


def read_tables(mapping: EdgeListMapping, paths: dict[str, Path], say: Say = quietly) -> dict[str, pl.DataFrame]:
    """The tables of a mapping, from the path of each file by the first of its names."""
    decisions = Decisions()
    node_files = [(file, _open_nodes(file, paths)) for file in mapping.nodes]
    edge_files = [(file, _open(file.table, paths)) for file in mapping.edges]
    for _, opened in node_files:
        say(f"reading nodes of {opened.path.name}")
    nodes = read_nodes(node_files, decisions)
    if mapping.unknown_nodes == "from_edges":
        for _, opened in edge_files:
            say(f"reading ids of {opened.path.name}")
            nodes = with_ids_of_edges(nodes, unknown_ids(opened, nodes), decisions)
    node = node_table(mapping, nodes)
    edge_tables: dict[str, list[pl.DataFrame]] = {}
    for file, opened in edge_files:
        _read_network(mapping, file, opened, _totals(file, paths), nodes, node["uid"], edge_tables, decisions, say)
    about: dict[str, object] = {"uid": mapping.id, "title": mapping.title, "frame": mapping.frame}
    return {
        "node_set": tables.frame("node_set", [{**about, "species": mapping.species}]),
        "node": node,
        "network": tables.frame("network", [_network(mapping, file) for file in mapping.edges]),
        **{kind: pl.concat(frames) for kind, frames in edge_tables.items()},
        "decision": _under_first_names(decisions.frame(), paths),
    }


def _read_network(
    mapping: EdgeListMapping,
    file: EdgeFile,
    opened: OpenTable,
    totals: OpenTable | None,
    nodes: pl.DataFrame,
    uids: pl.Series,
    into: dict[str, list[pl.DataFrame]],
    decisions: Decisions,
    say: Say,
) -> None:
    say(f"reading edges of {opened.path.name}")
    note_unused(opened, decisions)
    rows = read_edges(opened, nodes)
    say(f"summing {rows.height:,} rows of {opened.path.name}")
    edges = summed(file, opened, rows, nodes, decisions)
    del rows
    if totals is not None:
        say(f"comparing totals of {totals.path.name}")
        edges = compared(file, totals, edges, nodes, decisions)
    network = f"{mapping.id}/{file.network}"
    into.setdefault(file.kind, []).append(edge_table(file, network, uids, edges.pairs))
    if edges.parts is not None:
        into.setdefault("chemical_region", []).append(region_table(network, uids, edges.parts))


def _under_first_names(decisions: pl.DataFrame, paths: dict[str, Path]) -> pl.DataFrame:
    """Decisions name files as the mapping does first: the same rows under another local name are the same content."""
    for first, path in paths.items():
        if path.name != Path(first).name:
            texts = pl.col("file", "item", "reason").str.replace_all(path.name, Path(first).name, literal=True)
            decisions = decisions.with_columns(texts)
    return decisions


def _network(mapping: EdgeListMapping, file: EdgeFile) -> dict[str, object]:
    parameters = {"at_least": file.at_least, "file": file.table.names[0], "threshold_of_source": file.threshold}
    return {
        "uid": f"{mapping.id}/{file.network}",
        "node_set": mapping.id,
        "kind": file.kind,
        "directed": EDGE_KINDS[file.kind].directed,
        "weight_unit": file.weight_unit,
        "method": file.method,
        "parameters": json.dumps(parameters, sort_keys=True),
    }


def _open(table: TableFile, paths: dict[str, Path]) -> OpenTable:
    return OpenTable(paths[table.names[0]], table)


def _open_nodes(file: NodeFile, paths: dict[str, Path]) -> OpenTable:
    columns = file.position.columns if file.position else ()
    numbers, texts = (columns, ()) if len(columns) > 1 else ((), columns)
    return OpenTable(paths[file.table.names[0]], file.table, numbers, texts)


def _totals(file: EdgeFile, paths: dict[str, Path]) -> OpenTable | None:
    return None if file.totals is None else _open(file.totals, paths)


def _find_files(mapping: EdgeListMapping, folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise SourceError("is no folder", "give the folder that holds the files", Place(str(folder)))
    missing = []
    found: dict[str, Path] = {}
    for table in mapping.tables:
        path = _find(table, folder)
        if path is None:
            missing.append(" or ".join(table.names))
        else:
            found[table.names[0]] = path
    if missing:
        text = f"these files, which {mapping.path.name} names, are not in {folder}: {'; '.join(missing)}"
        raise SourceError(text, "give the folder that holds them, or correct `file` in the mapping file")
    return found


def _find(table: TableFile, folder: Path) -> Path | None:
    for name in table.names:
        if (folder / name).is_file():
            return folder / name
    for name in table.names:
        found = sorted(path for path in folder.rglob(Path(name).name) if path.is_file())
        if len(found) > 1:
            listed = ", ".join(str(path.relative_to(folder)) for path in found)
            raise SourceError(f"{folder} holds {name} more than once: {listed}", "give the folder of one of them")
        if found:
            return found[0]
    return None


def _source(path: Path) -> SourceFile:
    return SourceFile(path.name, sha256(path), path.stat().st_size, "local folder")
