"""The embedded graph: one Ladybug file, built, changed, compared and read."""
