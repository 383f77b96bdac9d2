"""What a workspace holds of its lake's versions: its bundles, its graph, and the embedded graph beside another."""

from __future__ import annotations

from graphdb.connect import GRAPH_FILE, open_store
from graphdb.versions.holders import Holders, held_by_bundles, held_by_graph
from jobs.workspace import Workspace


def holders(workspace: Workspace) -> Holders:
    """Asks the bundles and graphs of a workspace which versions they hold.

    Raises, when called:
        LakeError: the manifest of a bundle cannot be read.
        StoreUnreachableError: the graph does not answer, so that no one knows what it holds.
    """

    def ask() -> dict[str, str]:
        found = held_by_bundles(workspace.bundles)
        with workspace.store() as store:
            found |= held_by_graph(store, workspace.graph_shown)
        embedded = workspace.root / GRAPH_FILE
        if workspace.graph is not None and embedded.is_file():
            store = open_store(None, workspace.root)
            try:
                found |= held_by_graph(store, str(embedded))
            finally:
                store.close()
        return found

    return ask
