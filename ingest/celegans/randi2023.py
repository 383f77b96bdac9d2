"""Randi et al. 2023: signal propagation atlas. One neuron is stimulated by light, the calcium of the others responds.

The file (HDF5) holds `neuron_ids`, 300 names cut to five bytes, and one group per genotype with matrices of 300 x 300:
`dFF` (mean response), `q` (false discovery rate of the response), `q_eq` (that of equivalence: that there is none),
`occ1` (how often the pair was observed), `dFF_all` (the single responses). Element [i, j] is the response of neuron i
to the stimulation of neuron j, so the edge runs from j to i. Where nothing was measured dFF is NaN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import polars as pl

from ingest.celegans.names import CellNames, resolve_all
from ingest.celegans.networks import network_row
from ingest.files import hdf5_array, hdf5_texts, open_hdf5
from ingest.frames import complete
from schemas import ids, tables
from schemas.dataset import Action, Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "2"
DATASET = "celegans/randi2023"
ATLAS = "funatlas"
GENOTYPES = {
    "wt": "wild type",
    "unc31": "unc-31 mutants, whose dense-core vesicles hardly release",
}

_LABELS = "neuron_ids"
_HINT = "is this funatlas.h5?"
_AWC = "the atlas calls AWC by its function, which differs from animal to animal; by convention ON is right, OFF left"
_NOTES = {"AWCON": _AWC, "AWCOF": f"{_AWC}; names are cut to five bytes, so it stands for AWCOFF"}
_METHOD = "optogenetic stimulation of single neurons, whole-brain calcium imaging, identities by NeuroPAL"
_TAKEN = ("dFF", "q", "q_eq", "occ1")
_NOT_TAKEN = {
    "dFF_all": "the single responses behind the mean: an edge has one weight",
    "q_eq_th": "threshold of the equivalence test: the table has no column for it",
    "kernels": "fitted response kernels: the table has no column for them",
}
_LARGEST_COUNT = 2**53  # beyond, a float is no exact count
Floats = np.ndarray[Any, np.dtype[np.float64]]
Whole = np.ndarray[Any, np.dtype[np.int64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Atlas:
    """Matrices of one genotype, [responding, stimulated].

    Args:
        file: name of the source file.
        genotype: group of the file.
        labels: of rows and columns.
        dff: mean response, dF/F; NaN where there is none.
        q: false discovery rate of the response; NaN where there is none.
        q_eq: that of equivalence; NaN where there is none.
        occurrences: how often the pair was observed.
        n_responses: single responses behind the mean.
    """

    file: str
    genotype: str
    labels: Sequence[str]
    dff: Floats
    q: Floats
    q_eq: Floats
    occurrences: Whole
    n_responses: Whole

    @property
    def measured(self) -> Mask:
        return np.isfinite(self.dff)

    def first(self, where: Mask, matrix: str) -> tuple[str, Place]:
        """The first pair of a mask, row by row: `stimulated -> responding`, and its place in a matrix."""
        row, column = np.argwhere(where)[0].tolist()
        place = Place(self.file, f"{self.genotype}/{matrix}", row + 1, str(column + 1))
        return f"{self.labels[column]} -> {self.labels[row]}", place


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Networks `celegans/randi2023/wt` and `…/unc31`: every measured pair, significant or not, from j to i.

    Args:
        files: `funatlas`.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: no file, a matrix of another shape, a value that cannot be, a label that no cell has, or
            two labels of one cell.
    """
    if ATLAS not in files:
        raise SourceError("the atlas is missing", "give funatlas.h5")
    names, decisions = CellNames.of(parents), Decisions()
    atlases = read_atlases(files[ATLAS], decisions)
    nodes = _nodes(atlases[0], names, decisions)
    for atlas in atlases:
        _decide(atlas, decisions)
    return {
        "network": tables.frame("network", [_network(atlas.genotype) for atlas in atlases]),
        "functional": pl.concat([_edges(atlas, nodes) for atlas in atlases]),
        "edge_origin": pl.concat([_origins(atlas, nodes) for atlas in atlases]),
        "decision": decisions.frame(),
    }


