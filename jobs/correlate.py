"""From a dataset of calcium recordings in the lake to its correlation networks, published beside it."""

from __future__ import annotations

from graphdb.lake import Lake, Manifest
from graphdb.versions.reference import resolve
from ingest.correlation.config import CorrelationConfig
from ingest.correlation.dataset import READER_VERSION, Source, correlate
from ingest.homogenise.config import recorded
from ingest.homogenise.dataset import Progress, silent
from jobs import homogenise
from jobs.derived import Derived, Maker
from jobs.workspace import Workspace

_MAKER = Maker("ingest.correlation", READER_VERSION)


def correlate_dataset(
    workspace: Workspace,
    reference: str,
    config: CorrelationConfig,
    uid: str | None = None,
    progress: Progress = silent,
) -> Derived:
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
    _MAKER.require_free(lake, target)
    recording, trace = (lake.read(source.dataset, name, source.version) for name in ("recording", "trace"))
    found = Source(source.dataset, source.reference, recording, trace, imputed=_imputed(lake, source))
    made = correlate(found, target, config, progress)
    return _MAKER.publish(lake, source, target, "correlation between neurons", made)


def _imputed(lake: Lake, source: Manifest) -> bool:
    if source.reader != homogenise.READER:
        return False
    return recorded(lake.read(source.dataset, "decision", source.version)).imputation != "none"
