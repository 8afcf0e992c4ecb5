"""Where a resource comes from: the line of the settings that asked for it, or of the program that made it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import yaml

from operations.errors import Failure

SECTIONS: Mapping[str, str] = {
    "headroom:access:Consumer": "headroom:consumers.*",
    "headroom:ci:CiAccess": "headroom:ci",
    "headroom:compute:EcsCluster": "headroom:cluster",
    "headroom:compute:EcsService": "headroom:services.*",
    "headroom:compute:EksAccess": "headroom:eks",
    "headroom:compute:EksAddons": "headroom:eks",
    "headroom:compute:EksCluster": "headroom:eks",
    "headroom:compute:EksConnections": "headroom:eks",
    "headroom:compute:EksService": "headroom:services.*",
    "headroom:compute:Registry": "headroom:registry",
    "headroom:compute:TaskRunner": "headroom:tasks",
    "headroom:data:Aurora": "headroom:databases.*",
    "headroom:data:Cache": "headroom:caches.*",
    "headroom:data:Database": "headroom:databases.*",
    "headroom:data:DatabaseLogins": "headroom:databases",
    "headroom:data:DatabaseUsers": "headroom:databases.*",
    "headroom:data:PgBouncer": "headroom:databases.*",
    "headroom:data:Proxy": "headroom:databases.*",
    "headroom:data:ServerlessCache": "headroom:caches.*",
    "headroom:edge:Aliases": "headroom:domain",
    "headroom:edge:Cdn": "headroom:cdn",
    "headroom:edge:Certificate": "headroom:domain",
    "headroom:edge:LoadBalancer": "headroom:load_balancer",
    "headroom:edge:Route": "headroom:services.*",
    "headroom:edge:WebAcl": "headroom:waf",
    "headroom:edge:Zone": "headroom:domain",
    "headroom:jobs:Schedule": "headroom:schedules.*",
    "headroom:jobs:ScheduleGroup": "headroom:schedules",
    "headroom:messaging:Queue": "headroom:queues.*",
    "headroom:network:CallNamespace": "headroom:services",
    "headroom:network:Namespace": "headroom:services",
    "headroom:network:Network": "headroom:network",
    "headroom:observability:CompositeAlarms": "headroom:alarms",
    "headroom:observability:Dashboard": "headroom:observability",
    "headroom:observability:Mutes": "headroom:alarms",
    "headroom:observability:ServiceLogs": "headroom:services.*",
    "headroom:observability:SlackChannel": "headroom:alarms",
    "headroom:observability:Topics": "headroom:alarms",
    "headroom:security:ApiKeys": "headroom:api_keys",
    "headroom:security:Key": "headroom:encryption",
    "headroom:security:Rotator": "headroom:secrets",
    "headroom:security:TracesHeader": "headroom:telemetry",
    "headroom:storage:Bucket": "headroom:buckets.*",
    "headroom:storage:BucketLimit": "headroom:buckets",
    "headroom:storage:LogsBucket": "headroom:logs",
}
"""Component -> section of the settings that it is made from; `*` is the key that the component is named by.

Components within these have no entry of their own: what is around them decides.
"""
PROGRAM = "infra/program.py"
"""Makes what belongs to no component."""

_SETTING = re.compile(r"headroom:[a-z_]+(?:\.(?:<[a-z_]+>|[\w-]+))*")


@dataclass(frozen=True)
class Origin:
    """One line of the project."""

    file: str
    """Path from the project's root, with slashes."""
    line: int
    """From 1."""
    setting: str = ""
    """Path of the setting, such as `headroom:databases.main.backup_days`; empty for a line of the program."""


class Sources(Protocol):
    """Finds the line that a resource comes from."""

    def of(self, urn: str, remedy: str = "") -> Origin:
        """The line for a resource, or for the setting that a remedy names."""


class Nowhere:
    """Where there is no project around what is told."""

    def of(self, urn: str, remedy: str = "") -> Origin:
        """The program, whatever it is about."""
        return Origin(PROGRAM, 1)