def read_atlases(path: Path, decisions: Decisions) -> list[Atlas]:
    """The matrices of each genotype, checked; what the file holds besides becomes a 'dropped' decision."""
    with open_hdf5(path) as file:
        labels = hdf5_texts(file, _LABELS)
        atlases = [_atlas(file, path.name, genotype, labels) for genotype in GENOTYPES]
        for name in sorted(set(file) - set(GENOTYPES) - {_LABELS}):
            decisions.add("dropped", name, "not known to the reader", Place(path.name, name))
        for genotype in GENOTYPES:
            for name in sorted(set(file[genotype]) - set(_TAKEN)):
                reason = _NOT_TAKEN.get(name, "not known to the reader")
                decisions.add("dropped", f"{genotype}/{name}", reason, Place(path.name, f"{genotype}/{name}"))
    return atlases


def _atlas(file: h5py.File, name: str, genotype: str, labels: list[str]) -> Atlas:
    def matrix(member: str) -> Floats:
        found = hdf5_array(file, f"{genotype}/{member}", ndim=2)
        _require_shape(found.shape, len(labels), Place(name, f"{genotype}/{member}"))
        return found.astype(np.float64)

    dff, q, q_eq, occurrences = (matrix(member) for member in _TAKEN)
    counts = _n_responses(file, f"{genotype}/dFF_all", Place(name, f"{genotype}/dFF_all"), len(labels))
    whole = (occurrences >= 0) & (occurrences <= _LARGEST_COUNT) & (occurrences == np.floor(occurrences))
    observed = np.where(whole, occurrences, 0).astype(np.int64)
    atlas = Atlas(name, genotype, labels, dff, q, q_eq, observed, counts)
    _refuse(atlas, np.isinf(dff), "dFF", dff, "a finite response, or NaN for none, was expected")
    for matrix_name, rates in (("q", q), ("q_eq", q_eq)):
        wrong = np.isinf(rates) | (rates < 0) | (rates > 1)
        _refuse(atlas, wrong, matrix_name, rates, "a false discovery rate lies between 0 and 1")
    _refuse(atlas, ~whole, "occ1", occurrences, "a count was expected")
    unseen = atlas.measured & (atlas.occurrences == 0)
    _refuse(atlas, unseen, "occ1", occurrences, "but dFF holds a response of this pair")
    return atlas


def _n_responses(file: h5py.File, member: str, place: Place, n: int) -> Whole:
    found = file.get(member)
    if not isinstance(found, h5py.Dataset) or h5py.check_vlen_dtype(found.dtype) is None:
        raise SourceError(f"has no data set {member!r} of lists", _HINT, place)
    _require_shape(found.shape, n, place)
    return np.array([[len(each) for each in row] for row in found[()]], np.int64)


def _require_shape(shape: tuple[int, ...], n: int, place: Place) -> None:
    if shape != (n, n):
        found = " x ".join(str(length) for length in shape)
        raise SourceError(f"is {found}, but there are {n} names in {_LABELS}", _HINT, place)


def _refuse(atlas: Atlas, wrong: Mask, matrix: str, values: Floats, why: str) -> None:
    if wrong.any():
        pair, place = atlas.first(wrong, matrix)
        n = int(wrong.sum())
        more = f" (and {n - 1} more such values)" if n > 1 else ""
        raise SourceError(f"holds {values[wrong][0]:g} for {pair}, {why}{more}", _HINT, place)


def _nodes(atlas: Atlas, names: CellNames, decisions: Decisions) -> list[str]:
    """Node of each row and column."""
    labels = [(label, Place(atlas.file, _LABELS, row)) for row, label in enumerate(atlas.labels, start=1)]
    resolved = resolve_all(names, labels, decisions, _NOTES)
    rows: dict[str, tuple[str, Place]] = {}
    for label, place in labels:
        node = resolved[label]
        if node in rows:
            other, first = rows[node]
            text = f"{label!r} and {other!r} (at {first}) are both {node}"
            raise SourceError(text, "a matrix has one row for each cell; correct the name", place)
        rows[node] = label, place
    return list(rows)


