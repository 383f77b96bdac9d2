"""Other forms of Cook et al. 2019's matrices, compared with SI 5: what they hold that it does not, and the reverse.

No edges: a form that agrees would be the same connectome twice, and one that does not is an earlier state of it.

- SI 5's own 'gap jn asymmetric' sheets list each pair once, in either direction.
- herm_full_edgelist.csv lists the hermaphrodite's connections, gap junctions in both directions.
- herm_full_edgelist_MODIFIED.csv is that list with connections that were made up for simulations; it is compared with
  the list, to name them.
- cook_jarrell_2019_h.json is WormWideWeb's copy, in NemaNode's layout.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

from ingest.celegans import cook2019, cook2019_male
from ingest.celegans.edges import Entry, chemical_table, gap_junction_table
from ingest.celegans.names import CellNames, resolve_all
from ingest.celegans.nemanode import entries_by_kind, nodes_of, read_connections
from ingest.celegans.networks import labels_of
from ingest.celegans.reconcile import Form, reconcile_form
from ingest.files import number, read_cells
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "2"
ASYMMETRIC = {sex: f"{sex} gap jn asymmetric" for sex in ("hermaphrodite", "male")}

_MATRICES = {"hermaphrodite": cook2019.HERMAPHRODITE, "male": cook2019_male.MALE}
_LIST = "herm_full_edgelist.csv"
_HEADER = ["Source", "Target", "Weight", "Type"]
_TYPES = {"chemical": "chemical", "electrical": "gap_junction"}
_INTESTINAL = re.compile(r"int[LR]")
_SPELLINGS = {"anal": "mu_anal", "sph": "mu_sph", "intestine": "int"}
_PM1 = re.compile(r"pm1(d|vl|vr)")  # three parts of one cell


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Only decisions: per form and kind how many pairs agree, then every pair that does not.

    Args:
        files: `si5`; `edgelist`, `modified` and `json` where given.
        parents: the cells and the connectomes of both sexes.

    Raises:
        SourceError: a file of another layout, an entry that is no connection, or a label that no cell has.
    """
    cook2019.require_edition(files["si5"], cook2019.CORRECTED)
    decisions = Decisions()
    forms = [_asymmetric(files["si5"], sex, parents, decisions) for sex in ASYMMETRIC]
    names = CellNames.of(parents)
    read_forms = {
        key: reader(files[key], names, decisions)
        for key, reader in (("edgelist", _edgelist), ("json", _json), ("modified", _modified))
        if key in files
    }
    for key in ("edgelist", "json", "modified"):
        if key not in files:
            decisions.add("dropped", key, "no file of this form was given", Place(key))
    modified = read_forms.pop("modified", None)
    for form in (*forms, *read_forms.values()):
        reconcile_form(form, parents[form.connectome], decisions)
    if modified:
        _compare_with_list(modified, read_forms.get("edgelist"), decisions)
    return {"decision": decisions.frame()}


def read_edgelist(path: Path) -> list[tuple[str, str, str, float, int]]:
    """Source, target, kind, weight and row of each line of herm_full_edgelist.csv.

    Raises:
        SourceError: another header, a type that is none, or a weight that is no positive number.
    """
    header, *lines = read_cells(path, ",")
    if header != _HEADER:
        hint = f"the columns must be {', '.join(_HEADER)}"
        raise SourceError(f"has the columns {', '.join(header)}", hint, Place(path.name, row=1))
    rows = []
    for row, (source, target, weight, type_) in enumerate(lines, start=2):
        where = {name: Place(path.name, row=row, column=name) for name in _HEADER}
        if type_ not in _TYPES:
            raise SourceError(f"holds {type_!r}", "types are chemical, electrical", where["Type"])
        value = number(weight, where["Weight"])
        if value <= 0:
            raise SourceError(f"holds {weight!r}, a weight is positive", "correct the cell", where["Weight"])
        rows.append((source, target, _TYPES[type_], value, row))
    return rows


def _asymmetric(path: Path, sex: str, parents: Mapping[str, Tables], decisions: Decisions) -> Form:
    matrices = _MATRICES[sex]
    names = CellNames.of(parents, matrices.parent)
    entries = cook2019.read_entries(path, ASYMMETRIC[sex], names, decisions).entries
    place = Place(path.name, ASYMMETRIC[sex])
    return Form(ASYMMETRIC[sex], matrices.dataset, {"gap_junction": entries}, place, mirrored=False)


def _edgelist(path: Path, names: CellNames, decisions: Decisions) -> Form:
    return Form("edge list", cook2019.DATASET, _listed(path, names, decisions), Place(path.name), mirrored=True)


def _modified(path: Path, names: CellNames, decisions: Decisions) -> Form:
    reason = "holds connections that were made up for simulations; none of its rows becomes an edge anywhere"
    decisions.add("dropped", "modified edge list", reason, Place(path.name))
    return Form("modified edge list", _LIST, _listed(path, names, decisions), Place(path.name), mirrored=True)


def _compare_with_list(modified: Form, edgelist: Form | None, decisions: Decisions) -> None:
    """Names what was added to the list, removed from it and changed in it."""
    if edgelist is None:
        reason = f"there is no {_LIST}, which it modifies, to compare it with"
        decisions.add("dropped", modified.name, reason, modified.place)
        return
    unsaid = Decisions()  # what the list says of itself is told where it is compared
    chemical, gap_junctions = (edgelist.entries[kind] for kind in _TYPES.values())
    tables = {
        "chemical": chemical_table(f"{_LIST}/chemical", chemical, unsaid),
        "gap_junction": gap_junction_table(f"{_LIST}/gap_junction", gap_junctions, unsaid, mirrored=True),
    }
    reconcile_form(modified, tables, decisions)


def _listed(path: Path, names: CellNames, decisions: Decisions) -> dict[str, list[Entry]]:
    rows = read_edgelist(path)
    spelled = [(_spelled(source), _spelled(target)) for source, target, *_ in rows]
    labels = labels_of(spelled, ("Source", "Target"), Place(path.name))
    nodes = resolve_all(names, labels, decisions)
    _record_spellings(rows, path.name, decisions)
    entries: dict[str, list[Entry]] = {kind: [] for kind in _TYPES.values()}
    for source, target, kind, weight, row in rows:
        ends = nodes[_spelled(source)], nodes[_spelled(target)]
        entries[kind].append(Entry(*ends, weight, Place(path.name, row=row)))
    return entries


def _json(path: Path, names: CellNames, decisions: Decisions) -> Form:
    rows, place = read_connections(path), Place(path.name)
    entries = entries_by_kind(rows, nodes_of(rows, place, names, decisions), place)
    return Form("WormWideWeb JSON", cook2019.DATASET, entries, place, mirrored=True)


def _spelled(label: str) -> str:
    """The list's own names of muscles and of the intestine, as SI 5 has them."""
    if _INTESTINAL.fullmatch(label):
        return f"mu_{label}"
    return "pm1" if _PM1.fullmatch(label) else _SPELLINGS.get(label, label)


def _record_spellings(rows: Iterable[tuple[str, str, str, float, int]], file: str, decisions: Decisions) -> None:
    seen: set[str] = set()
    for source, target, _, _, row in rows:
        for label, column in ((source, "Source"), (target, "Target")):
            if label not in seen and _spelled(label) != label:
                place = Place(file, row=row, column=column)
                decisions.add("renamed", label, f"another name of {_spelled(label)} in this list", place)
            seen.add(label)
