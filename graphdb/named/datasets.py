"""What the graph holds."""

from __future__ import annotations

from dataclasses import dataclass

from graphdb.named.definition import FLAG, TEXT, Column, NamedQuery, Statement


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
    "datasets",
    "Every dataset in the graph, with version and citation",
    DatasetsCriteria,
    datasets,
    {},
    (
        Column("dataset", TEXT, "id of the dataset"),
        Column("version", TEXT, "its version, derived from its content"),
        Column("modality", TEXT, "celegans, vessel, fmri, eeg, spikes or run"),
        Column("species", TEXT, "species, where there is one"),
        Column("simulated", FLAG, "whether the numbers come from a simulator"),
        Column("title", TEXT, "title"),
        Column("licence", TEXT, "licence of the source"),
        Column("citation", TEXT, "what to cite"),
    ),
)