def _decide(atlas: Atlas, decisions: Decisions) -> None:
    """What a person who uses the edges should know, each with the number of pairs."""

    def decide(action: Action, where: Mask, matrix: str, reason: str) -> None:
        n = int(where.sum())
        if n:
            pair, place = atlas.first(where, matrix)
            item = pair if n == 1 else f"{n} pairs of {ids.uid(DATASET, atlas.genotype)}"
            decisions.add(action, item, reason if n == 1 else f"{reason}; the first is {pair}", place)

    measured, tested = atlas.measured, np.isfinite(atlas.q)
    decide("dropped", tested & ~measured, "dFF", "q holds a number, dFF none: there is no response to weigh")
    unmeasured = (atlas.occurrences > 0) & ~measured & ~tested
    decide("dropped", unmeasured, "dFF", "occ1 counts observations, but neither dFF nor q holds a number")
    decide("kept", measured & ~tested, "q", "dFF holds a response, q no number: its false discovery rate is null")
    itself = np.eye(len(atlas.labels), dtype=bool) & measured
    decide("kept", itself, "dFF", "the response of the stimulated neuron itself, which light drives directly")
    decide("kept", atlas.dff < -1, "dFF", "below -1, which no fluorescence above zero can give; as the atlas has it")
    fewer = measured & (atlas.n_responses != atlas.occurrences)
    text = "n_observations is occ1; the mean is over another number of responses (dFF_all)"
    decide("differs", fewer, "occ1", text)


def _pairs(atlas: Atlas, nodes: list[str]) -> pl.DataFrame:
    """Network, source, target and weight of every measured pair, row by row of dFF."""
    responding, stimulated = np.nonzero(atlas.measured)
    names = pl.Series(nodes, dtype=pl.String)
    found = {
        "source": names.gather(stimulated),
        "target": names.gather(responding),
        "weight": atlas.dff[atlas.measured],
    }
    return pl.DataFrame(found).with_columns(network=pl.lit(ids.uid(DATASET, atlas.genotype)))


def _edges(atlas: Atlas, nodes: list[str]) -> pl.DataFrame:
    said = {
        "q": pl.Series(atlas.q[atlas.measured]).fill_nan(None),
        "q_eq": pl.Series(atlas.q_eq[atlas.measured]).fill_nan(None),
        "n_observations": pl.Series(atlas.occurrences[atlas.measured]),
    }
    return complete("functional", _pairs(atlas, nodes).with_columns(**said))


def _origins(atlas: Atlas, nodes: list[str]) -> pl.DataFrame:
    """Element [i, j] of dFF stands in row i + 1, column j + 1."""
    row, column = (pl.Series(at + 1) for at in np.nonzero(atlas.measured))
    member = pl.lit(f"{atlas.genotype}/dFF")
    said = _pairs(atlas, nodes).with_columns(
        file=pl.lit(atlas.file), sheet=member, row=row, column=column.cast(pl.String), entry=pl.lit(0)
    )
    return complete("edge_origin", said)


def _network(genotype: str) -> dict[str, object]:
    parameters = {
        "genotype": GENOTYPES[genotype],
        "keeps": "every pair with a response in dFF, also a neuron's response to its own stimulation; "
        "whether a response is significant says q",
        "weight": "mean over the single responses",
        "source": "the stimulated neuron",
        "target": "the responding neuron",
        "q": "false discovery rate that there is a response",
        "q_eq": "false discovery rate that there is none (equivalence)",
        "no edge": "every pair with a response is an edge, significant or not; no edge says that the pair was not "
        "observed, or has no value (decisions), never that there is no response",
        "n_observations": "occ1",
    }
    return network_row(
        ids.uid(DATASET, genotype),
        "functional",
        unit="dF/F",
        method=f"{_METHOD}; {GENOTYPES[genotype]}",
        parameters=parameters,
        directed=True,
    )
