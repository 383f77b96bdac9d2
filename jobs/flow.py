"""What the command line, the demo and the Dagster assets share: each step from source file to published run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gnn.config import parse_config
from gnn.model import FitResult, Model, Progress, as_dataset, fit, model, run_uid
from gnn.model import silent as no_progress
from graphdb import sync
from graphdb.export import Selection, export
from graphdb.lake import Manifest
from graphdb.store import Report, silent
from ingest.fetch import Fetched, fetch
from ingest.generic.edgelist import read_edge_list
from ingest.generic.mapping import find_mapping, shipped_mappings
from ingest.run import ingest
from ingest.source import SourceSpec, source, sources
from jobs.homogenise import sample_mask
from jobs.revision import code_revision, is_exact
from jobs.workspace import Workspace
from schemas.bundle import Bundle, read_bundle, write_bundle
from schemas.errors import GraphError, LakeError

Say = Callable[[str], None]


def quietly(_message: str) -> None:
    """A Say that says nothing."""


@dataclass(frozen=True)
class Trained:
    """A published run; `fitted` is false where the lake held the same run of the same code already."""

    manifest: Manifest
    fitted: bool


def fetch_source(
    workspace: Workspace, source_id: str, from_dir: Path | None = None, *, verified: bool = True, say: Say = quietly
) -> Fetched:
    """Bring the files of a source into the workspace's downloads, or find them in a local folder.

    Raises:
        UsageError: there is no such source.
        SourceError: a file cannot be had, or is not the one that the registry names.
    """
    return fetch(source(source_id), workspace.downloads, from_dir=from_dir, verify=verified, progress=say)


def ingest_source(
    workspace: Workspace, source_id: str, from_dir: Path | None = None, *, verified: bool = True, say: Say = quietly
) -> Manifest:
    """Fetch, read and publish a source, after those of its parents that the lake does not hold.

    Args:
        workspace: where it goes.
        source_id: id in the registry.
        from_dir: local folder that may hold its files.
        verified: whether files must have the registry's checksums.
        say: told what goes on.

    Returns:
        The manifest of the version that is now current; the same content gives the same version again.

    Raises:
        UsageError: there is no such source.
        SourceError: a file cannot be had or read.
        ValidationError: the tables break FORMAT.md.
    """
    spec = source(source_id)
    lake = workspace.lake
    for parent in spec.parents:
        if not holds(workspace, parent):
            ingest_source(workspace, parent, from_dir, verified=verified, say=say)
    fetched = fetch_source(workspace, source_id, from_dir, verified=verified, say=say)
    say(f"reading {source_id}")
    dataset = ingest(spec, fetched.files, {p: lake.tables(p) for p in spec.parents}, fetched.provenance)
    return lake.publish(dataset)


def ingest_edge_list(
    workspace: Workspace, mapping: str, from_dir: Path | None = None, *, say: Say = quietly
) -> Manifest:
    """Read the files that a mapping file describes, and publish them.

    Args:
        workspace: where it goes.
        mapping: path of the mapping file (.yaml), or the id of one that comes with the package.
        from_dir: folder that holds the files, at any depth; default: where the mapping file lies.
        say: told what goes on.

    Raises:
        UsageError: there is no such mapping.
        SourceError: the mapping file or a file that it names is missing or not what it should be.
        ValidationError: the tables break FORMAT.md.
    """
    dataset = read_edge_list(find_mapping(mapping), from_dir, say)
    say(f"publishing {dataset.info.uid}")
    return workspace.lake.publish(dataset)


def is_edge_list(source_id: str) -> bool:
    """Whether what is to be ingested is described by a mapping file, not by the registry."""
    return source_id.endswith((".yaml", ".yml")) or (source_id not in sources() and source_id in shipped_mappings())


def ingest_order(source_ids: Iterable[str]) -> list[str]:
    """The sources, each once, parents before children; parents that are not asked for are not added."""
    wanted = {source_id: source(source_id) for source_id in source_ids}
    found: dict[str, None] = {}

    def visit(spec: SourceSpec) -> None:
        for parent in spec.parents:
            visit(source(parent))
        if spec.id in wanted:
            found[spec.id] = None

    for spec in wanted.values():
        visit(spec)
    return list(found)


def simulated_sources() -> list[str]:
    return [spec.id for spec in sources().values() if spec.simulated]


def holds(workspace: Workspace, dataset: str) -> bool:
    """Whether the lake holds a current version of a dataset."""
    return any(m.dataset == dataset for m in workspace.lake.datasets())


def project(workspace: Workspace, report: Report = silent) -> sync.Projected:
    """Bring the graph to the lake's current versions."""
    with workspace.store() as store:
        return sync.project(workspace.lake, store, report)


