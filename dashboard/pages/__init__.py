"""Pages: each has `PATH`, `NAME`, `layout(**query)` and `register(app)`."""
