"""YAML whose every key remembers its line, so that whatever is wrong with it is named where it stands."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from ingest.files import require_file
from schemas.errors import Place, SourceError


@dataclass(frozen=True)
class Section:
    """A mapping in a YAML file: values are texts, numbers, booleans, None, Sections or lists of these."""

    file: str
    name: str
    line: int
    values: Mapping[str, object]
    lines: Mapping[str, int]

    def error(self, message: str, hint: str = "", key: str | None = None) -> SourceError:
        """An error at a key of this section, or at its beginning."""
        line = self.lines.get(key, self.line) if key is not None else self.line
        where = f"{self.name}: " if self.name else ""
        return SourceError(where + message, hint, Place(self.file, row=line))

    def allow(self, keys: Collection[str]) -> None:
        """Refuse every key that is not one of these.

        Raises:
            SourceError: naming the line, and the nearest key that exists.
        """
        for key in self.values:
            if key not in keys:
                raise self.error(f"unknown key {key!r}", nearest(key, keys, "keys"), key)

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not empty; numbers are refused, as 007 and 1e5 would not come back as they were."""
        value = self.values.get(key, default)
        if value is None:
            raise self.error(f"{key!r} is missing", f"write `{key}: …` here")
        if not isinstance(value, str) or not value.strip():
            raise self.error(f"{key!r} must be a text, not {value!r}", "quote it", key)
        return value.strip()

    def optional_text(self, key: str) -> str | None:
        return None if self.values.get(key) is None else self.text(key)

    def number(self, key: str) -> float | None:
        """A number, or None where the key is absent."""
        value = self.values.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise self.error(f"{key!r} must be a number, not {value!r}", "", key)
        return None if value is None else float(value)

    def choice(self, key: str, choices: Collection[str], default: str) -> str:
        value = self.text(key, default)
        if value not in choices:
            raise self.error(f"{key!r} is {value!r}", f"it may be: {', '.join(choices)}", key)
        return value

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A text or a list of texts."""
        value = self.values.get(key)
        if value is None:
            return default
        given = value if isinstance(value, list) else [value]
        if not given or not all(isinstance(v, str) for v in given):
            raise self.error(f"{key!r} must be a text or a list of texts", "quote numbers", key)
        return tuple(str(v) for v in given)

    def section(self, key: str) -> Section | None:
        """The section under a key, or None where the key is absent."""
        value = self.values.get(key)
        if value is not None and not isinstance(value, Section):
            raise self.error(f"{key!r} must hold keys and values", "", key)
        return value

    def sections(self, key: str) -> tuple[Section, ...]:
        """The list of sections under a key; empty where the key is absent."""
        value = self.values.get(key)
        given = [] if value is None else value if isinstance(value, list) else [value]
        if not all(isinstance(v, Section) for v in given):
            raise self.error(f"{key!r} must be a list of `- key: value` entries", "", key)
        return tuple(v for v in given if isinstance(v, Section))


def read_yaml(path: Path) -> Section:
    """Read a YAML file whose top holds keys and values.

    Raises:
        SourceError: it is missing, empty or not YAML, or a key stands twice; the line is named.
    """
    try:
        loader = yaml.SafeLoader(require_file(path).read_text(encoding="utf-8-sig"))
        node = loader.get_single_node()
        found = None if node is None else _value(loader, node, path.name, "")
    except UnicodeDecodeError as error:
        raise SourceError("is not UTF-8 text", "is this the mapping file?", Place(path.name)) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        hint = "indent with blanks, and quote texts that hold ': '"
        raise SourceError(f"is not YAML: {error.problem}", hint, Place(path.name, row=line)) from error
    except yaml.YAMLError as error:
        raise SourceError(f"is not YAML: {error}", "is this the mapping file?", Place(path.name)) from error
    if not isinstance(found, Section):
        raise SourceError("holds no keys", "is this the mapping file?", Place(path.name, row=1))
    return found


def nearest(word: str, known: Collection[str], what: str) -> str:
    """A hint: the nearest known word, and all of them."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    did = f"did you mean {close[0]!r}? " if close else ""
    return f"{did}its {what}: {', '.join(known)}"


def _value(loader: yaml.SafeLoader, node: yaml.Node, file: str, name: str) -> object:
    if isinstance(node, yaml.MappingNode):
        return _section(loader, node, file, name)
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, item, file, f"{name}[{i}]") for i, item in enumerate(node.value)]
    return loader.construct_object(node)


def _section(loader: yaml.SafeLoader, node: yaml.MappingNode, file: str, name: str) -> Section:
    values: dict[str, object] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in values:
            raise SourceError(f"{key!r} stands twice", f"first in line {lines[key]}", Place(file, row=line))
        values[key] = _value(loader, value_node, file, f"{name}.{key}" if name else key)
        lines[key] = line
    return Section(file, name, node.start_mark.line + 1, values, lines)
