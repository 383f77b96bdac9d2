"""Tables of what models found."""

from __future__ import annotations

import dataframely as dy

from schemas.columns import float_column as _float
from schemas.columns import text_column as _text
from schemas.columns import texts_column as _texts
from schemas.columns import uid_column as _uid


class RunTable(dy.Schema):
    """One fit of one model."""

    uid = _uid("`run/name`", primary_key=True)
    model = _text("name of the model")
    model_version = _text("its version")
    parameters = _text("its configuration, as JSON")
    seed = dy.Int64(min=0, description="seed of its random generator")
    bundle_hash = _text("content hash of the bundle it was fitted on")
    code_revision = _text("revision of this code")
    trained_on = _texts("datasets behind the bundle, `id@version`")
    simulated = dy.Bool(description="true where any of them is simulated")


class MetricTable(dy.Schema):
    """One number that says how good a run is; baselines stand beside the model."""

    run = _uid("its run", primary_key=True)
    name = _text("name of the metric", primary_key=True)
    part = dy.String(
        primary_key=True, regex="^(train|validation|test|all)$", description="train, validation, test, all"
    )
    of = _text("'model' or the name of a baseline", primary_key=True)
    value = _float("value", nullable=False)


class MembershipTable(dy.Schema):
    """A node belongs to a community that a run found."""

    run = _uid("its run", primary_key=True)
    node = _uid("the node", primary_key=True)
    community = _text("name of the community in its run", primary_key=True)
    strength = _float("share of the node's weight inside the community, 0 to 1", low=0)


class ComponentTable(dy.Schema):
    """One component of a decomposition: its course in time and its weight in each recording."""

    run = _uid("its run", primary_key=True)
    component = dy.Int64(primary_key=True, min=0, description="index, strongest first")
    share = _float("share of the explained norm, 0 to 1", low=0, nullable=False)
    selected = dy.Bool(description="whether communities were sought in it")
    time_s = dy.List(dy.Float64(), description="time of each value")
    course = dy.List(dy.Float32(), description="temporal factor")
    recordings = _texts("recordings, in the order of loadings")
    loadings = dy.List(dy.Float32(), description="weight of the component in each recording")


class StateTable(dy.Schema):
    """An interval that a run assigns to a hidden state."""

    run = _uid("its run", primary_key=True)
    recording = _uid("the recording", primary_key=True)
    interval = dy.Int64(primary_key=True, min=0, description="index in the recording, from 0")
    state = _text("name of the state")
    onset_s = dy.Float64(min=0, description="from the start of the recording")
    duration_s = dy.Float64(min=0, description="length")
    probability = dy.Float64(nullable=True, min=0, max=1, description="mean posterior")


class InferredEdgeTable(dy.Schema):
    """An edge that a run infers."""

    run = _uid("its run", primary_key=True)
    source = _uid("node; the lesser uid where undirected", primary_key=True)
    target = _uid("node; the greater uid where undirected", primary_key=True)
    directed = dy.Bool(description="whether source and target differ in meaning")
    weight = _float("in the model's unit", nullable=False)
    probability = dy.Float64(nullable=True, min=0, max=1, description="of the edge's existence")


class EmbeddingTable(dy.Schema):
    """A vector that a run gives a node."""

    run = _uid("its run", primary_key=True)
    node = _uid("the node", primary_key=True)
    vector = dy.List(dy.Float32(), min_length=1, description="the vector; the same length for all nodes of a run")
