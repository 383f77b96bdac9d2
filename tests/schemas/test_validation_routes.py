"""Routes of monoamines and peptides: named one by one, or counted as 'any', never both for one pair of cells."""

from __future__ import annotations

import pytest

from graphdb.testing import NODE_SET, cells, info
from schemas import tables
from schemas.dataset import Dataset
from schemas.errors import ValidationError
from schemas.tables import ANY
from schemas.validation import validate

KEYS = {"node": set(cells().tables["node"]["uid"]), "node_set": {NODE_SET}}
KINDS = {"monoamine": "transmitter", "peptide": "peptide"}
ALONE = "'any' counts all pairs, but others from this source to this target stand beside it"
COUNTED = "breaks the rule 'unnamed_pairs_are_counted'"


def routes(kind: str, *rows: tuple[str, str, str, str, float | None]) -> Dataset:
    """Rows of network, target, ligand, receptor, weight; all from AVAL."""
    found = [
        {
            "network": f"test/routes/{network}",
            "source": f"{NODE_SET}/AVAL",
            "target": f"{NODE_SET}/{target}",
            KINDS[kind]: ligand,
            "receptor": receptor,
            "weight": weight,
        }
        for network, target, ligand, receptor, weight in rows
    ]
    networks = [
        {
            "uid": f"test/routes/{name}",
            "node_set": NODE_SET,
            "kind": kind,
            "directed": True,
            "method": "made",
            "parameters": "{}",
        }
        for name in sorted({row[0] for row in rows})
    ]
    frames = {"network": tables.frame("network", networks), kind: tables.frame(kind, found)}
    return Dataset(info("test/routes", parents=("test/cells",)), frames)


def problems(dataset: Dataset) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        validate(dataset, KEYS)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("kind", KINDS)
def test_named_routes_and_counted_ones_are_sound(kind):
    validate(routes(kind, ("a", "AVAR", "x", "r-1", None), ("a", "AVAR", "x", "r-2", 1.0)), KEYS)
    validate(routes(kind, ("a", "AVAR", ANY, ANY, 3.0), ("a", "RIML", "x", "r-1", None)), KEYS)
    validate(routes(kind, ("a", "AVAR", ANY, ANY, 3.0), ("b", "AVAR", ANY, ANY, 5.0)), KEYS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("ligand", "receptor", "weight"), [(ANY, ANY, None), (ANY, "r-1", 2.0), ("x", ANY, 2.0)])
def test_any_stands_for_both_and_is_counted(kind, ligand, receptor, weight):
    found = problems(routes(kind, ("a", "RIML", "x", "r-1", 1.0), ("a", "AVAR", ligand, receptor, weight)))
    assert found == [f"{kind}.*, row 1: {COUNTED}"]


@pytest.mark.parametrize("kind", KINDS)
def test_any_counts_all_so_that_nothing_stands_beside_it(kind):
    rows = ("a", "AVAR", "x", "r-1", 1.0), ("a", "AVAR", ANY, ANY, 2.0), ("b", "AVAR", ANY, ANY, 2.0)
    assert problems(routes(kind, *rows)) == [f"{kind}.{KINDS[kind]}, row 1: {ALONE}"]
