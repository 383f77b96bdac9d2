"""Composition: the `connectome` command line, the demo and the Dagster definitions. No science of its own."""
