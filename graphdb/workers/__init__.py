"""Processes that run strangers' queries on the embedded graph, shut off from files, network and each other."""
