"""Graphs in the formats that other programs read, each with where its rows came from, and read back."""
