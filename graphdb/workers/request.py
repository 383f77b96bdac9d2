"""What a worker is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Opening:
    """How a worker opens the graph.

    Args:
        path: the file.
        parent: process that it must not outlive.
        pool_bytes: the engine's buffer pool.
        space_bytes: address space that the engine reserves for the file.
        headroom_bytes: memory that it may take besides.
        threads: of the engine.
        idle_s: seconds without a request after which it ends by itself.
    """

    path: str
    parent: int
    pool_bytes: int
    space_bytes: int
    headroom_bytes: int
    threads: int
    idle_s: float


@dataclass(frozen=True)
class Request:
    """One query.

    Args:
        cypher: the text.
        parameters: never empty: without any, the engine runs several statements and looks for Python variables.
        timeout_s: seconds.
        row_limit: rows to send at most.
        counting: a text whose one number is the rows that there are in all, or None.
        counting_s: seconds that it may take.
    """

    cypher: str
    parameters: Mapping[str, object]
    timeout_s: float
    row_limit: int
    counting: str | None = None
    counting_s: float = 0.0
