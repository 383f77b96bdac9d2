"""Patterns in the words of an engine, with every hop held against the model of the graph."""

from __future__ import annotations

from graphdb.cypher import tree, types
from graphdb.cypher.drawn import Drawn, Hop, Matched, chain_of, conjuncts, where_of
from graphdb.cypher.fit import fit
from graphdb.cypher.pattern_text import PatternText
from graphdb.cypher.touched import note_touched
from graphdb.cypher.types import Type
from graphdb.cypher.write_expressions import ExpressionWriter
from graphdb.cypher.writing import ATOM, XOR, Bound, Scope, Writing, Written, literal, quoted
from graphdb.suggestions import nearest

_OWN_MATCH = "put it into a MATCH of its own"


class PatternWriter:
    """Writes the patterns of MATCH, EXISTS { } and COUNT { }."""

    def __init__(self, writing: Writing) -> None:
        self.w = writing
        self.expressions = ExpressionWriter(writing, self.subquery)
        self._text = PatternText(writing, self.expressions)
        self.names_all = False

    def match(
        self, paths: tuple[tree.PathPattern, ...], where: tree.Expression | None, scope: Scope, *, certain: bool
    ) -> Matched:
        """Patterns and their WHERE.

        Args:
            paths: with commas between them.
            where: condition.
            scope: variables in reach before.
            certain: whether the pattern is met in every row that follows; else what it brings may be null.
        """
        drawn, nodes = self._nodes(paths, scope)
        fit(self.w, drawn)
        found = self._bound(paths, scope, drawn, nodes, certain=certain)
        conditions = conjuncts(where)
        kept, filters = self._hop_conditions(conditions, drawn, found)
        extra = self._extra(drawn, found)
        drawn.shown = {name for name in self._all_names(drawn) if self.names_all or any(name in text for text in extra)}
        texts = self._text.texts(paths, drawn, nodes, found, filters)
        tests = [self.expressions.boolean(each, found, "WHERE") for each in kept]
        for each, test in zip(kept, tests, strict=True):
            if test.aggregate:
                raise self.w.wrong(each.at, "an aggregate in WHERE", "put it into WITH first, and test its name")
        note_touched(self.w.facts, drawn, conditions, found)
        return Matched(texts, [test.within(XOR + 1) for test in tests] + extra, found, drawn)

    @staticmethod
    def _all_names(drawn: Drawn) -> list[str]:
        return [*drawn.labels, *(hop.text for hop in drawn.hops)]

    def subquery(self, e: tree.Subquery, scope: Scope) -> Written:
        """EXISTS { … } or COUNT { … }."""
        if any(path.variable for path in e.paths) or any(
            "SHORTEST" in hop.mode for path in e.paths for hop in path.hops
        ):
            raise self.w.refused(e.at, f"a named or shortest path inside {e.kind}", "match it before")
        if any(bound.depth for bound in scope.values()):
            raise self.w.refused(e.at, "a pattern inside a list expression", "use UNWIND and MATCH")
        matched = self.match(e.paths, e.where, scope, certain=True)
        if self.w.ladybug and matched.drawn.loops and e.kind == "COUNT":
            return self._both_ways(e, scope)
        found = f"{e.kind} {{ MATCH {self.whole(matched, e.at, e.kind)}{where_of(matched.conditions)} }}"
        if e.kind == "EXISTS":
            return Written(found, types.BOOLEAN, nullable=False)
        return Written(self._counted(found, matched.drawn), Type("integer", filled=True), nullable=False)

    def whole(self, matched: Matched, at: int, where: str) -> str:
        """The patterns as one text, where they cannot be matched one after the other."""
        if len(matched.texts) == 1:
            return matched.texts[0]
        named = sorted(matched.drawn.names.get(name, "a nameless one") for name in matched.drawn.forks)
        raise self.w.refused(
            at,
            f"{where} over several hops that meet at a node of several possible labels ({', '.join(named)})",
            "give that node one label, e.g. (b:Neuron), or write one hop",
        )

    def _counted(self, count: str, drawn: Drawn) -> str:
        """A count that both engines take for a plain number.

        Neo4j compares a bare one with numbers as if these were whole; Ladybug forgets the rows where it is 0 unless
        something else asks for a property of the node.
        """
        if not self.w.ladybug:
            return f"toInteger({count})"
        nulls = " OR ".join(f"{name}.`uid` IS NULL" for name in sorted(drawn.old))
        return f"CASE WHEN {nulls} THEN 0 ELSE {count} END" if nulls else count

    def _both_ways(self, e: tree.Subquery, scope: Scope) -> Written:
        """A count over one undirected hop: those that go out, and those that come in and are no loops."""
        path = e.paths[0]
        if len(e.paths) > 1 or len(path.hops) > 1 or path.hops[0].bounds is not None:
            raise self.w.refused(
                e.at,
                "COUNT over several hops without direction, of relationships that may be loops",
                "give the hops a direction, or MATCH them and use count(DISTINCT …)",
            )
        counts = []
        for direction in ("->", "<-"):
            hop = tree.RelationshipPattern(
                path.hops[0].variable, path.hops[0].types, direction, path.hops[0].properties, at=path.hops[0].at
            )
            one_way = (tree.PathPattern(None, path.nodes, (hop,), at=path.at),)
            self.names_all, before = True, self.names_all
            matched = self.match(one_way, e.where, scope, certain=True)
            self.names_all = before
            ends = matched.drawn.hops[0]
            no_loop = [f"id({ends.left}) <> id({ends.right})"] if direction == "<-" else []
            conditions = where_of(matched.conditions + no_loop)
            counts.append(self._counted(f"COUNT {{ MATCH {matched.texts[0]}{conditions} }}", matched.drawn))
        return Written(f"({' + '.join(counts)})", Type("integer", filled=True), ATOM, nullable=False)

    # --- nodes and hops ---

    def _nodes(self, paths: tuple[tree.PathPattern, ...], scope: Scope) -> tuple[Drawn, dict[int, str]]:
        drawn = Drawn()
        written: dict[int, str] = {}
        by_name: dict[str | None, str] = {}
        for path in paths:
            for node in path.nodes:
                name = node.variable
                text = by_name.get(name) if name else None
                if text is None:
                    text = self._node(node, scope, drawn)
                    if name:
                        by_name[name] = text
                        drawn.names[text] = name
                elif node.labels:
                    raise self.w.refused(node.at, f"{name!r} has its label already", "give it at the first place")
                written[id(node)] = text
            for number, hop in enumerate(path.hops):
                self._check_new(hop, scope, drawn)
                known = self._types(hop)
                text = self.w.fresh() if hop.variable is None else self.w.name_of(hop.variable)
                ends = (written[id(path.nodes[number])], written[id(path.nodes[number + 1])])
                drawn.hops.append(Hop(hop, *ends, text, known, path))
        return drawn, written

    def _check_new(self, hop: tree.RelationshipPattern, scope: Scope, drawn: Drawn) -> None:
        used = {each.pattern.variable for each in drawn.hops} | set(scope)
        if hop.variable and hop.variable in used:
            raise self.w.refused(
                hop.at, f"{hop.variable!r} stands for something already", "give it a new name, and compare: WHERE r = s"
            )

    def _node(self, node: tree.NodePattern, scope: Scope, drawn: Drawn) -> str:
        declared = self._labels(node)
        bound = scope.get(node.variable) if node.variable else None
        if bound is None:
            text = self.w.name_of(node.variable) if node.variable else self.w.fresh()
            drawn.labels[text] = declared
            drawn.declared[text] = declared if node.labels else types.ALL_LABELS
            return text
        if bound.type.kind != "node" or not bound.pattern:
            hint = f"match it anew: MATCH (m:Neuron) WHERE m.uid = {node.variable}.uid"
            what = "a node out of a list" if bound.type.kind == "node" else f"a {bound.type}"
            raise self.w.refused(node.at, f"{node.variable!r} is {what}, and cannot begin a pattern", hint)
        drawn.old.add(bound.text)
        drawn.labels[bound.text] = bound.type.names & declared
        if not bound.type.names <= declared:
            drawn.relabelled[bound.text] = declared
        drawn.declared[bound.text] = bound.type.names
        if not drawn.labels[bound.text]:
            raise self.w.wrong(
                node.at, f"{node.variable!r} is a {' or '.join(sorted(bound.type.names))} here", "a node has one label"
            )
        return bound.text

    def _labels(self, node: tree.NodePattern) -> frozenset[str]:
        for label in node.labels:
            if label not in types.ALL_LABELS:
                kind = "it is a relationship type" if label in types.ALL_TYPES else nearest(label)
                raise self.w.wrong(node.at, f"there is no label {label!r}", kind)
        self.w.facts.labels.update(node.labels)
        return frozenset(node.labels) or types.ALL_LABELS

    def _types(self, hop: tree.RelationshipPattern) -> frozenset[str]:
        for name in hop.types:
            if name not in types.ALL_TYPES:
                kind = "it is a label" if name in types.ALL_LABELS else nearest(name)
                raise self.w.wrong(hop.at, f"there is no relationship type {name!r}", kind)
        self.w.facts.types.update(hop.types)
        return frozenset(hop.types) or types.ALL_TYPES

    # --- variables ---

    def _bound(
        self, paths: tuple[tree.PathPattern, ...], scope: Scope, drawn: Drawn, nodes: dict[int, str], *, certain: bool
    ) -> dict[str, Bound]:
        found = dict(scope)
        for text, name in drawn.names.items():
            nullable = scope[name].nullable if name in scope else False
            labels = drawn.labels[text] if certain or name not in scope else scope[name].type.names
            found[name] = Bound(text, types.node(labels), nullable and not certain, pattern=True)
        for hop in drawn.hops:
            if hop.pattern.variable:
                found[hop.pattern.variable] = self._relationship(hop, drawn)
        for path in paths:
            if path.variable:
                if path.variable in found:
                    raise self.w.refused(path.at, f"{path.variable!r} stands for something", "give it a new name")
                found[path.variable] = Bound(self.w.name_of(path.variable), self._path_type(path, drawn, nodes))
        return found

    def _relationship(self, hop: Hop, drawn: Drawn) -> Bound:
        type_ = types.relationship(hop.types)
        if hop.pattern.bounds is not None:
            return Bound(hop.text, Type("list", of=type_, chain=True, filled=hop.pattern.bounds[0] > 0))
        ends = (drawn.names.get(hop.left, ""), drawn.names.get(hop.right, ""))
        ends = ends[::-1] if hop.pattern.direction == "<-" else ends
        return Bound(hop.text, type_, ends=None if hop.pattern.direction == "-" else ends)

    @staticmethod
    def _path_type(path: tree.PathPattern, drawn: Drawn, nodes: dict[int, str]) -> Type:
        own = [hop for hop in drawn.hops if hop.path is path]
        labels = frozenset().union(*(drawn.labels[nodes[id(node)]] for node in path.nodes))
        inside = types.ALL_LABELS if any(hop.chain for hop in own) else labels
        known: frozenset[str] = frozenset().union(*(hop.types for hop in own)) if own else types.ALL_TYPES
        some = any(hop.pattern.bounds is None or hop.pattern.bounds[0] > 0 for hop in own)
        return Type("path", of=types.node(inside), fields=(("relationships", types.relationship(known)),), filled=some)

    # --- conditions ---

    def _hop_conditions(
        self, conditions: list[tree.Expression], drawn: Drawn, scope: Scope
    ) -> tuple[list[tree.Expression], dict[int, list[str]]]:
        """Conditions on every hop of a chain stand inside the chain in Ladybug, so that it is not drawn in vain."""
        kept: list[tree.Expression] = []
        filters: dict[int, list[str]] = {}
        for each in conditions:
            hop = chain_of(each, drawn)
            if hop is not None and self.w.ladybug and isinstance(each, tree.Quantifier):
                bound = Bound("`_e`", types.relationship(hop.types), nullable=False)
                test = self.expressions.boolean(each.predicate, {**scope, each.variable: bound}, "WHERE")
                filters.setdefault(id(hop), []).append(test.within(XOR + 1))
                continue
            self._check_shortest(each, drawn, certain=hop is not None)
            kept.append(each)
        return kept, filters

    def _check_shortest(self, condition: tree.Expression, drawn: Drawn, *, certain: bool) -> None:
        names = {name for hop in drawn.hops if hop.shortest for name in (hop.path.variable, hop.pattern.variable)}
        if certain or not tree.any_in(condition, tree.Variable, lambda v: v.name in names):
            return
        raise self.w.refused(
            condition.at,
            "a condition on a shortest path means two things on two stores",
            "all(r IN relationships(p) WHERE …) is part of the search; to test the path found, write WITH p WHERE …",
        )

    def _extra(self, drawn: Drawn, scope: Scope) -> list[str]:
        """Conditions that make the pattern mean the same on both."""
        found = []
        for hop in drawn.hops:
            if hop.shortest:
                found += self._of_shortest(hop, drawn, scope)
        if not self.w.ladybug:
            return found
        for name, labels in drawn.relabelled.items():
            found.append(f"label({name}) IN [{', '.join(literal(label) for label in sorted(labels))}]")
        for number, one in enumerate(drawn.hops):
            found += [text for other in drawn.hops[number + 1 :] if (text := self._different(one, other))]
        return found

    def _of_shortest(self, hop: Hop, drawn: Drawn, scope: Scope) -> list[str]:
        if hop.left == hop.right:
            raise self.w.wrong(hop.pattern.at, "a shortest path to its own start", "use *1..n for round trips")
        if len(drawn.hops) > 1:
            raise self.w.refused(hop.pattern.at, "a shortest path beside other hops", _OWN_MATCH)
        if hop.pattern.bounds is not None and hop.pattern.bounds[0] > 1:
            raise self.w.refused(hop.pattern.at, "a shortest path with a lower bound above 1", "write *..n")
        if self.w.ladybug:
            return []
        found = [f"{hop.left} <> {hop.right}"]
        if hop.pattern.properties is not None:  # not part of a shortest path there, but of its search
            wanted = self._text.wanted(hop.pattern.properties, scope, hop.types)
            tests = " AND ".join(f"`_e`.{quoted(key)} = {text}" for key, text in wanted)
            found.append(f"all(`_e` IN {hop.text} WHERE {tests})")
        return found

    def _different(self, one: Hop, other: Hop) -> str | None:
        """Within one MATCH no relationship stands twice; Ladybug would let it."""
        if not one.types & other.types:
            return None
        if one.chain or other.chain:
            raise self.w.refused(
                (one if one.chain else other).pattern.at,
                "a chain of hops beside other hops of its type has no exact form on the embedded store",
                _OWN_MATCH + " (there a relationship may stand in both), or give the hops other types",
            )
        return f"id({one.text}) <> id({other.text})"
