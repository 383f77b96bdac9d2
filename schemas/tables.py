"""Every table of the platform, defined once.

Units stand in column names; missing is null, never 0, -1 or NaN; ids are strings; undirected edges stand once with
source < target. `FORMAT.md` is generated from these definitions, and a test holds the two together.
"""

from __future__ import annotations

from typing import TypeVar

import dataframely as dy
import polars as pl

from schemas.annotations import AnnotationTable
from schemas.columns import float_column as _float
from schemas.columns import text_column as _text
from schemas.columns import texts_column as _texts
from schemas.columns import uid_column as _uid
from schemas.kinds import EDGE_KINDS, NODE_KINDS
from schemas.run_tables import (
    ComponentTable,
    EmbeddingTable,
    InferredEdgeTable,
    MembershipTable,
    MetricTable,
    RunTable,
    StateTable,
)
from schemas.source_tables import BindingTable, CoverageTable, EdgeOriginTable

SCHEMA_VERSION = "2"
Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)
ANY = "any"  # ligand and receptor of a route whose source counts such pairs without naming them
_COUNTED = f"`{ANY}` where the source counts pairs of ligand and receptor without naming them: weight is how many"


class DatasetTable(dy.Schema):
    """One row: the version of the dataset that the folder holds. Written by publishing, not by readers."""

    uid = _uid("id, `modality/name`", primary_key=True)
    version = _text("content-derived id of this version")
    modality = _text("celegans, fly, vessel, fmri, eeg, spikes…; run for a run")
    species = _text("species, binomial", nullable=True)
    title = _text("title to show")
    licence = _text("licence of the source, or 'none stated'")
    citation = _text("what to cite")
    source_url = _text("where the source came from", nullable=True)
    simulated = dy.Bool(description="true where the numbers come from a simulator; shown wherever the data is")
    reader = _text("the reader that made the tables")
    reader_version = _text("its version")
    parents = _texts("datasets it was made from, `id@version`")


class SubjectTable(dy.Schema):
    """One animal or person."""

    uid = _uid("`dataset/subject`", primary_key=True)
    species = _text("species, binomial", nullable=True)
    sex = dy.String(nullable=True, regex="^(female|male|hermaphrodite)$", description="female, male or hermaphrodite")
    age_years = _float("age at measurement", low=0)
    age_h = _float("age after hatching, for animals counted in hours", low=0)
    stage = _text("developmental stage", nullable=True)
    diagnosis = _text("diagnosis or group, in the source's words", nullable=True)
    strain = _text("strain or genotype", nullable=True)
    site = _text("where measured", nullable=True)
    part = dy.String(nullable=True, regex="^(train|validation|test)$", description="part given by the source, if any")


class NodeSetTable(dy.Schema):
    """A fixed list of identified nodes in one coordinate frame: the anatomy."""

    uid = _uid("`modality/name`", primary_key=True)
    title = _text("title to show")
    frame = _text("coordinate frame and its axes", nullable=True)
    species = _text("species, binomial", nullable=True)


class NodeTable(dy.Schema):
    """One node of a node set."""

    uid = _uid("`node_set/name`", primary_key=True)
    node_set = _uid("its node set")
    name = _text("its name in the node set")
    kind = dy.String(regex="^(" + "|".join(NODE_KINDS) + ")$", description=", ".join(NODE_KINDS))
    aliases = _texts("other names, for search and for readers")
    class_ = dy.String(min_length=1, alias="class", nullable=True, description="cell class, e.g. AVA for AVAL")
    type = _text("finer kind, e.g. sensory, inter, motor; body wall", nullable=True)
    neurotransmitter = _text("main transmitter", nullable=True)
    hemisphere = dy.String(nullable=True, regex="^(L|R|M)$", description="L, R or M (midline); null if unknown")
    x_um = _float("position in the node set's frame")
    y_um = _float("position in the node set's frame")
    z_um = _float("position in the node set's frame")
    x_mm = _float("MNI position, right positive")
    y_mm = _float("MNI position, anterior positive")
    z_mm = _float("MNI position, superior positive")
    at_border = dy.Bool(nullable=True, description="the node lies at the border of the imaged volume")

    @dy.rule()
    def one_unit_of_length(cls) -> pl.Expr:  # noqa: N805
        return pl.col("x_um").is_null() | pl.col("x_mm").is_null()


