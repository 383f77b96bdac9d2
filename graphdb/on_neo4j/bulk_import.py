"""The whole graph at once by `neo4j-admin database import`, straight from Parquet with typed column names.

The tool loses two things without a word, so neither may reach it: an empty string becomes no property, and a null
inside a list is dropped. No column of the tables may hold either (FORMAT.md), and staging refuses them.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import polars as pl
from neo4j.exceptions import Neo4jError, ServiceUnavailable

from graphdb.graph_model import NODE_TYPES, RELATIONSHIP_TYPES
from graphdb.on_neo4j.admin import Neo4jAdmin
from graphdb.on_neo4j.link import Neo4jLink
from graphdb.on_neo4j.load import Part, name_of, parts_of
from graphdb.on_neo4j.marks import IMPORTED, WHOLE, fingerprint, mark_of, take
from graphdb.on_neo4j.migrations import migrate
from graphdb.projection import END, START, DatasetGraph, Nodes
from graphdb.store import Report
from schemas.errors import GraphError, StoreUnreachableError

_TYPES: dict[pl.DataType, str] = {
    pl.String(): "string",
    pl.Int64(): "long",
    pl.Float64(): "double",
    pl.Boolean(): "boolean",
    pl.List(pl.String()): "string[]",
}
_ROW_GROUP = 250_000


def load(link: Neo4jLink, admin: Neo4jAdmin, graphs: Iterable[DatasetGraph], total: int, report: Report) -> None:
    """Replace the graph by an import; after a kill the same call imports again, or finishes what was imported.

    Raises:
        GraphError: a row is bad, or the tool failed; or, where a person runs it: with the command to run.
    """
    wanted = list(graphs)
    version = fingerprint(g.manifest for g in wanted)
    if not _is_imported(link, admin, version):
        report("staging", 0, total)
        stage(admin, wanted, version, report)
        if admin.by_hand:
            raise GraphError(
                f"the rows are staged in {admin.staging}; the import is yours to run",
                f"stop the server, run `{shlex.join(admin.import_command())}`, start it, "
                "then run the same command again",
            )
        report("importing", 0, total)
        admin.stop_server()
        admin.run_import()
        admin.stopped.write_text(version)
    if admin.stopped.is_file():
        report("starting", 0, total)
        admin.start_server()
    link.wait_until_up(admin.start_limit_s)
    finish(link, wanted, report)
    shutil.rmtree(admin.staging, ignore_errors=True)


def left_behind(admin: Neo4jAdmin, error: StoreUnreachableError) -> bool:
    """Whether an import that broke off is why the database does not answer; `load` then makes it again."""
    return admin.stopped.is_file() or _is_broken(error)


def _is_broken(error: StoreUnreachableError) -> bool:
    """Whether the server answers, but says that the database is unavailable."""
    return isinstance(error.__cause__, Neo4jError) and "Database" in (error.__cause__.code or "")


def finish(link: Neo4jLink, graphs: list[DatasetGraph], report: Report) -> None:
    """After the server is up again: constraints and indexes, then the engine's own counts against the lake's.

    Counting reads the count store, so the planner's statistics are there before the first query.
    """
    report("constraints and indexes", 0, 1)
    migrate(link)
    wrong = [
        f"{what}: {expected} rows staged, {found} imported"
        for what, expected, found in _counted(link, graphs)
        if expected != found
    ]
    if wrong:
        raise GraphError(f"the import lost rows: {'; '.join(wrong)}", "run the same command again")
    take(link, WHOLE)


def stage(admin: Neo4jAdmin, graphs: list[DatasetGraph], version: str, report: Report) -> None:
    """Write every part as Parquet under typed column names, and the arguments that name the files.

    Raises:
        GraphError: a value that the import tool would lose.
    """
    shutil.rmtree(admin.staging, ignore_errors=True)
    admin.staging.mkdir(parents=True)
    admin.staging.chmod(0o755)  # the tool may run as another user
    there = admin.seen_as or str(admin.staging)
    arguments = ["--overwrite-destination=true", "--input-type=parquet", "--bad-tolerance=0", "--strict=true"]
    arguments += ["--verbose", "--report-file=/dev/null"]
    mark = pl.LazyFrame({"uid:ID": [WHOLE], "version:string": [version], "phase:string": [IMPORTED]})
    mark.sink_parquet(admin.staging / "mark.parquet")
    arguments.append(f'"--nodes=Loading={there}/mark.parquet"')
    for done, graph in enumerate(graphs):
        report(f"staging {graph.manifest.dataset}", done, len(graphs))
        for number, part in enumerate(parts_of(graph)):
            file = f"{done}-{number}.parquet"
            _stage(part, admin.staging / file)
            sort = "nodes" if isinstance(part, Nodes) else "relationships"
            arguments.append(f'"--{sort}={name_of(part)}={there}/{file}"')
    (admin.staging / "import.args").write_text("\n".join(arguments) + "\n")


def staged_columns(part: Part) -> dict[str, str]:
    """Column of the part to its name in the staged file, which holds its role or type.

    A uid is unique in its label only (a run and its dataset share one), so each label is a group of ids.
    """
    if isinstance(part, Nodes):
        properties = NODE_TYPES[part.label].properties
        named = {name: f"{name}:{_TYPES[dtype]}" for name, dtype in properties.items()}
        return {**named, "uid": f"uid:ID({part.label})"}
    properties = RELATIONSHIP_TYPES[part.type].properties
    ends = {START: f":START_ID({part.start})", END: f":END_ID({part.end})"}
    return {**ends, **{name: f"{name}:{_TYPES[dtype]}" for name, dtype in properties.items()}}


def _stage(part: Part, path: Path) -> None:
    names = staged_columns(part)
    # Uncompressed pages are what the tool reads fastest; the folder lives for minutes.
    part.frame.select(pl.col(name).alias(staged) for name, staged in names.items()).sink_parquet(
        path, compression="uncompressed", statistics=False, row_group_size=_ROW_GROUP
    )
    _refuse_lost_values(path)


def _refuse_lost_values(path: Path) -> None:
    frame = pl.scan_parquet(path)
    checks = []
    for name, dtype in frame.collect_schema().items():
        if dtype == pl.String():
            checks.append((pl.col(name).str.len_bytes() == 0).any().alias(name))
        elif isinstance(dtype, pl.List):
            items = pl.element().is_null() | (pl.element().str.len_bytes() == 0)
            checks.append(pl.col(name).list.eval(items).list.any().any().alias(name))
    found = frame.select(checks).collect(engine="streaming").row(0, named=True)
    lost = [name.partition(":")[0] or name for name, there in found.items() if there]
    if lost:
        raise GraphError(
            f"{path.name}: an empty text or a null inside a list in {', '.join(lost)}, which the import would lose",
            "missing is null; publish the dataset without empty texts",
        )


def _is_imported(link: Neo4jLink, admin: Neo4jAdmin, version: str) -> bool:
    if admin.stopped.is_file():
        return admin.stopped.read_text() == version
    try:
        mark = mark_of(link, WHOLE)
    except StoreUnreachableError as error:
        if _is_broken(error) or (admin.by_hand and isinstance(error.__cause__, ServiceUnavailable)):
            return False
        raise
    return mark is not None and (mark.version, mark.phase) == (version, IMPORTED)


def _counted(link: Neo4jLink, graphs: list[DatasetGraph]) -> Iterator[tuple[str, int, int]]:
    expected: dict[str, int] = {}
    for part in chain.from_iterable(map(parts_of, graphs)):
        expected[name_of(part)] = expected.get(name_of(part), 0) + part.rows
    for what in (*NODE_TYPES, *RELATIONSHIP_TYPES):
        pattern = f"(x:`{what}`)" if what in NODE_TYPES else f"()-[x:`{what}`]->()"
        ((found,),) = link.rows(f"MATCH {pattern} RETURN count(x)")
        yield what, expected.get(what, 0), int(found)
