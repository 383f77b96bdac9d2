"""C. elegans: its cells, connectomes and recordings."""
