"""Witvliet et al. 2021: the list of all contacts of all chemical synapses of eight brains, regrouped to synapses.

A comma-separated table, one row per contact: dataset (Dataset1 to Dataset8), pre, post, syn_id, sections, size,
post_is_branch. A synapse onto several cells has as many rows, all with its syn_id; one that touches a cell in several
places has several rows for that cell. NemaNode's lists (celegans/witvliet2021) count the rows and call them synapses.

Counted here, for a pair of cells: `weight`, the synapses from one to the other (a synapse onto three cells counts once
for each of the three pairs), and `n_contacts`, the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from ingest.celegans import witvliet2021
from ingest.celegans.coverage import Covered, coverage, listed
from ingest.celegans.names import CellNames, resolve_all
from ingest.celegans.networks import labels_of, network_row
from ingest.celegans.witvliet2021 import METHOD, STAGES, Stage
from ingest.files import read_table
from ingest.frames import complete
from schemas import tables
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "2"
DATASET = "celegans/witvliet2021-synapses"
_IN_LIST = "stands in the list of contacts, as either end"
COLUMNS: dict[str, pl.DataType] = {
    "dataset": pl.String(),
    "pre": pl.String(),
    "post": pl.String(),
    "syn_id": pl.Int64(),
    "sections": pl.Float64(),
    "size": pl.Float64(),
    "post_is_branch": pl.String(),
}

_FILE = "synapses"
_OF_LABEL = {f"Dataset{stage.number}": stage for stage in STAGES}
_BRANCH = ("yes", "no", "unknown")
_NOT_MEASURED = -1.0
_SHOWN = 100  # differing pairs of a stage that are named one by one
_PAIR = ["source", "target"]


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """One subject and one network (`stage1/chemical` … `stage8/chemical`) per animal of the list.

    Args:
        files: `synapses`.
        parents: hold `celegans/cells`, and `celegans/witvliet2021`, with which the list is compared.

    Raises:
        SourceError: another layout, a cell that cannot be, a synapse with two presynaptic cells, or labels that no
            cell has.
    """
    names, decisions = CellNames.of(parents), Decisions()
    if witvliet2021.DATASET not in parents:
        raise SourceError(f"{witvliet2021.DATASET} is absent", f"ingest {witvliet2021.DATASET} first")
    path = files[_FILE]
    contacts = with_nodes(read_contacts(path), path.name, names, decisions)
    _require_one_sender(contacts, path.name)
    given = [stage for stage in STAGES if stage.key in contacts["stage"].unique()]
    _record_repeats(contacts, path.name, decisions)
    _record_columns(contacts, path.name, decisions)
    edges = {stage.key: _edges(contacts.filter(pl.col("stage") == stage.key)) for stage in given}
    for stage in STAGES:
        _reconcile(stage, edges.get(stage.key), parents[witvliet2021.DATASET], path.name, decisions)
    return {
        "subject": tables.frame("subject", [stage.subject(DATASET) for stage in given]),
        "network": tables.frame("network", [_network(s, contacts.filter(pl.col("stage") == s.key)) for s in given]),
        "chemical": pl.concat([_table(stage, edges[stage.key]) for stage in given]),
        "coverage": coverage(_covered(contacts)),
        "edge_origin": _origins(contacts, path.name),
        "decision": decisions.frame(),
    }


def read_contacts(path: Path) -> pl.DataFrame:
    """Rows of the list: COLUMNS, with stage (key) and row (in the file); a size that is not measured is null.

    Raises:
        SourceError: another layout, no rows, or a cell that cannot be.
    """
    texts = pl.col("dataset", "pre", "post", "post_is_branch").str.strip_chars()
    found = read_table(path, ",", COLUMNS, nullable=["sections"]).with_columns(texts).with_row_index("row", offset=2)
    if found.is_empty():
        raise SourceError("holds no contacts", "is this the whole list?", Place(path.name))
    unmeasured = pl.col("size") == _NOT_MEASURED
    _refuse(found, ~pl.col("dataset").is_in(list(_OF_LABEL)), "dataset", f"animals are {', '.join(_OF_LABEL)}", path)
    _refuse(found, ~pl.col("post_is_branch").is_in(_BRANCH), "post_is_branch", f"one of {', '.join(_BRANCH)}", path)
    _refuse(found, ~(unmeasured | (pl.col("size") > 0)), "size", "a size is positive, or -1 if not measured", path)
    _refuse(found, ~(pl.col("sections") > 0), "sections", "a contact is seen in sections, or the cell is empty", path)
    return found.with_columns(
        row=pl.col("row").cast(pl.Int64),
        stage=pl.col("dataset").replace_strict({k: s.key for k, s in _OF_LABEL.items()}, return_dtype=pl.String),
        size=pl.when(~unmeasured).then("size"),
    )


def _refuse(found: pl.DataFrame, wrong: pl.Expr, column: str, hint: str, path: Path) -> None:
    bad = found.filter(wrong).select("row", column)
    if bad.height:
        row, value = bad.row(0)
        more = f" (and {bad.height - 1} more rows)" if bad.height > 1 else ""
        raise SourceError(f"holds {value!r}{more}", hint, Place(path.name, row=row, column=column))


def with_nodes(rows: pl.DataFrame, file: str, names: CellNames, decisions: Decisions) -> pl.DataFrame:
    """The rows with source and target, the nodes of their labels pre and post.

    Raises:
        SourceError: labels that no cell has, all of them.
    """
    ends = ("pre", "post")
    labels = labels_of(rows.select(ends).iter_rows(), ends, Place(file))
    nodes = resolve_all(names, labels, decisions)
    return rows.with_columns(
        source=pl.col("pre").replace_strict(nodes, return_dtype=pl.String),
        target=pl.col("post").replace_strict(nodes, return_dtype=pl.String),
    )


def _require_one_sender(contacts: pl.DataFrame, file: str) -> None:
    first = pl.col("source", "row").first().over("stage", "syn_id").name.prefix("first_")
    wrong = contacts.with_columns(first).filter(pl.col("source") != pl.col("first_source"))
    for syn_id, pre, row, at in wrong.select("syn_id", "pre", "row", "first_row").head(1).iter_rows():
        says = f"synapse {syn_id} is of {pre} here, of another cell in row {at}"
        raise SourceError(says, "a synapse has one presynaptic cell", Place(file, row=row, column="pre"))


def _edges(contacts: pl.DataFrame) -> pl.DataFrame:
    """Pairs in the order of the file: source, target, weight (synapses), n_contacts, row (of the first contact)."""
    return contacts.group_by(_PAIR, maintain_order=True).agg(
        weight=pl.col("syn_id").n_unique().cast(pl.Float64),
        n_contacts=pl.len().cast(pl.Int64),
        row=pl.col("row").min(),
    )


def _table(stage: Stage, edges: pl.DataFrame) -> pl.DataFrame:
    network = pl.lit(f"{DATASET}/{stage.key}/chemical").alias("network")
    return edges.select(network, "source", "target", "weight", "n_contacts")


def _covered(contacts: pl.DataFrame) -> dict[str, Covered]:
    """Every cell of an animal's list."""
    ends = pl.concat([contacts.select("stage", node=end) for end in _PAIR]).unique()
    found = ends.group_by("stage").agg("node").sort("stage")
    return {f"{DATASET}/{stage}/chemical": listed(nodes, _IN_LIST) for stage, nodes in found.iter_rows()}


