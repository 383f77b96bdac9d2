"""From a dataset of calcium recordings in the lake to its correlation networks, published beside it."""

from __future__ import annotations

from dataclasses import dataclass

from graphdb.lake import Lake, Manifest
from graphdb.versions.reference import resolve
from ingest.correlation.config import CorrelationConfig
from ingest.correlation.dataset import READER_VERSION, Progress, Source, correlate, silent
from ingest.homogenise.config import recorded
from jobs import homogenise
from jobs.workspace import Workspace
from schemas.dataset import Dataset, DatasetInfo
from schemas.errors import UsageError

READER = "ingest.correlation"


@dataclass(frozen=True)
class Correlated:
    """A dataset of correlation networks and the version of recordings that it was made from."""

    manifest: Manifest
    source: Manifest


def correlate_dataset(
    workspace: Workspace,
    reference: str,
    config: CorrelationConfig,
    uid: str | None = None,
    progress: Progress = silent,
) -> Correlated:
    """Correlate the recordings of a dataset of the lake and publish the networks; same settings, same version.

    Args:
        workspace: whose lake holds it.
        reference: id, or id@version; raw or homogenised recordings.
        config: the settings.
        uid: id of the new dataset, in place of `<source>-correlation`.
        progress: told how far it is.

    Raises:
        LakeError: there is no such dataset.
        UsageError: it holds no calcium recordings, no pair of neurons is left, or something else has the id.
    """
    lake = workspace.lake
    source = resolve(lake, reference)
    target = uid or f"{source.dataset}-correlation"
    taken = [m.reader for m in lake.datasets() if m.dataset == target and m.reader != READER]
    if taken:
        raise UsageError(f"{target} is a dataset of {taken[0]}", "give another id")
    recording, trace = (lake.read(source.dataset, name, source.version) for name in ("recording", "trace"))
    found = Source(source.dataset, source.reference, recording, trace, imputed=_imputed(lake, source))
    made = correlate(found, target, config, progress)
    return Correlated(lake.publish(Dataset(_info(lake, source, target), made)), source)


def _imputed(lake: Lake, source: Manifest) -> bool:
    if source.reader != homogenise.READER:
        return False
    return recorded(lake.read(source.dataset, "decision", source.version)).imputation != "none"


def _info(lake: Lake, source: Manifest, uid: str) -> DatasetInfo:
    about = lake.read(source.dataset, "dataset", source.version).row(0, named=True)
    return DatasetInfo(
        uid=uid,
        modality=about["modality"],
        title=f"{about['title']}; correlation between neurons",
        licence=about["licence"],
        citation=about["citation"],
        reader=READER,
        reader_version=READER_VERSION,
        species=about["species"],
        source_url=about["source_url"],
        simulated=source.simulated,
        parents=(source.reference, *source.parents),
    )
