"""How much strangers' queries may take of a process, and the queue in front of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields

from schemas.errors import StoreBusyError, UsageError

VARIABLE = "CONNECTOME_LIMITS"
_SIZES = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


@dataclass(frozen=True)
class Limits:
    """What queries from outside may take, for each store of a process.

    Args:
        at_once: queries that run at the same time.
        waiting: queries that may wait for their turn; one more is told that the store is busy.
        wait_s: seconds that one waits at most.
        pool_bytes: the embedded engine's buffer pool, for each query that runs.
        headroom_bytes: memory besides the pool, for each query that runs.
        answer_bytes: size of an answer at most.
        threads: of the embedded engine, for each query that runs.
        idle_s: seconds without a query after which a worker process ends.
        counting_s: seconds that counting the rows of a cut answer may take.
    """

    at_once: int = 2
    waiting: int = 16
    wait_s: float = 30.0
    pool_bytes: int = 1 << 29
    headroom_bytes: int = 1 << 30
    answer_bytes: int = 1 << 30
    threads: int = 2
    idle_s: float = 300.0
    counting_s: float = 1.0


def limits_from(environment: Mapping[str, str]) -> Limits:
    """What CONNECTOME_LIMITS says, e.g. `at_once=4,pool_bytes=2GiB`; the defaults where it says nothing.

    Raises:
        UsageError: it names no limit, or gives one that is no positive number.
    """
    types = {field.name: int if field.type == "int" else float for field in fields(Limits)}
    found: dict[str, float] = {}
    for each in filter(None, environment.get(VARIABLE, "").replace(" ", "").split(",")):
        name, _, text = each.partition("=")
        if name not in types:
            raise UsageError(f"{VARIABLE}: there is no limit {name!r}", f"it may be {', '.join(types)}")
        found[name] = types[name](_number(name, text))
    return Limits(**found)  # type: ignore[arg-type] # each has the type of its field


def _number(name: str, text: str) -> float:
    factor = _SIZES.get(text[-3:], 1) if name.endswith("_bytes") else 1
    digits = text[:-3] if factor > 1 else text
    try:
        number = float(digits) * factor
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf") or (not name.endswith("_s") and number != int(number)):
        raise UsageError(f"{VARIABLE}: {name} is {text!r}", "e.g. at_once=4,wait_s=10,pool_bytes=2GiB")
    return number


class Turnstile:
    """Lets a few in at once; some wait, in the order in which they came; the rest are turned away."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._guard = threading.Condition()
        self._inside = 0
        self._queue: list[object] = []

    @contextmanager
    def turn(self) -> Iterator[float]:
        """Wait for a turn and hold it; gives the seconds waited.

        Raises:
            StoreBusyError: too many wait already, or it took too long.
        """
        waited = self._enter()
        try:
            yield waited
        finally:
            with self._guard:
                self._inside -= 1
                self._guard.notify_all()

    def _enter(self) -> float:
        started = time.monotonic()
        mine = object()
        with self._guard:
            if self._inside >= self._limits.at_once and len(self._queue) >= self._limits.waiting:
                raise self._busy("already wait", len(self._queue))
            self._queue.append(mine)
            try:
                if not self._guard.wait_for(lambda: self._is_turn_of(mine), self._limits.wait_s):
                    raise self._busy(f"wait, this one for {self._limits.wait_s:g} s", len(self._queue))
            finally:
                self._queue.remove(mine)
                self._guard.notify_all()
            self._inside += 1
        return time.monotonic() - started

    def _is_turn_of(self, mine: object) -> bool:
        return self._inside < self._limits.at_once and self._queue[0] is mine

    def _busy(self, how: str, waiting: int) -> StoreBusyError:
        return StoreBusyError(
            f"the store is busy: {self._inside} queries run and {waiting} {how}",
            "ask again in a moment; nothing was run",
        )
