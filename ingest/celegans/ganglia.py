"""Which ganglion holds the cell body of each neuron, and which part of the body the ganglion is in (JSON).

The file has two kinds of entry: a ganglion with its neurons, and a part of the body with its ganglia.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from ingest.celegans.names import CellNames
from ingest.celegans.statements import Statement, annotation_table, cells_of, local_file
from ingest.files import read_json
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "1"

_HINT = "each entry is a ganglion with its neurons, or a part of the body with its ganglia"


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Annotations `ganglion` and `region`.

    Args:
        files: `ganglia`.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: an entry that is no list of texts, or labels that no cell has.
    """
    path, decisions = local_file(files, "ganglia", "aconnectome_ids_ganglia.json"), Decisions()
    entries = _entries(path)
    ganglia = {name: members for name, members in entries.items() if not set(members) & set(entries)}
    regions = {name: members for name, members in entries.items() if name not in ganglia}
    for region, held in regions.items():
        for ganglion in set(held) - set(ganglia):
            place = Place(path.name, column=region)
            raise SourceError(f"names {ganglion!r}, which is no ganglion of the file", _HINT, place)
    labels = [(label, Place(path.name, column=name)) for name, members in ganglia.items() for label in members]
    nodes = cells_of(CellNames.of(parents), labels, decisions)
    statements = [Statement(nodes[label], "ganglion", str(place.column), place) for label, place in labels]
    statements += [
        Statement(
            nodes[label], "region", region, Place(path.name, column=ganglion), evidence=f"its ganglion: {ganglion}"
        )
        for region, held in regions.items()
        for ganglion in held
        for label in ganglia[ganglion]
    ]
    return {"annotation": annotation_table(statements, decisions), "decision": decisions.frame()}


def _entries(path: Path) -> dict[str, list[str]]:
    content = read_json(path)
    if not isinstance(content, dict) or not content:
        raise SourceError("holds no ganglia", _HINT, Place(path.name))
    for name, members in content.items():
        whole = isinstance(members, list) and members and all(isinstance(m, str) and m.strip() for m in members)
        if not whole or not name.strip():
            raise SourceError(f"{name!r} is no list of names", _HINT, Place(path.name, column=name or None))
    return {name.strip(): [m.strip() for m in members] for name, members in content.items()}
