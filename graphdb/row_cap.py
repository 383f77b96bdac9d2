"""A row limit written into a text, and a text that counts the rows there would be without it.

Only where that changes nothing else: an engine that makes a whole answer before it gives the first row should not
make millions to give a few. Both engines understand what is written here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from graphdb.cypher.tokens import Token, tokens_of
from schemas.errors import QueryError

_ENDS = ("ORDER", "SKIP", "LIMIT")


@dataclass(frozen=True)
class Capped:
    """A text that gives one row more than allowed, at most.

    Args:
        cypher: the text; unchanged where its rows could not be limited.
        added: what was written behind the user's text, or ''.
    """

    cypher: str
    added: str = ""


def capped(cypher: str, parameters: Mapping[str, object], row_limit: int) -> Capped:
    """Let a text give `row_limit` + 1 rows at most: one more says that there are more."""
    final = _final_return(cypher)
    if final is None or final.items is None:
        return Capped(cypher)
    limit = final.ends.get("LIMIT")
    if limit is None:
        added = f"\nLIMIT {row_limit + 1}"
        return Capped(cypher + added, added)
    own = _value(limit, parameters)
    if own is None or own <= row_limit:
        return Capped(cypher)
    return Capped(f"{cypher[: limit[0].at]}{row_limit + 1}", "")


def counting(cypher: str) -> str | None:
    """A text whose one number is how many rows a text gives, or None where none is simple enough to be sure."""
    final = _final_return(cypher)
    if final is None or final.items is None:
        return None
    head, items = cypher[: final.keyword.at], ", ".join(final.items)
    distinct = "DISTINCT " if final.distinct else ""
    return f"{head}WITH {distinct}{items}{_tail(cypher, final)} RETURN count(*) AS n"


@dataclass(frozen=True)
class _Return:
    keyword: Token
    distinct: bool
    items: list[str] | None
    ends: Mapping[str, list[Token]]


@lru_cache(maxsize=256)
def _final_return(cypher: str) -> _Return | None:
    """The last clause of a text that ends in one RETURN."""
    try:
        tokens = tokens_of(cypher)
    except QueryError:
        return None
    outer = _outer_words(tokens)
    returns = [number for number, word in outer if word == "RETURN"]
    if len(returns) != 1 or any(word in ("UNION", ";", "CALL") for _, word in outer):
        return None
    start = returns[0]
    marks = {word: number for number, word in outer if number > start and word in _ENDS}
    distinct = start + 1 < len(tokens) and tokens[start + 1].text.upper() == "DISTINCT"
    stop = min(marks.values(), default=len(tokens))
    body = tokens[start + 1 + distinct : stop]
    bounds = sorted([*marks.values(), len(tokens)])
    ends = {word: tokens[number + 1 : bounds[bounds.index(number) + 1]] for word, number in marks.items()}
    return _Return(tokens[start], distinct, _aliased(cypher, body, tokens[stop:]), ends)


def _outer_words(tokens: Sequence[Token]) -> list[tuple[int, str]]:
    """Number and upper-case text of the words outside all brackets; a property, label or key is none."""
    found, depth = [], 0
    for number, token in enumerate(tokens):
        if token.kind == "mark" and token.text in "([{":
            depth += 1
        elif token.kind == "mark" and token.text in ")]}":
            depth -= 1
        elif depth == 0 and (token.kind == "word" or token.text == ";"):
            before = tokens[number - 1].text if number else ""
            if before not in (".", ":", "|") and before.upper() != "AS":
                found.append((number, token.text.upper()))
    return found


def _aliased(cypher: str, body: Sequence[Token], rest: Sequence[Token]) -> list[str] | None:
    """The returned items, each with a name, as WITH wants them."""
    if not body:
        return None
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in body:
        if token.kind == "mark" and token.text in "([{":
            depth += 1
        elif token.kind == "mark" and token.text in ")]}":
            depth -= 1
        if depth == 0 and token.text == "," and token.kind == "mark":
            parts.append([])
        else:
            parts[-1].append(token)
    if not all(parts):
        return None
    end = rest[0].at if rest else len(cypher)
    items = []
    for number, part in enumerate(parts):
        stop = part[-1].at + len(part[-1].text)
        text = cypher[part[0].at : min(stop, end)]
        named = len(part) == 1 and (part[0].kind in ("word", "name") or part[0].text == "*")
        aliased = len(part) > 2 and part[-2].text.upper() == "AS"  # noqa: PLR2004 - expression, AS, name
        if "//" in text or "/*" in text:
            # A comment would swallow what is written behind it, if it is one: a string may hold the same.
            text = " ".join(token.text for token in part)
        items.append(text if named or aliased else f"{text} AS `counted {number}`")
    return items


def _tail(cypher: str, final: _Return) -> str:
    """SKIP and LIMIT as they stand; the order changes no count."""
    written = ""
    for word in ("SKIP", "LIMIT"):
        tokens = final.ends.get(word)
        if tokens:
            last = tokens[-1]
            written += f" {word} {cypher[tokens[0].at : last.at + len(last.text)]}"
    return written


def _value(tokens: Sequence[Token], parameters: Mapping[str, object]) -> int | None:
    """The number of a LIMIT that is a literal or a parameter and stands last."""
    if len(tokens) != 1:
        return None
    (token,) = tokens
    if token.kind == "integer":
        return int(token.text)
    if token.kind == "parameter":
        found = parameters.get(token.text[1:].strip("`"))
        return found if isinstance(found, int) and not isinstance(found, bool) else None
    return None
