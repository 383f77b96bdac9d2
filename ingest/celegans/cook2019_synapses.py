"""Cook et al. 2019, SI 3: every synapse that was scored, by EM series, as networks of contacts.

SI 5's matrices were made of these lists and of more: series that are not listed here, and extrapolation where there
were no data. What is only here, only there, or different is in the decisions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingest.celegans import cells, cook2019, cook2019_male, male_cells
from ingest.celegans.coverage import coverage, listed
from ingest.celegans.edges import Entry, origins
from ingest.celegans.names import MALE_PARENT, PARENT, CellNames
from ingest.celegans.networks import network_row
from ingest.celegans.reconcile import Found, Pair, Reference, reconcile
from ingest.celegans.synapse_labels import SynapseLabels
from ingest.celegans.synapse_list import Synapse, read_synapses
from schemas import tables
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "2"
DATASET = "celegans/cook2019-synapses"
KINDS = ("chemical", "gap_junction")
SHOWN_PARTNERS = 4  # post1 … post4


@dataclass(frozen=True)
class Sex:
    """One sheet: its animals by EM series, its cells, and the whole-animal connectome to compare it with."""

    name: str
    series: tuple[str, ...]
    parent: str
    node_set: str
    connectome: str


SEXES = (
    Sex("hermaphrodite", ("N2U", "JSE", "N2W"), PARENT, cells.NODE_SET, cook2019.DATASET),
    Sex("male", ("N2Y", "N930"), MALE_PARENT, male_cells.NODE_SET, cook2019_male.DATASET),
)


@dataclass
class Edge:
    """Contacts of one pair in one series, and the entry of each."""

    sections: int
    contacts: int
    place: Place
    entries: list[Entry]


Edges = dict[tuple[str, str], dict[Pair, Edge]]  # by series and kind


@dataclass
class Lists:
    """The lists of one sex: edges, and every cell that stands in the list of a series."""

    edges: Edges
    cells: dict[str, set[str]]


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Networks `…/N2U/chemical`, `…/N2U/gap_junction` and so on: one subject per series, two networks each.

    A contact is one partner of one synapse; a synapse adds its sections to each of its contacts, and a cell that
    stands twice at one synapse has two of them. Gap junctions are undirected.

    Raises:
        SourceError: a sheet of another layout, a row that is no synapse, or a series that is not known.
    """
    decisions = Decisions()
    found = {sex: _lists(files["si3"], sex, parents, decisions) for sex in SEXES}
    for sex, lists in found.items():
        _compare(Place(files["si3"].name, sex.name), sex, lists.edges, parents, decisions)
    networks = [(sex, *key) for sex, lists in found.items() for key in lists.edges]
    edges = {_uid(*key): pairs for lists in found.values() for key, pairs in lists.edges.items()}
    covered = {_uid(series, kind): listed(found[sex].cells[series]) for sex, series, kind in networks}
    undirected = [_uid(series, kind) for _, series, kind in networks if kind == "gap_junction"]
    entries = {uid: [entry for edge in pairs.values() for entry in edge.entries] for uid, pairs in edges.items()}
    return {
        "subject": tables.frame("subject", [_subject(sex, series) for sex in SEXES for series in sex.series]),
        "network": tables.frame("network", [_network(*network) for network in networks]),
        **{kind: tables.frame(kind, _rows(kind, edges)) for kind in KINDS},
        "coverage": coverage(covered),
        "edge_origin": origins(entries, undirected),
        "decision": decisions.frame(),
    }


def _lists(path: Path, sex: Sex, parents: Mapping[str, Tables], decisions: Decisions) -> Lists:
    synapses = read_synapses(path, sex.name)
    place = Place(path.name, sex.name)
    labels = SynapseLabels(CellNames.of(parents, sex.parent), decisions)
    edges: Edges = {(series, kind): {} for series in sex.series for kind in KINDS}
    named: dict[str, set[str]] = {series: set() for series in sex.series}
    for synapse in synapses:
        where = Place(path.name, sex.name, synapse.row)
        if synapse.series not in sex.series:
            hint = f"series of the {sex.name}: {', '.join(sex.series)}"
            raise SourceError(f"holds the series {synapse.series!r}", hint, where)
        if not synapse.posts:
            decisions.add("dropped", f"{synapse.series} {synapse.contin}", "names no partner", where)
        ends = (labels.node(label, where) for label in (synapse.pre, *synapse.posts))
        named[synapse.series].update(node for node in ends if node is not None)
        for source, target in _contacts(synapse, where, labels):
            _add(edges[synapse.series, synapse.kind], synapse, (source, target), where)
    n_left_out, n = labels.record_left_out(), sum(len(s.posts) for s in synapses)
    reason = f"{n_left_out} of {n} contacts have an end that is no cell; each such label has a row"
    decisions.add("dropped", f"contacts of the {sex.name}", reason, place)
    _record_oddities(synapses, place, decisions)
    return Lists({key: pairs for key, pairs in edges.items() if pairs}, named)


