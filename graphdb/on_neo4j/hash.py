"""One whole number per row, computed alike by Cypher on the server and by Polars on the lake.

Cypher has no hash function and no bits, but exact 64-bit whole numbers. So every property becomes whole numbers
below 2^33 (its limbs), which are folded over the internal ids of the row's nodes modulo a prime below 2^31, where
no product overflows. Every way of making limbs is exact: values that differ give limbs that differ.

* a text of few values: its place in the list of the lake's values; of many: digits as a number, or character by
  character;
* a real number: multiplied by a power of two and cut into pieces of 31 bits until nothing is left;
* null is 0, and what the lake cannot hold there (another type, an unknown value) is 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial, reduce

import numpy as np
import polars as pl

PRIME = 2_147_483_647
FACTOR = 1_103_515_245
NULL, FOREIGN, FIRST = 0, 1, 2
_BITS = 31
_LIMB = 1 << _BITS
_SMALL = 1 << 30
_FEW_TEXTS = 2_000
_MOST_LIMBS = 70
# Values beyond these are moved towards 1, so that no power of two below makes one underflow.
_HUGE, _TINY, _DOWN, _UP, _WIDE_EXPONENT = 2.0**400, 2.0**-400, 2.0**-600, 2.0**600, 424
_JOINT = "\x1f"
ROW = "_row"
_DIGITS = r"^(0|[1-9][0-9]{0,17})$"


@dataclass
class Limbs:
    """How the properties of rows become whole numbers: the same list for both sides.

    Args:
        cypher, lake: one expression per limb, in the same order.
        steps: what is bound before, step by step, as (name, Cypher, Polars).
        parameters: of the Cypher.
    """

    cypher: list[str] = field(default_factory=list)
    lake: list[pl.Expr] = field(default_factory=list)
    steps: list[list[tuple[str, str, pl.Expr]]] = field(default_factory=list)
    parameters: dict[str, object] = field(default_factory=dict)

    def give(self, value: object) -> str:
        """A parameter with that value, as Cypher."""
        name = f"h{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    def bind(self, cypher: str, lake: pl.Expr, step: int = 0) -> tuple[str, pl.Expr]:
        """Name an expression on both sides; it may use names of earlier steps."""
        while len(self.steps) <= step:
            self.steps.append([])
        name = f"_v{sum(map(len, self.steps))}"
        self.steps[step].append((name, cypher, lake))
        return name, pl.col(name)

    def add(self, cypher: str, lake: pl.Expr) -> None:
        """One more limb."""
        self.cypher.append(cypher)
        self.lake.append(lake.cast(pl.Int64))


def limbs(frame: pl.LazyFrame, properties: Mapping[str, pl.DataType], variable: str) -> Limbs:
    """Choose limbs for the lake's rows; `variable` is the node or relationship in the Cypher."""
    found = Limbs()
    seen = _seen(frame, properties)
    for name, dtype in properties.items():
        there = f"{variable}.`{name}`"
        if dtype == pl.Float64():
            _real(found, frame, name, there, seen)
        elif dtype == pl.Int64():
            _whole(found, name, there, seen)
        elif dtype == pl.Boolean():
            _flag(found, name, there)
        else:
            _text(found, frame, name, dtype, there, seen)
    return found


def folded(frame: pl.LazyFrame, first: list[str], found: Limbs, bucket: str) -> pl.LazyFrame:
    """Columns `bucket` and ROW on the lake's side; `first` are columns with the internal ids of the row's nodes."""
    for step in found.steps:
        frame = frame.with_columns(lake.alias(name) for name, _, lake in step)
    parts = [*(pl.col(name).cast(pl.Int64) for name in first), *found.lake]
    row = reduce(lambda h, limb: (h * FACTOR + limb) % PRIME, parts[1:], parts[0])
    own = pl.col(ROW)
    frame = frame.select(pl.col(bucket), row.alias(ROW))
    frame = frame.with_columns((own * own % PRIME) * own % PRIME)
    return frame.with_columns(own * own % PRIME)


