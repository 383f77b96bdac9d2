"""The built-in source `celegans/cells`: the hermaphrodite's cells that connectomes name, from cells.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from schemas import ids, tables
from schemas.dataset import Tables

READER_VERSION = "2"
NODE_SET = "celegans/hermaphrodite"
SPECIES = "Caenorhabditis elegans"
NOT_CANONICAL = ("CANL", "CANR")  # the homogenised data has the other 300 neurons

_KINDS = {"neurons": "neuron", "muscles": "muscle", "cells": "cell"}
_COUNT = re.compile(r"(\d+)-(\d+)")


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:  # noqa: ARG001
    """The node set `celegans/hermaphrodite`; needs no file."""
    content = yaml.safe_load((package_files("ingest") / "celegans" / "cells.yaml").read_text(encoding="utf-8"))
    functional = content["aliases"]
    rows = [
        _row(kind, entry, member, functional)
        for group, kind in _KINDS.items()
        for entry in content[group]
        for member in _members(entry["members"])
    ]
    node_set: dict[str, object] = {
        "uid": NODE_SET,
        "title": "Cells of the adult hermaphrodite",
        "frame": None,
        "species": SPECIES,
    }
    return {"node_set": tables.frame("node_set", [node_set]), "node": tables.frame("node", rows)}


def _members(pattern: str) -> Iterator[str]:
    """'-' is the class itself, '1-3' counts, 'L R' are endings."""
    count = _COUNT.fullmatch(pattern)
    if count:
        yield from (str(i) for i in range(int(count[1]), int(count[2]) + 1))
    elif pattern == "-":
        yield ""
    else:
        yield from pattern.split()


def _row(kind: str, entry: dict[str, Any], member: str, functional: dict[str, list[str]]) -> dict[str, object]:
    name = entry.get("stem", entry["class"]) + member
    return {
        "uid": ids.uid(NODE_SET, name),
        "node_set": NODE_SET,
        "name": name,
        "kind": kind,
        "aliases": sorted({*_other_spellings(entry, member), *functional.get(name, ())} - {name}),
        "class": entry["class"],
        "type": entry["type"],
        "neurotransmitter": entry.get("transmitter"),
        "hemisphere": _hemisphere(entry, member),
    }


def _other_spellings(entry: dict[str, Any], member: str) -> Iterator[str]:
    for pattern in entry.get("also", ()):
        yield pattern.format(int(member) if member.isdigit() else member)


def _hemisphere(entry: dict[str, Any], member: str) -> str | None:
    if "hemisphere" in entry:
        stated: str | None = entry["hemisphere"]
        return stated
    return member[-1] if member.endswith(("L", "R")) else "M"
