"""A Neo4j server of the test's own, on its own ports and in its own folder, that may be stopped and broken."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from graphdb.on_neo4j.admin import Neo4jAdmin
from graphdb.on_neo4j.store import Neo4jStore

PASSWORD = "a-password-for-tests"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class OwnServer:
    """Commands of one server; `NEO4J_SERVER` and `NEO4J_ADMIN` name the programs that start it and import."""

    home: Path
    bolt: int
    http: int
    quick: bool = True

    @property
    def environment(self) -> dict[str, str]:
        return {
            **({"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1"} if self.quick else {}),
            "NEO4J_HOME": str(self.home),
            "NEO4J_BOLT_PORT": str(self.bolt),
            "NEO4J_HTTP_PORT": str(self.http),
            "NEO4J_PASSWORD": PASSWORD,
            "NEO4J_HEAP": "1g",
            "NEO4J_PAGECACHE": "128m",
            "HEAP_SIZE": "512m",
        }

    def run(self, verb: str) -> None:
        subprocess.run(
            [os.environ["NEO4J_SERVER"], verb],
            env={**os.environ, **self.environment},
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=240,
        )

    @property
    def _killing(self) -> str:
        pid = shlex.quote(str(self.home / "run" / "neo4j.pid"))
        return f"kill -9 $(cat {pid}); while kill -0 $(cat {pid}) 2>/dev/null; do sleep 0.1; done"

    def end(self) -> None:
        """Stop it for good, in whatever state it is."""
        subprocess.run(["sh", "-c", self._killing], check=False, stderr=subprocess.DEVNULL)

    def up(self) -> None:
        """Start it, unless something answers at its port."""
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", self.bolt)) == 0:
                return
        self.run("start")

    def admin(self, staging: Path) -> Neo4jAdmin:
        """How to import here; an orderly stop takes ten seconds, which a database that is replaced does not need."""
        return Neo4jAdmin(
            staging,
            tool=(os.environ["NEO4J_ADMIN"],),
            stop=("sh", "-c", self._killing) if self.quick else (os.environ["NEO4J_SERVER"], "stop"),
            start=(os.environ["NEO4J_SERVER"], "start"),
            environment=self.environment,
        )

    def store(self, admin: Neo4jAdmin | None = None) -> Neo4jStore:
        return Neo4jStore(f"bolt://127.0.0.1:{self.bolt}", "neo4j", PASSWORD, admin=admin)

    def python(self, code: str, *arguments: object) -> subprocess.Popen[str]:
        """A Python of its own with `store` and `lake` at hand, to be killed."""
        head = (
            "import sys; from pathlib import Path; from graphdb.lake import Lake; from graphdb.sync import *; "
            "from graphdb.on_neo4j.store import Neo4jStore; "
            f"store = Neo4jStore('bolt://127.0.0.1:{self.bolt}', 'neo4j', {PASSWORD!r}); "
            "lake = Lake(Path(sys.argv[1]))\n"
        )
        words = [sys.executable, "-c", head + code, *map(str, arguments)]
        return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def raw(self, cypher: str) -> list[list[object]]:
        store = self.store()
        try:
            records, _, _ = store._driver.execute_query(cypher)
            return [list(record.values()) for record in records]
        finally:
            store.close()


def own_server(folder: Path, *, quick: bool = True) -> OwnServer:
    """A server that is up; the test is skipped where no program is at hand to start one.

    Args:
        folder: for its home.
        quick: start and stop fast rather than run fast and end in order.
    """
    for name in ("NEO4J_SERVER", "NEO4J_ADMIN"):
        if not Path(shlex.split(os.environ.get(name, "-"))[0]).is_file():
            pytest.skip(f"no second Neo4j server: {name} names no program")
    server = OwnServer(folder / "neo4j", free_port(), free_port(), quick)
    server.run("start")
    return server
