"""Validation of large tables: in parts, by joins and by numbers, with the same findings as a row at a time."""

from __future__ import annotations

from dataclasses import replace

import hypothesis.strategies as st
import polars as pl
import pytest
from hypothesis import given, settings

from graphdb.testing import NODE_SET, cells, connectome
from schemas import tables, validation
from schemas.dataset import Dataset
from schemas.errors import ValidationError
from schemas.keys import key_codes, repeated
from schemas.validation import validate

KEYS = {"node": set(cells().tables["node"]["uid"]), "node_set": {NODE_SET}}
NETWORK = "test/connectome/chemical"
Part = tuple[str, str, str, float]


def problems(dataset: Dataset) -> list[str]:
    try:
        validate(dataset, KEYS)
    except ValidationError as error:
        return [str(problem) for problem in error.problems]
    return []


def with_parts(*parts: Part, dataset: Dataset | None = None) -> Dataset:
    rows = [
        {
            "network": NETWORK,
            "source": f"{NODE_SET}/{pre}",
            "target": f"{NODE_SET}/{post}",
            "region": region,
            "weight": weight,
        }
        for pre, post, region, weight in parts
    ]
    dataset = dataset or connectome()
    return replace(dataset, tables={**dataset.tables, "chemical_region": tables.frame("chemical_region", rows)})


def test_parts_that_sum_to_the_whole_pass_and_a_whole_needs_none():
    validate(with_parts(("AVAL", "RIML", "NR", 5.0), ("AVAL", "RIML", "VNC", 7.0), ("AVAL", "AVAL", "NR", 1.0)), KEYS)
    tenths = [("AVAL", "AVAL", f"r{n}", 0.1) for n in range(10)]
    validate(with_parts(*tenths), KEYS)


def test_parts_that_do_not_sum_are_named_by_the_first_of_them():
    found = problems(
        with_parts(
            ("RIML", "AVAL", "NR", 2.0),
            ("AVAL", "RIML", "NR", 5.0),
            ("AVBL", "AVAR", "NR", 1.0),
            ("AVAL", "RIML", "VNC", 6.0),
        )
    )
    assert found == [
        "chemical_region.weight, row 1: the parts sum to 11, but in table chemical its weight is 12",
        "chemical_region.weight, row 2: the parts sum to 1, but in table chemical there is no such row",
    ]


def test_parts_without_any_whole_are_named():
    parts = with_parts(("AVAL", "RIML", "NR", 12.0))
    without = replace(parts, tables={name: frame for name, frame in parts.tables.items() if name != "chemical"})
    assert problems(without) == [
        "chemical_region.weight, row 0: the parts sum to 12, but in table chemical there is no such row"
    ]


def test_parts_of_an_unknown_node_or_the_same_region_twice_are_named():
    found = problems(with_parts(("AVAL", "NOPE", "NR", 1.0), ("AVAL", "RIML", "NR", 6.0), ("AVAL", "RIML", "NR", 6.0)))
    assert found == [
        "chemical_region.network, source, target, region, row 1: the key is not unique",
        "chemical_region.network, source, target, region, row 2: the key is not unique",
        "chemical_region.target, row 0: 'test/animal/NOPE' is in no node table here or of the parents",
    ]


NAMES = st.sampled_from(["AVAL", "RIML", "AVBL", "hyp"])
WEIGHTS = st.sampled_from([1.0, 2.0, 3.0])


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.tuples(NAMES, NAMES), WEIGHTS, max_size=8),
    st.dictionaries(st.tuples(NAMES, NAMES, st.sampled_from(["NR", "VNC"])), WEIGHTS, min_size=1, max_size=10),
)
def test_sums_are_those_of_plain_python(whole, parts):
    chemical = [
        {"network": NETWORK, "source": f"{NODE_SET}/{a}", "target": f"{NODE_SET}/{b}", "weight": w}
        for (a, b), w in whole.items()
    ]
    base = connectome()
    base = replace(base, tables={**base.tables, "chemical": tables.frame("chemical", chemical)})
    sums: dict[tuple[str, str], float] = {}
    for (a, b, _), w in parts.items():
        sums[a, b] = sums.get((a, b), 0.0) + w
    wrong = [pair for pair, total in sums.items() if whole.get(pair) != total]
    found = problems(with_parts(*((a, b, r, w) for (a, b, r), w in parts.items()), dataset=base))
    assert len(found) == len(wrong)
    assert all("the parts sum to" in problem for problem in found)


@pytest.mark.parametrize("at_once", [1, 2, 3, 1000])
def test_rows_are_counted_through_all_parts_of_a_table(monkeypatch, at_once):
    monkeypatch.setattr(validation, "_AT_ONCE", at_once)
    made = connectome()
    broken = replace(made, tables={name: each for name, each in made.tables.items() if name != "coverage"})
    row = pl.int_range(pl.len())
    chemical = broken.tables["chemical"].with_columns(
        weight=pl.when(row.is_in([2, 5])).then(-1.0).otherwise("weight"),
        source=pl.when(row == 6).then(pl.lit("nowhere")).otherwise("source"),
    )
    again = pl.concat([chemical, chemical.head(1)])
    assert problems(replace(broken, tables={**broken.tables, "chemical": again})) == [
        "chemical.weight, row 2: breaks the rule 'min_exclusive' (value -1.0)",
        "chemical.weight, row 5: breaks the rule 'min_exclusive' (value -1.0)",
        "chemical.source, row 6: breaks the rule 'regex' (value 'nowhere')",
        "chemical.network, source, target, row 0: the key is not unique",
        "chemical.network, source, target, row 7: the key is not unique",
        "chemical.source, row 6: 'nowhere' is in no node table here or of the parents",
    ]


def test_at_most_a_thousand_problems_of_one_rule(monkeypatch):
    monkeypatch.setattr(validation, "_AT_ONCE", 700)
    base = cells().tables["node"].head(1)
    many = pl.concat([base] * 3000).with_columns(
        uid=pl.format("{}/n{}", pl.lit(NODE_SET), pl.int_range(pl.len())), kind=pl.lit("nonsense")
    )
    node_set = cells().tables["node_set"]
    found = problems(replace(cells(), tables={"node_set": node_set, "node": many}))
    assert len(found) == 1000
    assert found[-1] == "node.kind, row 999: breaks the rule 'regex' (value 'nonsense')"


def test_keys_of_parents_may_be_columns():
    validate(connectome(), {name: pl.Series(sorted(values)) for name, values in KEYS.items()})


KEY_ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.text(max_size=2)),
        st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
        st.sampled_from(["a", "b"]),
    ),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(KEY_ROWS)
def test_codes_have_the_order_and_equality_of_keys(rows):
    frame = pl.DataFrame(rows, schema={"t": pl.String, "n": pl.Int64, "f": pl.String}, orient="row")
    codes = key_codes(frame, ["t", "n", "f"]).tolist()

    def sortable(row):
        text, number, few = row
        return (text is None, (text or "").encode()), (number is None, number or 0), few

    plain = [sortable(row) for row in rows]
    for i in range(len(rows)):
        for j in range(len(rows)):
            assert (codes[i] < codes[j]) == (plain[i] < plain[j])
    assert repeated(key_codes(frame, ["t", "n", "f"])) == (len(set(plain)) < len(plain))


def test_codes_of_many_wide_columns_do_not_overflow():
    height = 3000
    columns = {f"k{n}": pl.Series(range(height)).reverse().cast(pl.String).str.zfill(5) for n in range(8)}
    codes = key_codes(pl.DataFrame(columns), list(columns))
    assert codes.argsort().tolist() == list(range(height))[::-1]
