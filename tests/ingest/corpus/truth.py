"""What the edges of a file must be, counted a second time in the plainest way, and which rows a decision must name.

No reader's code is used but the names of cells (tested by themselves) and the lists of labels that are no cells.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from ingest.celegans import (
    bentley2016,
    cook2019,
    cook2020,
    durbin1986,
    fenyves2020,
    openworm,
    simeon2024_consensus,
    varshney2011,
    white1986,
    witvliet2021,
    yim2024,
)
from ingest.celegans.names import CellNames
from schemas.dataset import Tables
from schemas.kinds import EDGE_KINDS
from tests.ingest.corpus.containers import Rows, Sheets

Contents = Mapping[str, Sheets]
Key = tuple[str, ...]

UNDIRECTED = ("gap_junction", "contact")


@dataclass(frozen=True)
class Fact:
    """One weight of a file: where it belongs (table, network), its two labels, and the row that it stands in.

    Args:
        table: of the edge.
        network: its last part.
        ends: labels, source first.
        weight: its number.
        row: counted from 1.
        key: registry key of its file.
        sheet: of its file.
        dropped: the reader says that it makes no edge of such a row.
        more: further columns of the edge's key.
        role: which of two lists of one connection it stands in.
    """

    table: str
    network: str
    ends: tuple[str, str]
    weight: float
    row: int
    key: str
    sheet: str | None = None
    dropped: bool = False
    more: tuple[str, ...] = ()
    role: str = ""


def _sum(facts: list[Fact]) -> float:
    return sum(f.weight for f in facts)


@dataclass(frozen=True)
class Truth:
    """How to count a source.

    Args:
        facts: of the contents of its files.
        together: weight of the facts of one ordered pair.
        repeats: every fact of a pair after the first has a 'merged' decision of its own.
    """

    facts: Callable[[Contents], Iterable[Fact]]
    together: Callable[[list[Fact]], float] = _sum
    repeats: bool = True


def check(truth: Truth, contents: Contents, files: Mapping[str, str], tables: Tables, names: CellNames) -> None:
    """Every fact is in its edge with its weight, or a decision names its row."""
    facts = list(truth.facts(contents))
    assert facts
    decided = _decided(tables["decision"]) if "decision" in tables else {}
    kept = [f for f in facts if not f.dropped]
    for fact in facts:
        if fact.dropped:
            assert "dropped" in decided.get((files[fact.key], fact.sheet, fact.row), ()), fact
    assert _edges(tables) == _expected(truth, kept, names)
    if truth.repeats:
        _check_repeats(kept, files, names, decided)


def _decided(decisions: pl.DataFrame) -> dict[tuple[str, str | None, int | None], set[str]]:
    found = defaultdict(set)
    for file, sheet, row, action in decisions.select("file", "sheet", "row", "action").iter_rows():
        found[file, sheet, row].add(action)
    return found


def _check_repeats(
    facts: list[Fact],
    files: Mapping[str, str],
    names: CellNames,
    decided: Mapping[tuple[str, str | None, int | None], set[str]],
) -> None:
    """Of the rows of one ordered pair all but the first were merged, each with a decision of its own."""
    seen = set()
    for fact in facts:
        pair = (fact.table, fact.network, *(names.resolve(e).node for e in fact.ends), *fact.more)
        if pair in seen:
            assert "merged" in decided.get((files[fact.key], fact.sheet, fact.row), ()), fact
        seen.add(pair)


def _edges(tables: Tables) -> dict[Key, float]:
    found = {}
    for table, frame in tables.items():
        if table in EDGE_KINDS:
            more = [c for c in ("transmitter", "peptide", "receptor") if c in frame.columns]
            for network, source, target, weight, *rest in frame.select(
                "network", "source", "target", "weight", *more
            ).iter_rows():
                found[(table, network.split("/", 2)[2], source, target, *rest)] = weight
    return found


def _expected(truth: Truth, facts: list[Fact], names: CellNames) -> dict[Key, float]:
    directed: dict[Key, list[Fact]] = defaultdict(list)
    for fact in facts:
        source, target = (str(names.resolve(end).node) for end in fact.ends)
        directed[(fact.table, fact.network, source, target, *fact.more)].append(fact)
    found: dict[Key, float] = {}
    for (table, network, source, target, *more), held in directed.items():
        if table in UNDIRECTED:
            pair = (table, network, min(source, target), max(source, target))
            found[pair] = max(found.get(pair, 0), truth.together(held))
        else:
            found[(table, network, source, target, *more)] = truth.together(held)
    return found


def _cell(row: list[str | None], column: int) -> str:
    return (row[column] or "").strip() if column < len(row) else ""


def _numbered(rows: Rows, first: int) -> Iterator[tuple[int, list[str | None]]]:
    for i, row in enumerate(rows[first:], start=first + 1):
        if any((cell or "").strip() for cell in row):
            yield i, row


def _cook2019(contents: Contents) -> Iterator[Fact]:
    for table, sheet in cook2019.SHEETS.items():
        rows = contents["si5"][sheet]
        for i, row in _numbered(rows, 3):
            for c in range(3, len(row)):
                pair = _cell(row, 2), _cell(rows[2], c)
                if all(pair) and _cell(row, c) and float(_cell(row, c)):
                    yield Fact(table, table, pair, float(_cell(row, c)), i, "si5", sheet)


def _cook2020(contents: Contents) -> Iterator[Fact]:
    kinds = {"Chemical": "chemical", "Electrical": "gap_junction"}
    for key in ("supinfo4", "supinfo5"):
        for i, row in _numbered(contents[key][""], 1):
            pair = tuple(cook2020.PARTS.get(_cell(row, c), _cell(row, c)) for c in (0, 1))
            table = "gap_junction" if key == "supinfo5" else kinds[_cell(row, 3)]
            network = "gap_junction_muscle" if key == "supinfo5" else table
            yield Fact(table, network, pair, float(_cell(row, 2)), i, key)


def _list(key: str, prefix: str, no_cells: Iterable[str]) -> Callable[[Contents], Iterator[Fact]]:
    """NemaNode's connections, with the words of a table or the numbers of a JSON."""
    kinds = {"chemical": "chemical", "electrical": "gap_junction", "0": "chemical", "2": "gap_junction"}
    without = set(no_cells)

    def facts(contents: Contents) -> Iterator[Fact]:
        for sheet, rows in contents[key].items():
            for i, row in _numbered(rows, 1):
                pair = _cell(row, 0), _cell(row, 1)
                table = kinds[_cell(row, 2)]
                dropped = bool(without & set(pair))
                at, named = (i - 1, None) if sheet == "records" else (i, sheet or None)
                yield Fact(table, f"{prefix}/{table}", pair, float(_cell(row, 3)), at, key, named, dropped)

    return facts


