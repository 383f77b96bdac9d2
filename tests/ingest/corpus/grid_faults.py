"""Faults of rows and cells, whatever the container. Each changes the rows in place and says what must come of it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.ingest.corpus.containers import Rows
from tests.ingest.corpus.shapes import ACCOUNTED, REFUSED, SAME, Shape, Told

Fault = Callable[[Rows, Shape, Random], Told]

NBSP = "\u00a0"
NO_CELL = "QX77Z"


def _weight_becomes(text: str) -> Fault:
    def fault(rows: Rows, shape: Shape, rng: Random) -> Told:
        r, c = rng.choice(shape.weights(rows))
        told = shape.at(rows, r, c)
        rows[r][c] = text
        return told

    return fault


def empty_weight(rows: Rows, shape: Shape, rng: Random) -> Told:
    r, c = rng.choice(shape.weights(rows))
    told = shape.at(rows, r, c)
    rows[r][c] = None
    return Told(ACCOUNTED) if shape.nullable else told


def unknown_cell(rows: Rows, shape: Shape, rng: Random) -> Told:
    r, c = rng.choice(shape.weights(rows))
    if not shape.matrix:
        c = rng.choice(shape.labels)
        rows[r][c] = NO_CELL
        return shape.at(rows, r, c)
    _rename(rows, shape, r - shape.header, NO_CELL)
    return Told(REFUSED)


def unknown_in_one_margin(rows: Rows, shape: Shape, rng: Random) -> Told:
    r, _ = rng.choice(shape.weights(rows))
    rows[r][shape.margin] = NO_CELL
    return Told(REFUSED)


def empty_label(rows: Rows, shape: Shape, rng: Random) -> Told:
    r, _ = rng.choice(shape.weights(rows))
    c = rng.choice(shape.labels)
    told = Told(REFUSED, r + 1)
    rows[r][c] = None
    return told


def blank_label(rows: Rows, shape: Shape, rng: Random) -> Told:
    told = empty_label(rows, shape, rng)
    r = int(str(told.row)) - 1
    c = next(c for c in shape.labels if rows[r][c] is None)
    rows[r][c] = f" {NBSP} "
    return told


def blanks_around_labels(rows: Rows, shape: Shape, rng: Random) -> Told:
    for r, c in shape.each_label(rows):
        if rows[r][c] is not None:
            rows[r][c] = rng.choice([f"{rows[r][c]} ", f" {rows[r][c]}", f"{rows[r][c]}{NBSP}", f"{NBSP}{rows[r][c]} "])
    return Told(SAME)


def blanks_around_weights(rows: Rows, shape: Shape, rng: Random) -> Told:
    for r, c in rng.sample(shape.weights(rows), 5):
        rows[r][c] = rng.choice([f"{rows[r][c]} ", f" {rows[r][c]}{NBSP}"])
    return Told(SAME)


def blanks_around_words(rows: Rows, shape: Shape, rng: Random) -> Told:
    for r in rng.sample(shape.body(rows), 5):
        for c in shape.texts:
            rows[r][c] = f"{rows[r][c]}{NBSP}" if rows[r][c] else rows[r][c]
    return Told(SAME)


def blanks_in_header(rows: Rows, shape: Shape, rng: Random) -> Told:
    row = rows[shape.header - 1]
    for c in (*shape.labels, *shape.numbers):
        row[c] = f"{row[c]}{NBSP} " if row[c] else row[c]
    return Told(REFUSED | SAME)


def other_case(rows: Rows, shape: Shape, rng: Random) -> Told:
    """Labels in lower case are other spellings of the same cells."""
    for r, c in list(shape.each_label(rows)):
        label = rows[r][c]
        if label is not None and label.isupper() and label != "NMJ":  # that is no cell but a word
            rows[r][c] = label.lower()
    return Told(SAME)


def unknown_word(rows: Rows, shape: Shape, rng: Random) -> Told:
    r, c = rng.choice(list(shape.body(rows))), rng.choice(shape.texts)
    rows[r][c] = "telepathic"
    return shape.at(rows, r, c)


def two_labels_of_one_cell(rows: Rows, shape: Shape, rng: Random) -> Told:
    """A list gets a row again in another spelling; in a matrix a label becomes another spelling of its neighbour."""
    if not shape.matrix:
        copied = list(rows[rng.choice(list(shape.body(rows)))])
        for c in shape.labels:
            copied[c] = _respelled(str(copied[c]))
        rows.append(copied)
        return Told(REFUSED | ACCOUNTED)
    i = rng.randrange(len(shape.body(rows)) - 1)
    _rename(rows, shape, i + 1, _respelled(str(rows[shape.header + i][shape.margin])))
    return Told(REFUSED | ACCOUNTED)


def duplicated_row(rows: Rows, shape: Shape, rng: Random) -> Told:
    r = rng.choice(list(shape.body(rows)))
    rows.insert(r + 1, list(rows[r]))
    return Told(REFUSED if shape.matrix else REFUSED | ACCOUNTED)


def duplicated_rows(rows: Rows, shape: Shape, rng: Random) -> Told:
    """The whole body stands twice, as when a file is appended to itself."""
    rows.extend([list(rows[r]) for r in shape.body(rows)])
    return Told(REFUSED if shape.matrix else REFUSED | ACCOUNTED)


def deleted_row(rows: Rows, shape: Shape, rng: Random) -> Told:
    del rows[rng.choice(shape.weights(rows))[0]]
    return Told(REFUSED | ACCOUNTED if shape.far or not shape.matrix else REFUSED)


def header_in_the_middle(rows: Rows, shape: Shape, rng: Random) -> Told:
    r = rng.choice(list(shape.body(rows)))
    rows.insert(r, list(rows[shape.header - 1]))
    return Told(REFUSED, r + 1)


def title_above(rows: Rows, shape: Shape, rng: Random) -> Told:
    rows.insert(0, ["Table S1. Connections", *[None] * (len(rows[0]) - 1)])
    return Told(REFUSED)


def blank_row_above(rows: Rows, shape: Shape, rng: Random) -> Told:
    rows.insert(0, [None] * len(rows[0]))
    return Told(REFUSED | SAME)


def no_header(rows: Rows, shape: Shape, rng: Random) -> Told:
    del rows[: shape.header]
    return Told(REFUSED)


def only_header(rows: Rows, shape: Shape, rng: Random) -> Told:
    del rows[shape.header :]
    return Told(REFUSED)


def blank_row_within(rows: Rows, shape: Shape, rng: Random) -> Told:
    rows.insert(rng.choice(list(shape.body(rows))), [None] * len(rows[0]))
    return Told(REFUSED | SAME)


def blank_row_before_a_bad_weight(rows: Rows, shape: Shape, rng: Random) -> Told:
    """Rows are counted as a person counts them, blank ones too; either may be what is refused."""
    r, c = shape.weights(rows)[-1]
    rows[r][c] = "many"
    rows.insert(shape.header + 1, [None] * len(rows[0]))
    return Told(REFUSED, None if shape.matrix and not shape.far else (shape.header + 2, r + 2))


def blank_rows_at_the_end(rows: Rows, shape: Shape, rng: Random) -> Told:
    rows.extend([[None] * len(rows[0]) for _ in range(3)])
    return Told(SAME)


def missing_column(rows: Rows, shape: Shape, rng: Random) -> Told:
    c = rng.choice(list(shape.across(rows)) if shape.matrix else [*shape.labels, *shape.numbers])
    for row in rows:
        del row[c]
    return Told(REFUSED | ACCOUNTED if shape.far else REFUSED)


def renamed_column(rows: Rows, shape: Shape, rng: Random) -> Told:
    rows[shape.header - 1][rng.choice([*shape.labels, *shape.numbers])] = "something else"
    return Told(REFUSED)


def column_twice(rows: Rows, shape: Shape, rng: Random) -> Told:
    c = rng.choice([*shape.labels, *shape.numbers])
    for row in rows:
        row.append(row[c])
    return Told(REFUSED)


def extra_cell(rows: Rows, shape: Shape, rng: Random) -> Told:
    r = rng.choice(list(shape.body(rows)))
    rows[r].append("7")
    return Told(REFUSED, r + 1)


def missing_cell(rows: Rows, shape: Shape, rng: Random) -> Told:
    r = rng.choice(shape.weights(rows))[0]
    return Told(REFUSED, r + 1) if rows[r].pop() else Told(SAME)  # rows may end with a separator


def cells_shifted(rows: Rows, shape: Shape, rng: Random) -> Told:
    r = rng.choice(shape.weights(rows))[0]
    rows[r] = [None, *rows[r][:-1]]
    return Told(REFUSED, r + 1)


def _respelled(label: str) -> str:
    return label.lower() if label != label.lower() else label.upper()


def _rename(rows: Rows, shape: Shape, index: int, label: str) -> None:
    """A label of a square matrix, in both margins."""
    old = rows[shape.header + index][shape.margin]
    rows[shape.header + index][shape.margin] = label
    names = rows[shape.naming]
    for c in range(shape.margin + 1, len(names)):
        if names[c] == old:
            names[c] = label


IN_CELLS: dict[str, Fault] = {
    "text in a weight": _weight_becomes("many"),
    "negative weight": _weight_becomes("-3"),
    "NaN weight": _weight_becomes("NaN"),
    "infinite weight": _weight_becomes("inf"),
    "overflowing weight": _weight_becomes("1e999"),
    "weight with an underscore": _weight_becomes("1_0"),
    "formula error in a weight": _weight_becomes("#REF!"),
    "truth in a weight": _weight_becomes("TRUE"),
    "empty weight": empty_weight,
    "unknown cell": unknown_cell,
    "empty label": empty_label,
    "blank label": blank_label,
    "blanks around labels": blanks_around_labels,
    "blanks around weights": blanks_around_weights,
    "other case": other_case,
    "two labels of one cell": two_labels_of_one_cell,
}
IN_ROWS: dict[str, Fault] = {
    "duplicated row": duplicated_row,
    "duplicated rows": duplicated_rows,
    "deleted row": deleted_row,
    "title above": title_above,
    "blank row above": blank_row_above,
    "blank row within": blank_row_within,
    "blank row before a bad weight": blank_row_before_a_bad_weight,
    "blank rows at the end": blank_rows_at_the_end,
    "missing column": missing_column,
    "cells shifted": cells_shifted,
}
IN_HEADERS: dict[str, Fault] = {
    "header in the middle": header_in_the_middle,
    "no header": no_header,
    "only the header": only_header,
    "blanks in the header": blanks_in_header,
    "renamed column": renamed_column,
    "column twice": column_twice,
}
IN_WORDS: dict[str, Fault] = {"unknown word": unknown_word, "blanks around words": blanks_around_words}
RAGGED: dict[str, Fault] = {"extra cell": extra_cell, "missing cell": missing_cell}
IN_MARGINS: dict[str, Fault] = {"unknown cell in one margin": unknown_in_one_margin}
