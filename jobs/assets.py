"""The assets: published (one partition per source), projected with its check, trained_run."""

# No `from __future__ import annotations` here: Dagster reads the annotation of `context` as an object.

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from ingest.source import source, sources
from jobs import flow
from jobs.resources import TrainingPlan, WorkspaceResource
from schemas.errors import ConnectomeError, SourceError, StoreUnreachableError

GROUP = "connectome"
RETRY = dg.RetryPolicy(max_retries=3, delay=10, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)


@contextmanager
def retried_only(*passing: type[ConnectomeError]) -> Iterator[None]:
    """Errors that pass with time go to the retry policy; wrong data will be wrong again, so it fails at once."""
    try:
        yield
    except passing:
        raise
    except ConnectomeError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error


def comes_from_afar(source_id: str) -> bool:
    """Whether a file of the source comes over the network, where trying again may help."""
    return any(file.url or file.wheel for file in source(source_id).files)


def published_asset() -> dg.AssetsDefinition:
    """The asset `published`; made by a function, as the registry is read for its partitions."""
    partitions = dg.StaticPartitionsDefinition(list(sources()))

    @dg.asset(name="published", partitions_def=partitions, retry_policy=RETRY, group_name=GROUP)
    def published(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> dg.MaterializeResult:  # type: ignore[type-arg]
        """A source in the lake: fetched, read, validated, published; one partition per source."""
        source_id = context.partition_key
        where, folder = workspace.workspace(), workspace.from_dir()
        with retried_only(*((SourceError,) if comes_from_afar(source_id) else ())):
            flow.fetch_source(where, source_id, folder, say=context.log.info)
        with retried_only():
            manifest = flow.ingest_source(where, source_id, folder, say=context.log.info)
        return dg.MaterializeResult(
            metadata={"version": manifest.version, "rows": dict(manifest.rows), "simulated": manifest.simulated},
            data_version=dg.DataVersion(manifest.version),
        )

    return published


@dg.asset(deps=["published"], retry_policy=RETRY, group_name=GROUP)
def projected(workspace: WorkspaceResource) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """The graph, at the current versions of the lake."""
    with retried_only(StoreUnreachableError):
        done = flow.project(workspace.workspace())
    return dg.MaterializeResult(metadata={"written": list(done.written), "whole": done.whole})


@dg.asset_check(asset=projected, blocking=True)
def graph_equals_lake(workspace: WorkspaceResource) -> dg.AssetCheckResult:
    """Counts and content of every label and type."""
    try:
        verified = flow.verify(workspace.workspace())
    except ConnectomeError as error:
        return dg.AssetCheckResult(passed=False, description=str(error))
    return dg.AssetCheckResult(passed=True, metadata={"datasets": verified.datasets, "rows": verified.rows})


@dg.asset(deps=[projected], retry_policy=RETRY, group_name=GROUP)
def trained_run(
    context: dg.AssetExecutionContext, workspace: WorkspaceResource, plan: TrainingPlan
) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """A model's run: exported from the graph, fitted, published, and back in the graph."""
    where = workspace.workspace()
    with retried_only(StoreUnreachableError):
        bundle, folder = flow.export_bundle(where, plan.selection())
        trained = flow.train(where, plan.model, bundle, plan.settings())
        flow.project(where)
    manifest = trained.manifest
    context.log.info("%s %s", manifest.reference, "fitted" if trained.fitted else "was there already")
    return dg.MaterializeResult(
        metadata={"run": manifest.reference, "bundle": str(folder), "simulated": manifest.simulated},
        data_version=dg.DataVersion(manifest.version),
    )
