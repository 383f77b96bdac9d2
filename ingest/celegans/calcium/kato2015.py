"""Kato et al. 2015: whole-brain calcium of immobilised worms, with and without steps of oxygen.

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
    return zimmer.read_container(zimmer.KATO2015, files, parents)
