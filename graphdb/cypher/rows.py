"""What tells the rows of a query apart, as far as it is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from graphdb.cypher.writing import Writing


@dataclass
class Rows:
    """The rows at a place in a query.

    Args:
        told_apart: whether no two rows have the same keys.
        keys: written names of what tells them apart.
        hidden: those of the keys that no variable of the user stands for, and whether it is a value already.
        ordered: whether a WITH has put them in order.
    """

    told_apart: bool = True
    keys: list[str] = field(default_factory=list)
    hidden: dict[str, bool] = field(default_factory=dict)
    ordered: bool = False

    def add(self, name: str, *, hidden: bool) -> None:
        """One more thing that tells rows apart."""
        self.keys.append(name)
        if hidden:
            self.hidden[name] = False

    def carried(self, writing: Writing, single: set[str], whole: set[str]) -> list[str]:
        """Items of a WITH that keep the hidden keys, and those of single hops; from then on they are values."""
        items, hidden = [], {}
        for name, value in {**self.hidden, **dict.fromkeys(sorted(single), False)}.items():
            if value or name in whole:
                items.append(name)
                hidden[name] = True
            else:
                alias = writing.fresh()
                items.append(f"id({name}) AS {alias}")
                hidden[alias] = True
        self.keys = [key for key in self.keys if key not in self.hidden] + list(hidden)
        self.hidden = hidden
        return items

    def projected(self, kept: dict[str, str], *, unique: Iterable[str] | None) -> None:
        """After a WITH.

        Args:
            kept: the variables that it passes on, by their new names.
            unique: its columns, where no two of its rows are the same.
        """
        if unique is not None:
            self.told_apart, self.keys, self.hidden = True, list(unique), {}
            return
        self.told_apart = self.told_apart and all(key in kept for key in self.keys)
        self.keys = [kept[key] for key in self.keys if key in kept]
        self.hidden = {}
