"""Figures: pure functions from frames to Plotly figures."""