class NetworkTable(dy.Schema):
    """A set of edges over one node set, from one dataset, one subject and one method."""

    uid = _uid("`dataset/name`", primary_key=True)
    node_set = _uid("its node set")
    subject = _uid("its subject", nullable=True)
    kind = dy.String(regex="^(" + "|".join(EDGE_KINDS) + ")$", description=", ".join(EDGE_KINDS))
    directed = dy.Bool(description="whether source and target differ in meaning")
    weight_unit = _text("what weight counts or measures", nullable=True)
    method = _text("how the edges were found")
    parameters = _text("parameters of the method and the rule that keeps an edge, as JSON")


class _Edge(dy.Schema):
    network = _uid("its network", primary_key=True)
    source = _uid("node: pre, stimulated, or the lesser uid of an undirected pair", primary_key=True)
    target = _uid("node: post, responding, or the greater uid of an undirected pair", primary_key=True)


class ChemicalTable(_Edge):
    """Chemical synapses from one cell to another, summed; the network names the unit."""

    weight = dy.Float64(min_exclusive=0, description="strength in the network's weight_unit")
    n_contacts = dy.Int64(nullable=True, min=1, description="synaptic contacts behind the weight, if counted apart")


class ChemicalRegionTable(_Edge):
    """The part of a chemical connection in one region; where a pair has parts, they MUST sum to its weight, to 1e-9."""

    region = _text("region (neuropil) as the source names it", primary_key=True)
    weight = dy.Float64(min_exclusive=0, description="part of the strength, in the network's weight_unit")
    transmitter = _text("transmitter that the source predicts for these synapses", nullable=True)


class GapJunctionTable(_Edge):
    """Gap junctions between two cells, summed; each pair once."""

    weight = dy.Float64(min_exclusive=0, description="strength in the network's weight_unit")
    n_contacts = dy.Int64(nullable=True, min=1, description="junctions behind the weight, if counted apart")


class FunctionalTable(_Edge):
    """A statistical dependence (undirected) or a measured response (source stimulated, target responding)."""

    weight = _float("in the network's weight_unit; may be negative", nullable=False)
    q = dy.Float64(nullable=True, min=0, max=1, description="false discovery rate of the response")
    q_eq = dy.Float64(nullable=True, min=0, max=1, description="false discovery rate of equivalence: of no response")
    n_observations = dy.Int64(nullable=True, min=1, description="how often the pair was observed")


def _counted(ligand: str) -> pl.Expr:
    """Both are named, or neither is and weight counts the pairs."""
    unnamed = [pl.col(name) == ANY for name in (ligand, "receptor")]
    return (unnamed[0] == unnamed[1]) & (~unnamed[0] | pl.col("weight").is_not_null())


class MonoamineTable(_Edge):
    """Extrasynaptic monoamine route: source releases, target has a receptor."""

    transmitter = _text(f"dopamine, serotonin, tyramine, octopamine; or `{ANY}`", primary_key=True)
    receptor = _text(f"receptor gene; {_COUNTED}", primary_key=True)
    weight = dy.Float64(nullable=True, min_exclusive=0, description="in the network's weight_unit")

    @dy.rule()
    def unnamed_pairs_are_counted(cls) -> pl.Expr:  # noqa: N805
        return _counted("transmitter")


class PeptideTable(_Edge):
    """Extrasynaptic neuropeptide route: source releases, target has a receptor."""

    peptide = _text(f"peptide gene, or `{ANY}`", primary_key=True)
    receptor = _text(f"receptor gene; {_COUNTED}", primary_key=True)
    weight = dy.Float64(nullable=True, min_exclusive=0, description="in the network's weight_unit")

    @dy.rule()
    def unnamed_pairs_are_counted(cls) -> pl.Expr:  # noqa: N805
        return _counted("peptide")


