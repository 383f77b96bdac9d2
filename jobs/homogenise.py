"""From a dataset of calcium recordings in the lake to its homogenised one, published beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import polars as pl

from gnn.config import parse_config
from graphdb.lake import Lake, Manifest
from graphdb.versions.reference import resolve
from ingest.frames import list_column
from ingest.homogenise.config import HomogeniseConfig, profile, recorded
from ingest.homogenise.dataset import READER_VERSION, Progress, Recorded, homogenise, silent
from ingest.homogenise.outgoing import Before, outgoing
from ingest.homogenise.published_table import published_table
from jobs.derived import Derived, Maker
from jobs.workspace import Workspace
from schemas import tables
from schemas.errors import UsageError

READER = "ingest.homogenise"
_MAKER = Maker(READER, READER_VERSION)
_TABLES = ("recording", "trace", "event")


def config_of(profile_name: str, settings: Mapping[str, object]) -> HomogeniseConfig:
    """A profile with some fields set anew; text is read as the type of its field.

    Raises:
        UsageError: the profile or a field is unknown, or a value does not fit.
    """
    return parse_config(HomogeniseConfig, {**asdict(profile(profile_name)), **settings})


def homogenised_uid(source: str, config: HomogeniseConfig) -> str:
    """Id of the dataset to be: `<source>-homogenised`, and what sets it apart from the other profile and signal."""
    parts = [source, "homogenised"]
    parts += [config.profile] if config.profile != HomogeniseConfig.profile else []
    parts += [config.signal] if config.signal != HomogeniseConfig.signal else []
    return "-".join(parts)


def homogenise_dataset(
    workspace: Workspace,
    reference: str,
    config: HomogeniseConfig,
    uid: str | None = None,
    progress: Progress = silent,
) -> Derived:
    """Homogenise a dataset of the lake and publish the result; the same parameters give the same version again.

    Args:
        workspace: whose lake holds it.
        reference: id, or id@version.
        config: the parameters.
        uid: id of the new dataset, in place of `homogenised_uid`.
        progress: told of each recording.

    Raises:
        LakeError: there is no such dataset.
        UsageError: it holds no calcium recordings or is homogenised already, or the id is taken by something else.
    """
    lake = workspace.lake
    source = resolve(lake, reference)
    target = uid or homogenised_uid(source.dataset, config)
    if source.reader == READER:
        raise UsageError(f"{source.dataset} is homogenised already", f"give {source.parents[0]}, or another dataset")
    _MAKER.require_free(lake, target)
    made = homogenise(recorded_dataset(lake, source), target, config, progress)
    return _MAKER.publish(lake, source, target, f"homogenised ({config.profile}, {config.dt_s:g} s)", made)


def table_of(lake: Lake, published: Manifest) -> pl.DataFrame:
    """The 15-column table of a homogenised dataset.

    Raises:
        LakeError: the dataset is none, or its source is not in the lake.
    """
    made = lake.tables(published.dataset, published.version)
    config = recorded(made.get("decision", tables.frame("decision", [])))
    source = resolve(lake, published.parents[0])
    return published_table(recorded_dataset(lake, source), made, config, [file.name for file in source.sources])


def write_table(lake: Lake, published: Manifest, path: Path) -> pl.DataFrame:
    """Write the 15-column table as Parquet, with the versions that it comes from as metadata.

    Raises:
        UsageError: the file is there already.
    """
    if path.exists():
        raise UsageError(f"{path} exists", "give another file, or remove it")
    table = table_of(lake, published)
    references = ",".join([published.reference, *(m.reference for m in lake.ancestors(published))])
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    table.write_parquet(unfinished, metadata={"connectome.datasets": references})
    unfinished.replace(path)
    return table


def sample_mask(lake: Lake, manifest: Manifest) -> pl.DataFrame | None:
    """Which samples of a homogenised dataset were measured; None for any other dataset.

    Returns:
        recording, trace, measured (a flag per sample).

    Raises:
        LakeError: the version that it was made from is not in the lake.
    """
    before = made_from(lake, manifest)
    if before is None:
        return None
    found = outgoing(recorded_dataset(lake, manifest), tables.frame("subject", []), before)
    parts = [
        each.traces.select("recording", "trace").with_columns(list_column("measured", each.measured)) for each in found
    ]
    return pl.concat(parts)


def made_from(lake: Lake, manifest: Manifest) -> Before | None:
    """What a homogenised dataset was made from, with its parameters; None for any other dataset."""
    if manifest.reader != READER:
        return None
    config = recorded(lake.read(manifest.dataset, "decision", manifest.version))
    return Before(recorded_dataset(lake, resolve(lake, manifest.parents[0])), config)


def recorded_dataset(lake: Lake, source: Manifest) -> Recorded:
    """The recordings of a version, with the nodes that it or its ancestors hold."""
    frames = [tables.frame("node", [])]
    frames += [
        lake.read(each.dataset, "node", each.version)
        for each in (source, *lake.ancestors(source))
        if "node" in each.files
    ]
    recording, trace, event = (lake.read(source.dataset, name, source.version) for name in _TABLES)
    return Recorded(source.dataset, source.reference, recording, trace, event, pl.concat(frames).unique("uid"))
