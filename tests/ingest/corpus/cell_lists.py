"""Sources on single cells as the corpus takes them: which file and sheet is changed, and which faults fit it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.ingest.corpus import byte_faults, grid_faults
from tests.ingest.corpus.containers import Rows
from tests.ingest.corpus.shapes import Shape
from tests.ingest.corpus.subjects import Table

_NUMBERS = (
    *("text in a weight", "NaN weight", "infinite weight", "overflowing weight", "weight with an underscore"),
    *("formula error in a weight", "empty weight"),
)
_LABELS = ("unknown cell", "empty label", "blank label", "blanks around labels")
_ROWS = ("duplicated row", "duplicated rows", "deleted row", "title above", "blank rows at the end", "cells shifted")
_HEADER = ("header in the middle", "no header", "only the header", "renamed column", "missing column")


def whole(_: str, rows: Rows) -> Rows:
    return [list(row) for row in rows]


@dataclass(frozen=True)
class Listed:
    """A file of a source, one sheet of which is changed.

    Args:
        source: id.
        key: registry key of the file.
        table: the file and the shape of its one sheet that faults are made in.
        faults: of rows and cells, as grid_faults calls them.
        refused: of these, what must be refused here though elsewhere it need not be.
        others: registry keys and paths of the source's other files.
    """

    source: str
    key: str
    table: Table
    faults: tuple[str, ...]
    refused: tuple[str, ...] = ()
    others: Mapping[str, str] = field(default_factory=dict)

    @property
    def sheet(self) -> str:
        return next(iter(self.table.shapes))

    @property
    def shape(self) -> Shape:
        return self.table.shapes[self.sheet]

    def bytes_faults(self) -> Iterator[str]:
        yield from byte_faults.TABLE if self.table.is_text else byte_faults.BINARY


GRID = {**grid_faults.IN_CELLS, **grid_faults.IN_ROWS, **grid_faults.IN_HEADERS, **grid_faults.RAGGED}

_N = "neurons/"
_WORMWIDEWEB = {
    "neurons": f"{_N}wormwideweb_connectome_neurons.csv",
    "classes": f"{_N}wormwideweb_neuron_class_split.csv",
    "names": f"{_N}wormwideweb_cell_name_replacement.csv",
}


def _csv(path: str, shape: Shape) -> Table:
    return Table(path, "csv", whole, {"": shape})


def _wormwideweb(key: str, shape: Shape, *faults: str) -> Listed:
    others = {k: path for k, path in _WORMWIDEWEB.items() if k != key}
    return Listed("celegans/wormwideweb-cells", key, _csv(_WORMWIDEWEB[key], shape), faults, others=others)


LISTED = (
    Listed(
        "celegans/wang2024-male",
        "male",
        Table(
            "connectome/wang2024/elife-95402-supp3-v1.xlsx",
            "xlsx",
            whole,
            {"Supp File 3": Shape((1,), header=5, far=15, by_position=True)},
        ),
        (*_LABELS[:1], "deleted row", "missing column", "no header", "only the header", "blank rows at the end"),
    ),
    Listed(
        "celegans/cook2019-cells",
        "si4",
        Table("connectome/cook2019/SI4_cell_lists.xlsx", "xlsx", whole, {"sex-shared": Shape((0,))}),
        (*_LABELS, "other case", *_ROWS, *_HEADER),
    ),
    _wormwideweb("neurons", Shape((0,)), *_LABELS, "other case", *_ROWS, *_HEADER, *grid_faults.RAGGED),
    _wormwideweb("classes", Shape((0,), (1, 2, 3, 4)), *_NUMBERS, *_LABELS[:3], *_ROWS, *_HEADER),
    _wormwideweb("names", Shape((0, 1)), *_LABELS, *_ROWS, *_HEADER, *grid_faults.RAGGED),
    Listed(
        "celegans/neuropal-variability",
        "table_s2",
        Table(
            f"{_N}NeuroPAL_TableS2_positional_variability.xlsx",
            "xlsx",
            whole,
            {"Male Tail Positions": Shape((0,), (2, 3, 4, 8, 9, 10))},
        ),
        (*_NUMBERS, *_LABELS, "other case", *_ROWS, *_HEADER),
    ),
    Listed(
        "celegans/neuropal-colours",
        "colours",
        _csv(f"{_N}NeuropalCanonicalColors.csv", Shape((0,), (1,), header=0, names=("neuron", "colour"))),
        (*_NUMBERS, *_LABELS[:3], *_ROWS, "missing column", *grid_faults.RAGGED),
    ),
    Listed(
        "celegans/lowresatlas",
        "positions",
        _csv(
            f"{_N}LowResAtlasWithHighResHeadsAndTails.csv",
            Shape((0,), (1, 2, 3), header=0, names=("neuron", "ap_um", "dv_um", "lr_um")),
        ),
        (*_NUMBERS, *_LABELS, "other case", *_ROWS, "missing column", *grid_faults.RAGGED),
    ),
    Listed(
        "celegans/wormneuroatlas-positions",
        "positions",
        Table(
            f"{_N}anatlas_neuron_positions.txt",
            "tsv",
            whole,
            {"": Shape((), (0, 1, 2), names=("lr_atlas_unit", "ap_atlas_unit", "dv_atlas_unit"))},
        ),
        (
            *(*_NUMBERS, "duplicated row", "duplicated rows", "deleted row", "no header", "only the header"),
            *("blank rows at the end", "cells shifted", "missing column", *grid_faults.RAGGED),
        ),
        refused=("duplicated row", "duplicated rows", "deleted row"),
    ),
)
