"""What versions of datasets mean to each other: difference, ids across them, deprecation, provenance, collection."""
