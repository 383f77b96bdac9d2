"""compare."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import polars as pl
import typer

from graphdb.lake_networks import side, to_compare
from graphdb.side_by_side import Comparison
from graphdb.side_by_side import compare as side_by_side
from jobs.cli.formats import ListFormat, plain, print_table, write_rows
from jobs.cli.settings import output, settings
from jobs.cli.sources import ListFormatOption
from jobs.cli.teaching import help_of
from schemas.kinds import WEIGHTED_KINDS

_LIMIT = 20  # of a table for eyes
_ENTRIES = 2  # places of one edge that a table shows
_COUNTS = ["kind", "first", "second", "both", "equal", "only_first", "only_second"]
_ABSENT = [f"not_{word}_in_{side}" for word in ("imaged", "stated") for side in ("first", "second")]
_TOTALS = [*_COUNTS, *_ABSENT, "rank_correlation", "first_unit", "second_unit", "differ_by"]


def compare(
    context: typer.Context,
    of: Annotated[
        list[str],
        typer.Argument(
            metavar="A B [C]...",
            help="Ids of datasets (all their networks), of networks, or the beginning of networks' ids up to a /.",
        ),
    ],
    kind: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND", help=f"Only edges of this kind ({', '.join(WEIGHTED_KINDS)}). Repeatable."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=0, help=f"Disagreements shown of each two networks.  [default: {_LIMIT} in a table]"),
    ] = None,
    form: ListFormatOption = ListFormat.TABLE,
) -> None:
    """Put networks side by side: pairs of cells in both, in one only, or not imaged; disagreements with their places.

    Each network is compared with those of the other references that are of its kind and node set. A pair that one side
    lacks is "covered, no entry" where that source could have seen both cells, "not imaged" where it could not: the
    second is no disagreement, and stands last. Where a source imaged a part of the animal, a cell is covered that has
    a part in it; synapses elsewhere on the two cells are still not in its list.

    Weights are subtracted where both sides state one unit. Where the units differ, weights are compared by rank only:
    `difference` is then that of two ranks, shares from 0 (no edge) to 1 (the heaviest of the side's edges among the
    pairs that can be compared). rank_correlation is Spearman's over the pairs in both. CSV has the disagreements, JSON
    the counts, too. Only the lake is read, no graph.

    Example:
      connectome compare celegans/cook2019 celegans/witvliet2021/stage8
      connectome compare celegans/white1986/whole celegans/varshney2011 --kind gap_junction --limit 5
      connectome compare celegans/cook2019 celegans/witvliet2021 --format csv > disagreements.csv
    """
    given = settings(context)
    lake = given.workspace.lake
    pairs, remarks = to_compare(lake, of, kind or ())
    read = {meant.label: side(lake, meant) for two in pairs for meant in two}
    found = [side_by_side(read[first.label], read[second.label]) for first, second in pairs]
    for remark in remarks:
        given.say(remark)
    if form is ListFormat.TABLE:
        _print(found, _LIMIT if limit is None else limit)
    elif form is ListFormat.CSV:
        rows = [row for each in found for row in _rows(each, limit)]
        write_rows(rows, list(rows[0]) if rows else ["kind", "first", "second"], form)
    else:
        _write_json(found, limit)


def _print(found: list[Comparison], limit: int) -> None:
    for each in found:
        totals = each.totals()
        output().print(f"{each.first.kind}: first is {each.first.network}, second {each.second.network}")
        print_table(["", "pairs"], _counted(totals))
        shown = each.disagreements(limit) if limit else pl.DataFrame()
        if shown.height:
            what = "weights" if each.same_unit else "ranks, as the units are not the same"
            lines = [_line(row) for row in shown.iter_rows(named=True)]
            output().print(f"Where they disagree most, by {what}")
            print_table(_LINE, lines)


def _counted(totals: dict[str, Any]) -> list[list[Any]]:
    """One line for each number that says something."""
    always = {"both", "only_first", "only_second", "not_imaged_in_first", "not_imaged_in_second"}
    said = [name for name in _WORDS if name in always or totals[name] not in (None, 0)]
    return [[_WORDS[name].format(**totals), totals[name]] for name in said]


_WORDS = {
    "both": "in both",
    "equal": "of these with one weight",
    "only_first": "only in the first; the second covers both cells",
    "only_second": "only in the second; the first covers both cells",
    "not_imaged_in_first": "in the second; a cell was not imaged in the first",
    "not_imaged_in_second": "in the first; a cell was not imaged in the second",
    "not_stated_in_first": "in the second; the first does not state what it covers",
    "not_stated_in_second": "in the first; the second does not state what it covers",
    "rank_correlation": "rank correlation of the weights in both ({first_unit} and {second_unit})",
}
_LINE = ["source", "target", "first", "second", "difference", "place in the first", "place in the second"]


def _line(row: dict[str, Any]) -> list[Any]:
    weights = [row["first_weight"], row["second_weight"]]
    return [row["source"], row["target"], *weights, row["difference"], _place(row, "first"), _place(row, "second")]


def _place(row: dict[str, Any], side_: str) -> str:
    """File, sheet, and row and column of each entry; or why there is none."""
    file, sheet, rows, columns = (row[f"{side_}_{name}"] for name in ("file", "sheet", "rows", "columns"))
    where = [file or "place not told", *([f"sheet {sheet!r}"] if sheet else [])]
    if row[f"{side_}_weight"] is None:
        return ", ".join([*where, row[f"{side_}_found"]])
    entries = list(zip(rows or [], columns or [], strict=True))
    at = [", ".join(f"{name} {v}" for name, v in zip(("row", "column"), e, strict=True) if v) for e in entries]
    more = [f"and {len(at) - _ENTRIES} more"] if len(at) > _ENTRIES else []
    return ", ".join(where) + (f", {'; '.join([*at[:_ENTRIES], *more])}" if at else "")


def _rows(each: Comparison, limit: int | None) -> list[dict[str, Any]]:
    two = {"first": each.first.network, "second": each.second.network}
    by = {"differ_by": "weight" if each.same_unit else "rank"}
    return [
        {"kind": row.pop("kind"), **two, **row, "first_unit": each.first.unit, "second_unit": each.second.unit, **by}
        for row in each.disagreements(limit).iter_rows(named=True)
    ]


def _write_json(found: list[Comparison], limit: int | None) -> None:
    content = {
        "compared": [plain({name: each.totals()[name] for name in _TOTALS}) for each in found],
        "disagreements": [plain(row) for each in found for row in _rows(each, limit)],
    }
    sys.stdout.write(json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n")


def register(app: typer.Typer) -> None:
    app.command(help=help_of(compare))(compare)
