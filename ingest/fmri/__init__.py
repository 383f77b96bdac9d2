"""Readers of functional MRI: atlases and region series."""