def rebuild(workspace: Workspace, report: Report = silent) -> sync.Projected:
    """Make the graph again from the lake."""
    with workspace.store() as store:
        return sync.rebuild(workspace.lake, store, report)


def verify(workspace: Workspace, report: Report = silent) -> sync.Verified:
    """Compare graph and lake.

    Raises:
        GraphError: they differ; the message names every difference.
        LakeError: a file of the lake is not what its manifest says.
    """
    with workspace.store() as store:
        verified = sync.verify(workspace.lake, store, report)
    if verified.differences:
        lines = "\n".join(f"  {difference}" for difference in verified.differences)
        raise GraphError(
            f"graph and lake differ in {len(verified.differences)} place(s):\n{lines}",
            "`connectome rebuild` makes the graph again from the lake",
        )
    return verified


def export_bundle(workspace: Workspace, selection: Selection, folder: Path | None = None) -> tuple[Bundle, Path]:
    """Export a selection and write it; without a folder, into the workspace's bundles under its hash."""
    with workspace.store() as store:
        bundle = export(selection, workspace.lake, store, lambda manifest: sample_mask(workspace.lake, manifest))
    target = folder or workspace.bundles / bundle.manifest.hash[:12]
    return bundle, write_bundle(bundle, target)


def train(
    workspace: Workspace,
    model_name: str,
    bundle: Bundle,
    settings: Mapping[str, object],
    progress: Progress = no_progress,
) -> Trained:
    """Fit a model on a bundle and publish its run.

    A run is named by model, configuration, seed, bundle and code; where the lake holds that run already and the code is
    that of a commit or release, nothing is fitted.

    Args:
        workspace: where the run goes; its lake holds the bundle's datasets.
        model_name: name in the registry of models.
        bundle: what to fit.
        settings: name of an option of the model's configuration to its value; text is read as the option's type.
        progress: told how far it is.

    Raises:
        UsageError: the model or an option is unknown, or the bundle lacks what the model needs.
        LakeError: the lake lacks a version that the bundle was made from.
    """
    chosen = model(model_name)
    config = parse_config(chosen.config, settings)
    _same_lake(workspace, bundle)
    revision = code_revision()
    planned = _planned_uid(chosen, config, bundle, revision)
    if is_exact(revision) and holds(workspace, planned):
        return Trained(workspace.lake.manifest(planned), fitted=False)
    result = fit(chosen, bundle, config, progress)
    return Trained(workspace.lake.publish(as_dataset(result, bundle, code_revision=revision)), fitted=True)


def load_bundle(folder: Path) -> Bundle:
    """A bundle from its folder, checked against its hash."""
    return read_bundle(folder)


def _planned_uid(chosen: Model, config: object, bundle: Bundle, revision: str) -> str:
    """The name that the run will have: it depends on what goes in, not on what comes out."""
    return run_uid(FitResult(chosen.name, config, {}), bundle, revision)  # type: ignore[arg-type]


def _same_lake(workspace: Workspace, bundle: Bundle) -> None:
    held = {m.reference for m in workspace.lake.datasets()}
    absent = sorted(set(bundle.manifest.datasets) - held)
    if absent:
        raise LakeError(
            f"the bundle was made from versions that are not current in the lake: {', '.join(absent)}",
            "export it again with `connectome export`, or use the workspace that it came from",
        )
