"""Beets et al. 2023: which neuropeptides activate which receptors, each receptor alone in cultured cells.

A table (csv) with one pair a row: the receptor's isoform, the peptide, the decimal logarithm of the concentration of
half the greatest activation (EC50, mol/l) with its 95 % confidence interval, and that concentration. A name counts the
gene's isoforms or peptides: FLP-18-3 is the third peptide of flp-18, pyroFLP-10-1 the first of flp-10, beginning with
a pyroglutamate.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from ingest.files import number, read_cells
from schemas import tables
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "1"
DATASET = "celegans/beets2023"
HEADER = ["GPCR ID", "GPCR name", "Peptide", "log EC50 (M)", "95% Confidence Interval", "EC50 (M)"]

_FILE = "pairs"
_METHOD = "calcium response of cultured mammalian cells that express the receptor, dose by dose"
_PEPTIDE = re.compile(r"(?:pyro)?([A-Z]+-\d+)-\d+(?: ?\(C\d+-C\d+\))?")
_RECEPTOR = re.compile(r"([A-Z]+-\d+)-\d+")
_INTERVAL = re.compile(r"(-?\d+(?:\.\d+)?) to (-?\d+(?:\.\d+)?)")
_ROUNDED = 0.006  # of a logarithm with three decimals and a concentration with as few as three digits
_HINT = "is this deorphanization_media_6.csv, supplement 6 of the article?"


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:  # noqa: ARG001
    """Table `binding`, a row for each pair of peptide and receptor.

    Args:
        files: `pairs`.
        parents: none is needed.

    Raises:
        SourceError: another header, a name that is none, a pair twice, a number that is none or lies outside its own
            interval.
    """
    path, decisions = files[_FILE], Decisions()
    header, *lines = read_cells(path, ",")
    if header[: len(HEADER)] != HEADER or any(header[len(HEADER) :]):
        raise SourceError(f"has the header {', '.join(filter(None, header))}", _HINT, Place(path.name, row=1))
    if not lines:
        raise SourceError("lists no pair", "the file may be truncated; fetch it again", Place(path.name))
    rows = [_row(line, Place(path.name, row=i), decisions) for i, line in enumerate(lines, start=2)]
    _refuse_repeated(rows, path.name)
    decisions.add("dropped", HEADER[0], "the isoform's sequence name; its other name is kept", Place(path.name, row=1))
    return {"binding": tables.frame("binding", rows), "decision": decisions.frame()}


def _row(line: list[str], place: Place, decisions: Decisions) -> dict[str, object]:
    def at(column: int) -> Place:
        return Place(place.file, row=place.row, column=HEADER[column])

    if any(line[len(HEADER) :]):
        raise SourceError(f"holds {line[len(HEADER) :]!r} after its last column", _HINT, place)
    _, receptor, peptide, log, interval, ec50 = line[: len(HEADER)]
    of_receptor, of_peptide = _RECEPTOR.fullmatch(receptor), _PEPTIDE.fullmatch(peptide)
    if of_receptor is None:
        raise SourceError(f"holds {receptor!r}", "a receptor's isoform is written as NPR-5-1", at(1))
    if of_peptide is None:
        raise SourceError(f"holds {peptide!r}", "a peptide is written as FLP-18-3", at(2))
    form = peptide.replace(" ", "")
    if form != peptide:
        decisions.add("renamed", peptide, f"a form is written without blanks: {form}", at(2))
    low, high = _interval(interval, at(4))
    half, molar = number(log, at(3)), number(ec50, at(5))
    if not low <= half <= high:
        raise SourceError(f"holds {log}, outside its interval {interval}", "correct the row in the file", at(3))
    if molar <= 0:
        raise SourceError(f"holds {ec50!r}", "a concentration is positive", at(5))
    if abs(math.log10(molar) - half) > _ROUNDED:
        decisions.add("differs", f"{peptide} on {receptor}", f"{ec50} here, 10^{log} in {HEADER[3]}", at(5))
    return {
        "ligand": of_peptide[1].lower(),
        "ligand_form": form,
        "receptor": of_receptor[1].lower(),
        "receptor_form": receptor,
        "ec50_molar": molar,
        "low_molar": 10.0**low,
        "high_molar": 10.0**high,
        "method": _METHOD,
    }


def _interval(text: str, place: Place) -> tuple[float, float]:
    found = _INTERVAL.fullmatch(text)
    if found is None:
        raise SourceError(f"holds {text!r}", "an interval is written as -7.080 to -6.818", place)
    return float(found[1]), float(found[2])


def _refuse_repeated(rows: list[dict[str, object]], file: str) -> None:
    seen: dict[tuple[object, object], int] = {}
    for i, row in enumerate(rows, start=2):
        pair = row["ligand_form"], row["receptor_form"]
        if pair in seen:
            text = f"holds {pair[0]} on {pair[1]} again, first in row {seen[pair]}"
            raise SourceError(text, "keep one of them", Place(file, row=i))
        seen[pair] = i
