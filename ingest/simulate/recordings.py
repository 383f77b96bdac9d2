"""Rows that every simulated recording needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ingest.frames import complete, list_column
from schemas import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = np.ndarray[Any, np.dtype[np.float64]]


def recording_row(
    recording: str,
    node_set: str,
    *,
    subject: str,
    modality: str,
    signal: str,
    unit: str,
    interval_s: float,
    n_samples: int,
) -> dict[str, object]:
    """Row of the recording table with evenly spaced samples."""
    return {
        "uid": recording,
        "node_set": node_set,
        "subject": subject,
        "modality": modality,
        "signal": signal,
        "unit": unit,
        "sampling_rate_hz": 1 / interval_s,
        "n_samples": n_samples,
        "time_s": (np.arange(n_samples) * interval_s).tolist(),
    }


def traces(recording: str, node_set: str, names: Sequence[str | None], values: Array) -> pl.DataFrame:
    """Rows of the trace table.

    Args:
        recording: uid of the recording.
        node_set: uid of its node set.
        names: of each trace's node; None where the trace goes unlabelled.
        values: shape (traces, samples).
    """
    label = pl.Series("raw_label", list(names), dtype=pl.String)
    frame = pl.DataFrame({"trace": np.arange(len(names))}).with_columns(
        pl.lit(recording).alias("recording"),
        label,
        (pl.lit(f"{node_set}/") + label).alias("node"),
        label.is_not_null().replace_strict({True: "exact", False: "unlabelled"}).alias("match"),
        list_column("values", values.astype(np.float32)),
    )
    return complete("trace", frame)


def event_table(rows: Sequence[tuple[str, str, str, float, float]]) -> pl.DataFrame:
    """The event table from (recording, kind, label, onset_s, duration_s), counted within each recording."""
    count: dict[str, int] = {}
    out: list[dict[str, object]] = []
    for recording, kind, label, onset, duration in rows:
        event = count.get(recording, 0)
        count[recording] = event + 1
        out.append(
            {
                "recording": recording,
                "event": event,
                "kind": kind,
                "label": label,
                "onset_s": onset,
                "duration_s": duration,
            }
        )
    return tables.frame("event", out)
