"""The house: who may import whom, what the distribution holds, and what no file may say."""

from __future__ import annotations

import ast
import importlib.metadata
import sys
import tomllib
from pathlib import Path

import pytest

PACKAGES = ("schemas", "ingest", "graphdb", "gnn", "dashboard", "jobs")
OURS = {
    "schemas": set(),
    "ingest": {"schemas"},
    "graphdb": {"schemas"},
    "gnn": {"schemas"},
    "dashboard": {"schemas", "graphdb"},
    "jobs": {"schemas", "ingest", "graphdb", "gnn", "dashboard"},
}
EVERYONE = {"polars", "pyarrow", "numpy"}
THEIRS = {
    "schemas": {"dataframely"},
    "ingest": {"fastexcel", "h5netcdf", "h5py", "pooch", "pynwb", "scipy", "sklearn", "xarray", "yaml"},
    "graphdb": {"neo4j", "ladybug", "networkx", "scipy"},
    "gnn": {"torch", "torch_geometric", "sklearn", "networkx", "scipy"},
    "dashboard": {
        "dash",
        "plotly",
        "dash_ag_grid",
        "dash_cytoscape",
        "dash_mantine_components",
        "flask",
        "waitress",
    },
    "jobs": {"typer", "click", "rich", "dagster", "yaml"},
}
ONLY_FOR_TESTS = {"graphdb/contract.py": {"pytest"}}
LONGEST_FILE = 400


def modules(repository: Path) -> list[tuple[str, Path]]:
    return [(p, f) for p in PACKAGES for f in sorted((repository / p).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert not any(alias.name == "*" for alias in node.names), f"{path}: star import"
            found.add(str(node.module).partition(".")[0])
    return found - set(sys.stdlib_module_names)


def test_the_import_table_is_kept(repository):
    wrong = []
    for package, path in modules(repository):
        name = path.relative_to(repository).as_posix()
        allowed = OURS[package] | {package} | EVERYONE | THEIRS[package] | ONLY_FOR_TESTS.get(name, set())
        wrong += [f"{name} imports {module}" for module in sorted(imported(path) - allowed)]
    assert wrong == []


def test_every_import_is_a_declared_dependency(repository):
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    declared = {d.partition(">")[0].partition("=")[0].replace("-", "_").lower() for d in project["dependencies"]}
    names = {"sklearn": "scikit_learn", "yaml": "pyyaml", "flask": "dash", "click": "typer"}
    used = set().union(*(imported(p) for _, p in modules(repository))) - set(PACKAGES) - {"pytest"}
    assert {names.get(u, u) for u in used} <= declared
    used_by_others = {"orjson", "dagster_webserver", "neo4j_rust_ext"}  # by dash, dagster and neo4j
    unused = declared - {names.get(u, u) for u in used} - used_by_others
    assert unused == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_an_import_name_is_ours_alone(package):
    """Another wheel with a folder of the same name would overwrite ours without a word."""
    owners = importlib.metadata.packages_distributions().get(package, ["connectome-platform"])
    assert set(owners) == {"connectome-platform"}


def test_the_distribution_holds_these_packages_and_refuses_upload(repository):
    settings = tomllib.loads((repository / "pyproject.toml").read_text())
    assert settings["tool"]["setuptools"]["packages"]["find"]["include"] == [f"{p}*" for p in PACKAGES]
    assert "Private :: Do Not Upload" in settings["project"]["classifiers"]


def test_files_are_small_and_have_no_catch_all_names(repository):
    for _, path in modules(repository):
        assert path.name not in ("utils.py", "helpers.py", "common.py", "misc.py"), path
        assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE, path


def test_no_gpl_library_is_a_dependency(repository):
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    listed = " ".join([*project["dependencies"], *(d for extra in extras for d in extra)]).lower()
    for name in ("igraph", "leidenalg", "graph-tool", "wormneuroatlas", "fa2"):
        assert name not in listed


def test_importing_a_package_does_not_import_the_heavy_ones(repository):
    """A training machine needs no database, a database machine no torch."""
    import subprocess

    for package, forbidden in (
        ("graphdb.connect", "torch"),
        ("gnn.model", "neo4j"),
        ("dashboard.app", "torch"),
    ):
        code = f"import sys, {package}; sys.exit({forbidden!r} in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], cwd=repository, check=False).returncode == 0, package
