"""Ripoll-Sánchez et al. 2023: how many pairs of ligand and receptor connect two neurons, four matrices.

Layout of a file: 'Row' and the names of the targets in row 1, the name of a source at the beginning of each row after
it, whole numbers where they cross. The files do not name the pairs that they count; nor does the supplement mmc7, which
describes the neurons. The range models of the peptides differ in how far a peptide reaches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from ingest.celegans.coverage import IN_MARGIN, Covered, coverage
from ingest.celegans.names import CellNames, resolve_all
from ingest.celegans.networks import network_row
from ingest.files import column_letter, number, read_cells
from ingest.frames import complete
from schemas import tables
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "2"
DATASET = "celegans/ripollsanchez2023"

_CORNER = "Row"
_LIGANDS = {"monoamine": "transmitter", "peptide": "peptide"}
_HINT = "each file is a square matrix with the same neurons in row 1 and in the first column"
_PEPTIDES = "expression of the genes of peptide and receptor in single neurons; pairs that act in vitro, EC50 to 500 nM"
_MONOAMINES = "expression of the genes of transmitter and receptor in single neurons"

Floats = np.ndarray[Any, np.dtype[np.float64]]
Texts = np.ndarray[Any, np.dtype[np.str_]]
Margin = list[tuple[str, Place]]


@dataclass(frozen=True)
class Model:
    """One file: its key in the registry, its kind of edge, and what it says of distance."""

    key: str
    kind: str
    method: str
    reach: str | None

    @property
    def network(self) -> str:
        return f"{DATASET}/{self.key}" if self.key == self.kind else f"{DATASET}/{self.key}/{self.kind}"


MODELS = (
    Model("short_range", "peptide", _PEPTIDES, "neurons with processes in one bundle"),
    Model("mid_range", "peptide", _PEPTIDES, "neurons that share a part of the body (head, midbody, tail)"),
    Model("long_range", "peptide", _PEPTIDES, "all neurons"),
    Model("monoamine", "monoamine", _MONOAMINES, None),
)


@dataclass(frozen=True)
class Matrix:
    """One file: labels with their places, and counts by (source, target)."""

    sources: Margin
    targets: Margin
    counts: Floats


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """A network per file: `short_range/peptide`, `mid_range/peptide`, `long_range/peptide`, `monoamine`.

    Args:
        files: `short_range`, `mid_range`, `long_range`, `monoamine`.
        parents: holds `celegans/cells`.

    Returns:
        Edges with ligand and receptor 'any', as the files name neither, and weight the number of pairs.

    Raises:
        SourceError: not such a matrix, a count that is none, or labels that no cell has or that mean one cell.
    """
    names, decisions = CellNames.of(parents), Decisions()
    found: dict[str, list[pl.DataFrame]] = {}
    for model in MODELS:
        for name, frame in _tables(model, files[model.key], names, decisions).items():
            found.setdefault(name, []).append(frame)
    networks = tables.frame("network", [_network(model) for model in MODELS])
    joined = {name: pl.concat(frames) for name, frames in found.items()}
    return {"network": networks, **joined, "decision": decisions.frame()}


def read_matrix(path: Path) -> Matrix:
    """One file, labels as they stand.

    Raises:
        SourceError: no 'Row' at the beginning, rows and columns of another number, or a count that is none.
    """
    rows = read_cells(path, ",")
    header, body = rows[0], rows[1:]
    if header[0] != _CORNER:
        at = Place(path.name, row=1, column=column_letter(0))
        raise SourceError(f"holds {header[0]!r}, {_CORNER!r} was expected", _HINT, at)
    if len(body) != len(header) - 1:
        raise SourceError(f"has {len(body)} rows for {len(header) - 1} columns of neurons", _HINT, Place(path.name))
    targets = [(text, Place(path.name, row=1, column=column_letter(i))) for i, text in enumerate(header[1:], start=1)]
    sources = [(row[0], Place(path.name, row=i, column=_CORNER)) for i, row in enumerate(body, start=2)]
    texts = np.array([row[1:] for row in body], dtype=np.str_).reshape(len(body), len(body))
    return Matrix(sources, targets, _counts(texts, Place(path.name), header[1:]))


def _counts(texts: Texts, file: Place, columns: list[str]) -> Floats:
    """The cells as numbers; each text is looked at once, where it stands first."""
    distinct, first, of_cell = np.unique(texts, return_index=True, return_inverse=True)
    found = np.zeros(len(distinct))
    for i in np.argsort(first):
        row, column = divmod(int(first[i]), len(columns))
        found[i] = _count(str(distinct[i]), Place(file.file, row=row + 2, column=columns[column]))
    return found[of_cell].reshape(texts.shape)


def _count(text: str, place: Place) -> float:
    value = number(text, place)
    if value < 0 or not value.is_integer():
        raise SourceError(f"holds {text!r}, a count was expected", "correct the cell in the file", place)
    return value


def _tables(model: Model, path: Path, names: CellNames, decisions: Decisions) -> dict[str, pl.DataFrame]:
    """Edges of one file, what it covers, and where they stand."""
    matrix = read_matrix(path)
    nodes = resolve_all(names, [*matrix.targets, *matrix.sources], decisions)
    sources, targets = (_distinct(margin, nodes) for margin in (matrix.sources, matrix.targets))
    _require_same(sources, targets)
    rows, columns = np.nonzero(matrix.counts)
    found = pl.DataFrame(
        {
            "source": pl.Series(list(sources), dtype=pl.String).gather(rows),
            "target": pl.Series(list(targets), dtype=pl.String).gather(columns),
            "weight": matrix.counts[rows, columns],
        }
    )
    unnamed = dict.fromkeys((_LIGANDS[model.kind], "receptor"), pl.lit(tables.ANY))
    return {
        model.kind: complete(model.kind, found.with_columns(network=pl.lit(model.network), **unnamed)),
        "coverage": coverage({model.network: Covered(sources, targets, IN_MARGIN)}),
    }


def _distinct(margin: Margin, nodes: Mapping[str, str]) -> dict[str, Place]:
    """The margin's nodes in their order."""
    found: dict[str, Place] = {}
    for label, place in margin:
        node = nodes[label]
        if node in found:
            raise SourceError(f"{label!r} is the cell of {found[node]}, too", _HINT, place)
        found[node] = place
    return found


def _require_same(sources: Mapping[str, Place], targets: Mapping[str, Place]) -> None:
    for these, others, where in ((sources, targets, "row 1"), (targets, sources, "the first column")):
        for node, place in these.items():
            if node not in others:
                raise SourceError(f"{node} stands here but not in {where}", _HINT, place)


def _network(model: Model) -> dict[str, object]:
    ligand = _LIGANDS[model.kind]
    parameters = {
        "keeps": "every count above 0",
        ligand: f"{tables.ANY}: the file counts pairs of {ligand} and receptor and names none",
        **({"between": model.reach} if model.reach else {}),
    }
    return network_row(
        model.network, model.kind, unit="ligand-receptor pairs", method=model.method, parameters=parameters
    )
