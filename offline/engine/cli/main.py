"""Puts the commands together, and turns every failure into one line and an exit status."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path

from ..errors import EngineError, UnsupportedError
from . import config_commands, operation_commands, other_commands, restore_command, stack_commands, tag_commands
from .parser import Commands, Option, Parser, common, flag, option
from .workspace import Workspace

FAILED = 255
"""Exit status of every failure, as of Pulumi's CLI."""


def build() -> Parser:
    """The whole command line."""
    shared = common()
    parser = Parser(prog="pulumi", parents=[shared], allow_abbrev=False, description="Pulumi's offline engine.")
    commands = Commands(parser.add_subparsers(dest="command", required=True, metavar="COMMAND"), shared)
    json_flag = flag("--json", "-j", text="print JSON")
    commands.add("version", other_commands.version, text="print the engine's version")
    commands.add("whoami", other_commands.whoami, json_flag, text="print who is logged in")
    local = flag("--local", "-l", text="the file backend, which is the only one")
    commands.add("login", other_commands.login, option("url", nargs="?"), local, text="say where state is kept")
    quiet = [
        flag(name) for name in ("--no-plugins", "--no-dependencies", "--reinstall", "--use-language-version-tools")
    ]
    commands.add("install", other_commands.install, *quiet, text="check that nothing needs installing")
    commands.add(
        "cancel",
        other_commands.cancel,
        option("name", nargs="?"),
        flag("--yes", "-y"),
        text="interrupt the running operation",
    )
    plugin = commands.group(commands.add("plugin", None, text="provider plugins"), required=True)
    plugin.add("ls", other_commands.plugin_ls, json_flag, text="list them")
    plugin.add("install", other_commands.plugin_install, option("rest", nargs="*"), text="check that one is there")
    _add_stack(commands, json_flag)
    _add_config(commands, json_flag)
    _add_operations(commands)
    return parser


def _add_stack(commands: Commands, json_flag: Option) -> None:
    stack = commands.add("stack", stack_commands.stack_show, text="stacks")
    group = commands.group(stack, required=False)
    name = option("name", nargs="?", text="the stack")
    show = flag("--show-secrets", text="print secrets in plain text")
    file = option("--file", text="instead of stdin or stdout")
    force, yes = flag("--force", "-f"), flag("--yes", "-y")
    group.add(
        "init", stack_commands.stack_init, name, option("--secrets-provider"), flag("--no-select"), text="make one"
    )
    group.add("select", stack_commands.stack_select, name, flag("--create", "-c"), text="choose one")
    group.add("ls", stack_commands.stack_ls, json_flag, flag("--all", "-a"), text="list them")
    group.add("rm", stack_commands.stack_rm, name, yes, force, flag("--preserve-config"), text="remove one")
    group.add("export", stack_commands.stack_export, show, file, text="print the state")
    group.add("import", stack_commands.stack_import, file, force, text="replace the state")
    group.add("output", stack_commands.stack_output, name, json_flag, show, text="print outputs")
    pages = [option("--page-size", type=int, default=0), option("--page", type=int, default=1)]
    group.add("history", stack_commands.stack_history, json_flag, show, *pages, text="print finished operations")
    version = option("version", nargs="?", type=int, text="the version to put back; without it they are listed")
    group.add("restore", restore_command.restore, version, json_flag, text="put an earlier state back (offline only)")
    tags = group.group(group.add("tag", None, text="tags"), required=True)
    tag = option("tag", text="its name")
    tags.add("ls", tag_commands.tag_ls, json_flag, text="list them", aliases=("list",))
    tags.add("get", tag_commands.tag_get, tag, text="print one's value")
    tags.add("set", tag_commands.tag_set, tag, option("value"), text="give one a value")
    tags.add("rm", tag_commands.tag_rm, tag, text="take one away", aliases=("remove",))


def _add_config(commands: Commands, json_flag: Option) -> None:
    show = flag("--show-secrets", text="print secrets in plain text")
    path = flag("--path", text="the key is a path into an object")
    config = commands.add("config", config_commands.config_list, json_flag, show, text="configuration")
    group = commands.group(config, required=False)
    key = option("key")
    group.add("list", config_commands.config_list, json_flag, show, text="print all values", aliases=("ls",))
    group.add("get", config_commands.config_get, key, json_flag, path, text="print a value")
    kinds = [flag("--secret", text="encrypt it"), flag("--plaintext", text="do not encrypt it")]
    group.add("set", config_commands.config_set, key, option("value", nargs="?"), *kinds, path, text="set a value")
    several = [option(name, action="append") for name in ("--plaintext", "--secret")]
    group.add("set-all", config_commands.config_set_all, *several, option("--json"), path, text="set several values")
    group.add("rm", config_commands.config_remove, option("keys", nargs=1), path, text="remove a value")
    group.add("rm-all", config_commands.config_remove, option("keys", nargs="+"), path, text="remove several values")


