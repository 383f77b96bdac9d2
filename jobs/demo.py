"""The main job once, end to end: sources to lake to graph to bundle to run, and one question to all of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from gnn.model import Progress
from graphdb.answer import Answer
from graphdb.export import Selection
from graphdb.lake import Manifest
from graphdb.named.catalog import run_named
from graphdb.named.communities import MODEL
from graphdb.store import Report
from graphdb.sync import Verified
from ingest.source import source
from jobs import flow
from jobs.flow import Say, Trained
from jobs.workspace import Workspace
from schemas.errors import SourceError

BUILT_IN = "celegans/cells"
CONNECTOME = "celegans/cook2019"
PUBLISHED = (CONNECTOME, "celegans/witvliet2021")
SIMULATED_ACTIVITY = "simulate/celegans"
RECORDED_ACTIVITY = "celegans/dag2023"
LOCAL = (RECORDED_ACTIVITY, "vessel/voreen-sample", "fmri/aal116", "fmri/cni-tlc")
SEED = 1
QUESTION = "partner-communities"
ABOUT = {"neuron": "AVAL", "dataset": CONNECTOME}


class Step(Protocol):
    """Where a step tells its progress, in the words of each package."""

    def report(self, what: str, done: int, total: int) -> None: ...

    def share(self, share: float, what: str) -> None: ...

    def say(self, what: str) -> None: ...


Steps = Callable[[str], AbstractContextManager[Step]]
"""Opens a step by its title."""


@dataclass
class DemoReport:
    """What the demo did. `answer` is null where the connectome that it asks about is absent."""

    workspace: Workspace
    datasets: list[Manifest] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    verified: Verified | None = None
    bundle: Path | None = None
    trained: Trained | None = None
    answer: Answer | None = None
    elapsed_s: float = 0.0


def demo(workspace: Workspace, from_dir: Path | None, steps: Steps, say: Say) -> DemoReport:
    """Run it; a second time gives the same versions.

    Real connectomes come out of a published wheel, or from the folder. Where no package index is reachable they are
    left out and the rest goes on with simulated data; whatever else is wrong is an error.

    Args:
        workspace: where everything goes.
        from_dir: folder with files of further real sources.
        steps: opens a step by its title.
        say: told, in one line each, what is left out.
    """
    started = time.perf_counter()
    report = DemoReport(workspace)
    flow.ingest_source(workspace, BUILT_IN)
    for source_id in _obtainable(report, from_dir, steps, say):
        with steps(f"ingesting {source_id}") as step:
            flow.ingest_source(workspace, source_id, from_dir, say=step.say)
    report.verified = _project(workspace, steps)
    _train(report, steps)
    report.verified = _project(workspace, steps)
    report.answer = _ask(workspace)
    report.datasets = workspace.lake.datasets()
    report.elapsed_s = time.perf_counter() - started
    return report


def _obtainable(report: DemoReport, from_dir: Path | None, steps: Steps, say: Say) -> Iterator[str]:
    """The sources whose files can be had; the others are left out, each in one line."""
    yield from flow.simulated_sources()
    wanted = [*PUBLISHED, *(LOCAL if from_dir is not None else ())]
    while wanted:
        source_id = wanted.pop(0)
        why = _why_not(report.workspace, source_id, from_dir, steps)
        if why is None:
            yield source_id
            continue
        names = [source_id]
        if source_id in PUBLISHED and from_dir is None:  # all come from the same wheel: trying again would only wait
            names += [other for other in wanted if other in PUBLISHED]
            wanted = [other for other in wanted if other not in PUBLISHED]
        report.left_out.append(f"{', '.join(names)} left out: {why}")
        say(report.left_out[-1])


def _why_not(workspace: Workspace, source_id: str, from_dir: Path | None, steps: Steps) -> str | None:
    """Why the files of a source cannot be had; None where they can."""
    try:
        with steps(f"fetching {source_id}") as step:
            fetched = flow.fetch_source(workspace, source_id, from_dir, say=step.say)
    except SourceError as error:
        return " ".join(error.message.split())
    alternatives = {file.key for file in source(source_id).files if file.optional}
    if alternatives and not alternatives & fetched.files.keys():
        return f"none of its {len(alternatives)} files is in {from_dir}, nor can be fetched"
    return None


def _project(workspace: Workspace, steps: Steps) -> Verified:
    with steps("projecting") as step:
        flow.project(workspace, _named("projecting", step.report))
    with steps("verifying") as step:
        return flow.verify(workspace, _named("verifying", step.report))


def _train(report: DemoReport, steps: Steps) -> None:
    workspace = report.workspace
    activity = RECORDED_ACTIVITY if flow.holds(workspace, RECORDED_ACTIVITY) else SIMULATED_ACTIVITY
    structure = (CONNECTOME,) if flow.holds(workspace, CONNECTOME) else ()
    with steps("exporting"):
        bundle, report.bundle = flow.export_bundle(workspace, Selection(activity=(activity,), structure=structure))
    with steps(f"fitting {MODEL}") as step:
        report.trained = flow.train(workspace, MODEL, bundle, {"seed": SEED}, _fitting(step.share))


def _ask(workspace: Workspace) -> Answer | None:
    if not flow.holds(workspace, CONNECTOME):
        return None
    with workspace.store() as store:
        return run_named(store, QUESTION, ABOUT)


def _named(title: str, report: Report) -> Report:
    return lambda what, done, total: report(f"{title} {what}", done, total)


def _fitting(share: Progress) -> Progress:
    return lambda done, what: share(done, f"fitting {MODEL}: {what}")
