"""Homogenisation of calcium recordings: one clock, one scale, missing samples kept missing. See HOMOGENISE.md."""
