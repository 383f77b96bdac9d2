from __future__ import annotations

import pytest

from schemas.ids import slug, uid


def test_parts_are_joined():
    assert uid("celegans/hermaphrodite", "AVAL") == "celegans/hermaphrodite/AVAL"


@pytest.mark.parametrize("parts", [("a", ""), ("a b",), ("", "b"), ("a//b",), ("a/",)])
def test_blanks_and_empty_parts_are_refused(parts):
    with pytest.raises(ValueError, match="not an id"):
        uid(*parts)


def test_a_slug_is_one_part():
    assert slug(" stage 1/ head\t") == "stage_1_head"