def _contacts(synapse: Synapse, where: Place, labels: SynapseLabels) -> Iterable[Pair]:
    source = labels.node(synapse.pre, where)
    for label in synapse.posts:
        target = labels.node(label, where)
        if source is not None and target is not None:
            yield source, target
        else:
            labels.leave_out(label if source is not None else synapse.pre)


def _add(pairs: dict[Pair, Edge], synapse: Synapse, pair: Pair, where: Place) -> None:
    if synapse.kind == "gap_junction":
        pair = (min(pair), max(pair))
    edge = pairs.setdefault(pair, Edge(0, 0, where, []))
    edge.sections += synapse.sections
    edge.contacts += 1
    edge.entries.append(Entry(*pair, float(synapse.sections), where))


def _record_oddities(synapses: list[Synapse], place: Place, decisions: Decisions) -> None:
    """Numbers used twice, and partners that post1 … post4 give otherwise than the post column, which counts."""
    numbered: dict[tuple[str, str], int] = {}
    renamed: Counter[Pair] = Counter()
    first: dict[Pair, int] = {}
    for synapse in synapses:
        where = Place(place.file, place.sheet, synapse.row)
        item = f"{synapse.series} {synapse.contin}"
        earlier = numbered.setdefault((synapse.series, synapse.contin), synapse.row)
        if earlier != synapse.row:
            decisions.add("kept", item, f"row {earlier} has the same number; both count, as in SI 5", where)
        if synapse.kind == "chemical" and len(synapse.repeated) != min(len(synapse.posts), SHOWN_PARTNERS):
            reason = f"post names {len(synapse.posts)} partner(s), post1 … post4 {len(synapse.repeated)}; post counts"
            decisions.add("differs", item, reason, where)
            continue
        for pair in _named_otherwise(synapse):
            renamed[pair] += 1
            first.setdefault(pair, synapse.row)
    for pair, n in renamed.items():
        reason = f"post1 … post4 call it {pair[1]!r} in {n} row(s); the post column counts"
        decisions.add("differs", pair[0], reason, Place(place.file, place.sheet, first[pair]))


def _named_otherwise(synapse: Synapse) -> list[Pair]:
    """(label, label among post1 … post4) where the two are not the same but for a final dot."""
    if synapse.kind == "chemical":
        pairs = zip(synapse.posts, synapse.repeated, strict=False)
        return [(a, b) for a, b in pairs if a.rstrip(".") != b.rstrip(".")]
    ends = {label.rstrip(".") for label in (synapse.pre, *synapse.posts)}
    other = [label for label in synapse.repeated if label.rstrip(".") not in ends]
    return [(" - ".join((synapse.pre, *synapse.posts)), label) for label in other]


def _compare(place: Place, sex: Sex, edges: Edges, parents: Mapping[str, Tables], decisions: Decisions) -> None:
    """All series of a sex together with its whole-animal connectome."""
    connectome = parents[sex.connectome]
    for kind in KINDS:
        total: dict[Pair, Found] = {}
        for (_, of), pairs in edges.items():
            for pair, edge in pairs.items() if of == kind else ():
                before = total.get(pair, Found(0, edge.place))
                total[pair] = Found(before.weight + edge.sections, before.place)
        reference = Reference.of(f"{sex.connectome}/{kind}", connectome[kind])
        item = f"{sex.name}, all series, {kind}"
        reconcile(item, total, reference, decisions, place, name_absent=False)


def _rows(kind: str, found: Mapping[str, Mapping[Pair, Edge]]) -> list[dict[str, object]]:
    return [
        {
            "network": uid,
            "source": source,
            "target": target,
            "weight": float(edge.sections),
            "n_contacts": edge.contacts,
        }
        for uid, pairs in found.items()
        if uid.endswith(f"/{kind}")
        for (source, target), edge in pairs.items()
    ]


def _uid(series: str, kind: str) -> str:
    return f"{DATASET}/{series}/{kind}"


def _subject(sex: Sex, series: str) -> dict[str, object]:
    return {"uid": f"{DATASET}/{series}", "species": cells.SPECIES, "sex": sex.name, "stage": "adult"}


def _network(sex: Sex, series: str, kind: str) -> dict[str, object]:
    keeps = "contacts between two cells; a cell that stands twice at a synapse counts twice"
    return network_row(
        _uid(series, kind),
        kind,
        unit="EM sections",
        method=f"serial-section electron microscopy, series {series}",
        parameters={"sheet": sex.name, "series": series, "keeps": keeps},
        subject=f"{DATASET}/{series}",
        node_set=sex.node_set,
    )
