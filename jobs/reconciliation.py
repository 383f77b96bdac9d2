"""The report of a dataset as lines and rows: what homogenisation did to labels, traces and rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphdb.counts import NetworkCounts
from graphdb.reconciliation import Reconciliation
from schemas.errors import Place
from schemas.reasons import Comparison

NOTHING = "no decisions: nothing was renamed, merged, guessed or dropped"
_UNSUMMED = ("functional",)  # the sum of responses says nothing
_SAID = {"differs": "differ"}  # 5 differ


@dataclass(frozen=True)
class Part:
    """One table of the report: its name, what it shows, and its rows by column."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[dict[str, object], ...]


def brief(report: Reconciliation) -> list[str]:
    """Two or three lines: networks; labels, traces and decisions; comparisons, where there are any."""
    lines = []
    if report.networks:
        lines.append("; ".join(_kinds(report.networks)))
    labels = [f"labels: {listed(report.labels)}"] if report.labels else []
    traces = [f"traces: {listed(report.traces)}"] if report.traces else []
    decisions = f"decisions: {listed(report.actions, _SAID)}" if report.actions else NOTHING
    lines.append("; ".join([*labels, *traces, decisions]))
    if report.compared:
        lines.append(_comparisons(report))
    return lines


def listed(counts: Mapping[str, int], said: Mapping[str, str] | None = None) -> str:
    """Counts in words: 409 exact, 64 padded."""
    return ", ".join(f"{n:,} {(said or {}).get(name, name)}" for name, n in counts.items())


def parts(report: Reconciliation) -> tuple[Part, ...]:
    """The whole report as tables; those without rows are left out."""
    found = (
        Part("network", "Networks", ("name", "kind", "n", "weight", "unit"), tuple(_network_rows(report))),
        Part("label", "Labels", ("name", "n"), _count_rows(report.labels)),
        Part("trace", "Traces", ("name", "n"), _count_rows(report.traces)),
        Part(
            "comparison",
            "Forms, pairs",
            ("name", "network", "agree", "differ", "only_here", "only_there", "file"),
            tuple(_comparison_rows(report)),
        ),
        Part("decision", "Decisions", ("name", "n", "reason", "item", "place"), tuple(_reason_rows(report))),
    )
    return tuple(part for part in found if part.rows)


def _kinds(networks: tuple[NetworkCounts, ...]) -> Iterator[str]:
    """Of each kind and unit: edges and weight."""
    groups: dict[tuple[str, str | None], list[NetworkCounts]] = defaultdict(list)
    for network in networks:
        groups[network.kind, network.unit].append(network)
    for (kind, unit), found in groups.items():
        edges = sum(each.edges for each in found)
        weights = [each.weight for each in found if each.weight is not None]
        weight = f" ({sum(weights):,.6g} {unit})" if weights and unit and kind not in _UNSUMMED else ""
        among = f" in {len(found)} networks" if len(found) > 1 else ""
        yield f"{kind}: {edges:,} edges{weight}{among}"


def _comparisons(report: Reconciliation) -> str:
    agree = [each for each in report.compared if _unlike(each.pairs) == 0]
    pairs = sum(each.pairs.agree for each in report.compared)
    unlike = sum(_unlike(each.pairs) for each in report.compared)
    said = f"compared: {len(agree)} of {len(report.compared)} forms agree in every pair"
    return f"{said}; {pairs:,} pairs agree, {unlike:,} differ or stand on one side alone"


def _unlike(pairs: Comparison) -> int:
    return pairs.differ + pairs.only_form + pairs.only_reference


def _network_rows(report: Reconciliation) -> Iterator[dict[str, object]]:
    for each in report.networks:
        weight = None if each.kind in _UNSUMMED else each.weight
        yield {"name": each.network, "kind": each.kind, "n": each.edges, "weight": weight, "unit": each.unit}


def _count_rows(counts: Mapping[str, int]) -> tuple[dict[str, object], ...]:
    return tuple({"name": name, "n": n} for name, n in counts.items())


def _comparison_rows(report: Reconciliation) -> Iterator[dict[str, object]]:
    for each in report.compared:
        counts = {"agree": each.pairs.agree, "differ": each.pairs.differ}
        alone = {"only_here": each.pairs.only_form, "only_there": each.pairs.only_reference}
        yield {"name": each.item, "network": each.network, **counts, **alone, **_placed(each.place)}


def _reason_rows(report: Reconciliation) -> Iterator[dict[str, object]]:
    for each in report.reasons:
        about = {"reason": each.wording, "item": each.item, "place": str(each.place)}
        yield {"name": each.action, "n": each.n, **about, **_placed(each.place)}


def _placed(place: Place) -> dict[str, object]:
    return {"file": place.file, "sheet": place.sheet, "row": place.row, "column": place.column}
