"""From the files of a source to a dataset: calls the reader and says where the tables came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from ingest.source import SourceSpec, reader
from schemas.dataset import Dataset, DatasetInfo, SourceFile, Tables
from schemas.errors import SourceError


def ingest(
    spec: SourceSpec,
    files: Mapping[str, Path],
    parents: Mapping[str, Tables],
    provenance: Sequence[SourceFile],
) -> Dataset:
    """Read a source. The tables are not validated here; publishing does that.

    Args:
        spec: the source.
        files: local path of each file by its key, as `fetch` returns them; none for a simulated source.
        parents: tables of each dataset in `spec.parents`, as published.
        provenance: what to record of the files.

    Raises:
        SourceError: a parent or a file that is not optional is absent, or a file is not what it should be.
    """
    for parent in spec.parents:
        if parent not in parents:
            raise SourceError(f"{spec.id} needs the dataset {parent}, which is absent", f"ingest {parent} first")
    for file in spec.files:
        if file.key not in files and not file.optional:
            raise SourceError(f"{spec.id}: the file {file.names[0]!r} is missing", "fetch the source first")
    module = reader(spec)
    info = DatasetInfo(
        uid=spec.id,
        modality=spec.modality,
        title=spec.title,
        licence=spec.licence,
        citation=spec.citation,
        reader=spec.reader,
        reader_version=module.READER_VERSION,
        species=spec.species,
        source_url=spec.url,
        simulated=spec.simulated,
        parents=spec.parents,
    )
    return Dataset(info, _under_registered_names(module.read(files, parents), spec, files), tuple(provenance))


def _under_registered_names(
    tables: dict[str, pl.DataFrame], spec: SourceSpec, files: Mapping[str, Path]
) -> dict[str, pl.DataFrame]:
    """Decisions name files as the registry does: the same bytes under another local name are the same content."""
    if "decision" not in tables:
        return tables
    decisions = tables["decision"]
    for file in spec.files:
        if file.key in files and files[file.key].name != file.names[0]:
            texts = pl.col("file", "item", "reason").str.replace_all(files[file.key].name, file.names[0], literal=True)
            decisions = decisions.with_columns(texts)
    return {**tables, "decision": decisions}
