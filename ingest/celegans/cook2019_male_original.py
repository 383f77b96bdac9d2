"""Cook et al. 2019 as first published, before the corrections of July 2020: matrices of the male.

The same workbook and comparisons as the hermaphrodite's, by the same code. WormWiring's copy calls a ray's structural
cell 'sh' where this one has 'st', and gives one name to two rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from ingest.celegans import cook2019_male, male_cells
from ingest.celegans.cook2019 import ORIGINAL, Matrices
from ingest.celegans.cook2019_original import FirstPublished, read_first_published
from ingest.celegans.names import MALE_PARENT
from schemas.dataset import Tables

READER_VERSION = "1"
DATASET = "celegans/cook2019-male-original"
MALE = FirstPublished(
    Matrices(DATASET, MALE_PARENT, male_cells.NODE_SET, cook2019_male.SHEETS, ORIGINAL),
    "male gap jn asymmetric",
    cook2019_male.DATASET,
)


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Networks `celegans/cook2019-male-original/chemical` (directed) and `…/gap_junction` (each pair once).

    Raises:
        SourceError: the corrected workbook, a cell that is no weight, or a name that no cell has.
    """
    return read_first_published(files, MALE, parents)
