"""`-p name=value`."""

from __future__ import annotations

import pytest

from jobs.cli.parameters import pairs, value, words
from schemas.errors import UsageError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AVAL", "AVAL"),
        ("12", 12),
        ("-1.5e3", -1500.0),
        ("true", True),
        ('["a", "b"]', ["a", "b"]),
        ('"12"', "12"),
        ("", ""),
        ("NaN", "NaN"),
        ("null", "null"),
        ('{"a": 1}', '{"a": 1}'),
        ("[1,", "[1,"),
        ("007", "007"),
    ],
)
def test_a_value_is_json_where_it_parses_else_text(text, expected):
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(("text", "expected"), [("12", "12"), ("true", "true"), ('"x"', "x"), ('["a"]', ["a"])])
def test_named_queries_get_text_and_lists(text, expected):
    assert words(text) == expected


def test_pairs():
    assert pairs(["a=1", "$b=x=y", "c="], "-p") == {"a": "1", "b": "x=y", "c": ""}


@pytest.mark.parametrize("given", [["a"], ["=1"], ["a=1", "a=2"]])
def test_what_is_no_pair_is_wrong_usage(given):
    with pytest.raises(UsageError):
        pairs(given, "-p")
