"""Windows of a recording that lie within one part of the split along time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from schemas.errors import UsageError

if TYPE_CHECKING:
    from schemas.bundle import Bundle


def windows(bundle: Bundle, recording: str, part: str, n_samples: int, step: int = 1) -> list[slice]:
    """Stretches of equal length of which no sample is outside their block: none crosses an edge.

    Args:
        bundle: with its `time_split`.
        recording: uid.
        part: train, validation or test.
        n_samples: length of a window.
        step: samples from the start of one window to that of the next in the same block.

    Returns:
        Slices of the samples of the recording, in order of time.

    Raises:
        UsageError: the bundle does not hold or does not cut the recording.
    """
    times = bundle.recording.filter(uid=recording).get_column("time_s").to_list()
    blocks = bundle.time_split.filter(recording=recording)
    if not times or blocks.is_empty():
        raise UsageError(f"{recording} is in no part of the split along time", "export the bundle again")
    time = np.asarray(times[0], dtype=np.float64)
    found: list[slice] = []
    for start_s, end_s in blocks.filter(pl.col("part") == part).sort("block").select("start_s", "end_s").iter_rows():
        first, end = (int(i) for i in (np.searchsorted(time, start_s), np.searchsorted(time, end_s, side="right")))
        found += [slice(i, i + n_samples) for i in range(first, end - n_samples + 1, step)]
    return found
