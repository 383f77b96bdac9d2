"""The Parquet lake: immutable, content-versioned datasets, the truth that every graph is made from.

<root>/<modality>/<name>/<version>/<table>.parquet
<root>/<modality>/<name>/<version>/manifest.json   written last; a folder without one is not a version
<root>/<modality>/<name>/current                   names the version that was published last
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from graphdb.versions import id_map
from schemas import tables
from schemas.content import combined_hash, content_hash
from schemas.dataset import Dataset, DatasetInfo, SourceFile
from schemas.errors import LakeError, ValidationError
from schemas.validation import validate

VERSION_DIGITS = 12
_ROWS_PER_GROUP = 1 << 18  # what a reader skips or holds at once
_SHARED_KEYS = ("node", "node_set", "recording", "subject")


@dataclass(frozen=True)
class Manifest:
    """What a version holds. `hashes` are order-free content hashes, `files` SHA-256 of the Parquet files."""

    dataset: str
    version: str
    schema_version: str
    published_at: str
    rows: dict[str, int]
    hashes: dict[str, str]
    files: dict[str, str]
    sources: tuple[SourceFile, ...]
    reader: str
    reader_version: str
    decisions: int
    parents: tuple[str, ...]
    simulated: bool

    @property
    def reference(self) -> str:
        """`id@version`, as others cite it."""
        return f"{self.dataset}@{self.version}"


class Lake:
    """A folder of published datasets."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def publish(self, dataset: Dataset) -> Manifest:
        """Validate a dataset and publish it; the same content gives the version that is already there.

        Raises:
            ValidationError: tables break FORMAT.md; nothing is written.
            LakeError: a parent is not published.
        """
        parents = tuple(self.manifest(*split_reference(p)).reference for p in dataset.info.parents)
        validate(dataset, self._keys_of(parents))
        self._check_id_map(dataset)
        written = {name: frame for name, frame in dataset.tables.items() if frame.height}
        hashes = {name: content_hash(frame, tables.key(name)) for name, frame in written.items()}
        version = _version(dataset.info, parents, hashes)
        target = self._folder(dataset.info.uid) / version
        if not (target / "manifest.json").is_file():
            row = _dataset_row(dataset.info, version, parents)
            hashes = {"dataset": content_hash(row, tables.key("dataset")), **hashes}
            self._write(dataset, version, parents, {"dataset": row, **written}, hashes, target)
        self._point(dataset.info.uid, version)
        return self.manifest(dataset.info.uid, version)

    def datasets(self) -> list[Manifest]:
        """The current version of every dataset, by id."""
        found = sorted(self.root.glob("*/*/current"))
        return [self.manifest(f"{path.parent.parent.name}/{path.parent.name}") for path in found]

    def versions(self, uid: str) -> list[Manifest]:
        """Every version of a dataset, oldest publication first."""
        found = [self.manifest(uid, p.parent.name) for p in self._folder(uid).glob("*/manifest.json")]
        return sorted(found, key=lambda m: (m.published_at, m.version))

    def manifest(self, uid: str, version: str | None = None) -> Manifest:
        """The manifest of a version (default: the current one).

        Raises:
            LakeError: there is no such dataset or version, or its manifest cannot be read.
        """
        folder = self._folder(uid)
        if version is None:
            pointer = folder / "current"
            if not pointer.is_file():
                known = ", ".join(f"{p.parent.parent.name}/{p.parent.name}" for p in self.root.glob("*/*/current"))
                raise LakeError(f"dataset {uid!r} is not in the lake", f"it holds: {known or 'nothing yet'}")
            version = pointer.read_text().strip()
        path = folder / version / "manifest.json"
        if not path.is_file():
            raise LakeError(f"{uid}@{version} does not exist: no {path}", "ingest the dataset again")
        try:
            raw: dict[str, Any] = json.loads(path.read_text())
            raw["sources"] = tuple(SourceFile(**s) for s in raw["sources"])
            raw["parents"] = tuple(raw["parents"])
            return Manifest(**raw)
        except (ValueError, TypeError, KeyError) as error:
            raise LakeError(f"{path} is not a manifest: {error}", "ingest the dataset again") from error

    def read(self, uid: str, table: str, version: str | None = None) -> pl.DataFrame:
        """A table of a dataset; empty where it has no such rows, a column null where its schema version had none.

        Raises:
            LakeError: the dataset does not exist or the file cannot be read.
        """
        manifest = self.manifest(uid, version)
        if table not in manifest.files:
            return tables.frame(table, [])
        path = self.path(manifest, table)
        try:
            return tables.completed(table, pl.read_parquet(path))
        except (OSError, pl.exceptions.PolarsError) as error:
            raise _unreadable(path, error) from error

    def scan(self, uid: str, table: str, version: str | None = None) -> pl.LazyFrame:
        """A table of a dataset, as `read` gives it, but read where and as far as it is used.

        Raises:
            LakeError: the dataset or the file does not exist.
        """
        manifest = self.manifest(uid, version)
        if table not in manifest.files:
            return tables.frame(table, []).lazy()
        path = self.path(manifest, table)
        if not path.is_file():
            raise LakeError(f"{path} is absent", "`connectome ingest` publishes it anew")
        return tables.completed(table, pl.scan_parquet(path))

    def tables(self, uid: str, version: str | None = None) -> dict[str, pl.DataFrame]:
        """All tables of a dataset by name."""
        return {name: self.read(uid, name, version) for name in self.manifest(uid, version).files}

    def path(self, manifest: Manifest, table: str) -> Path:
        return self._folder(manifest.dataset) / manifest.version / f"{table}.parquet"

    def check(self, manifest: Manifest) -> None:
        """Compare the files of a version with its manifest.

        Raises:
            LakeError: naming every file that is absent or differs.
        """
        wrong = []
        for table, expected in manifest.files.items():
            path = self.path(manifest, table)
            if not path.is_file():
                wrong.append(f"{path} is absent")
            elif _sha256(path) != expected:
                wrong.append(f"{path} does not match its hash in the manifest")
        if wrong:
            raise LakeError(
                f"{manifest.reference} is damaged: " + "; ".join(wrong),
                f"remove the folder {self._folder(manifest.dataset) / manifest.version} and ingest the dataset again",
            )

    def ancestors(self, manifest: Manifest) -> list[Manifest]:
        """The versions that a version was made from, and theirs, nearest first, each once."""
        found: dict[str, Manifest] = {}
        waiting = list(manifest.parents)
        while waiting:
            reference = waiting.pop(0)
            if reference not in found:
                found[reference] = self.manifest(*split_reference(reference))
                waiting.extend(found[reference].parents)
        return list(found.values())

    def _folder(self, uid: str) -> Path:
        if uid.count("/") != 1 or ".." in uid:
            raise LakeError(f"not a dataset id: {uid!r}", "an id looks like celegans/cook2019")
        return self.root / uid

    def _check_id_map(self, dataset: Dataset) -> None:
        """Old ids must be those of an earlier version here, each accounted for; new ids nodes of the dataset."""
        table = dataset.tables.get("id_map")
        if table is None or table.is_empty():
            return
        uid, named = dataset.info.uid, table.get_column("since").unique().to_list()
        held = [m.version for m in self.versions(uid) if m.version in named and "node" in m.files]
        old_ids = {version: self.read(uid, "node", version).get_column("uid") for version in held}
        node = dataset.tables.get("node", tables.frame("node", []))
        if wrong := list(id_map.problems(table, old_ids, node.get_column("uid"))):
            raise ValidationError(uid, wrong)

    def _keys_of(self, parents: tuple[str, ...]) -> dict[str, pl.Series]:
        keys: dict[str, list[pl.Series]] = {name: [] for name in _SHARED_KEYS}
        for reference in parents:
            manifest = self.manifest(*split_reference(reference))
            for each in (manifest, *self.ancestors(manifest)):
                for name in set(_SHARED_KEYS) & set(each.files):
                    keys[name].append(self._uids(each, name))
        return {name: pl.concat(found) for name, found in keys.items() if found}

    def _uids(self, manifest: Manifest, table: str) -> pl.Series:
        path = self.path(manifest, table)
        try:
            return pl.read_parquet(path, columns=["uid"]).get_column("uid")
        except (OSError, pl.exceptions.PolarsError) as error:
            raise _unreadable(path, error) from error

    def _write(
        self,
        dataset: Dataset,
        version: str,
        parents: tuple[str, ...],
        written: dict[str, pl.DataFrame],
        hashes: dict[str, str],
        target: Path,
    ) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        temporary = self.root / f".publishing-{uuid.uuid4().hex}"
        temporary.mkdir()
        try:
            for name, frame in written.items():
                frame.write_parquet(
                    temporary / f"{name}.parquet",
                    row_group_size=_ROWS_PER_GROUP,
                    metadata={"connectome.table": name, "connectome.schema_version": tables.SCHEMA_VERSION},
                )
            manifest = Manifest(
                dataset=dataset.info.uid,
                version=version,
                schema_version=tables.SCHEMA_VERSION,
                published_at=datetime.now(UTC).isoformat(timespec="microseconds"),
                rows={name: frame.height for name, frame in written.items()},
                hashes=hashes,
                files={name: _sha256(temporary / f"{name}.parquet") for name in written},
                sources=dataset.sources,
                reader=dataset.info.reader,
                reader_version=dataset.info.reader_version,
                decisions=written["decision"].height if "decision" in written else 0,
                parents=parents,
                simulated=dataset.info.simulated,
            )
            (temporary / "manifest.json").write_text(json.dumps(asdict(manifest), indent=2) + "\n")
            for path in temporary.iterdir():
                _sync(path)
            _sync(temporary)
            _move(temporary, target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def _point(self, uid: str, version: str) -> None:
        pointer = self._folder(uid) / "current"
        if pointer.is_file() and pointer.read_text().strip() == version:
            return
        temporary = pointer.with_name(f".current-{uuid.uuid4().hex}")
        temporary.write_text(version + "\n")
        _sync(temporary)
        temporary.replace(pointer)
        _sync(pointer.parent)


def split_reference(reference: str) -> tuple[str, str | None]:
    """`id@version` or `id` as its two parts."""
    uid, _, version = reference.partition("@")
    return uid, version or None


def _version(info: DatasetInfo, parents: tuple[str, ...], hashes: dict[str, str]) -> str:
    about = json.dumps({**asdict(info), "parents": sorted(parents), "schema": tables.SCHEMA_VERSION}, sort_keys=True)
    return combined_hash([("info", about), *hashes.items()])[:VERSION_DIGITS]


def _dataset_row(info: DatasetInfo, version: str, parents: tuple[str, ...]) -> pl.DataFrame:
    return tables.frame("dataset", [{**asdict(info), "version": version, "parents": list(parents)}])


def _unreadable(path: Path, error: Exception) -> LakeError:
    return LakeError(f"{path} cannot be read: {error}", "`connectome ingest` publishes it anew")


def _move(temporary: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists() and not (target / "manifest.json").is_file():
        shutil.rmtree(target)  # a folder without a manifest is not a version
    try:
        temporary.rename(target)
    except OSError:
        if not (target / "manifest.json").is_file():  # else someone published the same content meanwhile
            raise
    _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