def _add_operations(commands: Commands) -> None:
    both = [
        option("--message", "-m", text="kept in the history"),
        option("--target", "-t", action="append", text="operate on this URN only"),
        option("--exclude", action="append", text="leave this URN alone"),
        flag("--target-dependents", text="and on what depends on the targets"),
        flag("--exclude-dependents", text="and what depends on the excluded"),
        option("--policy-pack", action="append", text="folder of a policy pack"),
        option("--policy-pack-config", action="append", text="its configuration, a JSON file"),
        option("--parallel", "-p", type=int, text="provider operations at once (16)"),
        option("--event-log", text="write engine events to a file or tcp://host:port"),
        option("--exec-kind"),
        option("--client", text="address of an inline program's host"),
        flag("--expect-no-changes", text="fail if anything changes"),
        flag("--diff", text="show every property that changes"),
        flag("--yes", "-y", text="do not ask"),
        flag("--skip-preview", "-f", text="do not preview first"),
        flag("--suppress-outputs", text="do not print the stack's outputs"),
        flag("--suppress-progress", text="do not print steps as they run"),
    ]
    replace = option("--replace", action="append", text="replace this URN")
    target_replace = option("--target-replace", action="append", text="--target and --replace")
    reading = flag("--refresh", "-r", text="read every resource first")
    going_on = flag("--continue-on-error", text="a failure stops only what depends on it")
    only = flag("--preview-only", text="change nothing")
    digest = flag("--json", "-j", text="print JSON")
    replacing = [replace, target_replace, reading]
    run = operation_commands
    commands.add("preview", run.preview, *both, digest, *replacing, text="show what up would do", aliases=("pre",))
    commands.add("up", run.up, *both, *replacing, going_on, text="bring the stack up", aliases=("update",))
    commands.add("refresh", run.refresh, *both, only, text="read what exists into the state")
    removing = [only, going_on, reading, flag("--exclude-protected"), flag("--remove", text="remove the stack as well")]
    commands.add("destroy", run.destroy, *both, *removing, text="delete all", aliases=("down",))


def parse(words: list[str]) -> Namespace:
    """The arguments; what follows `--` is one value (`config set KEY -- VALUE`)."""
    rest: list[str] = []
    if "--" in words:
        at = words.index("--")
        words, rest = words[:at], words[at + 1 :]
    arguments, unknown = build().parse_known_args(words)
    if unknown:
        command = " ".join(("pulumi", *filter(None, (arguments.command, getattr(arguments, "subcommand", None)))))
        raise UnsupportedError(f"`{command} {unknown[0].partition('=')[0]}`")
    if rest:
        if not hasattr(arguments, "value") or arguments.value is not None or len(rest) > 1:
            raise UnsupportedError("arguments after `--` but for one value of `config set`")
        arguments.value = rest[0]
    return arguments


def main(words: list[str] | None = None) -> int:
    """Runs one command: its exit status."""
    given = sys.argv[1:] if words is None else words
    try:
        arguments = parse(given)
        if not hasattr(arguments, "run"):
            raise EngineError("give a command; `pulumi --help` lists them")
        if hasattr(arguments, "cwd"):
            if not Path(arguments.cwd).is_dir():
                raise EngineError(f"there is no folder {arguments.cwd}")
            os.chdir(arguments.cwd)  # files that other flags name lie there too
        arguments.run(Workspace(Path.cwd()), arguments)
    except EngineError as error:
        sys.stdout.flush()
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            sys.stderr.close()
        else:
            place = f"{error.filename}: " if error.filename else ""
            print(f"error: {place}{error.strerror or error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return FAILED
    except Exception as error:
        if "--debug" in given:
            raise
        text = f"the offline engine failed, by a fault of its own: {type(error).__name__}: {error}"
        print(f"error: {text}; --debug shows where", file=sys.stderr)
        return FAILED
    return 0
