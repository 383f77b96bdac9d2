"""A Neo4j graph beside the lake: the server sums a number per row over ranges of internal ids, the lake the same.

Only where a range's sum or count differs are its rows read and compared one by one. Few rows are read at once, which
is faster than making the numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from graphdb.graph_model import NODE_TYPES, RELATIONSHIP_TYPES
from graphdb.on_neo4j.hash import ROW, folded, folded_cypher, limbs
from graphdb.on_neo4j.link import LONG_S, Neo4jLink
from graphdb.on_neo4j.read import ID, columns_of, ids, nodes, of_dataset, relationship_columns, relationships
from graphdb.projection import END, START, DatasetGraph, Relationships, of_type
from graphdb.row_differences import RowDifferences, row_differences, together
from graphdb.store import Difference, Report, silent

FEW_ROWS = 20_000
RANGE_ROWS = 10_000
_LOOKED_AT = 8
_A, _B, _BUCKET, _N, _SUM = "_a", "_b", "_bucket", "_n", "_sum"
_ABSENT = -1

Counts = Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Verifier:
    """Compares datasets with what one graph holds.

    Args:
        link: the server.
        counts: rows of every (label or type, dataset).
        few_rows: up to so many rows are read at once.
        range_rows: rows that a range of ids should have.
    """

    link: Neo4jLink
    counts: Counts
    few_rows: int = FEW_ROWS
    range_rows: int = RANGE_ROWS
    _known: dict[str, pl.DataFrame] = field(default_factory=dict)

    def differences(self, graph: DatasetGraph, report: Report = silent) -> Iterator[Difference]:
        """Compare every label and type of one dataset."""
        dataset = graph.manifest.dataset
        done = 0
        for label in NODE_TYPES:
            parts = [part for part in graph.nodes if part.label == label]
            rows = sum(part.rows for part in parts)
            frame = pl.concat([part.frame for part in parts]) if parts else None
            yield from self._compared(_Set.of_label(label, dataset, frame, rows))
            done += rows
            report(f"{dataset} {label}", done, graph.rows)
        for type_ in RELATIONSHIP_TYPES:
            found = of_type(graph, type_)
            rows = sum(part.rows for part in found)
            yield from self._compared(_Set.of_type(type_, dataset, found, rows))
            done += rows
            report(f"{dataset} {type_}", done, graph.rows)

    def _compared(self, rows: _Set) -> Iterator[Difference]:
        there = self.counts.get((rows.what, rows.dataset), 0)
        said = [f"{there} rows"] if there != rows.rows else []
        if rows.frame is not None and there:
            few = max(there, rows.rows) <= self.few_rows
            found = self._few(rows) if few else self._many(rows, there)
            said += [found] if found else []
        if said:
            yield Difference(rows.dataset, rows.what, f"{rows.rows} rows", ": ".join(said))

    def _few(self, rows: _Set) -> str:
        assert rows.frame is not None
        graph = rows.read(self.link)
        lake = rows.frame.select(graph.columns).collect(engine="streaming")
        return str(row_differences(lake, graph, rows.key, whole=True))

    def _many(self, rows: _Set, there: int) -> str:
        """Sums over ranges on both sides, then the rows of the ranges that differ."""
        lake = self._with_ids(rows)
        known = self._ids(rows.first_labels)
        low, high = int(known[ID].min() or 0), int(known[ID].max() or 0)  # type: ignore[arg-type]
        width = max(1, (high - low + 1) * self.range_rows // max(there, rows.rows))
        bucket = (pl.col(_A) // width).fill_null(_ABSENT).alias(_BUCKET)
        found = limbs(rows.frame, rows.properties, "x")  # type: ignore[arg-type]
        ours = folded(lake.with_columns(bucket, pl.col(_A).fill_null(_ABSENT)), rows.own, found, _BUCKET)
        sums = ours.group_by(_BUCKET).agg(pl.len().cast(pl.Int64).alias(_N), pl.col(ROW).sum().alias(_SUM))
        here = sums.collect(engine="streaming")
        match = f"{rows.match} WITH x, {', '.join(f'{c} AS {n}' for n, c in rows.own_cypher.items())}"
        cypher = (
            f"{match}, {rows.own_cypher[_A]} / $width AS {_BUCKET} {folded_cypher(rows.own, found, _BUCKET)} "
            f"WITH {_BUCKET} AS k, count(*) AS n, sum({ROW}) AS s RETURN collect(k), collect(n), collect(s)"
        )
        (record,) = self.link.rows(cypher, {"dataset": rows.dataset, "width": width, **found.parameters}, LONG_S)
        schema = {_BUCKET: pl.Int64, _N: pl.Int64, _SUM: pl.Int64}
        both = here.join(pl.DataFrame(record, schema=schema), on=_BUCKET, how="full", coalesce=True, suffix="_there")
        wrong = both.filter(
            pl.col(_N).ne_missing(pl.col(f"{_N}_there")) | pl.col(_SUM).ne_missing(pl.col(f"{_SUM}_there"))
        )
        buckets = wrong.sort(_BUCKET).get_column(_BUCKET).to_list()
        found_rows = str(self._narrowed(rows, lake, buckets, width))
        # Equal as rows but not as numbers: the graph holds a value as another type than the lake.
        return found_rows or (f"values of another type, in {len(buckets)} of {both.height} ranges" if buckets else "")

    def _narrowed(self, rows: _Set, lake: pl.LazyFrame, buckets: list[int], width: int) -> RowDifferences:
        found = []
        for bucket in buckets[:_LOOKED_AT]:
            low, high = bucket * width, (bucket + 1) * width - 1
            inside = pl.col(_A).is_null() if bucket == _ABSENT else pl.col(_A).is_between(low, high)
            columns = rows.columns
            mine = lake.filter(inside).select(list(columns)).collect(engine="streaming")
            theirs = pl.DataFrame(schema=columns)
            if bucket != _ABSENT:
                bounds = {"low": low, "high": high, "dataset": rows.dataset}
                theirs = columns_of(self.link, rows.seek, rows.cypher_columns, columns, bounds)
            whole = len(buckets) <= _LOOKED_AT
            found.append(row_differences(mine, theirs, rows.key, whole=whole))
        return together(found)

    def _with_ids(self, rows: _Set) -> pl.LazyFrame:
        if rows.parts is None:
            assert rows.frame is not None
            return _joined(rows.frame, "uid", self._ids((rows.what,)), _A)
        frames = []
        for part in rows.parts:
            frame = _joined(part.frame, START, self._ids((part.start,)), _A)
            frames.append(_joined(frame, END, self._ids((part.end,)), _B).with_columns(pl.col(_B).fill_null(_ABSENT)))
        return pl.concat(frames)

    def _ids(self, labels: tuple[str, ...]) -> pl.DataFrame:
        for label in labels:
            if label not in self._known:
                self._known[label] = ids(self.link, label)
        return pl.concat([self._known[label] for label in labels])


@dataclass(frozen=True)
class _Set:
    """The rows of one label or type of one dataset, on both sides.

    Args:
        what: the label or type.
        frame: the lake's rows; None where it has none.
        parts: for a type, its parts by label.
        match: Cypher that finds the graph's rows as x.
        seek: the same for first nodes with ids from $low to $high.
        own_cypher: internal ids of the row's nodes, by column.
    """

    what: str
    dataset: str
    frame: pl.LazyFrame | None
    rows: int
    parts: tuple[Relationships, ...] | None
    match: str
    seek: str
    own_cypher: Mapping[str, str]
    cypher_columns: Mapping[str, str]
    columns: Mapping[str, pl.DataType]
    key: tuple[str, ...]
    read_by: Callable[[Neo4jLink, str, str], pl.DataFrame]

    @staticmethod
    def of_label(label: str, dataset: str, frame: pl.LazyFrame | None, rows: int) -> _Set:
        columns = NODE_TYPES[label].properties
        mine = of_dataset(label, "x")
        return _Set(
            what=label,
            dataset=dataset,
            frame=frame,
            rows=rows,
            parts=None,
            match=f"MATCH (x:`{label}`) WHERE {mine}",
            seek=f"UNWIND range($low, $high) AS i MATCH (x:`{label}`) WHERE id(x) = i AND {mine}",
            own_cypher={_A: "id(x)"},
            cypher_columns={name: f"x.`{name}`" for name in columns},
            columns=columns,
            key=("uid",),
            read_by=nodes,
        )

    @staticmethod
    def of_type(type_: str, dataset: str, parts: tuple[Relationships, ...], rows: int) -> _Set:
        found = RELATIONSHIP_TYPES[type_]
        pattern = f"MATCH (a)-[x:`{type_}`]->(b)"
        return _Set(
            what=type_,
            dataset=dataset,
            frame=pl.concat([part.frame for part in parts]) if parts else None,
            rows=rows,
            parts=parts,
            match=f"{pattern} WHERE x.dataset = $dataset",
            seek=f"UNWIND range($low, $high) AS i {pattern} WHERE id(a) = i AND x.dataset = $dataset",
            own_cypher={_A: "id(a)", _B: "id(b)"},
            cypher_columns=relationship_columns(type_),
            columns={START: pl.String(), END: pl.String(), **found.properties},
            key=(START, END, *found.key),
            read_by=relationships,
        )

    @property
    def own(self) -> list[str]:
        return list(self.own_cypher)

    @property
    def properties(self) -> dict[str, pl.DataType]:
        """Columns to number: the uids stand in the internal ids."""
        return {name: dtype for name, dtype in self.columns.items() if name not in ("uid", START, END)}

    @property
    def first_labels(self) -> tuple[str, ...]:
        return (self.what,) if self.parts is None else tuple(sorted({part.start for part in self.parts}))

    def read(self, link: Neo4jLink) -> pl.DataFrame:
        return self.read_by(link, self.what, self.dataset)


def _joined(frame: pl.LazyFrame, uid: str, known: pl.DataFrame, name: str) -> pl.LazyFrame:
    return frame.join(known.lazy().rename({"uid": uid, ID: name}), on=uid, how="left")
