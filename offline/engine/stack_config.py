"""Pulumi.<stack>.yaml: a stack's configuration, with secrets as the CLI encrypts them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from .crypter import Crypter, Passphrase, from_salt, new_salt
from .errors import EngineError
from .files import replace_file
from .options import Config, ConfigValue
from .project import Project, one_line
from .property_diff import Path as PropertyPath
from .property_diff import parse_path

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML has it: eight times as fast, and everything else waits for the configuration."""


class StackConfig:
    """Reads the file, and writes it only where the user sets or removes something."""

    def __init__(self, project: Project, stack: str, passphrase: Passphrase, path: Path | None = None) -> None:
        self._project = project
        self._passphrase = passphrase
        self.path = path or project.stack_file(stack)
        self._crypter: Crypter | None = None
        self._data = self._read()

    def _read(self) -> dict[str, Any]:
        if not self.path.exists():
            return {}
        try:
            found = yaml.load(self.path.read_text(encoding="utf-8"), LOADER) or {}
        except (OSError, ValueError, yaml.YAMLError) as error:
            raise EngineError(f"{self.path} cannot be read: {one_line(error)}") from None
        if not isinstance(found, dict) or not isinstance(found.get("config") or {}, dict):
            raise EngineError(f"{self.path} is not a mapping with a 'config' mapping")
        return found

    def _values(self) -> dict[str, Any]:
        if not self._data.get("config"):
            self._data["config"] = {}
        found: dict[str, Any] = self._data["config"]
        return found

    def all(self) -> Config:
        """Every value with the project's defaults, by full key, as the program reads it."""
        found = {key: self._value(value, False) for key, value in self._project.config_defaults().items()}
        for key, value in (self._data.get("config") or {}).items():
            opened, secret = self._open(value)
            found[self._project.key(str(key))] = self._value(opened, secret)
        return dict(sorted(found.items()))

    @staticmethod
    def _value(value: Any, secret: bool) -> ConfigValue:
        return ConfigValue(text=as_text(value), secret=secret, is_object=isinstance(value, dict | list))

    def _open(self, value: Any) -> tuple[Any, bool]:
        """(the value decrypted, whether any of it was secret)."""
        if isinstance(value, dict) and set(value) == {"secure"}:
            return self._existing_crypter().decrypt(str(value["secure"])), True
        if isinstance(value, dict):
            members = {key: self._open(item) for key, item in value.items()}
            return {key: item for key, (item, _) in members.items()}, any(secret for _, secret in members.values())
        if isinstance(value, list):
            items = [self._open(item) for item in value]
            return [item for item, _ in items], any(secret for _, secret in items)
        return value, False

    def _existing_crypter(self) -> Crypter:
        if self._crypter is None:
            salt = self._data.get("encryptionsalt")
            if not salt:
                raise EngineError(f"{self.path} has secret values but no 'encryptionsalt' to decrypt them with")
            self._crypter = from_salt(self._passphrase.existing(), str(salt), self._passphrase.derive)
        return self._crypter

    def _encrypt(self, text: str) -> str:
        if self._crypter is None and not self._data.get("encryptionsalt"):
            self._data["encryptionsalt"] = new_salt(self._passphrase.existing_or_new(), self._passphrase.derive)
        return self._existing_crypter().encrypt(text)

    def set(self, key: str, text: str, *, secret: bool, path: bool) -> None:
        """Sets a value; with `path` the key is a path into an object (`headroom:network.zones[0]`)."""
        value: Any = {"secure": self._encrypt(text)} if secret else text
        if path:
            full, steps = self._path(key)
            value = value if secret else parsed(text)
            if steps:
                values = self._values()
                values[full] = _put(values.get(full), steps, value, key)
                return
            self._values()[full] = value
        else:
            self._values()[self._project.key(key)] = value

    def set_object(self, key: str, value: Any) -> None:
        """Sets a value that is an object or a list."""
        self._values()[self._project.key(key)] = value

    def remove(self, key: str, *, path: bool) -> bool:
        """Removes a value; False when there was none."""
        full, steps = self._path(key) if path else (self._project.key(key), [])
        values = self._values()
        if full not in values:
            return False
        if not steps:
            del values[full]
            return True
        return _remove(values[full], steps)

    def get(self, key: str, *, path: bool) -> ConfigValue | None:
        """One value; None when there is none."""
        if not path:
            return self.all().get(self._project.key(key))
        full, steps = self._path(key)
        value: Any = (self._data.get("config") or {}).get(full, self._project.config_defaults().get(full))
        for step in steps:
            if not _holds(value, step):
                return None
            value = value[step]
        return None if value is None else self._value(*self._open(value))

    def _path(self, key: str) -> tuple[str, PropertyPath]:
        namespace, colon, rest = key.rpartition(":")
        steps = parse_path(rest)
        if not steps:
            raise EngineError(f"{key!r} is no configuration path")
        return self._project.key(f"{namespace}{colon}{steps[0]}"), steps[1:]

    def save(self) -> None:
        """Writes the file."""
        text = yaml.safe_dump(self._data, sort_keys=False, default_flow_style=False)
        mode = self.path.stat().st_mode & 0o777 if self.path.exists() else 0o644
        replace_file(self.path.resolve(), text.encode(), mode)


def as_text(value: Any) -> str:
    """A YAML value as a program reads it. Objects come by sorted key, as Pulumi's CLI hands them over: a program must
    not find an order here that it would not find there."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(_text_keys(value), separators=(",", ":"), sort_keys=True)


def _text_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key if isinstance(key, str) else as_text(key): _text_keys(item) for key, item in value.items()}
    return [_text_keys(item) for item in value] if isinstance(value, list) else value


def parsed(text: str) -> Any:
    """`config set --path` takes booleans and whole numbers for what they are."""
    if text in ("true", "false"):
        return text == "true"
    try:
        return int(text) if str(int(text)) == text else text
    except ValueError:
        return text


def _put(holder: Any, steps: PropertyPath, value: Any, key: str) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(step, int):
        items = list(holder) if isinstance(holder, list) else [] if holder is None else None
        if items is None or step > len(items):
            raise EngineError(f"{key!r}: index {step} does not fit what is configured")
        items[step : step + 1] = [_put(items[step] if step < len(items) else None, rest, value, key)]
        return items
    if holder is not None and not isinstance(holder, dict):
        raise EngineError(f"{key!r}: {step!r} lies in a value that is no object")
    return {**(holder or {}), step: _put((holder or {}).get(step), rest, value, key)}


def _remove(holder: Any, steps: PropertyPath) -> bool:
    for step in steps[:-1]:
        if not _holds(holder, step):
            return False
        holder = holder[step]
    found = _holds(holder, steps[-1])
    if found:
        del holder[steps[-1]]
    return found


def _holds(holder: Any, step: str | int) -> bool:
    """True when a key or index leads into the value."""
    if isinstance(holder, dict):
        return step in holder
    return isinstance(holder, list) and isinstance(step, int) and step < len(holder)
