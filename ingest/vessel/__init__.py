"""Readers of vessel graphs."""
