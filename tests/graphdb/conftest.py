"""What tests of graph stores share."""

from __future__ import annotations

import pytest

from graphdb import testing
from graphdb.ladybug_store import LadybugStore
from graphdb.sync import rebuild


@pytest.fixture(scope="session")
def small_graph(tmp_path_factory):
    """A folder with a small `lake` and the `graph.lbug` made from it, to be copied: a build takes a second."""
    folder = tmp_path_factory.mktemp("small_graph")
    store = LadybugStore(folder / "graph.lbug", max_bytes=1 << 34)
    rebuild(testing.small_lake(folder / "lake"), store)
    store.close()
    return folder
