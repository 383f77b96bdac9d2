"""query, queries."""

from __future__ import annotations

import getpass
import shlex
import sys
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Annotated, Any

import typer

from graphdb.answer import Answer
from graphdb.named.catalog import NAMED, run_named
from graphdb.named.definition import NamedQuery
from graphdb.query import query as run_query
from graphdb.store import DEFAULT_ROW_LIMIT, DEFAULT_TIMEOUT_S, GraphStore
from graphdb.touched import cited
from graphdb.versions.citation import citation_line
from graphdb.versions.provenance import deprecated_among, noted
from jobs.cli import completion, parameters
from jobs.cli.formats import Format, chosen_format, write_table
from jobs.cli.settings import output, settings
from jobs.cli.teaching import help_of
from schemas.errors import UsageError


def query(
    context: typer.Context,
    text: Annotated[
        str,
        typer.Argument(
            metavar="CYPHER|@NAME",
            help="Cypher, a named query, or - for standard input.",
            autocompletion=completion.text,
        ),
    ],
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "-p",
            "--parameter",
            metavar="NAME=VALUE",
            help="Value of $NAME: JSON, else text. Repeatable.",
            autocompletion=completion.parameter,
        ),
    ] = None,
    kind: Annotated[
        Format | None, typer.Option("--format", help="How to write the answer.  [default: --out's ending, else table]")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="File to write, instead of standard output.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows at most.")] = DEFAULT_ROW_LIMIT,
    timeout: Annotated[float, typer.Option(min=0.001, help="Seconds at most.")] = DEFAULT_TIMEOUT_S,
    provenance: Annotated[
        bool,
        typer.Option(
            "--provenance", help="With JSON: an object of the rows, the query, and the dataset versions with citations."
        ),
    ] = False,
) -> None:
    """Ask the graph, in Cypher or by the name of a query. Only reading is allowed.

    The answer goes to standard output; counts, and what to cite for it, to standard error. Parquet carries the query
    and the dataset versions as metadata.

    Example:
      connectome query @partners -p neuron=AVAL
      connectome query 'MATCH (a:Neuron)-[r:CHEMICAL]->(b) WHERE a.name = $n RETURN b.name, r.weight' -p n=AVAL
      connectome query @datasets --format json
      connectome query @partners -p neuron=AVAL --out partners.parquet
      connectome query @partners -p neuron=AVAL --out partners.json --provenance
    """
    given = settings(context)
    written_as = chosen_format(kind, out)
    if provenance and written_as is not Format.JSON:
        raise UsageError("--provenance goes with JSON", "add --format json, or use Parquet, which always carries it")
    written = sys.stdin.read() if text == "-" else text
    values = parameters.pairs(parameter or (), "-p")
    with given.workspace.store() as store:
        answer = ask(store, written, values, limit=limit, timeout_s=timeout)
    about = description(answer) if provenance or written_as is Format.PARQUET else None
    write_table(answer.table, written_as, out, about)
    given.say(counted(answer) + (f", written to {out}" if out else ""))
    for each in answer.datasets:
        given.say(f"from {citation_line(each)}")
    for warning in deprecated_among(noted(given.workspace.lake, answer.datasets)):
        given.say(warning)


def ask(store: GraphStore, text: str, given: dict[str, str], *, limit: int, timeout_s: float) -> Answer:
    """Run `@name` or Cypher with parameters as the command line gives them."""
    if text.strip().startswith("@"):
        values = {name: parameters.words(value) for name, value in given.items()}
        answer = run_named(store, text.strip()[1:], values, timeout_s=timeout_s, row_limit=limit)
        return answer if answer.datasets else cited(store, answer, None)
    return run_query(
        store,
        text,
        {name: parameters.value(value) for name, value in given.items()},
        timeout_s=timeout_s,
        row_limit=limit,
        user=getpass.getuser(),
    )


def description(answer: Answer) -> dict[str, Any]:
    """What an answer is worth, as JSON holds it."""
    return {
        "cypher": answer.cypher,
        "text_sha256": answer.text_hash,
        "store": answer.store,
        "truncated": answer.truncated,
        "total_rows": answer.total_rows,
        "datasets": [
            {"reference": each.reference, "citation_line": citation_line(each), **each.plain()}
            for each in answer.datasets
        ],
    }


def counted(answer: Answer) -> str:
    """How much was answered, and whether there is more."""
    rows = answer.table.num_rows
    more = ""
    if answer.truncated:
        total = "more" if answer.total_rows is None else f"{answer.total_rows:,}"
        more = f" (truncated: there are {total}; --limit allows more)"
    return f"{rows:,} row{'' if rows == 1 else 's'}{more} in {answer.elapsed_s:.2f} s"


def queries(context: typer.Context) -> None:
    """List the named queries, with their parameters and an example of each.

    Example:
      connectome queries
    """
    settings(context)
    for named in NAMED.values():
        output().print(f"@{named.name}: {named.title}")
        for field in fields(named.criteria):
            default = "required" if field.default is MISSING else f"default {_default(field.default)}"
            output().print(f"    {field.name}  {field.metadata.get('help', '')} ({default})")
        output().print(f"    $ {example(named)}\n")


def example(named: NamedQuery) -> str:
    """The command line of a query's example."""
    given = "".join(f" -p {shlex.quote(f'{name}={value}')}" for name, value in named.example.items())
    return f"connectome query @{named.name}{given}"


def _default(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "none" if value is None else str(value)


def register(app: typer.Typer) -> None:
    app.command(help=help_of(query))(query)
    app.command(help=help_of(queries))(queries)
