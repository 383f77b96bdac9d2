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

READER_VERSION = "3"
NODE_SET = "celegans/hermaphrodite"
SPECIES = "Caenorhabditis elegans"
NOT_CANONICAL = ("CANL", "CANR")  # the homogenised data has the other 300 neurons

PAIRED_BY = "one class, one cell on each side, names that differ in L and R"

_KINDS = {"neurons": "neuron", "muscles": "muscle", "cells": "cell"}
_COUNT = re.compile(r"(\d+)-(\d+)")


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:  # noqa: ARG001
    """The node set `celegans/hermaphrodite`; needs no file."""
    return node_set_tables(definitions("cells.yaml"), NODE_SET, "Cells of the adult hermaphrodite")


def definitions(file: str) -> dict[str, Any]:
    """The cells that a YAML file of this package lists; cells.yaml says what its fields mean."""
    text = (package_files("ingest") / "celegans" / file).read_text(encoding="utf-8")
    fast = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster, where PyYAML was built with it
    content: dict[str, Any] = yaml.load(text, Loader=fast)  # noqa: S506 - both loaders are safe
    return content


def node_set_tables(content: Mapping[str, Any], node_set: str, title: str) -> dict[str, pl.DataFrame]:
    """The tables of a node set of cells, and the annotation `left_right_partner` of those that have one.

    Args:
        content: neurons, muscles and cells by class, and aliases, as `definitions` returns them.
        node_set: uid.
        title: of the node set.
    """
    rows = [
        _row(node_set, kind, entry, member, content["aliases"])
        for group, kind in _KINDS.items()
        for entry in content[group]
        for member in _members(entry["members"])
    ]
    described: dict[str, object] = {"uid": node_set, "title": title, "frame": None, "species": SPECIES}
    return {
        "node_set": tables.frame("node_set", [described]),
        "node": tables.frame("node", rows),
        "annotation": tables.frame("annotation", list(_partners(rows))),
    }


def _partners(rows: list[dict[str, Any]]) -> Iterator[dict[str, object]]:
    """Cells of one class on two sides whose names differ in one L and R: dBWML1 and dBWMR1; vBWMR24 has none."""
    rights = {(row["kind"], row["class"], row["name"]): row["uid"] for row in rows if row["hemisphere"] == "R"}
    for left in (row for row in rows if row["hemisphere"] == "L"):
        places = [i for i, letter in enumerate(left["name"]) if letter == "L"]
        images = [f"{left['name'][:i]}R{left['name'][i + 1 :]}" for i in places]
        found = [rights[key] for image in images if (key := (left["kind"], left["class"], image)) in rights]
        for right in found:
            for node, partner in ((left["uid"], right), (right, left["uid"])):
                yield {"node": node, "attribute": "left_right_partner", "value": partner, "evidence": PAIRED_BY}


def _members(pattern: str) -> Iterator[str]:
    """'-' is the class itself, '1-3' counts, 'L R' are endings."""
    count = _COUNT.fullmatch(pattern)
    if count:
        yield from (str(i) for i in range(int(count[1]), int(count[2]) + 1))
    elif pattern == "-":
        yield ""
    else:
        yield from pattern.split()


def _row(
    node_set: str, kind: str, entry: dict[str, Any], member: str, functional: dict[str, list[str]]
) -> dict[str, object]:
    name = entry.get("stem", entry["class"]) + member
    return {
        "uid": ids.uid(node_set, name),
        "node_set": node_set,
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
