"""The 300 neurons in their canonical order, and the names that the published pipeline gives to labels.

The lake's labels are resolved by the reader, and no side is invented there. The published names are only for the
15-column table of the profile that reproduces it: they guess, and a guess may take the name of a neuron that was
identified.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from ingest.celegans import cells

GUESSED_IN = frozenset({"dag2023", "flavell2023", "atanas2023"})  # where the published readers guess


def canonical_order(node: pl.DataFrame) -> list[str]:
    """Names of the 300 neurons, sorted as texts (AS1, AS10, AS11, AS2 …): slot i is the i-th.

    Args:
        node: the `node` table of `celegans/cells`.
    """
    neurons = node.filter(
        pl.col("node_set") == cells.NODE_SET, pl.col("kind") == "neuron", ~pl.col("name").is_in(cells.NOT_CANONICAL)
    )
    return sorted(neurons.get_column("name").to_list())


def published_names(labels: Sequence[str | None], order: Sequence[str], *, guess: bool) -> list[str | None]:
    """What the published pipeline calls each trace of a recording.

    A trace without a label gets its index as a text. Where it guesses, each label in turn (also one without a "?")
    becomes the most like of the neurons that no label before it took; of equally like ones the first. Then the first
    trace of each name stays, in the order of the names; a name that is no neuron, once zeros are removed from
    it, becomes its place in that order.

    Args:
        labels: raw label of each trace; None for none.
        order: the canonical order.
        guess: whether labels are guessed.

    Returns:
        Of each trace a neuron, a number as text (unlabelled), or None where the trace is lost.
    """
    names = _guesses(labels, order) if guess else [str(i) if each is None else each for i, each in enumerate(labels)]
    first = {name: i for i, name in reversed(list(enumerate(names)))}
    known = set(order)
    found: dict[str, int] = {}
    for place, name in enumerate(sorted(first)):
        found[_neuron_or_place(name, place, known)] = first[name]  # of two spellings the later one stays
    out: list[str | None] = [None] * len(labels)
    for name, i in found.items():
        out[i] = name
    return out


def nearest(label: str, free: Sequence[str]) -> str:
    """The name with most letters equal to the label's, place by place and "?" removed; of equals the first."""
    text = label.replace("?", "")
    return max(free, key=lambda name: sum(a == b for a, b in zip(text, name, strict=False)))


def _guesses(labels: Sequence[str | None], order: Sequence[str]) -> list[str]:
    free = list(order)
    names = []
    for i, label in enumerate(labels):
        if label is None or label.isnumeric() or not free:
            names.append(str(i))
            continue
        names.append(nearest(label, free))
        free.remove(names[-1])
    return names


def _neuron_or_place(name: str, place: int, known: Collection[str]) -> str:
    short = name if name.endswith("0") else name.replace("0", "")
    return short if name.isalnum() and short in known else str(place)
