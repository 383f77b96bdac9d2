"""The built-in source `celegans/male-cells`: the male's cells that connectomes name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from ingest.celegans.cells import definitions, node_set_tables
from schemas.dataset import Tables

READER_VERSION = "2"
NODE_SET = "celegans/male"

_GROUPS = ("neurons", "muscles", "cells")


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:  # noqa: ARG001
    """The node set `celegans/male`; needs no file."""
    content = _of_the_male(definitions("cells.yaml"), definitions("male_cells.yaml"))
    return node_set_tables(content, NODE_SET, "Cells of the adult male")


def _of_the_male(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The hermaphrodite's cells, less those that only it has, and the male's own."""
    content: dict[str, Any] = {"aliases": {**shared["aliases"], **own["aliases"]}}
    for group in _GROUPS:
        kept = [entry for entry in shared[group] if entry["class"] not in own["without"]]
        content[group] = [*(_as_in_the_male(entry, own["transmitters"]) for entry in kept), *own[group]]
    return content


def _as_in_the_male(entry: dict[str, Any], transmitters: Mapping[str, str]) -> dict[str, Any]:
    other = transmitters.get(entry["class"])
    return {**entry, "transmitter": other} if other else entry
