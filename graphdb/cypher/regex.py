"""Regular expressions that may reach an engine.

Neo4j's backtracks, so that nested repetitions take for ever, timeout or not; Ladybug's is linear, but has no
look-around and no references, and finds nothing where one is used.
"""

from __future__ import annotations

from graphdb.cypher.tokens import refused


def check_pattern(cypher: str, at: int, pattern: str) -> None:
    """Refuse a pattern that the engines read differently or may never finish.

    Raises:
        QueryRefusedError: with the reason, pointing at `at`.
    """
    problem = _problem(pattern)
    if problem:
        raise refused(cypher, at, f"the pattern {problem}", "write it simpler, or use STARTS WITH and CONTAINS")


def _problem(pattern: str) -> str:  # noqa: C901, PLR0912
    groups: list[bool] = []  # for each open group, whether what stood before it in its own group may vary
    varies = after_group = escaped = in_class = False
    for place, letter in enumerate(pattern):
        if escaped:
            if not (letter in "dDwWsSbBnrtf" or not letter.isalnum()):
                return "has an escape that the two stores read differently"
            escaped, after_group = False, False
        elif letter == "\\":
            escaped = True
        elif in_class:
            in_class = letter != "]"
        elif letter == "[":
            in_class, after_group = True, False
        elif letter == "(":
            if pattern[place + 1 : place + 2] == "?" and not pattern.startswith(("?:", "?i)"), place + 1):
                return "looks around or names a group, which the embedded store does not know"
            groups.append(varies)
            varies = after_group = False
        elif letter == ")":
            after_group = varies
            varies = varies or (groups.pop() if groups else False)
        elif letter in "*+{":
            if after_group:
                return "repeats something that varies already, which may take for ever"
            if pattern[place + 1 : place + 2] == "+":
                return "repeats possessively, which the embedded store does not know"
            varies = True
        elif letter in "?|":
            varies = varies or pattern[place - 1 : place] != "("
        else:
            after_group = False
    return "" if not groups and not in_class and not escaped else "is not complete"
