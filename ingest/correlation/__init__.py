"""Functional networks of correlation between the identified neurons of calcium recordings."""
