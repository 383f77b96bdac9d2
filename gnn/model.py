"""What a model is, which there are, and how a fit becomes a dataset of run tables."""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

import polars as pl

from schemas import tables
from schemas.dataset import Dataset, DatasetInfo
from schemas.errors import UsageError

if TYPE_CHECKING:
    from schemas.bundle import Bundle

Progress = Callable[[float, str], None]
"""Told the share of work done, 0 to 1, and what comes next."""

_MODULES = {"ntf-communities": "gnn.ntf.model"}


class Config(Protocol):
    """A frozen dataclass with every parameter of a model; every model has a seed."""

    @property
    def seed(self) -> int: ...


@dataclass(frozen=True)
class FitResult:
    """What a fit found: tables as in FORMAT.md but without the column `run`, which `as_dataset` fills in.

    A fit cannot name its own run: the name depends on the revision of the code, which only the caller knows.
    """

    model: str
    config: Config
    tables: Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Model:
    """A model: what it is called, how it is configured, what it needs, and how it is fitted.

    `needs` names tables of the bundle that must hold rows.
    """

    name: str
    version: str
    title: str
    citation: str
    config: type[Any]
    needs: tuple[str, ...]
    fit: Callable[[Bundle, Any, Progress], FitResult]


def model_names() -> list[str]:
    return list(_MODULES)


def model(name: str) -> Model:
    """One model; only now is its code imported.

    Raises:
        UsageError: there is none of that name; the message lists those that exist.
    """
    if name not in _MODULES:
        raise UsageError(f"unknown model {name!r}", f"known models: {', '.join(_MODULES)}")
    return cast("Model", importlib.import_module(_MODULES[name]).MODEL)


def silent(share: float, what: str) -> None:
    """A `Progress` that tells no one."""


def fit(chosen: Model, bundle: Bundle, config: Config, progress: Progress = silent) -> FitResult:
    """Fit a model after checking that the bundle holds what it needs.

    Raises:
        UsageError: a table that the model needs is empty, or the configuration is another model's.
    """
    if not isinstance(config, chosen.config):
        raise UsageError(f"model {chosen.name!r} takes a {chosen.config.__name__}, not a {type(config).__name__}")
    for name in chosen.needs:
        if bundle.frames()[name].is_empty():
            raise UsageError(
                f"model {chosen.name!r} needs rows of {name!r}, the bundle has none",
                "export a bundle whose selection holds recordings of these nodes",
            )
    return chosen.fit(bundle, config, progress)


def run_uid(result: FitResult, bundle: Bundle, code_revision: str) -> str:
    """`run/<model>-<12 hex>`: the same fit of the same bundle by the same code has the same name."""
    parts = [
        result.model,
        model(result.model).version,
        _parameters(result.config),
        str(result.config.seed),
        bundle.manifest.hash,
        code_revision,
    ]
    return f"run/{result.model}-{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]}"


def as_dataset(result: FitResult, bundle: Bundle, *, code_revision: str) -> Dataset:
    """The run as a dataset, ready to validate and publish.

    Args:
        result: what `fit` gave.
        bundle: the bundle that it was fitted on.
        code_revision: revision of this code, e.g. the commit.

    Returns:
        The dataset; its id is the run's uid, its parents are the bundle's datasets (ids without versions).
    """
    fitted = model(result.model)
    uid = run_uid(result, bundle, code_revision)
    run: dict[str, object] = {
        "uid": uid,
        "model": fitted.name,
        "model_version": fitted.version,
        "parameters": _parameters(result.config),
        "seed": result.config.seed,
        "bundle_hash": bundle.manifest.hash,
        "code_revision": code_revision,
        "trained_on": list(bundle.manifest.datasets),
        "simulated": bundle.manifest.simulated,
    }
    parents = tuple(sorted({entry.rsplit("@", 1)[0] for entry in bundle.manifest.datasets}))
    info = DatasetInfo(
        uid=uid,
        modality="run",
        title=f"{fitted.title}: {', '.join(parents)}",
        licence="derived from its parents",
        citation=fitted.citation,
        reader=f"gnn.{fitted.name}",
        reader_version=fitted.version,
        simulated=bundle.manifest.simulated,
        parents=parents,
    )
    found = {name: _of_run(name, frame, uid) for name, frame in result.tables.items()}
    return Dataset(info=info, tables={"run": tables.frame("run", [run]), **found})


def _of_run(name: str, frame: pl.DataFrame, uid: str) -> pl.DataFrame:
    """The table with the column `run`, if it has one, and its columns in order."""
    columns = tables.columns(name)
    if "run" not in columns:
        return frame.select(list(columns))
    return frame.with_columns(run=pl.lit(uid)).select(list(columns))


def _parameters(config: Config) -> str:
    assert is_dataclass(config)
    assert not isinstance(config, type)
    return json.dumps(asdict(config), sort_keys=True)
