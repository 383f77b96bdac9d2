"""Building of an embedded graph file beside the old one: rows in, rows out, and the swap.

Whatever ends a build, the old file stays as it was; what a killed build left beside it is removed by the next one.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ladybug
import polars as pl

from graphdb.graph_model import NODE_TYPES, RELATIONSHIP_TYPES
from graphdb.on_ladybug.errors import mapped
from graphdb.on_ladybug.schema import copy_statement, relationship_table, schema_statements
from graphdb.on_ladybug.verify import LadybugSnapshot, relationship_rows
from graphdb.projection import END, START, DatasetGraph, Nodes, Relationships
from graphdb.store import Report
from schemas.errors import GraphError, StoreUnreachableError

_SPACE_BYTES = 4 << 20  # with less than this free, an I/O error of the engine means that the disk is full
_DELETED_AT_ONCE = 400_000  # an uncommitted deletion takes about 0.75 kB of memory for each relationship
_ROW_BYTES = 400  # of the pool, for each row that one COPY brings (seen: 213 too few, 403 enough)
_OLD_STAYS = "the old graph stays in use"
Counts = dict[tuple[str, str, str, str], int]


@dataclass(frozen=True)
class LadybugBuilder:
    """Makes the graph file at a path, one builder at a time.

    Args:
        path: the file.
        build_bytes: buffer pool while writing.
        read_bytes: buffer pool while verifying.
        max_bytes: address space to reserve.
    """

    path: Path
    build_bytes: int
    read_bytes: int
    max_bytes: int

    def load(self, graphs: Iterable[DatasetGraph], total: int, report: Report) -> None:
        """A new file with these datasets only."""
        with self._building() as fresh:
            with self._writing(fresh) as connection:
                for statement in schema_statements():
                    connection.execute(statement)
                loaded = self._copied(connection, fresh.parent, graphs, total, report)
            self._verify(fresh, loaded, report, {})

    def change(self, gone: Iterable[str], graphs: Iterable[DatasetGraph], total: int, report: Report) -> None:
        """A copy of the file without some datasets and with others; those that it holds already are left alone.

        Args:
            gone: datasets to take out, children before parents; one that is not there is none to take out.
            graphs: datasets to put in, parents before children.
            total: how many these are.
            report: told of each.
        """
        with self._building() as fresh:
            held = self._copy_of_current(fresh)
            out = [dataset for dataset in gone if dataset in held]
            with self._reading(fresh) as before:
                counts, there = before.counts(), before.columns()
                dependants = list(staying_dependants(before, out))
            if dependants:
                hint = f"remove those datasets as well; {_OLD_STAYS}"
                raise GraphError(f"cannot remove {', '.join(out)}: {'; '.join(dependants)}", hint)
            with self._writing(fresh) as connection:
                for statement in schema_statements(there):
                    connection.execute(statement)
                for done, dataset in enumerate(out):
                    report(f"remove {dataset}", done, len(out))
                    _delete(connection, dataset, counts)
                staying = {dataset: version for dataset, version in held.items() if dataset not in out}
                loaded = self._copied(connection, fresh.parent, _absent(graphs, staying), total, report)
            self._verify(fresh, loaded, report, {key: n for key, n in counts.items() if key[3] not in out})

    @contextmanager
    def _building(self) -> Iterator[Path]:
        """The path of the file to make; it is swapped in where nothing was raised."""
        with self._locked(), self._folder() as folder, self._explained(f"building {self.path.name}"):
            fresh = folder / self.path.name
            yield fresh
            log = fresh.with_name(fresh.name + ".wal")
            if log.is_file() and log.stat().st_size:
                raise GraphError(f"the engine left {log.name} behind: the new file is not whole", _OLD_STAYS)
            _durable(fresh)
            fresh.replace(self.path)
            _durable(self.path.parent)

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        """An empty folder beside the file for all that a build writes: the engine has many files of its own."""
        folder = self.path.with_name(self.path.name + ".building")
        shutil.rmtree(folder, ignore_errors=True)  # a killed build's
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_name(self.path.name + ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StoreUnreachableError(
                    f"{self.path} is locked: another process is building it", "try again when it has finished"
                ) from None
            yield

    @contextmanager
    def _writing(self, fresh: Path) -> Iterator[Any]:
        database = ladybug.Database(fresh, buffer_pool_size=self.build_bytes, max_db_size=self.max_bytes)
        connection = ladybug.Connection(database)
        try:
            connection.execute("CALL force_checkpoint_on_close=false")  # it would write after an error, too
            yield connection
            _require_space(fresh.parent, 0)
            connection.execute("CHECKPOINT")
        finally:
            connection.close()
            database.close()

    @contextmanager
    def _reading(self, path: Path) -> Iterator[LadybugSnapshot]:
        database = ladybug.Database(path, read_only=True, buffer_pool_size=self.read_bytes, max_db_size=self.max_bytes)
        try:
            yield LadybugSnapshot(database)
        finally:
            database.close()

    def _copied(
        self, connection: Any, folder: Path, graphs: Iterable[DatasetGraph], total: int, report: Report
    ) -> list[DatasetGraph]:
        loaded = []
        for done, graph in enumerate(graphs):
            report(graph.manifest.dataset, done, total)
            parts: tuple[Nodes | Relationships, ...] = (*graph.nodes, *graph.relationships)
            for part in parts:
                self._copy(connection, folder, graph.manifest.dataset, part)
            loaded.append(graph)
        return loaded

    def _copy(self, connection: Any, folder: Path, dataset: str, part: Nodes | Relationships) -> None:
        staged = folder / "part.parquet"
        with self._explained(f"{dataset} {part.label if isinstance(part, Nodes) else part.type}"):
            stage(part, staged)
            for piece in self._pieces(staged, part.rows):
                _require_space(folder, piece.stat().st_size)
                connection.execute(copy_statement(part, quoted(piece)))
        staged.unlink()

    def _pieces(self, staged: Path, rows: int) -> Iterator[Path]:
        """The file, or where one COPY of it would not fit into the pool, files of some of its rows each.

        It takes longer: the engine rewrites what it holds of a table at each COPY.
        """
        most = max(1, self.build_bytes // _ROW_BYTES)
        if rows <= most:
            yield staged
            return
        piece = staged.with_name("piece.parquet")
        for start in range(0, rows, most):
            pl.scan_parquet(staged).slice(start, most).sink_parquet(piece, compression="lz4", statistics=False)
            yield piece
        piece.unlink()

    def _copy_of_current(self, fresh: Path) -> dict[str, str]:
        if not self.path.is_file():
            raise StoreUnreachableError(
                f"there is no graph at {self.path}", "`connectome project` makes it from the lake"
            )
        shutil.copyfile(self.path, fresh)
        with self._reading(fresh) as snapshot:
            return snapshot.held()

    def _verify(self, fresh: Path, graphs: list[DatasetGraph], report: Report, others: Counts) -> None:
        """Compare the datasets that are new with the lake, and count what stayed."""
        with self._reading(fresh) as snapshot:
            loaded = {graph.manifest.dataset for graph in graphs}
            if {key: n for key, n in snapshot.counts().items() if key[3] not in loaded} != others:
                raise GraphError("the new graph has lost rows of datasets that stay", _OLD_STAYS)
            for done, graph in enumerate(graphs):
                report(f"verify {graph.manifest.dataset}", done, len(graphs))
                found = [str(difference) for difference in snapshot.differences(graph)]
                if found:
                    raise GraphError("the new graph is not what the lake holds: " + "; ".join(found), _OLD_STAYS)

    @contextmanager
    def _explained(self, what: str) -> Iterator[None]:
        try:
            yield
        except (OSError, RuntimeError, pl.exceptions.PolarsError) as error:
            explained = self._explanation(what, error)
            if explained is not None:
                raise explained from error
            with mapped("", 0.0):
                raise

    def _explanation(self, what: str, error: Exception) -> GraphError | None:
        text = str(error).strip()
        full = getattr(error, "errno", None) == errno.ENOSPC or "No space left" in text
        if full or ("IO exception" in text and shutil.disk_usage(self.path.parent).free < _SPACE_BYTES):
            return GraphError(f"{what}: the disk of {self.path.parent} is full", f"free some space; {_OLD_STAYS}")
        if "buffer pool is full" in text or isinstance(error, MemoryError):
            return GraphError(
                f"{what}: building needs more memory than its {self.build_bytes >> 20} MiB",
                f"give the store a larger build_bytes; {_OLD_STAYS}",
            )
        if "Unable to find primary key value" in text:
            return GraphError(
                f"{what}: a relationship's end is not in the graph: {text}",
                f"its node comes with another dataset, a parent, which must be there first; {_OLD_STAYS}",
            )
        if "duplicated primary key" in text:
            return GraphError(f"{what}: {text}", f"two rows or two datasets may not bring the same node; {_OLD_STAYS}")
        if isinstance(error, pl.exceptions.PolarsError):
            return GraphError(f"{what}: rows of the lake cannot be read: {text}", "ingest the dataset again")
        return None


def _require_space(folder: Path, more_bytes: int) -> None:
    """Some errors of writing, in its shadow file, the engine does not raise: it ends the whole process."""
    if shutil.disk_usage(folder).free < _SPACE_BYTES + more_bytes:
        raise OSError(errno.ENOSPC, "too little space is left")


def usual_build_bytes() -> int:
    """Three GiB, enough for eight million rows at once; half of the memory where that is less."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(3 << 30, memory // 2)