def _origins(contacts: pl.DataFrame, file: str) -> pl.DataFrame:
    """A row of the list is an entry without a weight: how many synapses a pair's rows are of is that of the edge."""
    network = pl.format(f"{DATASET}/{{}}/chemical", "stage")
    entry = pl.int_range(pl.len()).over("stage", *_PAIR)
    rows = contacts.select(*_PAIR, "row", network=network, entry=entry, file=pl.lit(file))
    return complete("edge_origin", rows)


def _record_repeats(contacts: pl.DataFrame, file: str, decisions: Decisions) -> None:
    """Each further contact of one synapse with one cell: the synapse counts once."""
    first = pl.col("row").first().over("stage", "syn_id", *_PAIR).alias("first_row")
    repeats = contacts.with_columns(first).filter(pl.col("row") != pl.col("first_row"))
    for pre, post, syn_id, row, at in repeats.select("pre", "post", "syn_id", "row", "first_row").iter_rows():
        reason = f"another contact of synapse {syn_id} with the same cell, as in row {at}; the synapse counts once"
        decisions.add("merged", f"{pre} -> {post}", reason, Place(file, row=row))


def _record_columns(contacts: pl.DataFrame, file: str, decisions: Decisions) -> None:
    branches = contacts.filter(pl.col("post_is_branch") == "yes").height
    unknown = contacts.filter(pl.col("post_is_branch") == "unknown").height
    for column, holds in (
        ("sections", f"sections in which the synapse is seen, empty in {contacts['sections'].null_count()} rows"),
        ("size", f"size of the contact, not measured (-1) in {contacts['size'].null_count()} rows"),
        ("post_is_branch", f"whether a branch receives: 'yes' in {branches} rows, 'unknown' in {unknown}"),
    ):
        reason = f"{holds}; it is of single contacts, and edges are sums of them"
        decisions.add("dropped", f"column {column}", reason, Place(file, column=column))


