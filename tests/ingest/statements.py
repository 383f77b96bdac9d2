"""What tests of the readers of cell lists ask of an annotation table."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from schemas.dataset import Tables
from schemas.errors import SourceError

HERMAPHRODITE, MALE = "celegans/hermaphrodite/", "celegans/male/"


def said(tables: Tables, uid: str, attribute: str) -> dict[str, str | None]:
    """Value to evidence of what is said of a cell."""
    rows = tables["annotation"].filter(pl.col("node") == uid, pl.col("attribute") == attribute)
    return dict(rows.select("value", "evidence").iter_rows())


def decided(tables: Tables, action: str) -> pl.DataFrame:
    return tables["decision"].filter(pl.col("action") == action)


def refused(call: Callable[[], object], *parts: str) -> None:
    """The call is a SourceError that says each of the parts, and has a hint."""
    with pytest.raises(SourceError) as caught:
        call()
    assert all(part in str(caught.value) for part in parts), str(caught.value)
    assert caught.value.hint