def stage(part: Nodes | Relationships, path: Path) -> None:
    """Write a part as Parquet, streaming. lz4 costs less than the other codecs and the file is short-lived."""
    part.frame.sink_parquet(path, compression="lz4", statistics=False)


def quoted(path: Path) -> str:
    """A path as the engine's string literal."""
    text = str(path).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{text}'"


def staying_dependants(snapshot: LadybugSnapshot, gone: list[str]) -> Iterator[str]:
    """Datasets that stay though their relationships end at nodes of a dataset to remove, each in words."""
    owning = {what for (what, start, _, dataset) in snapshot.counts() if dataset in gone and not start}
    for what, start, end, dataset in snapshot.counts():
        if start and dataset not in gone:
            for label, column in ((start, START), (end, END)):
                rows = relationship_rows(what, start, end)
                found = snapshot.ends_of(rows, column, dataset, gone) if label in owning else 0
                if found:
                    yield f"{found} {what} relationships of {dataset} have ends at its {label} nodes"


def _absent(graphs: Iterable[DatasetGraph], held: dict[str, str]) -> Iterator[DatasetGraph]:
    for graph in graphs:
        version = held.get(graph.manifest.dataset)
        if version is None:
            yield graph
        elif version != graph.manifest.version:
            raise GraphError(
                f"the graph holds {graph.manifest.dataset} in version {version} already", "remove that one first"
            )


