"""Named queries: pure functions from criteria to Cypher text and parameters. Values never enter the text."""
