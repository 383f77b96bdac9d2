"""Wang et al. 2024: transmitters of the 93 neurons that only the male has.

The same layout as the hermaphrodite's sheet, read by the same code. Here words say how strongly a gene is expressed
(`low ++`, `very low and variable`), `(new)` marks what no earlier study had found, and headings name the part of the
body. Four labels stand for one of two cells that are told apart only by lineage, DX1/2 to EF3/4; the animal of Cook et
al. 2019, from which the node set is, has no DX4 and no EF4. What blue letters mark (what differs from earlier reports)
is not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from ingest.celegans.names import MALE_PARENT
from ingest.celegans.wang2024 import read_edition
from ingest.celegans.wang2024_sheet import Edition
from schemas.dataset import Tables

READER_VERSION = "1"

_TAIL = {"region": "tail"}
MALE = Edition(
    "Supp File 3",
    MALE_PARENT,
    by_colour=False,
    composites={
        f"{class_}{n}/{n + 1}": (f"{class_}{n}", f"{class_}{n + 1}") for class_ in ("DX", "EF") for n in (1, 3)
    },
    absent=frozenset({"DX4", "EF4"}),
    sections={
        "HEAD": {"region": "head"},
        "VENTRAL NERVE CORD": {"ganglion": "ventral nerve cord"},
        "TAIL: DORSORECTAL GANGLION (DRG)": {**_TAIL, "ganglion": "dorsorectal ganglion"},
        "TAIL: PREANAL GANGLION (PAG)": {**_TAIL, "ganglion": "preanal ganglion"},
        "TAIL: LUMBAR GANGLION (LG)": {**_TAIL, "ganglion": "lumbar ganglion"},
        "TAIL: CLOACAL GANGLION (CG)": {**_TAIL, "ganglion": "cloacal ganglion"},
    },
    hint="is this elife-95402-supp3 (male)?",
)


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Annotations as of `wang2024`, and `ganglion` and `region`.

    Args:
        files: `male`, supplementary file 3.
        parents: holds `celegans/male-cells`.

    Raises:
        SourceError: the sheet has another layout, a cell is not understood, or labels that no cell has.
    """
    return read_edition(files["male"], MALE, parents)