def folded_cypher(first: list[str], found: Limbs, bucket: str) -> str:
    """The same on the server's side: WITH clauses that end in `bucket` and ROW, for a row x.

    The powers at the end keep sums from cancelling where rows swap a part.
    """
    clauses = []
    names: list[str] = []
    for step in found.steps:
        bound = [f"{cypher} AS {name}" for name, cypher, _ in step]
        clauses.append(f"WITH {', '.join(['x', bucket, *first, *names, *bound])}")
        names += [name for name, _, _ in step]
    row = reduce(lambda h, limb: f"(({h}) * {FACTOR} + {limb}) % {PRIME}", [*first[1:], *found.cypher], first[0])
    clauses.append(f"WITH {bucket}, {row} AS {ROW}")
    clauses.append(f"WITH {bucket}, ({ROW} * {ROW} % {PRIME}) * {ROW} % {PRIME} AS {ROW}")
    clauses.append(f"WITH {bucket}, {ROW} * {ROW} % {PRIME} AS {ROW}")
    return "\n".join(clauses)


def _seen(frame: pl.LazyFrame, properties: Mapping[str, pl.DataType]) -> dict[str, object]:
    """What choosing needs to know of every column, in one pass."""
    wanted = []
    for name, dtype in properties.items():
        column = pl.col(name)
        if dtype == pl.Float64():
            size = column.filter(column.is_finite() & (column != 0)).abs()
            wanted += [size.min().alias(f"{name}:least"), size.max().alias(f"{name}:most")]
        elif dtype == pl.Int64():
            wanted += [column.min().alias(f"{name}:least"), column.max().alias(f"{name}:most")]
        elif dtype != pl.Boolean():
            wanted.append(_as_text(name, dtype).n_unique().alias(f"{name}:values"))
    return frame.select(wanted).collect(engine="streaming").row(0, named=True) if wanted else {}


def _as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    """A list of texts as one text; its items are never empty, so an empty list is the only empty text."""
    return pl.col(name).list.join(_JOINT) if isinstance(dtype, pl.List) else pl.col(name)


def _flag(found: Limbs, name: str, there: str) -> None:
    found.add(
        f"CASE WHEN {there} IS NULL THEN {NULL} WHEN {there} = true THEN 3 WHEN {there} = false THEN 2 "
        f"ELSE {FOREIGN} END",
        pl.col(name).cast(pl.Int64).add(FIRST).fill_null(NULL),
    )


