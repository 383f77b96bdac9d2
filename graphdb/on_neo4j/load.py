"""Loading, adding and removing datasets on a Neo4j server that stays up: batches that can be taken up again.

What limits it was measured at 2.7 million relationships: three quarters of the time is the server's commit. Rows as
one list per column, constant values sent once, and ends found by internal id instead of by index take what is left
down to a fifth; larger batches and a second session gain nothing on two cores.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import neo4j
import numpy as np
import polars as pl

from graphdb.graph_model import NODE_TYPES, RELATIONSHIP_TYPES
from graphdb.on_neo4j.link import Neo4jLink
from graphdb.on_neo4j.marks import CLEARING, LOADING, REMOVING, WHOLE, Mark, fingerprint, mark_of, moved, put, take
from graphdb.on_neo4j.migrations import migrate
from graphdb.on_neo4j.read import ID, ids, of_dataset
from graphdb.projection import END, START, DatasetGraph, Nodes, Relationships
from graphdb.store import Report
from schemas.errors import GraphError

BATCH = 10_000
Part = Nodes | Relationships
_A, _B = "_a", "_b"
_FEW = 0.1  # of a label's nodes: below this share ends are looked up one by one


def parts_of(graph: DatasetGraph) -> list[Part]:
    """All parts, in the order in which they are loaded: nodes first, since relationships join them."""
    found: list[Part] = [*graph.nodes]
    return [*found, *graph.relationships]


def name_of(part: Part) -> str:
    """Its label or type."""
    return part.label if isinstance(part, Nodes) else part.type


def load(link: Neo4jLink, graphs: Iterable[DatasetGraph], total: int, report: Report) -> None:
    """Replace the graph by these datasets; after a kill the same call goes on where it was."""
    wanted = list(graphs)
    version = fingerprint(g.manifest for g in wanted)
    migrate(link)
    with link.building():
        if mark_of(link, WHOLE) != Mark(WHOLE, version, LOADING):
            put(link, Mark(WHOLE, version, CLEARING))
            clear(link)
            put(link, Mark(WHOLE, version, LOADING))
        _add(link, wanted, total, report)


def add(link: Neo4jLink, graphs: Iterable[DatasetGraph], total: int, report: Report) -> None:
    """Add datasets that are not whole yet, each after its parents."""
    migrate(link)
    with link.building():
        _add(link, graphs, total, report)


def remove(link: Neo4jLink, datasets: Iterable[str], report: Report) -> None:
    """Take datasets out.

    Raises:
        GraphError: nodes of one of them are ends of relationships of a dataset that stays.
    """
    names = list(datasets)
    migrate(link)
    with link.building():
        _refuse_needed(link, names)
        for done, name in enumerate(names):
            report(name, done, len(names))
            put(link, Mark(name, "", REMOVING))
            _remove_rows(link, name)
            take(link, name)


def clear(link: Neo4jLink) -> None:
    """Empty the graph but for the store's own nodes; relationships first, since a hub may have millions."""
    link.run("MATCH ()-[r]->() CALL (r) { DELETE r } IN TRANSACTIONS OF 20000 ROWS")
    link.run(
        "MATCH (n) WHERE NOT n:Migration AND NOT n:Builder AND NOT n:Loading "
        "CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 20000 ROWS"
    )
    link.write(lambda t: t.run("MATCH (l:Loading) WHERE l.uid <> $whole DELETE l", whole=WHOLE).consume())


def _add(link: Neo4jLink, graphs: Iterable[DatasetGraph], total: int, report: Report) -> None:
    for (unfinished,) in link.rows(f"MATCH (l:Loading {{phase: '{REMOVING}'}}) RETURN l.uid"):
        _remove_rows(link, unfinished)
        take(link, unfinished)
    for done, graph in enumerate(graphs):
        report(graph.manifest.dataset, done, total)
        _add_one(link, graph, report)
    take(link, WHOLE)


