"""Readers of calcium recordings, one module per publication; `recording` makes the tables of all of them."""
