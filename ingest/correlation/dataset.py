"""From recordings to correlation networks: one for each, one pooled, and a decision for what is not in them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from ingest.correlation.config import CorrelationConfig
from ingest.correlation.pairwise import (
    Floats,
    NamedTraces,
    Whole,
    correlation,
    never_changes,
    pooled,
    without_trend,
)
from ingest.correlation.shifts import Significance, false_discovery, significance
from ingest.frames import complete
from ingest.homogenise.dataset import Progress, by_recording, silent
from schemas import tables
from schemas.dataset import Decisions
from schemas.errors import Place, UsageError

READER_VERSION = "1"
POOLED = "pooled"

_LEAST_TRACES = 2


@dataclass(frozen=True)
class Source:
    """A dataset with recordings, as published.

    Attributes:
        uid: its id.
        reference: id@version, for decisions.
        recording: its `recording` table.
        trace: its `trace` table.
        imputed: whether missing samples in it were guessed from other traces.
    """

    uid: str
    reference: str
    recording: pl.DataFrame
    trace: pl.DataFrame
    imputed: bool = False


@dataclass(frozen=True)
class _Taken:
    """A recording that becomes a network: its row, its traces, and r of its pairs, NaN where there is no edge."""

    row: Mapping[str, Any]
    name: str
    traces: NamedTraces
    r: Floats


def correlate(
    source: Source, uid: str, config: CorrelationConfig, progress: Progress = silent
) -> dict[str, pl.DataFrame]:
    """Correlate the identified neurons of every calcium recording of a dataset.

    Args:
        source: what to correlate.
        uid: id of the dataset to be.
        config: the settings; they become the first decision.
        progress: told how far it is.

    Returns:
        `network`, `functional` and `decision` tables. The networks are `uid/<recording>` and `uid/pooled`, undirected;
        nodes and subjects stay those of the source.

    Raises:
        UsageError: there is no calcium recording, they are not of one node set, or no pair of neurons is left.
    """
    decisions = Decisions()
    decisions.add("kept", "parameters", json.dumps(asdict(config)), Place(source.reference))
    if source.imputed:
        why = "they count as if measured, though they were guessed from other traces, with which they so correlate"
        decisions.add("kept", "imputed samples", why, Place(source.reference))
    rows = _calcium(source, decisions)
    names = _neurons(source.trace.filter(pl.col("recording").is_in([row["uid"] for row in rows])))
    index = {name: i for i, name in enumerate(names)}
    traces = by_recording(source.trace)
    taken = []
    for row in rows:
        name = row["uid"].removeprefix(f"{source.uid}/")
        found = _one(row, name, traces.get(row["uid"], source.trace.clear()), index, source, config, decisions)
        taken += [found] if found else []
    if not taken:
        raise UsageError(
            f"no two identified neurons of {source.reference} have {config.min_samples} samples in common",
            "give another dataset, or a smaller min_samples",
        )
    return {**_networks(taken, names, uid, config, progress), "decision": decisions.frame()}


def named_traces(traces: pl.DataFrame, index: Mapping[str, int]) -> NamedTraces:
    """The traces of one recording that belong to a neuron, by its index.

    Args:
        traces: rows of `trace`.
        index: of each neuron that counts; the others are left out.
    """
    rows = traces.with_columns(
        cell=pl.col("node").replace_strict(index, default=None, return_dtype=pl.Int64),
    )
    rows = rows.drop_nulls("cell").sort("cell", "trace").unique("cell", keep="first", maintain_order=True)
    flat = rows.get_column("values").explode().cast(pl.Float64).to_numpy()
    return NamedTraces(
        rows.get_column("cell").to_numpy(), flat.reshape(rows.height, -1) if rows.height else np.empty((0, 0))
    )


def _neurons(traces: pl.DataFrame) -> list[str]:
    """Uids of all neurons with a trace, ascending, so that the lesser of a pair comes first."""
    return sorted(traces.get_column("node").drop_nulls().unique().to_list())


def _calcium(source: Source, decisions: Decisions) -> list[dict[str, Any]]:
    rows = source.recording.sort("uid").to_dicts()
    held = sorted({row["modality"] for row in rows})
    if "calcium" not in held:
        what = f"only recordings of {', '.join(held)}" if held else "no recording"
        raise UsageError(f"{source.reference} has {what}", "give a dataset with calcium recordings")
    found = [row for row in rows if row["modality"] == "calcium"]
    for row in rows:
        name = row["uid"].removeprefix(f"{source.uid}/")
        if row["modality"] != "calcium":
            place = Place(source.reference, "recording", column=name)
            decisions.add("dropped", name, f"it is of {row['modality']}, not of calcium", place)
        elif name == POOLED:
            raise UsageError(f"a recording is called {POOLED}", "the network of all recordings is; rename it")
    node_sets = sorted({row["node_set"] for row in found})
    if len(node_sets) > 1:
        text = f"the recordings of {source.reference} are of several node sets: {', '.join(node_sets)}"
        raise UsageError(text, "a network has one; give a dataset whose recordings share it")
    return found


def _one(
    row: Mapping[str, Any],
    name: str,
    traces: pl.DataFrame,
    index: Mapping[str, int],
    source: Source,
    config: CorrelationConfig,
    decisions: Decisions,
) -> _Taken | None:
    """One recording, or None where no pair is left; either way with its decisions."""
    _say_of_unnamed(traces, name, source, decisions)
    found = named_traces(traces, index)
    place = Place(source.reference, "recording", column=name)
    if len(found.cells) < _LEAST_TRACES:
        decisions.add("dropped", name, f"it has {len(found.cells)} identified neuron(s): no pair", place)
        return None
    r, common = correlation(found.values)
    labels = [uid.rpartition("/")[2] for uid in index]
    constant = never_changes(found.values)
    for cell in found.cells[constant].tolist():
        why = "its trace never changes: r is not defined, it has no edge"
        decisions.add("dropped", f"{name} {labels[cell]}", why, place)
    above = np.triu(~constant[:, None] & ~constant, k=1)
    short, flat = above & (common < config.min_samples), above & (common >= config.min_samples) & np.isnan(r)
    too_few = f"fewer than {config.min_samples} common samples (min_samples)"
    for wrong, why in ((short, too_few), (flat, "one trace does not change over the common samples")):
        if wrong.any():
            one, other = (labels[found.cells[at]] for at in np.argwhere(wrong)[0])
            reason = f"{why}: no edge; the first is {one} and {other}"
            decisions.add("dropped", f"{int(wrong.sum())} pair(s) of {name}", reason, place)
    r = np.where(common >= config.min_samples, r, np.nan)
    if np.isnan(r[np.triu_indices(len(r), k=1)]).all():
        decisions.add("dropped", name, "no pair of its neurons is left", place)
        return None
    return _Taken(row, name, found, r)


def _say_of_unnamed(traces: pl.DataFrame, name: str, source: Source, decisions: Decisions) -> None:
    place = Place(source.reference, "trace", column=name)
    unnamed = traces.filter(pl.col("node").is_null())
    if unnamed.height:
        by = unnamed.get_column("match").value_counts(sort=True).sort("match").rows()
        reason = f"not one identified neuron: {', '.join(f'{n} {match}' for match, n in by)}"
        decisions.add("dropped", f"{unnamed.height} trace(s) of {name}", reason, place)
    twice = traces.drop_nulls("node").sort("trace").filter(pl.col("node").is_first_distinct().not_())
    for trace, node in twice.select("trace", "node").rows():
        decisions.add("dropped", f"{name} trace {trace}", f"{node} has an earlier trace, which counts", place)


def _networks(
    taken: Sequence[_Taken], names: Sequence[str], uid: str, config: CorrelationConfig, progress: Progress
) -> dict[str, pl.DataFrame]:
    mean, seen = pooled([(each.traces.cells, each.r) for each in taken], len(names))
    alone: Sequence[Floats | None] = [None] * len(taken)
    together = None
    if config.surrogates:
        found = _significance(taken, names, config, progress)
        alone, together = found.alone, found.pooled
    networks = [_network(each.row, uid, each.name, config) for each in taken]
    networks.append(_network({**taken[0].row, "subject": None}, uid, POOLED, config, n=len(taken)))
    edges = [
        _edges(f"{uid}/{each.name}", [names[i] for i in each.traces.cells], each.r, p)
        for each, p in zip(taken, alone, strict=True)
    ]
    edges.append(_edges(f"{uid}/{POOLED}", names, mean, together, seen))
    return {"network": tables.frame("network", networks), "functional": pl.concat(edges)}


def _significance(
    taken: Sequence[_Taken], names: Sequence[str], config: CorrelationConfig, progress: Progress
) -> Significance:
    """Of the pairs that are edges."""
    traces = [each.traces for each in taken]
    if config.detrend:
        traces = [NamedTraces(each.cells, without_trend(each.values)) for each in traces]
    return significance(
        traces,
        [np.where(np.isnan(of.r), np.nan, correlation(each.values)[0]) for of, each in zip(taken, traces, strict=True)],
        len(names),
        min_samples=config.min_samples,
        surrogates=config.surrogates,
        rng=np.random.default_rng(config.seed),
        progress=lambda done, total: progress(f"shifting {names[done]}", done, total),
    )


def _edges(network: str, names: Sequence[str], r: Floats, p: Floats | None, seen: Whole | None = None) -> pl.DataFrame:
    """Every pair with an r, from the lesser to the greater uid; `names` ascend."""
    source, target = np.nonzero(np.triu(~np.isnan(r), k=1))
    uids = pl.Series(names, dtype=pl.String)
    frame = pl.DataFrame(
        {
            "source": uids.gather(source),
            "target": uids.gather(target),
            "weight": r[source, target],
            "q": None if p is None else pl.Series(false_discovery(p[source, target])).fill_nan(None),
            "n_observations": 1 if seen is None else seen[source, target],
        }
    )
    return complete("functional", frame.with_columns(network=pl.lit(network)))


def _network(
    row: Mapping[str, Any], uid: str, name: str, config: CorrelationConfig, *, n: int | None = None
) -> dict[str, object]:
    """Row of `network`; `n` recordings where it is the pooled one."""
    of_one = "Pearson r over the samples that both neurons have"
    parameters = {
        **asdict(config),
        "signal": row["signal"],
        "weight": of_one if n is None else f"mean over the recordings that hold both of {of_one}",
        "keeps": "every pair that was observed, whatever its r; an absent edge says that the pair was not observed "
        "together, or has too few common samples or a constant trace (see the decisions)",
        "q": "; ".join(_meaning_of_q(config, several=n is not None)),
        "n_observations": "recordings that hold both neurons",
    }
    if n is not None:
        parameters["recordings"] = n
    return {
        "uid": f"{uid}/{name}",
        "node_set": row["node_set"],
        "subject": row["subject"],
        "kind": "functional",
        "directed": False,
        "weight_unit": "Pearson r",
        "method": "pearson" if n is None else "pearson, mean over recordings",
        "parameters": json.dumps(parameters),
    }


def _meaning_of_q(config: CorrelationConfig, *, several: bool) -> Iterator[str]:
    if not config.surrogates:
        yield "not computed (surrogates=0)"
        return
    yield "false discovery rate over the pairs of this network (Benjamini and Hochberg 1995) of a two-sided p"
    yield "p is the share of circular shifts of one trace against the other with as large an absolute correlation"
    if several:
        yield f"for pairs in several recordings of {config.surrogates} random combinations of shifts"
    yield f"of traces {'without their straight trend' if config.detrend else 'as they are'}"
    yield "other change that goes with the time since the start is not kept out"
