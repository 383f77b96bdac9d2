"""FORMAT.md says what the code does."""

from __future__ import annotations

from schemas import format_document, tables
from schemas.format_document import DOCUMENT, rendered, update, written


def test_the_tables_of_the_document_are_those_of_the_code():
    assert written(DOCUMENT.read_text(encoding="utf-8")) == rendered(), "run python -m schemas.format_document"


def test_updating_an_outdated_document_mends_it():
    document = DOCUMENT.read_text(encoding="utf-8").replace("| `radius_um` |", "| `radius` |")
    assert written(document) != rendered()
    assert written(update(document)) == rendered()
    assert update(document).startswith("# The format")


def test_every_column_has_a_meaning_and_every_table_a_key():
    for name, schema in tables.TABLES.items():
        assert tables.key(name), name
        assert schema.__doc__, name
        for column, definition in schema.columns().items():
            assert definition.description, f"{name}.{column}"


def test_the_document_names_every_field_of_a_manifest():
    from dataclasses import fields

    from graphdb.lake import Manifest
    from schemas.bundle import BundleManifest

    text = DOCUMENT.read_text(encoding="utf-8")
    for field in (*fields(Manifest), *fields(BundleManifest)):
        assert f"`{field.name}`" in text, field.name


def test_the_document_names_every_type_of_the_graph():
    from graphdb.graph_model import NODE_TYPES, RELATIONSHIP_TYPES

    text = DOCUMENT.read_text(encoding="utf-8")
    for name in (*NODE_TYPES, *RELATIONSHIP_TYPES):
        assert f"`{name}`" in text, name
    assert format_document.BEGIN in text