def _add_one(link: Neo4jLink, graph: DatasetGraph, report: Report) -> None:
    manifest = graph.manifest
    mark = mark_of(link, manifest.dataset)
    start = Mark(manifest.dataset, manifest.version, LOADING)
    if mark is None:
        found = link.rows("MATCH (d:Dataset {uid: $uid}) RETURN d.version", {"uid": manifest.dataset})
        if found and found[0][0] == manifest.version:
            return
        if found:
            raise GraphError(
                f"the graph holds {manifest.dataset}@{found[0][0]}, not {manifest.reference}",
                "remove it first, or `connectome project --rebuild`",
            )
    elif (mark.version, mark.phase) != (start.version, start.phase):
        _remove_rows(link, manifest.dataset)
        mark = None
    if not _Loading(link, graph, mark or put(link, start), report).run():
        # The rows come in another order than before the kill, so what is there cannot be told from what is not.
        _remove_rows(link, manifest.dataset)
        _Loading(link, graph, put(link, start), report).run()


@dataclass
class _Loading:
    """One dataset on its way into the graph.

    Args:
        mark: how far the graph says it has come.
        waiting: statements for the next transaction; small parts share one.
    """

    link: Neo4jLink
    graph: DatasetGraph
    mark: Mark
    report: Report
    waiting: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    rows: int = 0
    known: dict[str, pl.DataFrame] = field(default_factory=dict)

    def run(self) -> bool:
        """Load what is missing; False where the rows before the mark are not those that were loaded."""
        resumed, reached, done = self.mark, self.mark, 0
        for number, part in enumerate(parts_of(self.graph)):
            if number == len(self.graph.nodes):
                self._write(reached)  # nodes must be there to be found as ends
            if number >= resumed.part:
                skip = resumed.rows if number == resumed.part else 0
                here = replace(resumed, part=number, rows=0, prefix=0)
                for rows in self._batches(part, skip):
                    here = replace(here, rows=here.rows + rows.height, prefix=here.prefix ^ _hash(rows))
                    if here.rows > skip:
                        self._add(part, rows, here)
                    elif here.rows == skip and here.prefix != resumed.prefix:
                        return False
                    self.report(f"{here.uid} {name_of(part)}", done + here.rows, self.graph.rows)
                reached = here
            done += part.rows
        self._write(reached, last=True)
        return True

    def _add(self, part: Part, rows: pl.DataFrame, reached: Mark) -> None:
        self.waiting.append(statement(part, rows))
        self.rows += rows.height
        if self.rows >= BATCH:
            self._write(reached)

    def _write(self, reached: Mark, *, last: bool = False) -> None:
        if not self.waiting and not last:
            return
        statements, before = self.waiting, self.mark

        def work(transaction: neo4j.Transaction) -> None:
            if not moved(transaction, before, reached):
                return  # the commit happened, though its answer was lost
            for cypher, parameters in statements:
                record = transaction.run(cypher, parameters).single()
                if record is None or record["made"] != parameters["n"]:
                    raise GraphError(
                        f"{reached.uid}: some of {parameters['n']} rows found no ends",
                        "another process changes the graph: run the same command again",
                    )
            if last:
                transaction.run("MATCH (l:Loading {uid: $uid}) DELETE l", uid=reached.uid).consume()

        self.link.write(work)
        self.mark, self.waiting, self.rows = reached, [], 0

    def _batches(self, part: Part, skip: int) -> Iterator[pl.DataFrame]:
        """Rows of a part in the order of the lake, cut where a killed load stopped."""
        frame = part.frame if isinstance(part, Nodes) else self._with_ids(part)
        seen = 0
        for chunk in frame.collect_batches(chunk_size=BATCH, maintain_order=True, engine="streaming"):
            start = 0
            while start < chunk.height:
                until = skip - seen if seen < skip else BATCH
                rows = chunk.slice(start, min(BATCH, until))
                start += rows.height
                seen += rows.height
                yield rows

    def _with_ids(self, part: Relationships) -> pl.LazyFrame:
        """The part with the internal ids of both ends; null where there is no such node."""
        frame = part.frame
        for uid, label, name in ((START, part.start, _A), (END, part.end, _B)):
            known = self._ids(part, uid, label).lazy().rename({"uid": uid, ID: name})
            frame = frame.join(known, on=uid, how="left", maintain_order="left")
        return frame

    def _ids(self, part: Relationships, uid: str, label: str) -> pl.DataFrame:
        if label not in self.known:
            ((nodes,),) = self.link.rows(f"MATCH (n:`{label}`) RETURN count(n)")
            if part.rows < nodes * _FEW and nodes > BATCH:
                wanted = part.frame.select(pl.col(uid).unique()).collect(engine="streaming").to_series()
                return ids(self.link, label, wanted)
            self.known[label] = ids(self.link, label)
        return self.known[label]


