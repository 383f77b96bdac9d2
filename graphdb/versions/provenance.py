"""Where an answer or export comes from: dataset versions with their hashes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from graphdb.lake import Lake, Manifest
from graphdb.versions.deprecation import Deprecation, deprecation
from graphdb.versions.reference import resolve
from schemas.content import combined_hash
from schemas.errors import LakeError

ABOUT = ("title", "licence", "citation", "source_url", "simulated")


@dataclass(frozen=True)
class Provenance:
    """One dataset version, as every answer and export names it.

    Args:
        dataset: id.
        version: content-derived id of the version.
        content_hash: of all its tables; the graph's Dataset node carries the same.
        published_at: when the lake got it, ISO 8601, UTC.
        title: to show.
        licence: of the source, or 'none stated'.
        citation: what to cite.
        source_url: where the source came from.
        simulated: whether the numbers come from a simulator.
        deprecated: why it should not be used, where it should not; None also where only a graph was asked.
    """

    dataset: str
    version: str
    content_hash: str
    published_at: str
    title: str
    licence: str
    citation: str
    source_url: str | None = None
    simulated: bool = False
    deprecated: Deprecation | None = None

    @property
    def reference(self) -> str:
        """`id@version`, as others cite it."""
        return f"{self.dataset}@{self.version}"

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)


def provenance(lake: Lake, references: Iterable[str]) -> tuple[Provenance, ...]:
    """What the lake says of dataset versions, each once, in the order given.

    Args:
        lake: that holds them.
        references: `id@version`, or whatever else `resolve` takes.

    Raises:
        LakeError: one of them is not in the lake, or a file of it cannot be read.
    """
    return of_manifests(lake, (resolve(lake, each) for each in references))


def of_manifests(lake: Lake, manifests: Iterable[Manifest]) -> tuple[Provenance, ...]:
    """As `provenance`, where the manifests are at hand."""
    return tuple(_of(lake, manifest) for manifest in {m.reference: m for m in manifests}.values())


def with_origins(lake: Lake, references: Iterable[str]) -> tuple[Provenance, ...]:
    """As `provenance`, followed by all that those versions were made from."""
    given = [resolve(lake, each) for each in references]
    return of_manifests(lake, [*given, *(each for m in given for each in lake.ancestors(m))])


def noted(lake: Lake, found: Iterable[Provenance]) -> tuple[Provenance, ...]:
    """What a graph said, with what the lake notes of those versions; the lake need not hold them."""
    return tuple(replace(each, deprecated=deprecation(lake, each.dataset, each.version)) for each in found)


def content_hash_of(manifest: Manifest) -> str:
    """One hash of all tables of a version, as the graph's Dataset node carries it."""
    return combined_hash(list(manifest.hashes.items()))


def deprecated_among(found: Iterable[Provenance]) -> list[str]:
    """A line of warning for each version that should not be used."""
    return [f"{each.reference} is {each.deprecated}" for each in found if each.deprecated]


def _of(lake: Lake, manifest: Manifest) -> Provenance:
    rows = lake.read(manifest.dataset, "dataset", manifest.version)
    if rows.height != 1:
        raise LakeError(f"{manifest.reference} does not say what it is: {rows.height} rows in table dataset")
    about: Mapping[str, Any] = rows.row(0, named=True)
    return Provenance(
        dataset=manifest.dataset,
        version=manifest.version,
        content_hash=content_hash_of(manifest),
        published_at=manifest.published_at,
        **{name: about[name] for name in ABOUT},
        deprecated=deprecation(lake, manifest.dataset, manifest.version),
    )
