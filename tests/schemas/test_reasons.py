"""Reasons that readers write are read back as they were."""

from __future__ import annotations

import pytest

from schemas.reasons import Comparison, Resolved, compared, read_compared, read_resolved


@pytest.mark.parametrize("how", ["padded", "alias", "a part of one cell"])
@pytest.mark.parametrize("note", ["", "; the source calls it so: by convention"])
def test_what_a_label_is(how, note):
    resolved = Resolved(how, "VA2", "celegans/hermaphrodite")
    assert read_resolved(f"{resolved}{note}") == resolved


@pytest.mark.parametrize(
    "reason", ["it is DA here, in every record", "another name of mu_intL", "padded: it is VB2", ""]
)
def test_other_reasons_are_about_no_label(reason):
    assert read_resolved(reason) is None


def test_a_comparison():
    pairs = Comparison(agree=4514, differ=44, only_form=123, only_reference=321)
    reason = compared("celegans/cook2019/chemical", pairs)
    assert reason.startswith("compared with celegans/cook2019/chemical: 4514 pairs agree in weight, 44 differ")
    assert read_compared(reason) == ("celegans/cook2019/chemical", pairs)
    assert read_compared("44 here, 45 in celegans/cook2019/chemical") is None