def _whole(found: Limbs, name: str, there: str, seen: Mapping[str, object]) -> None:
    least, most = seen[f"{name}:least"], seen[f"{name}:most"]
    column = pl.col(name)
    if least is None:
        found.add(f"CASE WHEN {there} IS NULL THEN {NULL} ELSE {FOREIGN} END", pl.lit(NULL))
        return
    assert isinstance(least, int)
    assert isinstance(most, int)
    typed = f"CASE WHEN {there} IS NULL THEN {NULL} WHEN NOT {there} IS :: INTEGER THEN {FOREIGN}"
    if least > -_SMALL and most < _SMALL:
        fits = f"WHEN abs({there}) < {_SMALL} THEN {there} + {_SMALL + FIRST} ELSE {FOREIGN} END"
        found.add(f"{typed} {fits}", (column + _SMALL + FIRST).fill_null(NULL))
        return
    # Both sides cut towards zero, so the sign goes into both halves.
    low, high = (column.abs() % _LIMB) * column.sign(), (column.abs() // _LIMB) * column.sign()
    found.add(f"{typed} ELSE {there} % {_LIMB} + {_LIMB + FIRST} END", (low + _LIMB + FIRST).fill_null(NULL))
    found.add(f"{typed} ELSE {there} / {_LIMB} + {2 * _LIMB + FIRST} END", (high + 2 * _LIMB + FIRST).fill_null(NULL))


def _real(found: Limbs, frame: pl.LazyFrame, name: str, there: str, seen: Mapping[str, object]) -> None:
    least, largest = (float(str(seen[f"{name}:{end}"] or 0.0)) for end in ("least", "most"))
    wide = largest >= _HUGE or 0.0 < least < _TINY
    exponent = _WIDE_EXPONENT if wide else math.frexp(largest)[1]  # |value| < 2^exponent
    scale = math.ldexp(1.0, min(_BITS - exponent, 1000))
    number, size = pl.col(name), pl.col(name).abs()
    huge, tiny, infinity = found.give(_HUGE), found.give(_TINY), found.give(math.inf)
    inside = f"({there} = 0 OR ({found.give(least)} <= abs({there}) AND abs({there}) <= {found.give(largest)}))"
    group = (
        f"CASE WHEN {there} <> 0 AND abs({there}) < {tiny} THEN 8 WHEN abs({there}) >= {huge} THEN 7 ELSE {FIRST} END"
    )
    found.add(
        f"CASE WHEN {there} IS NULL THEN {NULL} WHEN NOT {there} IS :: FLOAT THEN {FOREIGN} "
        f"WHEN {inside} THEN {group if wide else FIRST} WHEN isNaN({there}) THEN 3 "
        f"WHEN {there} = {infinity} THEN 4 WHEN {there} = -{infinity} THEN 5 ELSE 6 END",
        pl.when(number.is_null())
        .then(NULL)
        .when(number.is_nan())
        .then(3)
        .when(number.is_infinite())
        .then(pl.when(number > 0).then(4).otherwise(5))
        .when((number != 0) & (size < _TINY) & wide)
        .then(8)
        .when((size >= _HUGE) & wide)
        .then(7)
        .otherwise(FIRST),
    )
    moved = f"CASE WHEN abs({there}) < {tiny} THEN {there} * {found.give(_UP)} WHEN abs({there}) >= {huge} "
    moved += f"THEN {there} * {found.give(_DOWN)} ELSE {there} END"
    left, lake = found.bind(
        f"CASE WHEN {there} IS :: FLOAT AND {inside} THEN {f'({moved})' if wide else there} * {found.give(scale)} "
        "ELSE null END",
        _scaled(name, scale, wide=wide),
    )
    pieces = _pieces(frame.select(_scaled(name, scale, wide=wide).alias("0")))
    for piece in range(1, pieces + 1):
        part, rest = f"toInteger({left})", f"({left} - toInteger({left}))"
        limb = f"{part} + {_LIMB + FIRST}"
        if piece == pieces:
            # The lake's values leave nothing over here; one of the graph that does is not of the lake.
            limb = f"CASE WHEN {rest} <> 0 THEN {FOREIGN} ELSE {limb} END"
        found.add(f"coalesce({limb}, {NULL})", (lake.cast(pl.Int64) + _LIMB + FIRST).fill_null(NULL))
        if piece < pieces:
            left, lake = found.bind(f"{rest} * {float(_LIMB)}", _rest(lake), piece)


def _scaled(name: str, scale: float, *, wide: bool) -> pl.Expr:
    """The value times a power of two, below 2^31 and far from underflow; null where it is no finite number."""
    number = pl.col(name)
    if wide:
        size = number.abs()
        number = pl.when(size < _TINY).then(number * _UP).when(size >= _HUGE).then(number * _DOWN).otherwise(number)
    return pl.when(pl.col(name).is_finite()).then(number) * scale


def _rest(left: pl.Expr) -> pl.Expr:
    """What is left when the whole part is cut off, 31 bits further up; exact."""
    return (left - left.cast(pl.Int64).cast(pl.Float64)) * float(_LIMB)


def _pieces(scaled: pl.LazyFrame) -> int:
    """How many pieces of 31 bits hold every value of the lake exactly."""
    for upto in (1, 4, 12, _MOST_LIMBS):
        rests = scaled
        for piece in range(1, upto + 1):
            rests = rests.with_columns(_rest(pl.col(str(piece - 1))).alias(str(piece)))
        left = rests.select((pl.col(str(piece)) != 0.0).any() for piece in range(1, upto + 1))
        for piece, more in enumerate(left.collect(engine="streaming").row(0), start=1):
            if not more:
                return piece
    raise AssertionError("a double has fewer than 2,170 bits")


def _text(
    found: Limbs, frame: pl.LazyFrame, name: str, dtype: pl.DataType, there: str, seen: Mapping[str, object]
) -> None:
    text = _as_text(name, dtype)
    if isinstance(dtype, pl.List):
        items = f"reduce(s = '', t IN {there} | s + CASE WHEN s = '' THEN t ELSE '{_JOINT}' + t END)"
        there, text = found.bind(f"CASE WHEN {there} IS :: LIST<STRING NOT NULL> THEN {items} ELSE {FOREIGN} END", text)
        text_of = _as_text(name, dtype)
    else:
        text_of = text
    values = seen[f"{name}:values"]
    assert isinstance(values, int)
    texts = frame.select(text_of.alias(name))
    if values <= _FEW_TEXTS:
        _listed(found, texts, name, there, text)
    elif bool(texts.select(pl.col(name).str.contains(_DIGITS).all()).collect(engine="streaming").item()):
        _digits(found, there, text)
    else:
        _spelled(found, texts, name, there, text)


def _listed(found: Limbs, texts: pl.LazyFrame, name: str, there: str, text: pl.Expr) -> None:
    values = texts.unique().collect(engine="streaming").get_column(name)
    codes = {value: FIRST + number for number, value in enumerate(sorted(values.drop_nulls().to_list()))}
    known, lake = "", pl.lit(NULL)
    if len(codes) == 1:
        known, lake = f"WHEN {there} = {found.give(next(iter(codes)))} THEN {FIRST}", text.is_not_null() * FIRST
    elif codes:
        known = f"WHEN {there} IS :: STRING THEN coalesce({found.give(codes)}[{there}], {FOREIGN})"
        lake = text.replace_strict(codes, default=NULL, return_dtype=pl.Int64)
    found.add(f"CASE WHEN {there} IS NULL THEN {NULL} {known} ELSE {FOREIGN} END", lake)


def _digits(found: Limbs, there: str, text: pl.Expr) -> None:
    number = text.cast(pl.Int64)
    value, _ = found.bind(
        f"CASE WHEN {there} IS NULL THEN -2 WHEN {there} IS :: STRING AND toString(toInteger({there})) = {there} "
        f"THEN toInteger({there}) ELSE -1 END",
        number,
        1,
    )
    for sign, half in (("%", number % _SMALL), ("/", number // _SMALL)):
        found.add(
            f"CASE WHEN {value} < 0 THEN {value} + 2 ELSE {value} {sign} {_SMALL} + {FIRST} END",
            (half + FIRST).fill_null(NULL),
        )


def _spelled(found: Limbs, texts: pl.LazyFrame, name: str, there: str, text: pl.Expr) -> None:
    """Character by character, modulo the prime; the length comes first."""
    letters = texts.select(pl.col(name).drop_nulls().str.split("").list.explode(empty_as_null=False, keep_nulls=False))
    known = sorted(c for c in letters.unique().collect(engine="streaming").to_series() if c)
    codes = {letter: FIRST + number for number, letter in enumerate(known)}
    letter = f"coalesce({found.give(codes)}[substring({there}, i, 1)], {FOREIGN})"
    found.add(
        f"CASE WHEN {there} IS NULL THEN {NULL} WHEN NOT {there} IS :: STRING THEN {FOREIGN} ELSE {FIRST} + "
        f"reduce(h = size({there}), i IN range(0, size({there}) - 1) | (h * {FACTOR} + {letter}) % {PRIME}) END",
        text.map_batches(partial(_spelled_numbers, codes), return_dtype=pl.Int64, is_elementwise=True),
    )


def _spelled_numbers(codes: Mapping[str, int], texts: pl.Series) -> pl.Series:
    place = np.full(1 + max(map(ord, codes), default=0), FOREIGN, np.int64)
    for letter, code in codes.items():
        place[ord(letter)] = code
    filled = np.array(texts.fill_null("").to_list() or [""], dtype=np.str_)
    letters = place[filled.view(np.uint32).reshape(len(filled), -1)][: len(texts)]
    length = texts.fill_null("").str.len_chars().cast(pl.Int64).to_numpy()
    number = length.copy()
    for position in range(letters.shape[1] if len(texts) else 0):
        step = (number * FACTOR + letters[:, position]) % PRIME
        number = np.where(position < length, step, number)
    return pl.Series(texts.name, number + FIRST).set(texts.is_null(), NULL)
