"""Readers that a small file configures, for forms that many sources share."""
