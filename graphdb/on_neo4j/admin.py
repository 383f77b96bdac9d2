"""How the import tool of a Neo4j server is run, and how the server is stopped and started: configuration.

Community has one database, which must be stopped while `neo4j-admin database import` writes it. Three ways:

* `local_process`: tool and server are commands of this machine;
* `docker_compose`: both live in the service of a compose file;
* `by_hand`: a person stops the server, runs the command that we show, and starts it again.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from schemas.errors import GraphError, UsageError

_NAMED = re.compile(
    r"(referring to missing node .+|Id '.*' is defined more than once.*|Group '.*' not found\..*|.*in use.*)"
)
_STAGING_IN_CONTAINER = "/staging"
WAYS = ("local", "compose", "manual")


@dataclass(frozen=True)
class Neo4jAdmin:
    """Commands around an import.

    Args:
        staging: folder for the Parquet files; it is made, and emptied after a successful import.
        tool: words that run neo4j-admin.
        stop, start: words that stop and start the server; None where a person does it.
        seen_as: the staging folder as the tool sees it; None where it is the same.
        environment: variables to set for all three, e.g. HEAP_SIZE of the tool.
        start_limit_s: seconds that the server may take to answer again.
    """

    staging: Path
    tool: tuple[str, ...] = ("neo4j-admin",)
    stop: tuple[str, ...] | None = None
    start: tuple[str, ...] | None = None
    seen_as: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    start_limit_s: float = 180.0

    @property
    def by_hand(self) -> bool:
        """Whether a person stops and starts the server."""
        return self.stop is None or self.start is None

    @property
    def stopped(self) -> Path:
        """A file that stands while the server is down because of us; it holds what was imported since, if anything."""
        return self.staging.with_name(f"{self.staging.name}.stopped")

    def import_command(self) -> list[str]:
        """The import of all that is staged."""
        there = self.seen_as or str(self.staging)
        return [*self.tool, "database", "import", "full", "neo4j", f"@{there}/import.args"]

    def run_import(self) -> str:
        """Import what is staged; what the tool printed.

        Raises:
            GraphError: it failed; the message names the bad row. The database is unusable until an import succeeds.
        """
        state = "" if self.by_hand else "; the server stays stopped"
        return self._run(self.import_command(), f"the import failed and left the database unusable{state}")

    def stop_server(self) -> None:
        """Stop the server and note that it was us; the command must not mind a server that is stopped."""
        self.stopped.write_text("")
        self._run(self.stop or (), "the server could not be stopped")

    def start_server(self) -> None:
        """Start the server."""
        self._run(self.start or (), "the server could not be started")
        self.stopped.unlink(missing_ok=True)

    def _run(self, command: tuple[str, ...] | list[str], what: str) -> str:
        shown = shlex.join(command)
        try:
            done = subprocess.run(  # noqa: S603 - the operator's own configuration
                list(command),
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError as error:
            raise GraphError(f"{what}: {shown}: {error}", "is the command right, is it on the PATH?") from error
        if done.returncode:
            said = done.stdout + done.stderr
            named = _NAMED.findall(said)
            reason = named[-1] if named else said.strip()[-2_000:]
            raise GraphError(
                f"{what}: {reason}", f"exit code {done.returncode} of `{shown}`; put it right, then run this again"
            )
        return done.stdout


def local_process(
    staging: Path,
    *,
    tool: str = "neo4j-admin",
    stop: str = "neo4j stop",
    start: str = "neo4j start",
) -> Neo4jAdmin:
    """Tool and server as commands of this machine."""
    return Neo4jAdmin(staging, tuple(shlex.split(tool)), tuple(shlex.split(stop)), tuple(shlex.split(start)))


def docker_compose(staging: Path, *, compose: str = "docker compose", service: str = "neo4j") -> Neo4jAdmin:
    """Tool and server in a service of a compose file; the container of the tool sees the staging folder."""
    words = tuple(shlex.split(compose))
    mount = f"{staging.resolve()}:{_STAGING_IN_CONTAINER}:ro"
    tool = (*words, "run", "--rm", "--no-deps", "-T", "-v", mount, service, "neo4j-admin")
    return Neo4jAdmin(
        staging, tool, (*words, "stop", service), (*words, "start", service), seen_as=_STAGING_IN_CONTAINER
    )


def by_hand(staging: Path, *, tool: str = "neo4j-admin", seen_as: str | None = None) -> Neo4jAdmin:
    """A person runs the tool."""
    return Neo4jAdmin(staging, tuple(shlex.split(tool)), seen_as=seen_as)


def admin_from(environment: Mapping[str, str], staging: Path) -> Neo4jAdmin | None:
    """The configuration that the environment names; None where graphs are loaded over the driver.

    CONNECTOME_NEO4J_IMPORT is local, compose or manual. Further, each with a default: CONNECTOME_NEO4J_STAGING (a
    folder), CONNECTOME_NEO4J_ADMIN, CONNECTOME_NEO4J_STOP, CONNECTOME_NEO4J_START (commands; local),
    CONNECTOME_NEO4J_COMPOSE, CONNECTOME_NEO4J_SERVICE (compose), CONNECTOME_NEO4J_STAGING_SEEN_AS (manual).

    Raises:
        UsageError: CONNECTOME_NEO4J_IMPORT is something else.
    """
    way = environment.get("CONNECTOME_NEO4J_IMPORT", "")
    if not way:
        return None
    folder = Path(environment.get("CONNECTOME_NEO4J_STAGING") or staging)
    if way == "local":
        return local_process(folder, **_given(environment, tool="ADMIN", stop="STOP", start="START"))
    if way == "compose":
        return docker_compose(folder, **_given(environment, compose="COMPOSE", service="SERVICE"))
    if way == "manual":
        return by_hand(folder, **_given(environment, tool="ADMIN", seen_as="STAGING_SEEN_AS"))
    raise UsageError(f"CONNECTOME_NEO4J_IMPORT is {way!r}", f"it may be {', '.join(WAYS)}, or unset for the driver")


def _given(environment: Mapping[str, str], **names: str) -> dict[str, str]:
    found = {argument: environment.get(f"CONNECTOME_NEO4J_{name}") for argument, name in names.items()}
    return {argument: value for argument, value in found.items() if value}