def _partners(
    rows: Iterable[tuple[int, str, str, str, str, float]], key: str, sheet: str | None, no_cells: Iterable[str]
) -> Iterator[Fact]:
    """Rows (row, network, cell, partner, role, count): of what is received the ends are turned about."""
    without = set(no_cells)
    for i, network, cell, partner, role, count in rows:
        dropped = not count or bool(without & {cell, partner}) or network == ""
        if role == "gap":
            yield Fact("gap_junction", f"{network}gap_junction", (cell, partner), count, i, key, sheet, dropped)
            continue
        ends = (partner, cell) if role == "receives" else (cell, partner)
        yield Fact("chemical", f"{network}chemical", ends, count, i, key, sheet, dropped, role=role)


def _durbin1986(contents: Contents) -> Iterator[Fact]:
    roles = {"Send": "sends", "Send_joint": "sends", "Receive": "receives", "Receive_joint": "receives"}
    rows = (
        (i, _series(row), _cell(row, 0), _cell(row, 1), roles.get(_cell(row, 2), "gap"), float(_cell(row, 4)))
        for i, row in _numbered(contents["neurodata"][""], 0)
    )
    return _partners(rows, "neurodata", None, durbin1986._NO_CELLS)


def _series(row: list[str | None]) -> str:
    return f"{_cell(row, 3).lower()}/" if _cell(row, 3) else ""


