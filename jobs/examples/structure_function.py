"""Structure against function in C. elegans: which pairs of neurons that act together have a route between them.

    python -m jobs.examples.structure_function --from ~/connectome-files --out structure_function.html

Two measures of function: responses to the stimulation of single neurons (Randi et al. 2023, q < 0.05, wild type and
unc-31 mutants), and correlations of calcium traces (Dag et al. 2023). Four kinds of route: chemical synapses and gap
junctions of an adult pieced together (Cook et al. 2019) and of eight animals from hatching on (Witvliet et al. 2021),
monoamines and peptides (Bentley et al. 2016, Ripoll-Sanchez et al. 2023).

Of each: how many of the pairs have it, beside the same share of all pairs that were measured (the base rate), and
beside a baseline with its spread: significant pairs drawn anew so that every neuron keeps as many, or traces shifted
circularly against each other. Pairs count where both neurons have an edge in the wiring diagram: the others were not
imaged. No test is made; a share outside the baseline's central 95 % is no more than that, and there are many shares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer

from dashboard.figures.routes import routes_figure
from graphdb.lake import Lake
from graphdb.query import query
from graphdb.store import GraphStore
from ingest.correlation.dataset import named_traces
from ingest.correlation.pairwise import NamedTraces, mean_correlation
from jobs import flow
from jobs.examples.baselines import Floats, Mask, Whole, rewired, shifted_correlations
from jobs.examples.routes import Function, combinations, mean_weights, shares
from jobs.workspace import Workspace
from schemas.errors import QueryError
from schemas.kinds import EDGE_KINDS

ATLAS, RECORDINGS = "celegans/randi2023", "celegans/dag2023"
COOK, WITVLIET = "celegans/cook2019", "celegans/witvliet2021"
BENTLEY, RIPOLL = "celegans/bentley2016", "celegans/ripollsanchez2023"
SOURCES = (ATLAS, RECORDINGS, COOK, WITVLIET, BENTLEY, RIPOLL)
GENOTYPES = ("wt", "unc31")
WIRINGS = (COOK, *(f"{WITVLIET}/stage{stage}" for stage in range(1, 9)))
WIRED = ("chemical", "gap_junction")
WIRELESS = {  # network: kind
    f"{BENTLEY}/monoamine": "monoamine",
    f"{RIPOLL}/monoamine": "monoamine",
    f"{BENTLEY}/peptide": "peptide",
    f"{RIPOLL}/short_range/peptide": "peptide",
    f"{RIPOLL}/mid_range/peptide": "peptide",
    f"{RIPOLL}/long_range/peptide": "peptide",
}
COMBINED = {  # what counts as a route without synapse where routes are combined: the peptides that reach least far
    "monoamine": (f"{BENTLEY}/monoamine", f"{RIPOLL}/monoamine"),
    "peptide": (f"{BENTLEY}/peptide", f"{RIPOLL}/short_range/peptide"),
}
SIGNIFICANT = 0.05
DRAWS = 200
_SHIFTED_OUT = 0.025  # of the shifted correlations of a pair, on either side
_ROWS = 1_000_000

Say = Callable[[str], None]


@dataclass(frozen=True)
class Findings:
    """The answer.

    Args:
        cells: uids of all neurons, the order of every matrix.
        functions: the pairs that act together, by measure.
        alone: function, structure, routes, and the columns of `routes.shares`; a pair counts for each route it has.
        combined: likewise, each pair once, by exactly which routes it has.
        correlations: structure, and the columns of `routes.mean_weights`, each pair once.
    """

    cells: tuple[str, ...]
    functions: tuple[Function, ...]
    alone: pl.DataFrame
    combined: pl.DataFrame
    correlations: pl.DataFrame


@dataclass(frozen=True)
class Structure:
    """Routes between all neurons, bool[cells, cells] from source to target.

    Args:
        wired: by wiring diagram and kind.
        wireless: by network.
        imaged: neurons that a wiring diagram has, bool[cells].
    """

    wired: Mapping[str, Mapping[str, Mask]]
    wireless: Mapping[str, Mask]
    imaged: Mapping[str, Mask]


def prepare(workspace: Workspace, from_dir: Path | None, say: Say = flow.quietly) -> None:
    """Ingest the sources and bring the graph to them; what is there already is not read again."""
    for source_id in SOURCES:
        if not flow.holds(workspace, source_id):
            say(f"ingesting {source_id}")
            flow.ingest_source(workspace, source_id, from_dir)
    say("projecting")
    flow.project(workspace)


def answer(workspace: Workspace, *, draws: int = DRAWS, seed: int = 1) -> Findings:
    """Ask the graph for routes and responses, correlate the traces, and count.

    Args:
        workspace: as `prepare` leaves it.
        draws: of each baseline.
        seed: of their random numbers.
    """
    rng = np.random.default_rng(seed)
    with workspace.store() as store:
        cells = tuple(_ask(store, "MATCH (n:Neuron) RETURN n.uid AS uid ORDER BY uid").get_column("uid"))
        index = {uid: i for i, uid in enumerate(cells)}
        structure = _structure(store, index)
        functions = [_responses(store, index, genotype, draws, rng) for genotype in GENOTYPES]
    weights = _correlations(workspace.lake, index, draws, rng)
    functions += weights.functions()
    return Findings(
        cells,
        tuple(functions),
        pl.concat([_alone(function, structure) for function in functions]),
        pl.concat([_combined(function, structure) for function in functions]),
        pl.concat([weights.by_routes(wiring, structure) for wiring in WIRINGS]),
    )


def _ask(store: GraphStore, cypher: str, **parameters: object) -> pl.DataFrame:
    found = query(store, cypher, parameters, row_limit=_ROWS)
    if found.truncated:
        raise QueryError(f"an answer has more than {_ROWS:,} rows", "raise the limit in this script")
    return found.to_polars()


def _structure(store: GraphStore, index: Mapping[str, int]) -> Structure:
    wired = {w: {kind: _edges(store, index, f"{w}/{kind}", kind) for kind in WIRED} for w in WIRINGS}
    imaged = {w: _imaged(store, index, w) for w in WIRINGS}
    return Structure(wired, {n: _edges(store, index, n, kind) for n, kind in WIRELESS.items()}, imaged)


def _edges(store: GraphStore, index: Mapping[str, int], network: str, kind: str) -> Mask:
    """From source to target; gap junctions both ways."""
    text = (
        f"MATCH (a:Neuron)-[r:{EDGE_KINDS[kind].type}]->(b:Neuron) WHERE r.network = $network "
        "RETURN DISTINCT a.uid AS source, b.uid AS target"
    )
    found = np.zeros((len(index), len(index)), dtype=np.bool_)
    for source, target in _ask(store, text, network=network).iter_rows():
        found[index[source], index[target]] = True
    return found | found.T if kind == "gap_junction" else found


def _imaged(store: GraphStore, index: Mapping[str, int], wiring: str) -> Mask:
    """Neurons with any edge, also with a muscle: of the others nothing is known."""
    found = np.zeros(len(index), dtype=np.bool_)
    for kind in WIRED:
        text = (
            f"MATCH (n:Neuron)-[r:{EDGE_KINDS[kind].type}]-() WHERE r.network = $network RETURN DISTINCT n.uid AS uid"
        )
        found[[index[uid] for uid in _ask(store, text, network=f"{wiring}/{kind}").get_column("uid")]] = True
    return found


def _responses(
    store: GraphStore, index: Mapping[str, int], genotype: str, draws: int, rng: np.random.Generator
) -> Function:
    """Pairs of two neurons that have a q, from the stimulated to the responding one."""
    text = (
        "MATCH (a:Neuron)-[r:FUNCTIONAL]->(b:Neuron) "
        "WHERE r.network = $network AND r.q IS NOT NULL AND a.uid <> b.uid "
        "RETURN a.uid AS source, b.uid AS target, r.q AS q ORDER BY source, target"
    )
    rows = _ask(store, text, network=f"{ATLAS}/{genotype}")
    source, target = (np.array([index[uid] for uid in rows.get_column(end)]) for end in ("source", "target"))
    chosen = (rows.get_column("q") < SIGNIFICANT).to_numpy()
    return Function(f"responses {genotype}", source, target, True, chosen, rewired(source, target, chosen, draws, rng))


@dataclass(frozen=True)
class Correlations:
    """Correlation of each pair of neurons that were recorded together, and the same of shifted traces.

    Args:
        source: index of the one neuron, int[pairs].
        target: of the other.
        values: float[pairs].
        shifted: float[draws, pairs].
    """

    source: Whole
    target: Whole
    values: Floats
    shifted: Floats

    def functions(self) -> list[Function]:
        """The pairs above, and those below, the central 95 % of their own shifted correlations."""
        low, high = np.quantile(self.shifted, [_SHIFTED_OUT, 1 - _SHIFTED_OUT], axis=0)
        ends = (self.source, self.target, False)
        return [
            Function("calcium correlated", *ends, self.values > high, self.shifted > high),
            Function("calcium anticorrelated", *ends, self.values < low, self.shifted < low),
        ]

    def by_routes(self, wiring: str, structure: Structure) -> pl.DataFrame:
        """Mean correlation of the pairs by exactly which routes they have."""
        pairs = self.functions()[0]
        routes = combinations(_routes(pairs, wiring, structure))
        covered = pairs.among(structure.imaged[wiring])
        found = mean_weights(self.values, self.shifted, covered, routes)
        return found.select(pl.lit(wiring).alias("structure"), pl.all())


def _correlations(lake: Lake, index: Mapping[str, int], draws: int, rng: np.random.Generator) -> Correlations:
    animals = recorded(lake, index)
    values, _ = mean_correlation(animals, len(index))
    source, target = np.nonzero(np.triu(np.isfinite(values), k=1))
    shifted = shifted_correlations(animals, len(index), draws, rng)
    return Correlations(source, target, values[source, target], np.stack([s[source, target] for s in shifted]))


def recorded(lake: Lake, index: Mapping[str, int]) -> list[NamedTraces]:
    """The traces of named neurons, an animal after the other; a trace with a gap is left out."""
    traces = lake.read(RECORDINGS, "trace").filter(
        pl.col("node").is_in(list(index)), pl.col("values").list.eval(pl.element().is_null()).list.any().not_()
    )
    return [named_traces(part, index) for part in traces.sort("recording", "trace").partition_by("recording")]


def _routes(function: Function, wiring: str, structure: Structure) -> dict[str, Mask]:
    """The four kinds, bool[pairs]."""
    wireless = {kind: np.logical_or.reduce([structure.wireless[n] for n in names]) for kind, names in COMBINED.items()}
    return {kind: function.of(route) for kind, route in {**structure.wired[wiring], **wireless}.items()}


def _alone(function: Function, structure: Structure) -> pl.DataFrame:
    everyone = np.ones(len(function.source), dtype=np.bool_)
    found = []
    for wiring in WIRINGS:
        routes = {kind: function.of(route) for kind, route in structure.wired[wiring].items()}
        found.append(_named(function, wiring, shares(function, function.among(structure.imaged[wiring]), routes)))
    for network, route in structure.wireless.items():
        counted = shares(function, everyone, {WIRELESS[network]: function.of(route)})
        found.append(_named(function, network.removesuffix(f"/{WIRELESS[network]}"), counted))
    return pl.concat(found)


def _combined(function: Function, structure: Structure) -> pl.DataFrame:
    return pl.concat(
        _named(
            function,
            wiring,
            shares(
                function,
                function.among(structure.imaged[wiring]),
                combinations(_routes(function, wiring, structure)),
            ),
        )
        for wiring in WIRINGS
    )


def _named(function: Function, structure: str, found: pl.DataFrame) -> pl.DataFrame:
    return found.select(pl.lit(function.name).alias("function"), pl.lit(structure).alias("structure"), pl.all())


def shown(findings: Findings, wirings: Iterable[str] = (COOK, f"{WITVLIET}/stage8")) -> str:
    """The tables as text: every route alone; the combinations in some of the wiring diagrams, `none` in all."""
    combined = findings.combined.filter(pl.col("structure").is_in(list(wirings)) | (pl.col("routes") == "none"))
    correlations = findings.correlations.filter(pl.col("structure").is_in(list(wirings)))
    tables = {
        "Routes, each alone": findings.alone,
        "Routes in combination (each pair once)": combined.filter(pl.col("pairs") > 0),
        "Mean correlation of calcium by routes": correlations,
    }
    with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_width_chars=400, fmt_str_lengths=80, float_precision=4):
        pl.Config.set_tbl_formatting("ASCII_MARKDOWN").set_tbl_hide_column_data_types().set_tbl_hide_dataframe_shape()
        return "\n\n".join(f"{title}\n\n{table}" for title, table in tables.items())


def main(
    from_: Annotated[Path | None, typer.Option("--from", help="folder that holds the files of the sources")] = None,
    workspace: Annotated[Path, typer.Option(help="folder of the lake and the graph")] = Path("workspace"),
    out: Annotated[Path, typer.Option(help="the figure")] = Path("structure_function.html"),
    draws: Annotated[int, typer.Option(help="draws of each baseline", min=1)] = DRAWS,
    seed: Annotated[int, typer.Option(help="of the random numbers")] = 1,
) -> Findings:
    """From the raw files to tables and a figure."""
    where = Workspace(workspace)
    prepare(where, from_, typer.echo)
    findings = answer(where, draws=draws, seed=seed)
    typer.echo(shown(findings))
    routes_figure(findings.alone, "Pairs of neurons that act together and have a route").write_html(out)
    typer.echo(f"the figure is in {out}")
    return findings


if __name__ == "__main__":
    typer.run(main)
