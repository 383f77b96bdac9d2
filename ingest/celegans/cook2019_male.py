"""Cook et al. 2019, SI 5 (corrected July 2020): whole-animal connectome of the male, two matrices.

The same workbook and layout as the hermaphrodite's, read by the same code. The margins disagree on one cell per ray:
its structural cell is 'st' where the matrix begins and 'sh' where it ends, and 'sh' in SI 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from ingest.celegans import male_cells
from ingest.celegans.cook2019 import Matrices, read_matrices
from ingest.celegans.names import MALE_PARENT
from schemas.dataset import Tables

READER_VERSION = "2"
DATASET = "celegans/cook2019-male"
SHEETS = {"chemical": "male chemical", "gap_junction": "male gap jn symmetric"}
MALE = Matrices(DATASET, MALE_PARENT, male_cells.NODE_SET, SHEETS)


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Networks `celegans/cook2019-male/chemical` (directed) and `…/gap_junction` (each pair once).

    Raises:
        SourceError: not the corrected workbook, a cell that is no weight, or a name that no cell has.
    """
    return read_matrices(files["si5"], MALE, parents)
