"""From the files of a source to a dataset: calls the reader and says where the tables came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from ingest.source import SourceSpec, reader
from schemas.dataset import Dataset, DatasetInfo, Decisions, SourceFile, Tables
from schemas.errors import Place, SourceError


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
        if not file.optional and not any(file.is_key(key) for key in files):
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
    tables = _under_registered_names(module.read(files, parents), spec, files)
    return Dataset(info, _with_unknown_checksums(tables, spec, files, provenance), tuple(provenance))


def _under_registered_names(
    tables: dict[str, pl.DataFrame], spec: SourceSpec, files: Mapping[str, Path]
) -> dict[str, pl.DataFrame]:
    """Places name files as the registry does: the same bytes under another local name are the same content."""
    found = dict(tables)
    for file in spec.files:
        if file.sha256 is None:
            continue  # the name may be a pattern, and the file's own name is all that is known of it
        if file.key in files and files[file.key].name != file.names[0]:
            local = files[file.key].name
            if "decision" in found:
                texts = pl.col("file", "item", "reason").str.replace_all(local, file.names[0], literal=True)
                found["decision"] = found["decision"].with_columns(texts)
            if "edge_origin" in found:
                found["edge_origin"] = found["edge_origin"].with_columns(pl.col("file").replace(local, file.names[0]))
    return found


def _with_unknown_checksums(
    tables: dict[str, pl.DataFrame], spec: SourceSpec, files: Mapping[str, Path], provenance: Sequence[SourceFile]
) -> dict[str, pl.DataFrame]:
    """Says of each file that the registry has no checksum of, that nobody but the user vouches for it."""
    unknown = [file for file in spec.files if file.sha256 is None]
    names = [path.name for key, path in files.items() if any(file.is_key(key) for file in unknown)]
    if not names:
        return tables
    found = {file.name: file.sha256 for file in provenance}
    decisions = Decisions(tables["decision"].to_dicts() if "decision" in tables else [])
    for name in names:
        text = f"SHA-256 {found[name]}" if name in found else "checksum not recorded"
        reason = f"the registry does not know the checksum of this file: taken as found, {text}"
        decisions.add("kept", name, reason, Place(name))
    return {**tables, "decision": decisions.frame()}
