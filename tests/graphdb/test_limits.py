"""What an administrator may set of the limits, by CONNECTOME_LIMITS."""

from __future__ import annotations

import pytest

from graphdb.connect import open_store
from graphdb.limits import VARIABLE, Limits, limits_from
from graphdb.on_ladybug.store import LadybugStore
from schemas.errors import UsageError


def test_nothing_said_gives_the_defaults():
    assert limits_from({}) == limits_from({VARIABLE: " "}) == Limits()


def test_what_is_said_is_taken_and_the_rest_stays():
    said = {VARIABLE: "at_once=4, wait_s=0.5, pool_bytes=2GiB, answer_bytes=1000"}
    assert limits_from(said) == Limits(at_once=4, wait_s=0.5, pool_bytes=2 << 30, answer_bytes=1000)


@pytest.mark.parametrize(
    "text",
    [
        "atonce=4",
        "at_once",
        "at_once=",
        "at_once=0",
        "at_once=1.5",
        "at_once=2GiB",
        "wait_s=-1",
        "wait_s=inf",
        "wait_s=nan",
        "pool_bytes=many",
        "pool_bytes=1e400GiB",
    ],
)
def test_nonsense_is_refused_by_name(text):
    with pytest.raises(UsageError, match=f"{VARIABLE}: .*{text.partition('=')[0]}") as caught:
        limits_from({VARIABLE: f"waiting=3,{text}"})
    assert caught.value.hint


def test_an_embedded_store_gets_them(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "pool_bytes=3GiB,at_once=1")
    store = open_store(None, tmp_path)
    assert isinstance(store, LadybugStore)
    assert store._read_bytes == 3 << 30
    assert store._asking._limits == Limits(pool_bytes=3 << 30, at_once=1)
    store.close()
