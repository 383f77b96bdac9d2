"""From arguments to an exit code: 0 done, 1 data or query wrong, 2 usage, 3 store unreachable."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence

from jobs.cli.app import app
from schemas.errors import ConnectomeError

BUG = 70  # EX_SOFTWARE of sysexits.h
_FLAGS = ("--quiet", "--debug")
_VALUED = ("--workspace", "--graph", "--audit")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit.

    Args:
        arguments: words after the program's name; default: those of this process.
    """
    words = hoisted(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    try:
        app(args=words, prog_name="connectome")
    except ConnectomeError as error:
        _show(str(error), error, debug=debug)
        sys.exit(error.exit_code)
    except Exception as error:  # noqa: BLE001 - the last line of defence: whatever it is, one line and a code
        hint = "" if debug else "; --debug shows where"
        _show(f"{type(error).__name__}: {error} (this is a bug{hint})", error, debug=debug)
        sys.exit(BUG)


def hoisted(arguments: Sequence[str]) -> list[str]:
    """The common options first, wherever they stand: they may follow the command."""
    common: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for word in waiting:
        if word == "--":
            rest += [word, *waiting]
        elif word in _FLAGS or word.startswith(tuple(f"{name}=" for name in _VALUED)):
            common.append(word)
        elif word in _VALUED:
            common += [word, *(value for value in (next(waiting, None),) if value is not None)]
        else:
            rest.append(word)
    return common + rest


def _show(message: str, error: Exception, *, debug: bool) -> None:
    if debug:
        traceback.print_exception(error)
    print(f"error: {message}", file=sys.stderr)  # noqa: T201 - the message is the product
