"""From source files to tables: the source registry, fetching with checksums, one reader per format, simulators."""
