"""The functions that a text may call: what they take and give, and how each engine spells them.

A function whose two spellings do not give the same value is not in the table; `ELSEWHERE` says what to write instead.
In the spellings {0}, {1} … stand for the arguments.
"""

from __future__ import annotations

from dataclasses import dataclass

NUMBER = ("integer", "float")
TEXT = ("string",)


@dataclass(frozen=True)
class Function:
    """One way to call a function.

    Args:
        name: as people write it.
        takes: the kinds of each argument.
        gives: kind of its value; `same` is the kind of the first argument.
        ladybug, neo4j: spellings.
        meaning: for the documentation.
        last_digit: the engines' mathematics may differ in the last binary digit.
        natural: never negative.
    """

    name: str
    takes: tuple[tuple[str, ...], ...]
    gives: str
    ladybug: str
    neo4j: str
    meaning: str
    last_digit: bool = False
    natural: bool = False


def _text(name: str, ladybug: str, meaning: str) -> Function:
    return Function(name, (TEXT,), "string", f"{ladybug}({{0}})", f"{name}({{0}})", meaning)


def _real(name: str, meaning: str, ladybug: str = "") -> Function:
    return Function(name, (NUMBER,), "float", f"{ladybug or name}({{0}})", f"{name}({{0}})", meaning, last_digit=True)


_TABLE = (
    _text("toUpper", "upper", "capitals (letters such as ß aside, one by one)"),
    _text("toLower", "lower", "small letters"),
    _text("trim", "trim", "without blanks at both ends"),
    _text("ltrim", "ltrim", "without blanks at the start"),
    _text("rtrim", "rtrim", "without blanks at the end"),
    _text("reverse", "reverse", "backwards"),
    Function("reverse", (("list",),), "same", "list_reverse({0})", "reverse({0})", "backwards"),
    Function("size", (TEXT,), "integer", "size({0})", "size({0})", "number of characters", natural=True),
    Function("toInteger", (("integer",),), "integer", "{0}", "{0}", "a whole number"),
    Function(
        "toInteger",
        (("float",),),
        "integer",
        "CAST(CASE WHEN {0} < 0 THEN ceil({0}) ELSE floor({0}) END AS INT64)",
        "toInteger({0})",
        "towards zero",
    ),
    Function("toFloat", (NUMBER,), "float", "CAST({0} AS DOUBLE)", "toFloat({0})", "a number with a point"),
    Function("toString", (TEXT,), "string", "{0}", "{0}", "text"),
    Function("toString", (("integer",),), "string", "CAST({0} AS STRING)", "toString({0})", "text"),
    Function(
        "toString",
        (("boolean",),),
        "string",
        "CASE WHEN {0} THEN 'true' WHEN NOT {0} THEN 'false' END",
        "toString({0})",
        "text",
    ),
    Function("abs", (NUMBER,), "same", "abs({0})", "abs({0})", "magnitude"),
    Function("sign", (NUMBER,), "integer", "sign({0})", "sign({0})", "-1, 0 or 1"),
    Function("ceil", (NUMBER,), "float", "ceil(CAST({0} AS DOUBLE))", "ceil({0})", "upwards"),
    Function("floor", (NUMBER,), "float", "floor(CAST({0} AS DOUBLE))", "floor({0})", "downwards"),
    Function(
        "round",
        (NUMBER,),
        "float",
        "floor(CAST({0} AS DOUBLE) + 0.5)",
        "floor(toFloat({0}) + 0.5)",
        "to the nearest whole number, halves upwards: floor(x + 0.5)",
    ),
    Function("sqrt", (NUMBER,), "float", "sqrt({0})", "sqrt({0})", "square root"),
    _real("log", "natural logarithm", "ln"),
    _real("log10", "decimal logarithm"),
    *(_real(name, "trigonometry, in radians") for name in ("sin", "cos", "tan", "asin", "acos", "atan", "cot")),
    Function("atan2", (NUMBER, NUMBER), "float", "atan2({0}, {1})", "atan2({0}, {1})", "angle", last_digit=True),
    Function("pi", (), "float", "pi()", "pi()", "3.14159…"),
    Function("e", (), "float", "2.718281828459045", "e()", "2.71828…"),
)

FUNCTIONS: dict[str, tuple[Function, ...]] = {}
for _function in _TABLE:
    FUNCTIONS[_function.name.lower()] = (*FUNCTIONS.get(_function.name.lower(), ()), _function)
ALIASES = {
    "upper": "toupper",
    "ucase": "toupper",
    "lower": "tolower",
    "lcase": "tolower",
    "rels": "relationships",
    "ln": "log",
    "ceiling": "ceil",
    "start_node": "startnode",
    "end_node": "endnode",
}