def _reconcile(stage: Stage, edges: pl.DataFrame | None, other: Tables, file: str, decisions: Decisions) -> None:
    """A 'differs' decision for each pair whose weight is not that of celegans/witvliet2021."""
    network = f"{witvliet2021.DATASET}/{stage.key}/chemical"
    theirs = other["chemical"].filter(pl.col("network") == network).select(*_PAIR, theirs="weight")
    if edges is None:
        decisions.add("dropped", stage.key, "the list holds no contact of this animal", Place(file))
        return
    if theirs.is_empty():
        decisions.add("kept", stage.key, f"{witvliet2021.DATASET} holds nothing to compare it with", Place(file))
        return
    joined = edges.join(theirs, on=_PAIR, how="full", coalesce=True)
    differing = joined.filter(pl.col("weight").ne_missing(pl.col("theirs"))).with_columns(
        serious=pl.col("n_contacts").cast(pl.Float64).ne_missing(pl.col("theirs"))
    )
    ordered = differing.sort(pl.col("serious").not_(), *_PAIR)
    for row in ordered.head(_SHOWN).iter_rows(named=True):
        decisions.add("differs", _label(stage, row), _difference(row), Place(file, row=row["row"]))
    if ordered.height > _SHOWN:
        more = f"{ordered.height - _SHOWN} more pairs differ from {witvliet2021.DATASET}"
        decisions.add("differs", stage.key, more, Place(file))


def _label(stage: Stage, row: Mapping[str, object]) -> str:
    pre, post = (str(row[end]).rpartition("/")[2] for end in _PAIR)
    return f"{stage.key} {pre} -> {post}"


def _difference(row: Mapping[str, object]) -> str:
    theirs = f"{witvliet2021.DATASET} {row['theirs']:g}" if row["theirs"] is not None else "the other source nothing"
    if row["weight"] is None:
        return f"the list holds nothing, {theirs}"
    ours = f"{row['weight']:g} synapse(s) with {row['n_contacts']} contacts here"
    return f"{ours}, {theirs}" + ("" if row["serious"] else ", which counts contacts")


def _network(stage: Stage, contacts: pl.DataFrame) -> dict[str, object]:
    parameters = {
        "keeps": "every synapse",
        "weight": "synapses from source to target; a synapse onto several cells counts once for each of them",
        "n_contacts": "rows of the list: a synapse counts as often as it touches the target",
        "synapses": contacts["syn_id"].n_unique(),
        "contacts": contacts.height,
    }
    return network_row(
        f"{DATASET}/{stage.key}/chemical",
        "chemical",
        unit="synapses",
        method=METHOD,
        parameters=parameters,
        subject=f"{DATASET}/{stage.key}",
    )