class ContactTable(_Edge):
    """Membrane contact between two cells; each pair once."""

    weight = dy.Float64(min_exclusive=0, description="in the network's weight_unit")


class StructuralTable(_Edge):
    """Tract or streamlines between two regions."""

    weight = dy.Float64(min_exclusive=0, description="in the network's weight_unit")
    length_mm = _float("mean tract length", low=0)


class VesselTable(dy.Schema):
    """One vessel. Self-loops and parallel vessels are real, so the key is the vessel, not its ends."""

    network = _uid("its network", primary_key=True)
    vessel = _text("id of the vessel in its source", primary_key=True)
    source = _uid("vessel node, the lesser uid")
    target = _uid("vessel node, the greater uid; equal to source for a loop")
    length_um = _float("arc length of the centreline", low=0)
    distance_um = _float("distance of the two ends", low=0)
    curveness = _float("length / distance; null for a loop", low=0)
    volume_um3 = _float("volume", low=0)
    cross_section_um2 = _float("mean cross section", low=0)
    radius_um = _float("mean of the average radius along the centreline", low=0)
    radius_std_um = _float("standard deviation of the same", low=0)
    radius_min_um = _float("mean of the smallest radius along the centreline", low=0)
    radius_min_std_um = _float("standard deviation of the same", low=0)
    radius_max_um = _float("mean of the largest radius along the centreline", low=0)
    radius_max_std_um = _float("standard deviation of the same", low=0)
    roundness = _float("mean of smallest / largest radius, 0 to 1", low=0)
    roundness_std = _float("standard deviation of the same", low=0)
    n_voxels = dy.Int64(nullable=True, min=0, description="skeleton voxels")
    at_border = dy.Bool(nullable=True, description="an end lies at the border of the imaged volume")


class MatrixTable(dy.Schema):
    """One row of a network's whole matrix (the graph holds only what the network's rule keeps)."""

    network = _uid("its network", primary_key=True)
    row = dy.Int64(primary_key=True, min=0, description="index of the row; columns follow the same order")
    node = _uid("node of the row")
    values = dy.List(dy.Float32(), description="the row, one value per node")


class RecordingTable(dy.Schema):
    """One recording of activity."""

    uid = _uid("`dataset/recording`", primary_key=True)
    node_set = _uid("its node set")
    subject = _uid("its subject", nullable=True)
    modality = dy.String(
        regex="^(calcium|fmri|eeg|spikes|behaviour)$",
        description="calcium, fmri, eeg, spikes; behaviour for what the animal did meanwhile (its traces have no node)",
    )
    signal = _text("what a value is, e.g. F/F20, BOLD, potential, spike count; velocity")
    unit = _text("unit of a value; '1' for none")
    sampling_rate_hz = dy.Float64(min_exclusive=0, description="median sampling rate")
    n_samples = dy.Int64(min=1, description="length of every trace")
    time_s = dy.List(dy.Float64(), description="time of each sample from the start, strictly increasing")

    @dy.rule()
    def time_has_every_sample(cls) -> pl.Expr:  # noqa: N805
        return pl.col("time_s").list.len() == pl.col("n_samples")

    @dy.rule()
    def time_increases(cls) -> pl.Expr:  # noqa: N805
        return pl.col("time_s").list.diff(null_behavior="drop").list.min().fill_null(1.0) > 0


class TraceTable(dy.Schema):
    """One channel of a recording. A trace that no one identified has no node; its raw label stays."""

    recording = _uid("its recording", primary_key=True)
    trace = dy.Int64(primary_key=True, min=0, description="index in the source, from 0")
    node = _uid("the node it was matched to", nullable=True)
    raw_label = _text("label as the source writes it", nullable=True)
    match = dy.String(
        regex="^(exact|padded|alias|ambiguous|duplicate|unlabelled)$",
        description="how the label became a node: exact, padded, alias; or why not: ambiguous, duplicate, unlabelled",
    )
    confidence = _float("the source's confidence in the label, on its own scale", low=0)
    values = dy.List(dy.Float32(nullable=True), description="one value per sample; null where not measured")

    @dy.rule()
    def node_if_matched(cls) -> pl.Expr:  # noqa: N805
        return pl.col("match").is_in(["exact", "padded", "alias"]) == pl.col("node").is_not_null()


