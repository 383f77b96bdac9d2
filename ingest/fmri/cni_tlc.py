"""CNI-TLC 2019: resting-state series of the 116 AAL regions, with one Pearson network per subject.

Schirmer et al., Medical Image Analysis 70 (2021) 101972. Kennedy Krieger Institute, TR 2.5 s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ingest.files import read_table
from ingest.fmri import pearson
from ingest.fmri.aal116 import NODE_SET, regions_in_order
from ingest.fmri.archive import members
from ingest.fmri.series import Array, read_series
from ingest.frames import complete, list_column
from schemas import tables
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError
from schemas.ids import uid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

READER_VERSION = "1"

DATASET = "fmri/cni-tlc"
REPETITION_TIME_S = 2.5
# the part that each release was for; a release that is not given is not read
PARTS = {"training": "train", "validation": "validation", "test": "test"}
PEARSON = pearson.PearsonConfig(share=0.1)

_MEMBER = re.compile(r"(?:.*/)?([^/\s]+)/timeseries_aal\.csv")
_NAME = re.compile(r"[^\s/]+")
_SEX = {"F": "female", "M": "male"}
# every column is read, also those left out later, so that a row with a cell too many ("9,5") is seen
_PHENOTYPES: dict[str, pl.DataType] = {
    "Subj": pl.String(),
    "Sex": pl.String(),
    "Age": pl.Float64(),
    "DX": pl.String(),
    "WISC_FSIQ": pl.Float64(),
    "Edinburgh_Handedness": pl.Float64(),
}
_LEFT_OUT = ("WISC_FSIQ", "Edinburgh_Handedness")


@dataclass
class _Collected:
    """Rows and frames of the tables while the releases are read."""

    regions: list[str]
    decisions: Decisions = field(default_factory=Decisions)
    subjects: dict[str, dict[str, object]] = field(default_factory=dict)
    recordings: list[dict[str, object]] = field(default_factory=list)
    networks: list[dict[str, object]] = field(default_factory=list)
    frames: dict[str, list[pl.DataFrame]] = field(default_factory=lambda: {"trace": [], "functional": [], "matrix": []})


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Read every release that is given.

    Args:
        files: `training_series` and `training_phenotypes`; the same for `validation` and `test` if at hand.
        parents: fmri/aal116.

    Returns:
        subject, recording, trace, network, functional, matrix and decision. The edge table holds the pairs
        that PEARSON keeps, the matrix table all pairs.

    Raises:
        SourceError: an archive or table is broken, a subject stands twice, or a series has not 116 rows.
    """
    found = _Collected(regions_in_order(parents["fmri/aal116"]))
    for release, part in PARTS.items():
        keys = [f"{release}_series", f"{release}_phenotypes"]
        given = [key for key in keys if key in files]
        if len(given) == 1:
            raise SourceError(f"the {release} release has only this file", f"give {keys}", Place(files[given[0]].name))
        if given:
            _read_release(files[keys[0]], files[keys[1]], part, found)
    return _tables(found)


def _tables(found: _Collected) -> dict[str, pl.DataFrame]:
    frames = {name: pl.concat(parts) if parts else tables.frame(name, []) for name, parts in found.frames.items()}
    return {
        "subject": tables.frame("subject", list(found.subjects.values())),
        "recording": tables.frame("recording", found.recordings),
        "network": tables.frame("network", found.networks),
        **frames,
        "decision": found.decisions.frame(),
    }


def _read_release(series_path: Path, phenotypes_path: Path, part: str, found: _Collected) -> None:
    described = _read_phenotypes(phenotypes_path, part, found)
    measured: set[str] = set()
    for name, place, values in _series(series_path, len(found.regions), found.decisions):
        if name in measured:
            raise SourceError("the subject has two series", "keep one of them", place)
        measured.add(name)
        if name not in described:
            _keep_undescribed(name, part, phenotypes_path, place, found)
        _add_recording(name, values, found)
        _add_network(name, values, place, found)
    if not measured:
        raise SourceError("holds no <subject>/timeseries_aal.csv", "is it the right archive?", Place(series_path.name))
    for name, row in described.items():
        if name not in measured:
            reason = f"the subject has no series in {series_path.name}; it stays without a recording"
            found.decisions.add("kept", name, reason, Place(phenotypes_path.name, row=row, column="Subj"))


