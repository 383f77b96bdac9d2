"""The mapping file of an edge list: which column of which file is what. `mappings/` holds examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files as package_files
from pathlib import Path

from ingest.generic.located_yaml import Section, read_yaml
from schemas.errors import UsageError
from schemas.kinds import EDGE_KINDS, NODE_KINDS

NODE_COLUMNS = ("id", "name", "class", "type", "neurotransmitter", "hemisphere")
EDGE_COLUMNS = ("pre", "post", "weight", "n_contacts", "region", "transmitter")
KINDS = ("chemical", "gap_junction", "contact", "structural")
_PER_UM = {"um": 1.0, "nm": 1000.0}
_AXES = 3
_FILE = ("file", "separator", "empty")

Values = Mapping[str, Mapping[str, str | None]]


@dataclass(frozen=True)
class TableFile:
    """A file under any of its names, its columns by our names, and how its text is written."""

    names: tuple[str, ...]
    columns: Mapping[str, str]
    section: Section
    separator: str | None = None
    empty: tuple[str, ...] = ()


@dataclass(frozen=True)
class Position:
    """Three columns, or one of text such as '[1, 2, 3]', and micrometres per unit of each axis."""

    columns: tuple[str, ...]
    um: tuple[float, float, float]


@dataclass(frozen=True)
class NodeFile:
    """A file with a row for each node; `values` says what a text of the file becomes."""

    table: TableFile
    values: Values
    position: Position | None
    repeated: str


@dataclass(frozen=True)
class EdgeFile:
    """A file with a row for each edge, or for each part of an edge in a region."""

    table: TableFile
    network: str
    kind: str
    weight_unit: str
    method: str
    threshold: float | None
    at_least: float | None
    empty_region: str | None
    values: Values
    totals: TableFile | None
    if_totals_differ: str
    mirrored: str | None


@dataclass(frozen=True)
class EdgeListMapping:
    """A whole mapping file."""

    path: Path
    id: str
    title: str
    licence: str
    citation: str
    species: str | None
    url: str | None
    frame: str | None
    node_kind: str
    unknown_nodes: str
    nodes: tuple[NodeFile, ...]
    edges: tuple[EdgeFile, ...]

    @property
    def tables(self) -> tuple[TableFile, ...]:
        """Every file that the mapping names."""
        edges = [t for e in self.edges for t in (e.table, e.totals) if t is not None]
        return (*(n.table for n in self.nodes), *edges)


def shipped_mappings() -> dict[str, Path]:
    """The mapping files that come with the package, by the id of the dataset that they describe."""
    folder = Path(str(package_files("ingest") / "generic" / "mappings"))
    return {read_mapping(path).id: path for path in sorted(folder.glob("*.yaml"))}


def find_mapping(given: str) -> Path:
    """The file of a mapping given as a path, or as the id of one that comes with the package.

    Raises:
        UsageError: it is neither.
    """
    if given.endswith((".yaml", ".yml")):
        return Path(given)
    shipped = shipped_mappings()
    if given not in shipped:
        raise UsageError(f"{given!r} is no mapping", f"give a .yaml file, or one of: {', '.join(shipped)}")
    return shipped[given]


def read_mapping(path: Path) -> EdgeListMapping:
    """Read a mapping file.

    Raises:
        SourceError: it is not YAML, a key is unknown or missing, or a value is wrong; the line is named.
    """
    top = read_yaml(path)
    top.allow(("dataset", "nodes", "edges", "unknown_nodes", "node_kind"))
    about = top.section("dataset")
    if about is None:
        raise top.error("'dataset' is missing", "it names id, title, licence and citation")
    about.allow(("id", "title", "licence", "citation", "species", "url", "frame"))
    uid = about.text("id")
    if uid.count("/") != 1 or not all(uid.split("/")) or uid.split() != [uid]:
        raise about.error(f"{uid!r} is no id of a dataset", "it looks like fly/flywire783", "id")
    edges = tuple(_edge_file(section) for section in top.sections("edges"))
    if not edges:
        raise top.error("'edges' is missing", "it lists the files of edges")
    nodes = tuple(_node_file(section) for section in top.sections("nodes"))
    _once(nodes)
    if len({e.network for e in edges}) < len(edges):
        raise top.error("two networks have one name", "give each of the edges another `network`", "edges")
    return EdgeListMapping(
        path=path,
        id=uid,
        title=about.text("title"),
        licence=about.text("licence"),
        citation=about.text("citation"),
        species=about.optional_text("species"),
        url=about.optional_text("url"),
        frame=about.optional_text("frame"),
        node_kind=top.choice("node_kind", tuple(NODE_KINDS), "neuron"),
        unknown_nodes=top.choice("unknown_nodes", ("error", "from_edges"), "error" if nodes else "from_edges"),
        nodes=nodes,
        edges=edges,
    )


def _table_file(section: Section, columns: tuple[str, ...], required: tuple[str, ...]) -> TableFile:
    names = section.texts("file")
    if not names:
        raise section.error("'file' is missing", "write `file: connections.csv.gz` here")
    given = section.section("columns")
    if given is None:
        raise section.error("'columns' is missing", f"it says which column is which of {', '.join(columns)}")
    given.allow(columns)
    for name in required:
        given.text(name)
    separator = section.optional_text("separator") if section.values.get("separator") != "\t" else "\t"
    found = {name: given.text(name) for name in given.values}
    return TableFile(names, found, given, separator, section.texts("empty"))


def _node_file(section: Section) -> NodeFile:
    section.allow((*_FILE, "columns", "values", "position", "repeated"))
    table = _table_file(section, NODE_COLUMNS, ("id",))
    repeated = section.choice("repeated", ("error", "first"), "error")
    return NodeFile(table, _values(section, table), _position(section), repeated)


def _edge_file(section: Section) -> EdgeFile:
    keys = ("network", "kind", "weight_unit", "method", "threshold", "at_least", "empty_region", "totals", "mirrored")
    section.allow((*_FILE, "columns", "values", *keys))
    kind = section.choice("kind", KINDS, "chemical")
    table = _table_file(section, EDGE_COLUMNS, ("pre", "post", "weight"))
    if "region" in table.columns and kind != "chemical":
        raise section.error(f"an edge of kind {kind} has no regions", "only chemical edges have", "columns")
    if "transmitter" in table.columns and "region" not in table.columns:
        hint = (
            "a transmitter belongs to the part of a connection in a region: name the region's column, or leave it out"
        )
        raise section.error("'transmitter' without 'region'", hint, "columns")
    if "n_contacts" in table.columns and kind not in ("chemical", "gap_junction"):
        raise section.error(f"an edge of kind {kind} has no n_contacts", "", "columns")
    totals = section.section("totals")
    mirrored = section.optional_text("mirrored")
    if mirrored is not None and (EDGE_KINDS[kind].directed or mirrored not in ("once", "sum")):
        raise section.error("'mirrored' is once or sum, and only for undirected kinds", "", "mirrored")
    return EdgeFile(
        table=table,
        network=section.text("network", kind),
        kind=kind,
        weight_unit=section.text("weight_unit"),
        method=section.text("method", "as the source says"),
        threshold=section.number("threshold"),
        at_least=section.number("at_least"),
        empty_region=section.optional_text("empty_region"),
        values=_values(section, table),
        totals=None if totals is None else _totals(totals, table),
        if_totals_differ="error" if totals is None else totals.choice("if_different", ("error", "decision"), "error"),
        mirrored=mirrored,
    )


def _totals(section: Section, parts: TableFile) -> TableFile:
    section.allow((*_FILE, "columns", "if_different"))
    if "region" not in parts.columns:
        raise section.error("totals are compared with regions, and there are none", "name the region's column")
    return _table_file(section, ("pre", "post", "weight"), ("pre", "post", "weight"))


def _values(section: Section, table: TableFile) -> Values:
    given = section.section("values")
    if given is None:
        return {}
    given.allow([name for name in table.columns if name not in ("id", "pre", "post", "weight", "n_contacts")])
    found: dict[str, dict[str, str | None]] = {}
    for column in given.values:
        of_column = given.section(column)
        if of_column is None:
            raise given.error(f"{column!r} says nothing", "write `text in the file: text here`", column)
        found[column] = {text: of_column.optional_text(text) for text in of_column.values}
    return found


def _position(section: Section) -> Position | None:
    given = section.section("position")
    if given is None:
        return None
    given.allow(("columns", "unit", "voxel_nm"))
    columns = given.texts("columns")
    if len(columns) not in (1, _AXES):
        raise given.error("'columns' names x, y and z, or one column of three numbers", "", "columns")
    unit = given.choice("unit", ("um", "nm", "voxel"), "um")
    voxel = given.values.get("voxel_nm")
    if (unit == "voxel") != (voxel is not None):
        raise given.error("'voxel_nm' belongs to `unit: voxel`", "e.g. voxel_nm: [8, 8, 8]", "unit")
    if unit != "voxel":
        return Position(columns, (1 / _PER_UM[unit],) * 3)
    if not isinstance(voxel, list) or len(voxel) != _AXES or not all(isinstance(v, int | float) for v in voxel):
        raise given.error("'voxel_nm' must be three numbers", "e.g. voxel_nm: [8, 8, 8]", "voxel_nm")
    x, y, z = (float(v) / 1000 for v in voxel)
    return Position(columns, (x, y, z))


def _once(nodes: tuple[NodeFile, ...]) -> None:
    seen: set[str] = set()
    for file in nodes:
        columns = [c for c in (*file.table.columns, *(["position"] if file.position else [])) if c != "id"]
        for name in columns:
            if name in seen:
                raise file.table.section.error(f"{name!r} is given by another node file too", "keep one of them", name)
            seen.add(name)