class EventTable(dy.Schema):
    """A stimulus or behaviour interval of a recording."""

    recording = _uid("its recording", primary_key=True)
    event = dy.Int64(primary_key=True, min=0, description="index in the recording, from 0")
    kind = dy.String(regex="^(stimulus|behaviour)$", description="stimulus or behaviour")
    label = _text("what it was")
    onset_s = dy.Float64(min=0, description="from the start of the recording")
    duration_s = dy.Float64(min=0, description="0 for a point event")


class DecisionTable(dy.Schema):
    """What homogenisation did to a row that did not pass unchanged, and why."""

    decision = dy.Int64(primary_key=True, min=0, description="index, in the order they were taken")
    action = dy.String(
        regex="^(renamed|merged|guessed|dropped|kept|differs)$",
        description="renamed, merged, guessed, dropped, kept (though odd), differs (two sources disagree)",
    )
    item = _text("what it was about: a label, an edge, a column")
    reason = _text("why")
    file = _text("source file")
    sheet = _text("sheet or member of the file", nullable=True)
    row = dy.Int64(nullable=True, min=1, description="row in the file, counted from 1")
    column = _text("column", nullable=True)


class IdMapTable(dy.Schema):
    """What became of an id of the version before: one row per old id, one per part for a split."""

    since = _text("version of this dataset that the old ids come from", primary_key=True)
    old = _uid("id in that version", primary_key=True)
    part = dy.Int64(primary_key=True, min=0, description="index among the parts of a split; 0 otherwise")
    new = _uid("id in this version; null where it is gone", nullable=True)
    change = dy.String(regex="^(same|renamed|merged|split|gone)$", description="same, renamed, merged, split or gone")

    @dy.rule()
    def gone_has_no_new_id(cls) -> pl.Expr:  # noqa: N805
        return (pl.col("change") == "gone") == pl.col("new").is_null()


TABLES: dict[str, type[dy.Schema]] = {
    "dataset": DatasetTable,
    "subject": SubjectTable,
    "node_set": NodeSetTable,
    "node": NodeTable,
    "network": NetworkTable,
    "chemical": ChemicalTable,
    "chemical_region": ChemicalRegionTable,
    "gap_junction": GapJunctionTable,
    "functional": FunctionalTable,
    "monoamine": MonoamineTable,
    "peptide": PeptideTable,
    "contact": ContactTable,
    "vessel": VesselTable,
    "structural": StructuralTable,
    "coverage": CoverageTable,
    "edge_origin": EdgeOriginTable,
    "binding": BindingTable,
    "matrix": MatrixTable,
    "recording": RecordingTable,
    "trace": TraceTable,
    "event": EventTable,
    "annotation": AnnotationTable,
    "decision": DecisionTable,
    "id_map": IdMapTable,
    "run": RunTable,
    "metric": MetricTable,
    "membership": MembershipTable,
    "component": ComponentTable,
    "state": StateTable,
    "inferred_edge": InferredEdgeTable,
    "embedding": EmbeddingTable,
}


def columns(table: str) -> dict[str, pl.DataType]:
    """Column names and Polars types of a table, in order."""
    return {name: column.dtype for name, column in TABLES[table].columns().items()}


def completed(table: str, frame: Frame) -> Frame:
    """The frame with all columns of its table: those that its schema version did not have yet are null."""
    expected = columns(table)
    held = frame.collect_schema()
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in expected.items() if name not in held]
    return frame.with_columns(absent).select(list(expected)) if absent else frame


def key(table: str) -> list[str]:
    """Columns that together identify a row."""
    return TABLES[table].primary_key()


def frame(table: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    """A frame of that table from plain rows; columns that a row does not name are null.

    Raises:
        ValueError: a row names a column that the table does not have.
    """
    schema = columns(table)
    unknown = {name for row in rows for name in row} - set(schema)
    if unknown:
        raise ValueError(f"table {table!r} has no column {sorted(unknown)}")
    return pl.DataFrame(rows, schema=schema, orient="row", strict=True)