def _read_phenotypes(path: Path, part: str, found: _Collected) -> dict[str, int]:
    """Add the subjects; returns the row of each in the file."""
    nullable = ("Sex", "Age", "DX", *_LEFT_OUT)
    table = read_table(path, ",", _PHENOTYPES, nullable=nullable, null_values=("N/A", "NA"))
    rows: dict[str, int] = {}
    for number, row in enumerate(table.iter_rows(named=True), start=2):
        name, place = str(row["Subj"]), Place(path.name, row=number, column="Subj")
        if name in found.subjects:
            raise SourceError(f"subject {name!r} is listed twice", "keep one row per subject", place)
        if not _NAME.fullmatch(name):
            raise SourceError(f"{name!r} is not a subject id", "an id has no blanks and no '/'", place)
        found.subjects[name] = _subject(name, part, row, Place(path.name, row=number, column="Sex"))
        rows[name] = number
    reason = "the subject table has no column for them"
    found.decisions.add("dropped", f"columns {', '.join(_LEFT_OUT)}", reason, Place(path.name))
    return rows


def _subject(name: str, part: str, row: Mapping[str, object], place: Place) -> dict[str, object]:
    sex, age = row["Sex"], row["Age"]
    if sex is not None and sex not in _SEX:
        raise SourceError(f"holds {sex!r}, F or M was expected", "correct the cell in the file", place)
    if isinstance(age, float) and not 0 <= age < np.inf:
        at = Place(place.file, row=place.row, column="Age")
        raise SourceError(f"holds {age!r}, an age in years was expected", "correct the cell in the file", at)
    return {
        "uid": uid(DATASET, name),
        "species": "Homo sapiens",
        "sex": _SEX.get(str(sex)),
        "age_years": age,
        "diagnosis": row["DX"],
        "site": "Kennedy Krieger Institute",
        "part": part,
    }


def _keep_undescribed(name: str, part: str, phenotypes: Path, place: Place, found: _Collected) -> None:
    if name in found.subjects:
        raise SourceError("the subject belongs to another release", "keep it in one release", place)
    unknown = dict.fromkeys(("Sex", "Age", "DX"))
    found.subjects[name] = _subject(name, part, unknown, place)
    found.decisions.add("kept", name, f"the subject has no row in {phenotypes.name}", place)


def _series(path: Path, n_regions: int, decisions: Decisions) -> Iterator[tuple[str, Place, Array]]:
    """Subject, place and series of each member that is one; the others become decisions."""
    for member, content in members(path):
        matched = _MEMBER.fullmatch(member)
        place = Place(path.name, sheet=member)
        if matched is None:
            decisions.add("dropped", member, "not <subject>/timeseries_aal.csv", place)
        else:
            yield matched[1], place, read_series(content, n_regions, place)


def _add_recording(name: str, values: Array, found: _Collected) -> None:
    recording = uid(DATASET, name, "rest")
    n_samples = values.shape[1]
    found.recordings.append(
        {
            "uid": recording,
            "node_set": NODE_SET,
            "subject": uid(DATASET, name),
            "modality": "fmri",
            "signal": "BOLD",
            "unit": "a.u.",
            "sampling_rate_hz": 1 / REPETITION_TIME_S,
            "n_samples": n_samples,
            "time_s": (np.arange(n_samples) * REPETITION_TIME_S).tolist(),
        }
    )
    traces = pl.DataFrame({"trace": range(len(values)), "node": found.regions}).with_columns(
        pl.lit(recording).alias("recording"),
        (pl.col("trace") + 1).cast(pl.String).alias("raw_label"),  # labels_aal.csv: row i holds label i
        pl.lit("exact").alias("match"),
        list_column("values", values.astype(np.float32)),
    )
    found.frames["trace"].append(complete("trace", traces))


def _add_network(name: str, values: Array, place: Place, found: _Collected) -> None:
    network = uid(DATASET, name, "pearson")
    r = pearson.correlation(values)
    constant = np.flatnonzero(np.isnan(r.diagonal()))
    found.networks.append(pearson.network_row(network, NODE_SET, uid(DATASET, name), r, PEARSON))
    found.frames["functional"].append(pearson.functional_edges(network, found.regions, r, PEARSON))
    if len(constant) == 0:
        found.frames["matrix"].append(pearson.matrix_rows(network, found.regions, r))
    for row in constant.tolist():
        reason = (
            f"the series of {found.regions[row]} is constant, so its r is not defined: the whole matrix is "
            "left out, and edges are kept among the other regions only"
        )
        at = Place(place.file, place.sheet, row + 1)
        found.decisions.add("dropped", f"matrix of {network}", reason, at)
