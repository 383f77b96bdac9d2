"""What the graph holds."""

from __future__ import annotations

from dataclasses import dataclass

from graphdb.named.definition import NamedQuery, Statement


@dataclass(frozen=True)
class DatasetsCriteria:
    """@datasets takes no parameters."""


def datasets(_criteria: DatasetsCriteria, _dialect: str) -> Statement:
    """Every dataset with its version and how to cite it."""
    return Statement(
        "MATCH (d:Dataset) RETURN d.uid AS dataset, d.version AS version, d.modality AS modality, "
        "d.species AS species, d.simulated AS simulated, d.title AS title, d.licence AS licence, "
        "d.citation AS citation ORDER BY dataset",
        {},
    )


DATASETS = NamedQuery(
    "datasets", "Every dataset in the graph, with version and citation", DatasetsCriteria, datasets, {}
)
