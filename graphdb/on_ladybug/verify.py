"""A Ladybug graph beside the lake: counts and order-free hashes first, rows only where those differ.

The engine gives node offsets and numbers as Arrow, a range of start nodes at a time; uids are read once for each label
and stand in for by their hashes, so that memory stays bounded: eight bytes for each node, and one range of rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import ladybug
import numpy as np
import polars as pl

from graphdb.arrow import normalised
from graphdb.graph_model import NODE_TYPES, RELATIONSHIP_TYPES
from graphdb.on_ladybug.errors import mapped
from graphdb.projection import END, START, DatasetGraph, of_type
from graphdb.row_differences import RowDifferences, row_differences, together
from graphdb.row_hash import BUCKET, ROWS, added, bucket_of, bucket_sums, uid_hash, unequal
from graphdb.store import Difference

_RANGE_ROWS = 400_000
_NARROWED_ROWS = 100_000
_FEW_ROWS = 20_000
_ARROW_CHUNK = 100_000
_NO_ENDS = ("", "")
_POOL_FULL = "buffer pool is full"


@dataclass(frozen=True)
class Rows:
    """Rows of one label, or of one type between two labels, as lake and graph hold them for a dataset.

    Args:
        pattern: what to match; `{}` stands where the first node's own pattern may be narrowed.
        where: condition that chooses the dataset's rows.
        ends: columns that hold uids, each with its variable and label; the first orders and bounds the rows.
        holder: variable that has the properties.
        properties: without the ends.
        key: columns that identify a row.
    """

    pattern: str
    where: str
    ends: tuple[tuple[str, str, str], ...]
    holder: str
    properties: Mapping[str, pl.DataType]
    key: tuple[str, ...]

    @property
    def columns(self) -> dict[str, pl.DataType]:
        return {**{column: pl.String() for column, _, _ in self.ends}, **self.properties}


def node_rows(label: str) -> Rows:
    """The rows of a label."""
    properties = {name: dtype for name, dtype in NODE_TYPES[label].properties.items() if name != "uid"}
    where = f"n.`{'uid' if label == 'Dataset' else 'dataset'}` = $dataset"
    return Rows(f"MATCH (n:`{label}`{{}})", where, (("uid", "n", label),), "n", properties, ("uid",))


def relationship_rows(type_: str, start: str, end: str) -> Rows:
    """The rows of a type between two labels."""
    found = RELATIONSHIP_TYPES[type_]
    pattern = f"MATCH (a:`{start}`{{}})-[r:`{type_}`]->(b:`{end}`)"
    ends = ((START, "a", start), (END, "b", end))
    return Rows(pattern, "r.`dataset` = $dataset", ends, "r", found.properties, (START, END, *found.key))


class LadybugSnapshot:
    """One graph file, open read-only: it does not change, so counts and uid hashes are read once.

    Args:
        database: an open ladybug.Database.
    """

    def __init__(self, database: Any) -> None:
        self._database = database
        self._counts: dict[tuple[str, str, str, str], int] | None = None
        self._uids: dict[str, np.ndarray[Any, np.dtype[np.uint64]]] = {}

    def counts(self) -> dict[tuple[str, str, str, str], int]:
        """Rows of every (label or type, start label, end label, dataset); counted by the engine."""
        if self._counts is None:
            self._counts = dict(self._counted())
        return self._counts

    def held(self) -> dict[str, str]:
        """Id and version of every dataset."""
        return dict(self._frame("MATCH (d:Dataset) RETURN d.`uid` AS uid, d.`version` AS version").rows())

    def ends_of(self, rows: Rows, end: str, dataset: str, owners: list[str]) -> int:
        """How many relationships of a dataset have nodes of other datasets at one end (a column of `rows.ends`)."""
        variable, label = next((v, label) for column, v, label in rows.ends if column == end)
        owner = f"{variable}.`{'uid' if label == 'Dataset' else 'dataset'}`"
        cypher = f"{rows.pattern.replace('{}', '')} WHERE {rows.where} AND {owner} IN $owners RETURN count(*) AS n"
        return int(self._frame(cypher, dataset=dataset, owners=owners).item())

    def differences(self, graph: DatasetGraph) -> Iterator[Difference]:
        """Compare every label and type of one dataset."""
        dataset = graph.manifest.dataset
        brought = {part.label: (part.frame, part.rows) for part in graph.nodes}
        for label in NODE_TYPES:
            nodes = {_NO_ENDS: brought[label]} if label in brought else {}
            yield from self._compared(dataset, label, {_NO_ENDS: node_rows(label)}, nodes)
        for type_, found in RELATIONSHIP_TYPES.items():
            parts = {(part.start, part.end): (part.frame, part.rows) for part in of_type(graph, type_)}
            rows = {pair: relationship_rows(type_, *pair) for pair in found.between}
            yield from self._compared(dataset, type_, rows, parts)

    def _compared(
        self,
        dataset: str,
        what: str,
        rows: Mapping[tuple[str, str], Rows],
        frames: Mapping[tuple[str, str], tuple[pl.LazyFrame, int]],
    ) -> Iterator[Difference]:
        wanted = sum(count for _, count in frames.values())
        there = {pair: self.counts().get((what, *pair, dataset), 0) for pair in rows}
        found = []
        for pair, each in rows.items():
            frame, count = frames.get(pair, (pl.LazyFrame(schema=each.columns), 0))
            if count or there[pair]:
                found.append(self._differing(dataset, each, frame, count, there[pair]))
        differing = together(found)
        actual = sum(there.values())
        if differing.rows:
            yield Difference(dataset, what, f"{wanted} rows", f"{actual} rows; {differing}")
        elif wanted != actual:
            yield Difference(dataset, what, f"{wanted} rows", f"{actual} rows")

    def _differing(self, dataset: str, rows: Rows, frame: pl.LazyFrame, wanted: int, there: int) -> RowDifferences:
        varying = self._varying(dataset, rows, frame, wanted, there)
        of_uids = [uid_hash(pl.col(column)) for column, _, _ in rows.ends]
        lake = bucket_sums(frame, of_uids, varying).collect(engine="streaming")
        graph = self._sums(dataset, rows, varying, there)
        buckets = unequal(lake, graph)
        if buckets.is_empty():
            return RowDifferences()
        chosen = buckets.filter((pl.col(ROWS).cum_sum() <= _NARROWED_ROWS) | (pl.int_range(pl.len()) == 0))
        kept = bucket_of(of_uids[0]).is_in(chosen.get_column(BUCKET).implode())
        expected = frame.select(list(rows.columns)).filter(kept).collect(engine="streaming")
        actual = self._narrowed(dataset, rows, chosen.get_column(BUCKET))
        return row_differences(expected, actual, rows.key, whole=chosen.height == buckets.height)

    def _varying(self, dataset: str, rows: Rows, frame: pl.LazyFrame, wanted: int, there: int) -> list[str]:
        """Properties to hash row by row: not those that hold one and the same value in all rows of both sides."""
        if min(wanted, there) < _FEW_ROWS:
            return list(rows.properties)
        constants = _constants(frame, rows.properties, wanted)
        if not constants:
            return list(rows.properties)
        asked = []
        for number, (name, value) in enumerate(constants.items()):
            one = f"{rows.holder}.`{name}`"
            asked.append(f"count({one}) AS c{number}")
            if value is not None:
                asked.append(f"min({one}) AS l{number}, max({one}) AS h{number}")
        cypher = f"{rows.pattern.replace('{}', '')} WHERE {rows.where} RETURN {', '.join(asked)}"
        said = self._frame(cypher, dataset=dataset).row(0, named=True)
        for number, (name, value) in enumerate(list(constants.items())):
            same = said[f"c{number}"] == (0 if value is None else there)
            if not same or (value is not None and not said[f"l{number}"] == said[f"h{number}"] == value):
                del constants[name]
        return [name for name in rows.properties if name not in constants]

    def _sums(self, dataset: str, rows: Rows, varying: list[str], there: int) -> pl.DataFrame:
        wanted = [f"offset(id({variable})) AS `{column}`" for column, variable, _ in rows.ends]
        wanted += [f"{rows.holder}.`{name}` AS `{name}`" for name in varying]
        bounds = f"offset(id({rows.ends[0][1]})) >= $low AND offset(id({rows.ends[0][1]})) < $high"
        cypher = f"{rows.pattern.replace('{}', '')} WHERE {rows.where} AND {bounds} RETURN {', '.join(wanted)}"
        hashes = {column: self._uid_hashes(label) for column, _, label in rows.ends}
        total = added([])
        for chunk in self._ranges(cypher, dataset, len(hashes[rows.ends[0][0]]), there):
            columns = [pl.Series(c, hashes[c][chunk.get_column(c).to_numpy()], pl.UInt64) for c in hashes]
            typed = chunk.select(pl.col(name).cast(rows.properties[name]) for name in varying)
            frame = pl.DataFrame(columns).hstack(typed) if varying else pl.DataFrame(columns)
            sums = bucket_sums(frame.lazy(), [pl.col(c) for c in hashes], varying).collect()
            total = added([total, sums])
        return total

    def _ranges(self, cypher: str, dataset: str, end: int, rows: int) -> Iterator[pl.DataFrame]:
        """The rows of a text, a range of offsets after the other; ranges shrink where nodes have many rows."""
        low, seen = 0, 0
        width = max(1, end * _RANGE_ROWS // max(rows, 1))
        while low < end and seen < rows:
            try:
                chunk = self._frame(cypher, dataset=dataset, low=low, high=low + width)
            except MemoryError:
                if width == 1:
                    raise
                width = max(1, width // 4)
                continue
            low, seen = low + width, seen + chunk.height
            width = max(1, min(4 * width, width * _RANGE_ROWS // max(chunk.height, 1)))
            if chunk.height:
                yield chunk

    def _narrowed(self, dataset: str, rows: Rows, buckets: pl.Series) -> pl.DataFrame:
        label = rows.ends[0][2]
        mine = pl.Series(self._uid_hashes(label)).to_frame("h").with_row_index("offset")
        offsets = mine.filter(bucket_of(pl.col("h")).is_in(buckets.implode())).get_column("offset")
        uids = [
            uid
            for chunk in self._nodes(label)
            for uid in chunk.filter(pl.col("offset").is_in(offsets.implode())).get_column("uid").to_list()
        ]
        wanted = [f"{variable}.`uid` AS `{column}`" for column, variable, _ in rows.ends]
        wanted += [f"{rows.holder}.`{name}` AS `{name}`" for name in rows.properties]
        pattern = rows.pattern.replace("{}", " {uid: u}")
        cypher = f"UNWIND $uids AS u {pattern} WHERE {rows.where} RETURN {', '.join(wanted)}"
        found = self._frame(cypher, dataset=dataset, uids=uids) if uids else pl.DataFrame()
        if found.is_empty():
            return pl.DataFrame(schema=rows.columns)
        return found.select(pl.col(name).cast(dtype) for name, dtype in rows.columns.items())

    def _uid_hashes(self, label: str) -> np.ndarray[Any, np.dtype[np.uint64]]:
        """Hash of the uid of every node of a label, by offset."""
        if label not in self._uids:
            last = self._frame(f"MATCH (n:`{label}`) RETURN max(offset(id(n))) AS last").item()
            hashes = np.zeros(0 if last is None else last + 1, np.uint64)
            for chunk in self._nodes(label, len(hashes)):
                found = chunk.select(uid_hash(pl.col("uid"))).to_series()
                hashes[chunk.get_column("offset").to_numpy()] = found.to_numpy()
            self._uids[label] = hashes
        return self._uids[label]

    def _nodes(self, label: str, end: int | None = None) -> Iterator[pl.DataFrame]:
        cypher = (
            f"MATCH (n:`{label}`) WHERE offset(id(n)) >= $low AND offset(id(n)) < $high AND $dataset = '' "
            "RETURN offset(id(n)) AS offset, n.`uid` AS uid"
        )
        end = len(self._uid_hashes(label)) if end is None else end
        yield from self._ranges(cypher, "", end, end)

    def tables(self) -> frozenset[str]:
        """Labels and types that the file knows; one that an older version made may lack some."""
        return frozenset(self._frame("CALL show_tables() RETURN name").get_column("name"))

    def columns(self) -> dict[str, frozenset[str]]:
        """The columns of each of these tables."""
        asked = "CALL table_info('{}') RETURN name"
        return {table: frozenset(self._frame(asked.format(table)).get_column("name")) for table in self.tables()}

    def _counted(self) -> Iterator[tuple[tuple[str, str, str, str], int]]:
        there = self.tables()
        for label in (each for each in NODE_TYPES if each in there):
            dataset = "uid" if label == "Dataset" else "dataset"
            groups = self._frame(f"MATCH (n:`{label}`) RETURN n.`{dataset}` AS dataset, count(*) AS n")
            yield from (((label, *_NO_ENDS, d or ""), n) for d, n in groups.rows())
        for type_, found in ((t, f) for t, f in RELATIONSHIP_TYPES.items() if t in there):
            if len(found.between) == 1:
                groups = self._frame(f"MATCH ()-[r:`{type_}`]->() RETURN r.`dataset` AS dataset, count(*) AS n")
                yield from (((type_, *found.between[0], d or ""), n) for d, n in groups.rows())
                continue
            cypher = "label(a) AS a, label(b) AS b, r.`dataset` AS dataset, count(*) AS n"
            groups = self._frame(f"MATCH (a)-[r:`{type_}`]->(b) RETURN {cypher}")
            yield from (((type_, a, b, d or ""), n) for a, b, d, n in groups.rows())

    def _frame(self, cypher: str, **parameters: object) -> pl.DataFrame:
        """Raises MemoryError where the rows do not fit into the buffer pool."""
        connection = ladybug.Connection(self._database)
        try:
            result: Any = connection.execute(cypher, parameters or {"_": 0})
            table = normalised(result.get_as_arrow(_ARROW_CHUNK))
            result.close()
        except RuntimeError as error:
            if _POOL_FULL in str(error):
                raise MemoryError(str(error)) from error
            with mapped(cypher, 0.0):
                raise
        finally:
            connection.close()
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        return frame


def _constants(frame: pl.LazyFrame, properties: Mapping[str, pl.DataType], rows: int) -> dict[str, object]:
    """Properties that are null in all rows, and words and flags that are the same in all."""
    asked = []
    for number, (name, dtype) in enumerate(properties.items()):
        asked.append(pl.col(name).null_count().alias(f"n{number}"))
        if dtype in (pl.String, pl.Boolean):
            asked += [pl.col(name).min().alias(f"l{number}"), pl.col(name).max().alias(f"h{number}")]
    said = frame.select(asked).collect(engine="streaming").row(0, named=True)
    found: dict[str, object] = {}
    for number, (name, dtype) in enumerate(properties.items()):
        if said[f"n{number}"] == rows:
            found[name] = None
        elif dtype in (pl.String, pl.Boolean) and not said[f"n{number}"] and said[f"l{number}"] == said[f"h{number}"]:
            found[name] = said[f"l{number}"]
    return found