def _varshney2011(contents: Contents) -> Iterator[Fact]:
    roles = {"R": "receives", "Rp": "receives", "EJ": "gap"}
    sheet = varshney2011.SHEET
    rows = (
        (i, "all/", _cell(row, 0), _cell(row, 1), roles.get(_cell(row, 2), "sends"), float(_cell(row, 3)))
        for i, row in _numbered(contents["neuron_connect"][sheet], 1)
    )
    for fact in _partners(rows, "neuron_connect", sheet, varshney2011._NO_CELLS):
        yield Fact(**{**fact.__dict__, "network": fact.network.removeprefix("all/")})


def _openworm(contents: Contents) -> Iterator[Fact]:
    for sheet, word in ((openworm.CONNECTOME, 2), (openworm.MUSCLES, None)):
        for i, row in _numbered(contents["tables"][sheet], 1):
            gap = word is not None and _cell(row, word) == openworm.GAP_JUNCTION
            table = "gap_junction" if gap else "chemical"
            network = table if word is not None else "neuromuscular"
            count = float(_cell(row, 3 if word is not None else 2))
            pair = _cell(row, 0), _cell(row, 1)
            dropped = bool(set(openworm.NO_CELLS) & set(pair))
            yield Fact(table, network, pair, count, i, "tables", sheet, dropped)


def _square(key: str, table: str, network: str, *, none: tuple[str, ...] = ()) -> Callable[[Contents], Iterator[Fact]]:
    def facts(contents: Contents) -> Iterator[Fact]:
        rows = contents[key][""]
        for i, row in _numbered(rows, 1):
            for c in range(1, len(rows[0])):
                pair = _cell(row, 0), _cell(rows[0], c)
                if float(_cell(row, c)) and not set(none) & set(pair):
                    yield Fact(table, network, pair, float(_cell(row, c)), i, key)

    return facts


def _ripollsanchez2023(contents: Contents) -> Iterator[Fact]:
    for key in ("short_range", "mid_range", "long_range", "monoamine"):
        table = key if key == "monoamine" else "peptide"
        for fact in _square(key, table, key if key == table else f"{key}/{table}")(contents):
            yield Fact(**{**fact.__dict__, "more": ("any", "any")})


def _bentley2016(contents: Contents) -> Iterator[Fact]:
    for kind in bentley2016.LIGANDS:
        for i, row in _numbered(contents[kind][""], 0):
            ends, more = (_cell(row, 0), _cell(row, 1)), (_cell(row, 2), _cell(row, 3))
            yield Fact(kind, kind, ends, 1, i, kind, more=more)


def _brittin2021(contents: Contents) -> Iterator[Fact]:
    """The mirror image of a row is an edge too, where no row gives it."""
    book = contents["moesm5"]
    paired = {_cell(row, 0): _cell(row, 1) not in ("0", "0.0") for _, row in _numbered(book["restricted_cells"], 1)}
    for table, sheet in (("contact", "M"), ("chemical", "C"), ("gap_junction", "G")):
        rows = [(i, [_cell(row, c) for c in range(4)]) for i, row in _numbered(book[sheet], 1)]
        listed = {_ordered(table, first, second) for _, (first, second, *_) in rows}
        for i, (first, second, weight, delta) in rows:
            network = f"{table}/delta{int(float(delta))}"
            yield Fact(table, network, (first, second), float(weight), i, "moesm5", sheet)
            mirror = _other(first, paired), _other(second, paired)
            if _ordered(table, *mirror) not in listed:
                yield Fact(table, network, mirror, float(weight), i, "moesm5", sheet)