def _delete(connection: Any, dataset: str, counts: Counts) -> None:
    """Take out a dataset's rows: relationships, then nodes, in committed steps that bound the memory."""
    for type_, found in RELATIONSHIP_TYPES.items():
        mine = {key: n for key, n in counts.items() if key[0] == type_ and key[3] == dataset}
        if mine and all(key[3] == dataset for key in counts if key[0] == type_):
            connection.execute(f"DROP TABLE `{type_}`")  # thousands of times faster than deleting its rows
            connection.execute(relationship_table(found))
            continue
        for (_, start, end, _), rows in mine.items():
            _delete_relationships(connection, dataset, (type_, start, end), rows)
    for label in NODE_TYPES:
        if counts.get((label, "", "", dataset)):
            by = "uid" if label == "Dataset" else "dataset"
            connection.execute(f"MATCH (n:`{label}`) WHERE n.`{by}` = $dataset DELETE n", {"dataset": dataset})


def _delete_relationships(connection: Any, dataset: str, hop: tuple[str, str, str], rows: int) -> None:
    type_, start, end = hop
    match = f"MATCH (a:`{start}`)-[r:`{type_}`]->(:`{end}`) WHERE r.`dataset` = $dataset"
    last = connection.execute(f"MATCH (n:`{start}`) RETURN max(offset(id(n)))").get_all()[0][0]
    width = max(1, (last + 1) * _DELETED_AT_ONCE // rows)
    for low in range(0, last + 1, width):
        bounds = {"dataset": dataset, "low": low, "high": low + width}
        connection.execute(f"{match} AND offset(id(a)) >= $low AND offset(id(a)) < $high DELETE r", bounds)


def _durable(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
