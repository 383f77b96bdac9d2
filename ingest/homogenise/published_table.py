"""The 15-column table of the published data: one row for each neuron of each worm, with its raw and its new trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from ingest.homogenise.config import HomogeniseConfig
from ingest.homogenise.dataset import Recorded, by_recording, names_by_published_rules
from ingest.homogenise.labels import canonical_order
from schemas.dataset import Tables

COLUMNS: dict[str, pl.DataType] = {
    "source_dataset": pl.String(),
    "raw_data_file": pl.String(),
    "worm": pl.String(),
    "neuron": pl.String(),
    "slot": pl.Int32(),
    "is_labeled_neuron": pl.Boolean(),
    "smooth_method": pl.String(),
    "interpolate_method": pl.String(),
    "normalization_method": pl.String(),
    "original_calcium_data": pl.List(pl.Float32()),
    "calcium_data": pl.List(pl.Float32()),
    "original_time_in_seconds": pl.List(pl.Float32()),
    "time_in_seconds": pl.List(pl.Float32()),
    "original_max_timesteps": pl.Int32(),
    "max_timesteps": pl.Int32(),
}
_NORMALISATIONS = {"zscore": "standard"}  # as the published column writes it


@dataclass(frozen=True)
class Named:
    """What the table calls a trace; `slot` is null for a neuron outside the 300 and where none is given."""

    trace: int
    neuron: str
    slot: int | None
    is_labeled_neuron: bool


def published_table(
    source: Recorded, made: Tables, config: HomogeniseConfig, files: Sequence[str] = ()
) -> pl.DataFrame:
    """The table.

    Args:
        source: the dataset before.
        made: its homogenised tables.
        config: the parameters that they were made with. Where labels are guessed, names, worms and slots are given by
            the published rules, unlabelled neurons sit in free slots drawn with the seed, and rows whose values are all
            0 are left out; otherwise a neuron without a name has its raw label or index, and no slot.
        files: names of the source's files.

    Returns:
        Columns and types of COLUMNS.
    """
    before = dict(zip(source.recording["uid"], source.recording.iter_rows(named=True), strict=True))
    guessed = config.labels == "guessed"
    parts = [pl.DataFrame(schema=COLUMNS)]
    new, old = by_recording(made["trace"]), by_recording(source.trace)
    for worm, row in enumerate(made["recording"].sort("uid").iter_rows(named=True)):
        name = _name_in(row["uid"])
        raw = before[f"{source.uid}/{name}"]
        told = {
            "source_dataset": source.uid.rpartition("/")[2].capitalize() if guessed else source.uid,
            "raw_data_file": _file_of(name, files),
            "worm": f"worm{worm}" if guessed else name,
        }
        original = old[raw["uid"]].sort("trace")
        traces = new[row["uid"]].sort("trace").join(original.select("trace", original="values"), on="trace")
        parts.append(_rows(told, traces, _named(original, source, config, worm), (raw, row), config))
    return pl.concat(parts)


def _rows(
    told: Mapping[str, str],
    traces: pl.DataFrame,
    named: Sequence[Named],
    rows: tuple[Mapping[str, list[float]], Mapping[str, list[float]]],
    config: HomogeniseConfig,
) -> pl.DataFrame:
    names = pl.DataFrame(
        [(n.trace, n.neuron, n.slot, n.is_labeled_neuron) for n in named],
        schema={"trace": pl.Int64, "neuron": pl.String, "slot": pl.Int32, "is_labeled_neuron": pl.Boolean},
        orient="row",
    )
    old_time, new_time = (np.asarray(row["time_s"], dtype=np.float64) for row in rows)
    words = {
        **told,
        "smooth_method": config.smoothing,
        "interpolate_method": "linear",
        "normalization_method": _NORMALISATIONS.get(config.normalisation, config.normalisation),
    }
    frame = names.join(traces, on="trace", maintain_order="left").with_columns(
        *(pl.lit(text).alias(column) for column, text in words.items()),
        pl.col("original").alias("original_calcium_data"),
        pl.col("values").alias("calcium_data"),
        _repeated("original_time_in_seconds", old_time - old_time[0]),
        _repeated("time_in_seconds", new_time),
        pl.lit(len(old_time)).alias("original_max_timesteps"),
        pl.lit(len(new_time)).alias("max_timesteps"),
    )
    if config.labels == "guessed":
        frame = frame.filter(~(pl.col("calcium_data").list.eval(pl.element() == 0).list.all()))
    return frame.select(pl.col(column).cast(dtype) for column, dtype in COLUMNS.items())


def _repeated(name: str, values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> pl.Expr:
    return pl.lit(pl.Series(name, [values.astype(np.float32)], dtype=pl.List(pl.Float32))).first().alias(name)


def _named(traces: pl.DataFrame, source: Recorded, config: HomogeniseConfig, worm: int) -> list[Named]:
    """Names and slots of the traces of one recording, in the order of the traces."""
    order = canonical_order(source.node)
    slots = {name: slot for slot, name in enumerate(order)}
    if config.labels == "guessed":
        return _published(traces, source, slots, np.random.default_rng([config.seed, worm]))
    found = []
    for trace, label, node in traces.select("trace", "raw_label", "node").iter_rows():
        name = node.rpartition("/")[2] if node else (label or str(trace))
        slot = slots.get(name) if node else None
        found.append(Named(trace, name, slot, slot is not None))
    return found


def _published(
    traces: pl.DataFrame, source: Recorded, slots: Mapping[str, int], rng: np.random.Generator
) -> list[Named]:
    names = names_by_published_rules(traces, source)
    free = sorted(set(slots.values()) - {slots[n] for n in names if n is not None and n in slots})
    drawn = iter(rng.permutation(free).tolist())
    return [
        Named(trace, name, slots[name] if name in slots else next(drawn, None), name in slots)
        for trace, name in zip(traces.get_column("trace"), names, strict=True)
        if name is not None
    ]


def _name_in(recording: str) -> str:
    """Name of a homogenised recording: what follows the dataset's id, which all of them begin with."""
    return recording.split("/", 2)[2]


def _file_of(name: str, files: Sequence[str]) -> str:
    """The file that names the recording; all of them where none or several do."""
    found = [file for file in files if name in file]
    return found[0] if len(found) == 1 else ", ".join(files)
