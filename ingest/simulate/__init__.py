"""Simulators with a planted truth: readers without files."""