def _hash(rows: pl.DataFrame) -> int:
    """63 bits of the rows and their order within the part's file."""
    hashed = rows.drop(_A, _B, strict=False).hash_rows(seed=0).to_numpy()
    return int(np.bitwise_xor.reduce(hashed)) >> 1


def statement(part: Part, rows: pl.DataFrame) -> tuple[str, dict[str, object]]:
    """The text that creates a batch, and its parameters: one list for each column whose values differ.

    Raises:
        GraphError: a relationship's end is not in the graph.
    """
    names = NODE_TYPES[part.label].properties if isinstance(part, Nodes) else RELATIONSHIP_TYPES[part.type].properties
    parameters: dict[str, object] = {"n": rows.height}
    made = []
    for number, name in enumerate(names):
        column = rows.get_column(name)
        if column.null_count() == rows.height:
            continue
        constant = column.null_count() == 0 and not isinstance(column.dtype, pl.List) and column.n_unique() == 1
        parameters[f"c{number}"] = column[0] if constant else column.to_list()
        made.append(f"`{name}`: $c{number}" + ("" if constant else "[i]"))
    head, properties = "UNWIND range(0, $n - 1) AS i ", ", ".join(made)
    if isinstance(part, Nodes):
        return f"{head}CREATE (x:`{part.label}` {{{properties}}}) RETURN count(*) AS made", parameters
    _refuse_missing(part, rows)
    parameters |= {"a": rows.get_column(_A).to_list(), "b": rows.get_column(_B).to_list()}
    ends = "MATCH (a) WHERE id(a) = $a[i] MATCH (b) WHERE id(b) = $b[i] "
    return f"{head}{ends}CREATE (a)-[r:`{part.type}` {{{properties}}}]->(b) RETURN count(*) AS made", parameters


def _refuse_missing(part: Relationships, rows: pl.DataFrame) -> None:
    for name, uid, label in ((_A, START, part.start), (_B, END, part.end)):
        missing = rows.filter(pl.col(name).is_null())
        if missing.height:
            first = missing.row(0, named=True)
            raise GraphError(
                f"{part.type} {first[START]} -> {first[END]}: there is no {label} {first[uid]!r} in the graph",
                "the dataset that brings it must be projected first",
            )


def _remove_rows(link: Neo4jLink, dataset: str) -> None:
    """Delete all rows of a dataset but its mark, in transactions of the server's; a second call goes on."""
    given = {"dataset": dataset}
    for type_ in RELATIONSHIP_TYPES:
        link.run(
            f"MATCH ()-[r:`{type_}`]->() WHERE r.dataset = $dataset "
            f"CALL (r) {{ DELETE r }} IN TRANSACTIONS OF {BATCH} ROWS",
            given,
        )
    for label in sorted(NODE_TYPES, key=lambda each: each == "Dataset"):
        link.run(
            f"MATCH (n:`{label}`) WHERE {of_dataset(label)} CALL (n) {{ DELETE n }} IN TRANSACTIONS OF {BATCH} ROWS",
            given,
        )


def _refuse_needed(link: Neo4jLink, names: list[str]) -> None:
    for label in NODE_TYPES:
        by = "uid" if label == "Dataset" else "dataset"
        found = link.rows(
            f"MATCH (n:`{label}`)-[r]-() WHERE n.`{by}` IN $names AND NOT r.dataset IN $names "
            f"RETURN n.`{by}`, r.dataset, count(*), min(n.uid) ORDER BY r.dataset",
            {"names": names},
        )
        if found:
            needed = sorted({by for _, by, _, _ in found})
            count, example = sum(row[2] for row in found), found[0][3]
            raise GraphError(
                f"{found[0][0]} cannot be removed: {count} relationship(s) of {', '.join(needed)} end at its nodes, "
                f"e.g. at {example}",
                f"remove {', '.join(needed)} as well",
            )
