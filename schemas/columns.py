"""The columns that tables are made of: ids, texts, numbers."""

from __future__ import annotations

import dataframely as dy

UID = r"^[^\s/]+(/[^\s/]+)+$"
NAME = r"^\S+$"


def uid_column(meaning: str, *, primary_key: bool = False, nullable: bool = False) -> dy.String:
    return dy.String(regex=UID, primary_key=primary_key, nullable=nullable, description=meaning)


def text_column(meaning: str, *, primary_key: bool = False, nullable: bool = False) -> dy.String:
    return dy.String(min_length=1, primary_key=primary_key, nullable=nullable, description=meaning)


def float_column(meaning: str, *, low: float | None = None, nullable: bool = True) -> dy.Float64:
    return dy.Float64(nullable=nullable, min=low, description=meaning)


def texts_column(meaning: str) -> dy.List:
    return dy.List(dy.String(min_length=1), description=meaning)