def _ordered(table: str, first: str, second: str) -> tuple[str, str]:
    ends = first.upper(), second.upper()
    return ends if table == "chemical" else (min(ends), max(ends))


def _other(label: str, paired: Mapping[str, bool]) -> str:
    if not paired.get(label, paired.get(label.upper(), False)):
        return label
    return label[:-1] + {"L": "R", "R": "L"}[label[-1].upper()]


def _yim2024(contents: Contents) -> Iterator[Fact]:
    for table, key in yim2024.FILES.items():
        rows = contents[key][yim2024.SHEET]
        for i, row in _numbered(rows, 2):
            for c in range(2, len(rows[0])):
                if float(_cell(row, c)):
                    ends = _cell(row, 0), _cell(rows[0], c)
                    yield Fact(table, table, ends, float(_cell(row, c)), i, key, yim2024.SHEET)


def _fenyves2020(contents: Contents) -> Iterator[Fact]:
    for i, row in _numbered(contents["signs"][fenyves2020.SHEET], 2):
        network = fenyves2020.SIGNS[_cell(row, 16)][0]
        ends = _cell(row, 0), _cell(row, 3)
        yield Fact("chemical", network, ends, float(_cell(row, 4)), i, "signs", fenyves2020.SHEET)


def _simeon2024(contents: Contents) -> Iterator[Fact]:
    header, *_ = contents["withfunc"][""]
    columns = {table: header.index(name) for table, name in simeon2024_consensus.WEIGHTS.items()}
    for i, row in _numbered(contents["withfunc"][""], 1):
        ends = _cell(row, 0), _cell(row, 1)
        for table, c in columns.items():
            if _cell(row, c):
                yield Fact(table, table, ends, float(_cell(row, c)), i, "withfunc")
        if not any(_cell(row, c) for c in columns.values()):
            yield Fact("chemical", "chemical", ends, 0, i, "withfunc", dropped=True)


def _greater_of_both_lists(facts: list[Fact]) -> float:
    return max(_sum([f for f in facts if f.role == role]) for role in {f.role for f in facts})


TRUTHS: dict[str, Truth] = {
    "cook2019": Truth(_cook2019),
    "cook2020": Truth(_cook2020),
    "witvliet2021 JSON": Truth(_list("stage1_json", "stage1", witvliet2021.UNIDENTIFIED)),
    "witvliet2021 xlsx": Truth(_list("stage8_xlsx", "stage8", witvliet2021.UNIDENTIFIED)),
    "witvliet2021 table": Truth(_list("stage8_tsv", "stage8", witvliet2021.UNIDENTIFIED)),
    "witvliet2021 both": Truth(_list("stage7_json", "stage7", witvliet2021.UNIDENTIFIED)),
    "white1986 JSON": Truth(_list("whole_json", "whole", white1986.GROUPS)),
    "white1986 table": Truth(_list("n2u_tsv", "n2u", white1986.GROUPS)),
    "white1986 both": Truth(_list("whole_json", "whole", white1986.GROUPS)),
    "durbin1986": Truth(_durbin1986, _greater_of_both_lists, repeats=False),
    "varshney2011": Truth(_varshney2011, _greater_of_both_lists, repeats=False),
    "openworm": Truth(_openworm),
    "witvliet2021-contact": Truth(_square("dataset8", "contact", "stage8/contact", none=("unknownFLPR",))),
    "ripollsanchez2023": Truth(_ripollsanchez2023),
    "bentley2016": Truth(_bentley2016, lambda _: 1.0),
    "brittin2021": Truth(_brittin2021, repeats=False),
    "yim2024": Truth(_yim2024),
    "fenyves2020": Truth(_fenyves2020),
    "simeon2024-consensus": Truth(_simeon2024),
    "simeon2024-consensus both": Truth(_simeon2024),
}
