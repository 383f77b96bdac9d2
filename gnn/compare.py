"""How much two divisions of nodes into communities agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


def nmi(membership_a: Mapping[str, object], membership_b: Mapping[str, object]) -> float:
    """Normalised mutual information of two memberships, over the nodes that both hold.

    Args:
        membership_a: node to community.
        membership_b: node to community; names of communities need not match.

    Returns:
        0 (independent) to 1 (the same division), normalised by the arithmetic mean of the entropies.

    Raises:
        UsageError: no node is in both.
    """
    from sklearn.metrics import normalized_mutual_info_score  # noqa: PLC0415 - slow to import

    common = sorted(membership_a.keys() & membership_b.keys())
    if not common:
        raise UsageError("the two memberships have no node in common", "compare runs over the same node set")
    first, second = ([str(m[node]) for node in common] for m in (membership_a, membership_b))
    return float(normalized_mutual_info_score(first, second))
