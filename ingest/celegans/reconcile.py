"""Compares the connections of one form of a connectome with the published network, pair by pair."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from ingest.celegans.edges import Entry, chemical_table, gap_junction_table
from schemas.dataset import Action, Decisions, Tables
from schemas.errors import Place
from schemas.reasons import Comparison, compared

Pair = tuple[str, str]


@dataclass(frozen=True)
class Found:
    """The weight of a pair in a form, and where it stands first."""

    weight: float
    place: Place


@dataclass(frozen=True)
class Form:
    """Entries of one form by kind, to be compared with a connectome; mirrored: it lists each gap junction both ways."""

    name: str
    connectome: str
    entries: Mapping[str, Iterable[Entry]]
    place: Place
    mirrored: bool


@dataclass(frozen=True)
class Reference:
    """A published network: its uid and the weight of each pair."""

    network: str
    weights: Mapping[Pair, float]

    @classmethod
    def of(cls, network: str, edges: pl.DataFrame) -> Reference:
        """From the edge table of the dataset."""
        rows = edges.filter(pl.col("network") == network).select("source", "target", "weight").iter_rows()
        return cls(network, {(source, target): weight for source, target, weight in rows})


def reconcile(
    item: str,
    form: Mapping[Pair, Found],
    reference: Reference,
    decisions: Decisions,
    place: Place,
    *,
    name_absent: bool,
) -> Comparison:
    """Compares a form with the published network.

    Args:
        item: of the summary decision: which form and kind.
        form: pairs (uids; of an undirected kind the lesser first) as the form has them.
        reference: the same kind of network of the published dataset.
        decisions: gets the summary ('kept' where all agree, otherwise 'differs'), then one 'differs' row per pair.
        place: of the form.
        name_absent: whether the pairs that the form lacks are named, too; they have no row in its file.
    """
    both = form.keys() & reference.weights.keys()
    differ = [pair for pair in form if pair in both and form[pair].weight != reference.weights[pair]]
    only = [pair for pair in form if pair not in both]
    absent = [pair for pair in reference.weights if pair not in both]
    result = Comparison(len(both) - len(differ), len(differ), len(only), len(absent))
    action: Action = "differs" if differ or only or absent else "kept"
    decisions.add(action, item, compared(reference.network, result), place)
    for pair in differ:
        weights = f"{form[pair].weight:g} here, {reference.weights[pair]:g} in {reference.network}"
        decisions.add("differs", _label(pair), weights, form[pair].place)
    for pair in only:
        reason = f"{form[pair].weight:g} here, absent from {reference.network}"
        decisions.add("differs", _label(pair), reason, form[pair].place)
    for pair in absent if name_absent else ():
        reason = f"absent here, {reference.weights[pair]:g} in {reference.network}"
        decisions.add("differs", _label(pair), reason, place)
    return result


def reconcile_form(form: Form, connectome: Tables, decisions: Decisions) -> None:
    """Compares each kind of a form with the network of that kind, by the rules of the edge tables.

    Args:
        form: what is compared.
        connectome: tables of the dataset that it names.
        decisions: gets what the entries of the form disagree on among themselves, then what `reconcile` says.
    """
    for kind, entries in form.entries.items():
        item, kept = f"{form.name}, {kind}", list(entries)
        if kind == "chemical":
            table = chemical_table(item, kept, decisions)
        else:
            table = gap_junction_table(item, kept, decisions, mirrored=form.mirrored)
        reference = Reference.of(f"{form.connectome}/{kind}", connectome[kind])
        reconcile(item, pairs(kind, table, kept), reference, decisions, form.place, name_absent=True)


def pairs(kind: str, table: pl.DataFrame, entries: Iterable[Entry]) -> dict[Pair, Found]:
    """Weight of each pair in an edge table of one network, and the place of the first entry that it is from."""
    places: dict[Pair, Place] = {}
    for entry in entries:
        pair = (entry.source, entry.target)
        places.setdefault(pair if kind == "chemical" else (min(pair), max(pair)), entry.place)
    weights = table.select("source", "target", "weight").iter_rows()
    return {(source, target): Found(weight, places[source, target]) for source, target, weight in weights}


def _label(pair: Pair) -> str:
    return " - ".join(uid.rpartition("/")[2] for uid in pair)
