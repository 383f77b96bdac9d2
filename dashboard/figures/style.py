"""One look for all figures, readable on light and dark ground. Colours: Okabe and Ito 2008."""

from __future__ import annotations

import plotly.graph_objects as go

OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#999999")
INK = "#868e96"


def styled(figure: go.Figure, title: str, height: int = 420) -> go.Figure:
    """Transparent ground, grey ink, room for long labels."""
    figure.update_layout(
        title={"text": title, "font": {"size": 14}},
        height=height,
        margin={"l": 60, "r": 20, "t": 50, "b": 50},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": INK, "size": 12},
        colorway=list(OKABE_ITO),
        legend={"orientation": "h", "y": -0.2},
    )
    figure.update_xaxes(gridcolor="rgba(134,142,150,0.2)", zeroline=False, automargin=True)
    figure.update_yaxes(gridcolor="rgba(134,142,150,0.2)", zeroline=False, automargin=True)
    return figure


def escaped(text: object) -> str:
    """Text for a figure: Plotly reads a few HTML tags in labels, so they are written out."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
