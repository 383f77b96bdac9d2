"""Models: each takes a bundle and a frozen configuration, and gives tables of a run.

`gnn.model` holds the interface and the registry, one folder each model (`gnn.ntf`), `gnn.pyg` the way from a
bundle to PyTorch Geometric. Nothing here knows a store or a reader: the bundle is the only input.
"""
