"""The picture of an answer, where its columns say that it has one: a comparison, a matrix of pairs, or a ranking."""

from __future__ import annotations

import plotly.graph_objects as go
import polars as pl

from dashboard.figures.adjacency import About, networks_figure
from dashboard.figures.comparison import agreement_figure, counts_figure, upset_figure
from dashboard.figures.development import development_counts_figure, development_figure
from dashboard.figures.matrices import adjacency_figure
from dashboard.figures.style import OKABE_ITO, escaped, styled

MOST_NAMES = 300
MOST_BARS = 40
_PAIRS = (("pre", "post"), ("source", "target"), ("pre_class", "post_class"), ("pre_region", "post_region"))
_WEIGHTS = ("weight", "total_weight", "sum_weight", "sections", "count")
_COMBINATIONS = {"n_pairs", "n_held", "n_found", "n_of"}
_AGREEMENTS = {"a", "b", "jaccard", "rank_correlation"}
_COURSES = {"source", "target", "development", "n_stages", "target_uid"}
_COURSE_COUNTS = {"development", "n_edges", "share"}
_OF_NETWORKS = {"network", "source", "target", "weight", "source_uid", "target_uid", "n_edges"}
_BLOCKS = ("network", "edge", "source")
_RANKED = ("partner", "cell", "name", "class", "region")
_UNKNOWN = About()


def answer_figure(frame: pl.DataFrame, title: str, about: About = _UNKNOWN) -> go.Figure | None:  # noqa: PLR0911
    """A comparison of networks, a heat map of pairs with a weight, bars of a ranking, or nothing of these.

    Args:
        frame: the answer.
        title: of the figure.
        about: what is known of its networks and cells.
    """
    columns = set(frame.columns)
    if frame.is_empty():
        return None
    if columns >= _COMBINATIONS:
        combined = any(dtype == pl.Boolean for dtype in frame.schema.values())
        return upset_figure(frame, title) if combined else counts_figure(frame, title)
    if columns >= _AGREEMENTS:
        return agreement_figure(frame, title)
    if columns >= _COURSES:
        return development_figure(frame, _after(frame, "target_uid"), title, about)
    if columns >= _COURSE_COUNTS:
        return development_counts_figure(frame, _after(frame, "share"), title, about)
    if columns >= _OF_NETWORKS:
        return networks_figure(frame, about)
    if frame.columns[: len(_BLOCKS)] == list(_BLOCKS):
        return networks_figure(_unpivoted(frame), about)
    return _pairs_or_ranking(frame, title)


def _pairs_or_ranking(frame: pl.DataFrame, title: str) -> go.Figure | None:
    weight = next((c for c in _WEIGHTS if c in frame.columns and frame.schema[c].is_numeric()), None)
    if weight is None:
        return None
    for source, target in _PAIRS:
        if {source, target} <= set(frame.columns):
            return _matrix(frame.select(source=source, target=target, weight=weight), title)
    ranked = next((c for c in _RANKED if c in frame.columns and frame.schema[c] == pl.String), None)
    return None if ranked is None else _bars(frame, ranked, weight, title)


def _unpivoted(frame: pl.DataFrame) -> pl.DataFrame:
    """A matrix as a row for each pair."""
    targets = frame.columns[len(_BLOCKS) :]
    return frame.unpivot(targets, index=["network", "source"], variable_name="target", value_name="weight")


def _after(frame: pl.DataFrame, last: str) -> list[str]:
    """The columns that come by the data: those after the last declared one."""
    return frame.columns[frame.columns.index(last) + 1 :]


def _matrix(pairs: pl.DataFrame, title: str) -> go.Figure | None:
    summed = pairs.drop_nulls().group_by("source", "target", maintain_order=True).agg(pl.col("weight").sum())
    names = sorted({*summed.get_column("source"), *summed.get_column("target")}, key=str)
    if not 1 < len(names) <= MOST_NAMES:
        return None
    return adjacency_figure(summed, names, f"{title}: rows are sources")


def _bars(frame: pl.DataFrame, name: str, weight: str, title: str) -> go.Figure | None:
    top = frame.drop_nulls([name, weight]).head(MOST_BARS)
    if top.height < 2:  # noqa: PLR2004 - one bar says nothing that its number does not
        return None
    labels = [f"{number}. {escaped(each)}" for number, each in enumerate(top.get_column(name).to_list(), start=1)]
    bars = go.Bar(
        x=top.get_column(weight).to_list(),
        y=labels,
        orientation="h",
        marker={"color": OKABE_ITO[0]},
        hovertemplate="%{y}: %{x:.4g}<extra></extra>",
    )
    figure = go.Figure(bars)
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(title=weight.replace("_", " "))
    return styled(figure, title, height=max(240, 60 + 20 * top.height))
