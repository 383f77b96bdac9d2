"""The hops of a pattern held against the model of the graph."""

from __future__ import annotations

from graphdb.cypher import hops, types
from graphdb.cypher.drawn import Drawn, Hop
from graphdb.cypher.writing import Writing


def fit(w: Writing, drawn: Drawn) -> None:
    """Narrow the labels at the ends of every hop, until nothing changes."""
    changed = True
    while changed:
        changed = False
        for hop in drawn.hops:
            left, right = _ends(hop, drawn)
            if not left:
                raise _impossible(w, hop, drawn)
            _check_no_hop(w, hop, left, right)
            changed |= left != drawn.labels[hop.left] or right != drawn.labels[hop.right]
            drawn.labels[hop.left], drawn.labels[hop.right] = left, right
            if hop.left == hop.right:
                drawn.labels[hop.left] = left & right
                if not left & right:
                    raise _impossible(w, hop, drawn)
    for hop in drawn.hops:
        if not hop.chain:
            hop.types = hops.types_between(
                hop.types, hop.pattern.direction, drawn.labels[hop.left], drawn.labels[hop.right]
            )
        both = drawn.labels[hop.left] & drawn.labels[hop.right]
        loops = hops.may_loop(hop.types, types.ALL_LABELS if hop.chain else both)
        if hop.pattern.direction == "-" and loops and not hop.shortest:
            drawn.loops.append(hop)


def _ends(hop: Hop, drawn: Drawn) -> tuple[frozenset[str], frozenset[str]]:
    direction = hop.pattern.direction
    if hop.pattern.bounds is None:
        pairs = hops.one_hop(hop.types, direction)
    else:
        pairs = hops.many_hops(hop.types, direction, *hop.pattern.bounds)
    return hops.narrowed(pairs, drawn.labels[hop.left], drawn.labels[hop.right])


def _check_no_hop(w: Writing, hop: Hop, left: frozenset[str], right: frozenset[str]) -> None:
    """Of nodes that its types never join, Ladybug does not find the chain of no hop."""
    if not w.ladybug or hop.pattern.bounds is None or hop.pattern.bounds[0] > 0:
        return
    joined = frozenset(label for pair in hops.one_hop(hop.types, "-") for label in pair)
    if not left | right <= joined:
        raise w.refused(
            hop.pattern.at, "a chain of no hop from a node of any label", "give the node a label, or write *1.."
        )


def _impossible(w: Writing, hop: Hop, drawn: Drawn) -> Exception:
    shown = [" or ".join(sorted(drawn.labels[end])[:4]) for end in (hop.left, hop.right)]
    arrow = {"->": "leads from", "<-": "leads back from"}.get(hop.pattern.direction, "joins")
    to = "and" if arrow == "joins" else "to"
    what = " or ".join(hop.pattern.types) or "relationship"
    hint = "; ".join(hops.said(name) for name in sorted(hop.types)[:3])
    return w.wrong(hop.pattern.at, f"no {what} {arrow} {shown[0]} {to} {shown[1]}", hint)
