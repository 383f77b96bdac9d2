"""How to cite dataset versions: plain text, BibTeX, and the `references` of a CITATION.cff."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from graphdb.versions.provenance import Provenance

_SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_SPECIAL |= {each: f"\\{each}" for each in "&%$#_{}"}
_YEAR = re.compile(r"\b(1[89]\d\d|20\d\d)\b")
_AUTHORS = re.compile(r"^(.{2,80}?),?\s*\(?\b(?:1[89]\d\d|20\d\d)\b")


def citation_line(found: Provenance) -> str:
    """One line: what to cite, and exactly which version of which dataset was used."""
    parts = [f"{sentence(found.citation)} Dataset {found.reference}, content sha256 {found.content_hash[:16]}"]
    parts.append(f"licence: {found.licence}")
    if found.source_url:
        parts.append(found.source_url)
    if found.simulated:
        parts.append("SIMULATED")
    if found.deprecated:
        parts.append(str(found.deprecated))
    return "; ".join(parts)


def citation_text(found: Sequence[Provenance]) -> str:
    """The lines of several, numbered, each once; empty for none."""
    lines = dict.fromkeys(citation_line(each) for each in found)
    return "".join(f"[{number}] {line}\n" for number, line in enumerate(lines, start=1))


def sentence(citation: str) -> str:
    """A citation on one line, ended by a full stop."""
    text = " ".join(citation.split())
    return text if text.endswith((".", "!", "?")) else f"{text}."


def citation_bibtex(found: Sequence[Provenance]) -> str:
    """One `@misc` entry for each version, which BibTeX and BibLaTeX both read."""
    return "\n".join(_bibtex(each) for each in dict.fromkeys(found))


def citation_cff(found: Sequence[Provenance]) -> str:
    """The block `references:` of a CITATION.cff (schema 1.2.0), as YAML; `references: []` for none."""
    entries = list(dict.fromkeys(found))
    if not entries:
        return "references: []\n"
    return "references:\n" + "".join(_cff(each) for each in entries)


def authors_of(found: Provenance) -> str:
    """Who stands before the year in its citation; the whole citation where no year does."""
    match = None if found.simulated else _AUTHORS.match(found.citation)
    return match.group(1).strip(" ,") if match else sentence(found.citation)


def year_of(found: Provenance) -> str | None:
    """The first year that its citation names; none for a simulation, whose numbers are seeds."""
    match = None if found.simulated else _YEAR.search(found.citation)
    return match.group(1) if match else None


def _bibtex(found: Provenance) -> str:
    fields = {
        "author": "{" + _tex(authors_of(found)) + "}",  # braced: not to be split into names
        "title": "{" + _tex(found.title) + "}",
        "year": year_of(found),
        "version": _tex(found.version),
        "howpublished": rf"\url{{{_url(found.source_url)}}}" if found.source_url else None,
        "note": _tex(
            f"{sentence(found.citation)} Dataset {found.reference}, content sha256 {found.content_hash}, "
            f"licence: {found.licence}"
            + (", simulated" if found.simulated else "")
            + (f", {found.deprecated}" if found.deprecated else "")
        ),
    }
    key = re.sub(r"[^A-Za-z0-9]+", "_", found.reference)
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value is not None)
    return f"@misc{{{key},\n{lines}}}\n"


def _cff(found: Provenance) -> str:
    fields: dict[str, object] = {
        "type": "data",
        "title": found.title,
        "authors": [{"name": authors_of(found)}],
        "version": found.version,
        "year": int(year) if (year := year_of(found)) else None,
        "url": found.source_url if found.source_url and found.source_url.startswith(("http://", "https://")) else None,
        "identifiers": [{"type": "other", "value": f"sha256:{found.content_hash}", "description": found.reference}],
        "notes": f"{sentence(found.citation)} Licence: {found.licence}"
        + (". Simulated" if found.simulated else "")
        + (f". Deprecated: {found.deprecated.reason}" if found.deprecated else ""),
    }
    lines = [f"{name}: {_yaml(value)}" for name, value in fields.items() if value is not None]
    return "  - " + "\n    ".join(lines) + "\n"


def _yaml(value: object) -> str:
    """JSON is YAML: quotes, colons and line breaks need no rules of ours; YAML wants the unprintable escaped too."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in text)


def _tex(text: str) -> str:
    return "".join(_SPECIAL.get(each, each) for each in " ".join(text.split()))


def _url(text: str) -> str:
    return text.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C").replace(" ", "%20")