# Functions that need more than a spelling; the writers know them by name.
SPECIAL: dict[str, str] = {
    "size": "number of items of a list",
    "coalesce": "the first value that is not null",
    "nullif": "null where both are equal",
    "left": "the first characters",
    "right": "the last characters",
    "substring": "characters from a place, counted from 0",
    "replace": "text with one part replaced",
    "split": "text cut at a separator",
    "head": "first item",
    "last": "last item",
    "tail": "all items but the first",
    "isempty": "whether a text or list has nothing in it",
    "range": "whole numbers from … to …, both included",
    "labels": "list with the label of a node",
    "label": "label of a node or type of a relationship, as text",
    "type": "type of a relationship",
    "id": "only to compare two nodes or relationships",
    "length": "number of hops of a path",
    "nodes": "nodes of a path",
    "relationships": "relationships of a path",
    "startnode": "node where a relationship begins",
    "endnode": "node where a relationship ends",
    "exists": "refused: write IS NOT NULL, or EXISTS { … }",
}
AGGREGATES: dict[str, str] = {
    "count": "number of rows, or of values that are not null",
    "sum": "sum; 0 of nothing",
    "avg": "mean; null of nothing",
    "min": "least value",
    "max": "greatest value",
    "collect": "list of all values that are not null, in no particular order",
}

_ROOT = "sqrt(avg(x * x) - avg(x) ^ 2) over the values x"
_BY_PROPERTY = "name the properties: n.name, n.class, …; `connectome schema` lists them"
_DATES = "dates are text in this graph, as 2026-01-31T12:00:00Z: compare them as text"
ELSEWHERE: dict[str, str] = {
    "list_extract": "write list[0]; indices count from 0",
    "list_element": "write list[0]; indices count from 0",
    "array_extract": "write list[0]; indices count from 0",
    "list_slice": "write list[0..2]; indices count from 0, the end is not included",
    "array_slice": "write list[0..2]; indices count from 0, the end is not included",
    "list_transform": "write [x IN list | x + 1]",
    "list_filter": "write [x IN list WHERE x > 1]",
    "list_reduce": "write reduce(total = 0, x IN list | total + x)",
    "list_sum": "write reduce(total = 0, x IN list | total + x)",
    "list_contains": "write x IN list",
    "list_has": "write x IN list",
    "list_concat": "write a + b",
    "list_cat": "write a + b",
    "list_append": "write list + [x]",
    "list_reverse": "write reverse(list)",
    "list_sort": "sort with ORDER BY",
    "list_distinct": "UNWIND it and use DISTINCT",
    "string_split": "write split(text, ',')",
    "str_split": "write split(text, ',')",
    "concat": "write a + b",
    "cast": "write toInteger(x), toFloat(x) or toString(x)",
    "ifnull": "write coalesce(a, b)",
    "pow": "write x ^ y",
    "exp": "write e() ^ x",
    "random": "answers must be the same twice",
    "rand": "answers must be the same twice",
    "randomuuid": "answers must be the same twice",
    "gen_random_uuid": "answers must be the same twice",
    "degrees": "write x * 180 / pi()",
    "radians": "write x * pi() / 180",
    "haversin": "write (1 - cos(x)) / 2",
    "stdev": f"write {_ROOT}, and scale by n / (n - 1)",
    "stdevp": f"write {_ROOT}",
    "percentilecont": "take the table and compute it there",
    "percentiledisc": "take the table and compute it there",
    "keys": _BY_PROPERTY,
    "properties": _BY_PROPERTY,
    "elementid": "use n.uid, which is the same on every store",
    "offset": "use n.uid, which is the same on every store",
    "tointegerornull": "write toInteger(x)",
    "tofloatornull": "write toFloat(x)",
    "tostringornull": "write toString(x)",
    "toboolean": "write x = 'true'",
    "to_int64": "write toInteger(x)",
    "to_string": "write toString(x)",
    "to_double": "write toFloat(x)",
    "is_trail": "every path is a trail here: no relationship is used twice",
    "is_acyclic": "compare the nodes of the path yourself",
    "regexp_matches": "write text =~ '.*pattern.*'",
    "regexp_full_match": "write text =~ 'pattern'",
    "starts_with": "write a STARTS WITH b",
    "ends_with": "write a ENDS WITH b",
    "contains": "write a CONTAINS b",
    **dict.fromkeys(
        """date datetime localdatetime time localtime duration interval timestamp date_part datepart date_trunc
        current_date current_timestamp""".split(),
        _DATES,
    ),
}


def known() -> list[str]:
    """Names of all functions, as people write them."""
    mixed = {"nullif": "nullIf", "isempty": "isEmpty", "startnode": "startNode", "endnode": "endNode"}
    table = {functions[0].name for functions in FUNCTIONS.values()}
    return sorted(table | {mixed.get(n, n) for n in SPECIAL if n != "exists"} | set(AGGREGATES) | {"reduce"})