class Origins:
    """What a stack's resources come from."""

    def __init__(self, root: Path, environment: str, parents: Mapping[str, str]) -> None:
        """`parents`: URN of the component around each resource. Raises Failure when the stack file is not YAML."""
        self._root = root
        self._file = f"Pulumi.{environment}.yaml"
        self._lines = setting_lines(root / self._file)
        self._parents = parents

    def of(self, urn: str, remedy: str = "") -> Origin:
        """The line for a resource: of the setting that a remedy names, of the section that it is made from, or of the
        component or program that makes it."""
        around = list(self._around(urn))
        sections = [found for one in around if (found := self._section(one))]
        setting = self._named(remedy, sections)
        if setting:
            return Origin(self._file, self._lines[setting], setting)
        if sections:
            return Origin(self._file, self._lines[sections[0]], sections[0])
        makers = made_by(self._root)
        return next((makers[token] for one in around if (token := _type(one)) in makers), Origin(PROGRAM, 1))

    def _around(self, urn: str) -> Iterator[str]:
        """The resource and the components around it, innermost first."""
        seen: set[str] = set()
        while urn and urn not in seen:
            yield urn
            seen.add(urn)
            urn = self._parents.get(urn, "")

    def _section(self, urn: str) -> str | None:
        """The section that a component is made from, as far as the stack file has it."""
        section, star, _ = SECTIONS.get(_type(urn), "").partition(".*")
        if not star:
            return section if section in self._lines else None
        name = _name(urn)
        keys = [key for key in self._lines if key.startswith(f"{section}.") and key.count(".") == 1]
        fitting = [key for key in keys if name == (own := key.partition(".")[2]) or name.startswith(f"{own}-")]
        return max(fitting, key=len, default=None)

    def _named(self, remedy: str, sections: Sequence[str]) -> str | None:
        """The setting that a remedy names; of several rather one of the resource's own section."""
        own = {section.partition(".")[0] for section in sections}
        named = sorted(_SETTING.findall(remedy), key=lambda setting: setting.partition(".")[0] not in own)
        found = (self._deepest(_filled(setting, sections), setting) for setting in named)
        return next((setting for setting in found if setting), None)

    def _deepest(self, setting: str, named: str) -> str | None:
        """The setting itself or what holds it, where the stack file has more of it than its section."""
        while setting not in self._lines and "." in setting:
            setting = setting.rpartition(".")[0]
        return setting if setting in self._lines and ("." in setting or "." not in named) else None


def _filled(named: str, sections: Sequence[str]) -> str:
    """A setting with its `<name>` replaced by that of the resource's own section."""
    section = named.partition(".")[0]
    own = next((found for found in sections if found.startswith(f"{section}.")), None)
    return re.sub(r"^[^.]+\.<[a-z_]+>", lambda _: own, named) if own else named


def setting_lines(file: Path) -> Mapping[str, int]:
    """Line of each setting of a stack file, by its path below `config:`; items of lists have none."""
    try:
        text = file.read_text(encoding="utf-8")
        root = yaml.compose(text, yaml.SafeLoader)
    except (OSError, UnicodeDecodeError):
        return {}
    except yaml.YAMLError as error:
        raise Failure(f"{file.name} can't be read as YAML") from error
    top = dict(_keys(root, "")) if isinstance(root, yaml.MappingNode) else {}
    return {path.removeprefix("config."): line for path, line in top.items() if path.startswith("config.")}


def _keys(node: yaml.MappingNode, path: str) -> Iterator[tuple[str, int]]:
    for key, value in node.value:
        below = f"{path}.{key.value}" if path else str(key.value)
        yield below, key.start_mark.line + 1
        if isinstance(value, yaml.MappingNode):
            yield from _keys(value, below)


@cache
def made_by(root: Path) -> Mapping[str, Origin]:
    """Component -> the line of the class that makes it."""
    found: dict[str, Origin] = {}
    for file in sorted((root / "components").rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        for made in ast.walk(ast.parse(text)) if '"headroom:' in text else ():
            if isinstance(made, ast.ClassDef):
                origin = Origin(file.relative_to(root).as_posix(), made.lineno)
                found |= {token: origin for token in _tokens(made) if token not in found}
    return found


def _tokens(made: ast.ClassDef) -> Iterator[str]:
    """Type tokens that a class registers itself as: `super().__init__("headroom:...", ...)`."""
    for node in ast.walk(made):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "__init__"):
            continue
        for argument in node.args[:1]:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value


def _type(urn: str) -> str:
    parts = urn.split("::")
    return parts[2].rpartition("$")[2] if len(parts) > 3 else ""


def _name(urn: str) -> str:
    return urn.split("::", 3)[-1]
