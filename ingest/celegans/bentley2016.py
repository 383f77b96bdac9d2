"""Bentley et al. 2016: extrasynaptic routes of monoamines and neuropeptides, one edge list of each.

A row of a file (there is no header) names two cells, what the first releases, and the receptor for it that the
second expresses: `RIML,ALML,tyramine,lgc-55`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingest.celegans import cells
from ingest.celegans.names import CellNames, resolve_all
from ingest.files import read_cells
from schemas import tables
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "1"
DATASET = "celegans/bentley2016"
LIGANDS = {"monoamine": "transmitter", "peptide": "peptide"}  # kind: column of its table
TRANSMITTERS = ("dopamine", "octopamine", "serotonin", "tyramine")

_COLUMNS = ("source", "target", "ligand", "receptor")
_GENE = re.compile(r"[a-z]{3,4}-\d+")
_METHOD = "published expression of the genes of ligand and receptor; no limit of distance"


@dataclass(frozen=True)
class Route:
    """One row of a file: labels of two cells, ligand, receptor."""

    source: str
    target: str
    ligand: str
    receptor: str
    place: Place


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Networks `celegans/bentley2016/monoamine` and `…/peptide`; each pair of ligand and receptor is an edge.

    Args:
        files: `monoamine` and `peptide`.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: a row that is no route, or labels that no cell has.
    """
    names, decisions = CellNames.of(parents), Decisions()
    edges = {kind: _table(kind, read_routes(files[kind], kind), names, decisions) for kind in LIGANDS}
    networks = [_network(kind, edges[kind]) for kind in LIGANDS]
    return {"network": tables.frame("network", networks), **edges, "decision": decisions.frame()}


def read_routes(path: Path, kind: str) -> list[Route]:
    """The rows of one file.

    Args:
        path: the edge list.
        kind: monoamine or peptide.

    Raises:
        SourceError: not four cells in a row, an empty cell, or one that is no transmitter, peptide or receptor.
    """
    routes = []
    for row, found in enumerate(read_cells(path, ",", width=len(_COLUMNS)), start=1):
        source, target, ligand, receptor = found
        route = Route(source, target, ligand, receptor, Place(path.name, row=row))
        _check(route, kind)
        routes.append(route)
    return routes


def _check(route: Route, kind: str) -> None:
    for column in _COLUMNS:
        text = getattr(route, column)
        if not text:
            raise SourceError("is empty", "each row names two cells, ligand and receptor", _at(route, column))
    if kind == "monoamine" and route.ligand not in TRANSMITTERS:
        hint = f"transmitters are {', '.join(TRANSMITTERS)}"
        raise SourceError(f"holds {route.ligand!r}, a transmitter was expected", hint, _at(route, "ligand"))
    for column in ("receptor",) if kind == "monoamine" else ("ligand", "receptor"):
        text = getattr(route, column)
        if not _GENE.fullmatch(text):
            hint = "genes are written like flp-18, npr-1"
            raise SourceError(f"holds {text!r}, the name of a gene was expected", hint, _at(route, column))


def _at(route: Route, column: str) -> Place:
    """Columns have no names in the file: they are those of _COLUMNS."""
    return Place(route.place.file, row=route.place.row, column=column)


def _table(kind: str, routes: list[Route], names: CellNames, decisions: Decisions) -> pl.DataFrame:
    first: dict[str, tuple[Route, str]] = {}
    for route in routes:
        first.setdefault(route.source, (route, "source"))
        first.setdefault(route.target, (route, "target"))
    nodes = resolve_all(names, [(label, _at(*where)) for label, where in first.items()], decisions)
    rows = [
        {
            "network": f"{DATASET}/{kind}",
            "source": nodes[r.source],
            "target": nodes[r.target],
            LIGANDS[kind]: r.ligand,
            "receptor": r.receptor,
            "weight": 1.0,
        }
        for r in _once(routes, nodes, decisions)
    ]
    return tables.frame(kind, rows)


def _once(routes: Iterable[Route], nodes: Mapping[str, str], decisions: Decisions) -> list[Route]:
    """A route that stands again says nothing new: it is not counted twice."""
    kept: dict[tuple[str, str, str, str], Route] = {}
    for route in routes:
        key = (nodes[route.source], nodes[route.target], route.ligand, route.receptor)
        before = kept.setdefault(key, route)
        if before is not route:
            item = f"{route.source} -> {route.target} {route.ligand} {route.receptor}"
            decisions.add("merged", item, f"repeats the row at {before.place}; it is one route", route.place)
    return list(kept.values())


def _network(kind: str, edges: pl.DataFrame) -> dict[str, object]:
    ligand = LIGANDS[kind]
    parameters = {
        "keeps": "every row of the file; weight is 1 for each pair of ligand and receptor",
        ligand: "as the file writes it",
        f"{ligand}s": sorted(set(edges[ligand])),
        "receptors": sorted(set(edges["receptor"])),
    }
    return {
        "uid": f"{DATASET}/{kind}",
        "node_set": cells.NODE_SET,
        "subject": None,
        "kind": kind,
        "directed": True,
        "weight_unit": "ligand-receptor pairs",
        "method": _METHOD,
        "parameters": json.dumps(parameters),
    }
