"""config: list, get, set, set-all, rm, rm-all."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from typing import Any

from ..errors import EngineError
from ..options import ConfigValue
from ..stack_config import StackConfig, as_text
from ..values import MASK
from .workspace import Workspace


def _config(workspace: Workspace, arguments: Namespace) -> StackConfig:
    return workspace.config(workspace.existing_stack(getattr(arguments, "stack", None)), arguments)


def config_list(workspace: Workspace, arguments: Namespace) -> None:
    """Prints every value; secrets only with --show-secrets."""
    values = _config(workspace, arguments).all()
    if arguments.json:
        print(json.dumps({k: _as_json(v, show=arguments.show_secrets) for k, v in values.items()}, indent=2))
        return
    width = max([len(key) for key in values] + [3])
    print(f"{'KEY':<{width}}  VALUE")
    for key, value in values.items():
        print(f"{key:<{width}}  {MASK if value.secret and not arguments.show_secrets else value.text}")


def config_get(workspace: Workspace, arguments: Namespace) -> None:
    """Prints one value, decrypted."""
    value = _config(workspace, arguments).get(arguments.key, path=arguments.path)
    if value is None:
        stack = workspace.existing_stack(getattr(arguments, "stack", None))
        raise EngineError(f"configuration key '{arguments.key}' not found for stack '{stack}'")
    print(json.dumps(_as_json(value, show=True), indent=2) if arguments.json else value.text)


def config_set(workspace: Workspace, arguments: Namespace) -> None:
    """Sets one value; without one on the command line it is read from stdin."""
    if arguments.secret and arguments.plaintext:
        raise EngineError("--secret and --plaintext exclude each other")
    if arguments.value is None and sys.stdin.isatty():
        raise EngineError(f"give the value of {arguments.key}, or pass it on stdin")
    text = arguments.value if arguments.value is not None else sys.stdin.read().rstrip("\n")
    config = _config(workspace, arguments)
    config.set(arguments.key, text, secret=arguments.secret, path=arguments.path)
    config.save()


def config_set_all(workspace: Workspace, arguments: Namespace) -> None:
    """Sets several values at once."""
    config = _config(workspace, arguments)
    if arguments.json:
        try:
            given = json.loads(arguments.json)
        except ValueError as error:
            raise EngineError(f"--json is not valid JSON: {error}") from None
        for key, value in given.items():
            text = as_text(value.get("objectValue", value.get("value", "")))
            if "objectValue" in value and not value.get("secret"):
                config.set_object(key, value["objectValue"])
            else:
                config.set(key, text, secret=bool(value.get("secret")), path=False)
    for pairs, secret in ((arguments.plaintext, False), (arguments.secret, True)):
        for pair in pairs or ():
            key, equals, text = pair.partition("=")
            if not equals:
                raise EngineError(f"{pair!r} is not of the form key=value")
            config.set(key, text, secret=secret, path=arguments.path)
    config.save()


def config_remove(workspace: Workspace, arguments: Namespace) -> None:
    """Removes values; one that is not set is no error, as with Pulumi's CLI."""
    config = _config(workspace, arguments)
    for key in arguments.keys:
        config.remove(key, path=arguments.path)
    config.save()


def _as_json(value: ConfigValue, *, show: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"secret": value.secret}
    if show or not value.secret:
        found["value"] = value.text
        if value.is_object:
            found["objectValue"] = json.loads(value.text)
    return found
