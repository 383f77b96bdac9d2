"""Which peptide routes rest on a pair of ligand and receptor that was measured."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.connectomes import REFERENCE, networks_of, typed
from graphdb.named.definition import FLAG, REAL, TEXT, WHOLE, Column, NamedQuery, Reader, Statement
from schemas.tables import ANY

_PAIR = ("ligand", "receptor")
_ROUTES: dict[str, pl.DataType] = {**dict.fromkeys(("network", *_PAIR), TEXT), "n_routes": WHOLE}
_BINDING: dict[str, pl.DataType] = {
    **dict.fromkeys((*_PAIR, "ligand_form", "receptor_form", "dataset"), TEXT),
    "ec50_molar": REAL,
}


@dataclass(frozen=True)
class BindingsCriteria:
    """Criteria of @bindings."""

    of: str = field(metadata={"help": f"the routes: {REFERENCE}; networks of kind peptide", "reference": True})
    max_ec50_molar: float | None = field(
        default=None,
        metadata={"help": "a pair counts as measured with at most this EC50, in mol/l", "between": (0.0, None)},
    )


def routes_statement(networks: list[str]) -> Statement:
    """How many routes each pair of ligand and receptor makes in some networks."""
    cypher = (
        "MATCH ()-[r:`PEPTIDE`]->() WHERE r.network IN $networks "
        "RETURN r.network AS network, r.peptide AS ligand, r.receptor AS receptor, count(*) AS n_routes"
    )
    return Statement(cypher, {"networks": networks})


def bindings_statement() -> Statement:
    """All measured pairs of ligand and receptor."""
    return Statement(
        "MATCH (b:`Binding`) RETURN b.ligand AS ligand, b.receptor AS receptor, b.ligand_form AS ligand_form, "
        "b.receptor_form AS receptor_form, b.dataset AS dataset, b.ec50_molar AS ec50_molar",
        {},
    )


def measured(routes: pl.DataFrame, bindings: pl.DataFrame) -> pl.DataFrame:
    """Each pair of ligand and receptor of each network with the tightest binding that was measured.

    Args:
        routes: network, ligand, receptor, n_routes.
        bindings: ligand, receptor, ligand_form, receptor_form, dataset, ec50_molar.

    Returns:
        The rows of `routes` with measured (null where the source names neither ligand nor receptor), n_measured, and
        the columns of the binding of the least EC50; most routes first.
    """
    order = ["ec50_molar", "ligand_form", "receptor_form", "dataset"]
    tightest = (
        bindings.sort(order)
        .group_by(_PAIR, maintain_order=True)
        .agg(n_measured=pl.len().cast(pl.Int64), **{name: pl.col(name).first() for name in order})
    )
    named = pl.when(pl.col("ligand") != ANY)
    return (
        routes.join(tightest, on=_PAIR, how="left")
        .with_columns(
            measured=named.then(pl.col("n_measured").is_not_null()),
            n_measured=named.then(pl.col("n_measured").fill_null(0)),
        )
        .sort("network", "n_routes", *_PAIR, descending=[False, True, False, False])
    )


def _plan(criteria: BindingsCriteria, reader: Reader) -> pl.DataFrame:
    networks = [n.uid for n in networks_of(reader, criteria.of, "peptide")]
    routes = typed(reader.rows(routes_statement(networks)), _ROUTES)
    bindings = typed(reader.rows(bindings_statement()), _BINDING)
    if criteria.max_ec50_molar is not None:
        bindings = bindings.filter(pl.col("ec50_molar") <= criteria.max_ec50_molar)
    return measured(routes, bindings).select(c.name for c in _COLUMNS)


_COLUMNS = (
    Column("network", TEXT, "id of the network of routes"),
    Column("ligand", TEXT, f"gene of the peptide; `{ANY}` where the source counts pairs without naming them"),
    Column("receptor", TEXT, "gene of the receptor, likewise"),
    Column("n_routes", WHOLE, "pairs of cells that it joins there"),
    Column("measured", FLAG, f"whether the peptide was measured to activate the receptor; null of `{ANY}`"),
    Column("n_measured", WHOLE, "how many pairs of their forms were"),
    Column("ec50_molar", REAL, "the least concentration of half the greatest activation, mol/l"),
    Column("ligand_form", TEXT, "the form of the peptide that this is of"),
    Column("receptor_form", TEXT, "the isoform of the receptor"),
    Column("dataset", TEXT, "who measured it"),
)

BINDINGS = NamedQuery(
    "bindings",
    "Which peptide routes rest on a pair of peptide and receptor that was measured",
    BindingsCriteria,
    lambda criteria, _dialect: routes_statement([criteria.of]),
    {"of": "celegans/bentley2016"},
    columns=_COLUMNS,
    about="A route is predicted from the expression of ligand and receptor; whether the one activates the other is "
    "measured apart from the animal. A pair that is not there was not found to bind: it need not have been tested.",
    plan=_plan,
    reads=("Binding",),
)
