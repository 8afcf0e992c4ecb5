"""The commands and flags. Whatever is not listed here is refused by name."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, NoReturn

from ..errors import EngineError, UnsupportedError

Option = tuple[tuple[str, ...], dict[str, Any]]


class Parser(argparse.ArgumentParser):
    """Says what the offline engine does not do, where argparse would print its usage."""

    def error(self, message: str) -> NoReturn:
        """See ArgumentParser; raises instead of exiting."""
        command = self.prog
        if "invalid choice:" in message:
            given = message.partition("invalid choice: ")[2].split("'")[1]
            raise UnsupportedError(f"`{command} {given}`")
        raise EngineError(f"{command}: {message}")


def flag(*names: str, text: str = "") -> Option:
    """A switch."""
    return names, {"action": "store_true", "help": text}


def option(*names: str, text: str = "", **settings: Any) -> Option:
    """A flag with a value, or a positional argument."""
    return names, {"help": text, **settings}


def common() -> argparse.ArgumentParser:
    """Flags that every command takes, before or after its name."""
    parser = argparse.ArgumentParser(add_help=False)
    quiet = argparse.SUPPRESS
    for name in ("--non-interactive", "--logflow", "--logtostderr", "--debug", "--disable-integrity-checking"):
        parser.add_argument(name, action="store_true", default=quiet, help=quiet)
    for names in (("--color",), ("--verbose", "-v"), ("--emoji", "-e")):
        parser.add_argument(*names, nargs="?" if "--emoji" in names else None, default=quiet, help=quiet)
    parser.add_argument("--cwd", "-C", default=quiet, help="work as if started in this folder")
    parser.add_argument("--stack", "-s", default=quiet, help="the stack; by default the selected one")
    parser.add_argument("--config-file", default=quiet, help="instead of Pulumi.<stack>.yaml")
    return parser


class Commands:
    """Collects commands below one (sub)parser."""

    def __init__(self, holder: Any, shared: argparse.ArgumentParser) -> None:
        self._holder = holder
        self._shared = shared

    def add(
        self, name: str, run: Callable[..., None] | None, *options: Option, text: str, aliases: tuple[str, ...] = ()
    ) -> Parser:
        """One command; `run` takes the workspace and the arguments."""
        parser: Parser = self._holder.add_parser(
            name, parents=[self._shared], help=text, description=text, aliases=list(aliases), allow_abbrev=False
        )
        for names, settings in options:
            parser.add_argument(*names, **settings)
        if run is not None:
            parser.set_defaults(run=run)
        return parser

    def group(self, parser: Parser, *, required: bool) -> Commands:
        """Commands below a command."""
        return Commands(parser.add_subparsers(dest="subcommand", required=required, metavar="COMMAND"), self._shared)
