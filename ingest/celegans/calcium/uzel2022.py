"""Uzel et al. 2022: whole-brain calcium of wild-type worms.

The container is that of `zimmer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from ingest.celegans.calcium import zimmer
from schemas.dataset import Tables

READER_VERSION = zimmer.READER_VERSION


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """One subject and one recording per worm; see `zimmer.read_container`."""
    return zimmer.read_container(zimmer.UZEL2022, files, parents)
