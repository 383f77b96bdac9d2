"""The text of a pattern whose nodes and hops are known."""

from __future__ import annotations

from collections.abc import Iterable

from graphdb.cypher import tree, types
from graphdb.cypher.drawn import Drawn, Hop, forks
from graphdb.cypher.write_expressions import ExpressionWriter
from graphdb.cypher.writing import Scope, Writing, quoted
from graphdb.suggestions import nearest_of


class PatternText:
    """Writes nodes, hops and paths in the words of an engine."""

    def __init__(self, writing: Writing, expressions: ExpressionWriter) -> None:
        self.w = writing
        self.expressions = expressions

    def texts(
        self,
        paths: tuple[tree.PathPattern, ...],
        drawn: Drawn,
        nodes: dict[int, str],
        scope: Scope,
        filters: dict[int, list[str]],
    ) -> list[str]:
        """The patterns as one text, or as several to be matched one after the other.

        Ladybug loses rows and conditions of a pattern that goes on from a node of several possible labels.
        """
        drawn.forks = forks(drawn) if self.w.ladybug else set()
        drawn.shown |= drawn.forks
        if not drawn.forks:
            return [", ".join(self._path(path, drawn, nodes, scope, filters) for path in paths)]
        return [text for path in paths for text in self._pieces(path, drawn, nodes, scope, filters)]

    def _pieces(
        self,
        path: tree.PathPattern,
        drawn: Drawn,
        nodes: dict[int, str],
        scope: Scope,
        filters: dict[int, list[str]],
    ) -> list[str]:
        cuts = [n for n, node in enumerate(path.nodes[1:-1], start=1) if nodes[id(node)] in drawn.forks]
        if not cuts:
            return [self._path(path, drawn, nodes, scope, filters)]
        if path.variable:
            raise self.w.refused(
                path.at,
                "a named path that goes on from a node of several possible labels",
                "give its inner nodes one label each, e.g. (b:Neuron), or return the nodes without naming the path",
            )
        own = [hop for hop in drawn.hops if hop.path is path]
        texts = [self._node_text(path.nodes[0], nodes, drawn, scope)]
        for number, (node, hop) in enumerate(zip(path.nodes[1:], own, strict=True), start=1):
            texts[-1] += self._hop_text(hop, drawn, scope, filters.get(id(hop), []))
            texts[-1] += self._node_text(node, nodes, drawn, scope)
            if number in cuts:
                texts.append(f"({nodes[id(node)]})")
        return texts

    def _path(
        self, path: tree.PathPattern, drawn: Drawn, nodes: dict[int, str], scope: Scope, filters: dict[int, list[str]]
    ) -> str:
        own = [hop for hop in drawn.hops if hop.path is path]
        text = self._node_text(path.nodes[0], nodes, drawn, scope)
        for node, hop in zip(path.nodes[1:], own, strict=True):
            text += self._hop_text(hop, drawn, scope, filters.get(id(hop), [])) + self._node_text(
                node, nodes, drawn, scope
            )
        if own and own[0].shortest and not self.w.ladybug:
            text = f"{'allShortestPaths' if own[0].pattern.mode.startswith('ALL') else 'shortestPath'}({text})"
        return f"{scope[path.variable].text} = {text}" if path.variable else text

    def _node_text(self, node: tree.NodePattern, nodes: dict[int, str], drawn: Drawn, scope: Scope) -> str:
        name = nodes[id(node)]
        shown = node.labels
        if self.w.ladybug and name in drawn.old:
            shown = ()  # a known node takes no label again; see _extra
        elif not self.w.ladybug and not shown and name not in drawn.old and drawn.may_stand_alone(name):
            shown = tuple(sorted(types.ALL_LABELS))  # a server holds nodes of its own, which are no part of the graph
        labels = ":" + "|".join(quoted(label) for label in shown) if shown else ""
        known = name if node.variable or name in drawn.shown else ""
        return f"({known}{labels}{self._properties(node.properties, scope, drawn.labels[name])})"

    def _properties(self, properties: tree.MapOf | None, scope: Scope, names: frozenset[str]) -> str:
        if properties is None:
            return ""
        return f" {{{', '.join(f'{quoted(key)}: {text}' for key, text in self.wanted(properties, scope, names))}}}"

    def wanted(self, properties: tree.MapOf, scope: Scope, names: frozenset[str]) -> Iterable[tuple[str, str]]:
        for key, value in properties.entries:
            type_ = types.property_type(names, key)
            if type_ is None:
                known = {each for name in names for each in types.PROPERTIES[name]}
                what = " or ".join(sorted(names)[:3])
                raise self.w.wrong(value.at, f"{what} has no property {key!r}", nearest_of(key, known, "properties"))
            found = self.expressions.write(value, scope)
            if types.unified((type_, found.type)) is None or type_.kind == "list":
                raise self.w.wrong(
                    value.at,
                    f"the property {key!r} is a {type_}, never equal to a {found.type}",
                    "a number in quotes is text; give parameters the type of the property",
                )
            yield key, found.text

    def _hop_text(self, hop: Hop, drawn: Drawn, scope: Scope, filters: list[str]) -> str:
        pattern = hop.pattern
        shown = ":" + "|".join(quoted(name) for name in pattern.types) if pattern.types else ""
        inside = f"{hop.text if pattern.variable or hop.text in drawn.shown else ''}{shown}"
        if pattern.bounds is None:
            inside += self._properties(pattern.properties, scope, hop.types)
        elif self.w.ladybug:
            low, high = pattern.bounds
            inside += f"* {pattern.mode} {low}..{high}"
            if pattern.properties is not None:
                wanted = self.wanted(pattern.properties, scope, hop.types)
                filters = [*(f"`_e`.{quoted(key)} = {text}" for key, text in wanted), *filters]
            if filters:
                inside += f" (`_e`, `_v` | WHERE {' AND '.join(filters)})"
        else:
            inside += f"*{pattern.bounds[0]}..{pattern.bounds[1]}"
            if not hop.shortest:
                inside += self._properties(pattern.properties, scope, hop.types)
        left, right = {"->": ("-", "->"), "<-": ("<-", "-")}.get(pattern.direction, ("-", "-"))
        return f"{left}[{inside}]{right}"
