"""What the Pulumi SDK says of a resource type: its inputs with their kinds, which are required, its outputs.

Read from the SDK's generated source without importing it (importing pulumi_aws takes a second; a type takes 1 ms).
"""

from __future__ import annotations

import functools
import importlib.util
import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Schema:
    """One resource type of the SDK."""

    inputs: Mapping[str, str]
    """Pulumi name -> kind: bool, int, float, str, list, map, block (a nested object) or any."""
    required: frozenset[str]
    """Inputs without which the SDK's class cannot be made."""
    outputs: Mapping[str, str]
    """Everything that the resource has, inputs included, with its kind."""
    secrets: frozenset[str]
    """Outputs that the SDK always marks as secret."""
    computed: frozenset[str]
    """What the resource always has: where it is no required input, AWS or the provider chooses what is not given."""

    @property
    def tagged(self) -> bool:
        """Whether the provider's default tags apply."""
        return "tagsAll" in self.outputs


@functools.cache
def of(token: str) -> Schema | None:
    """The schema of `aws:rds/instance:Instance`, or None if the installed SDK has no such type."""
    source = source_of(token)
    return None if source is None else _parse(source, token.rpartition(":")[2])


def source_of(token: str) -> str | None:
    """The SDK's module of a type, documentation included, or None if the installed SDK has no such type."""
    match = re.fullmatch(r"aws:(\w+)/(\w+):(\w+)", token)
    if not match:
        return None
    folder, module, name = match.groups()
    path = _root() / (f"{folder}_" if keyword.iskeyword(folder) else folder) / f"{_snake(module)}.py"
    if not path.is_file():
        return None
    source = path.read_text(encoding="utf-8")
    return source if f"class {name}(pulumi.CustomResource)" in source else None


@functools.cache
def _root() -> Path:
    spec = importlib.util.find_spec("pulumi_aws")
    if spec is None or spec.origin is None:
        raise RuntimeError("pulumi_aws is not installed in this environment; run `make setup`")
    return Path(spec.origin).parent


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def _parse(source: str, name: str) -> Schema:
    # a type whose nested block has its name already has InitArgs instead of Args
    arguments = _class(source, f"{name}InitArgs" if f"class {name}InitArgs" in source else f"{name}Args")
    signature = arguments[arguments.index("def __init__(__self__") : arguments.index("):\n")]
    names = _getters(arguments)
    inputs, required = {}, set()
    for parameter, annotation, optional in re.findall(r"^\s+(\w+): (.+?)( = None)?,?$", signature, re.MULTILINE):
        if parameter in names:
            inputs[names[parameter]] = _kind(annotation)
            if not optional:
                required.add(names[parameter])
    secrets = re.search(r"additional_secret_outputs=\[([^\]]*)\]", source)
    return Schema(
        inputs=inputs,
        required=frozenset(required),
        outputs=_returned(_class(source, name)),
        secrets=frozenset(re.findall(r'"(\w+)"', secrets.group(1)) if secrets else ()),
        computed=_always(_class(source, name)),
    )


def _class(source: str, name: str) -> str:
    match = re.search(rf"^class {name}\b.*?(?=^class |^@pulumi\.|\Z)", source, re.MULTILINE | re.DOTALL)
    return match.group(0) if match else "def __init__(__self__):\n"


def _getters(text: str) -> dict[str, str]:
    """Python name -> Pulumi name."""
    pattern = (
        r'@pulumi\.getter(?:\(name="(\w+)"\))?\n\s+(?:@_utilities\.deprecated\("""[^"]*"""\)\s+)?def (\w+)\(self\)'
    )
    found = re.findall(pattern, text)
    return {python: pulumi or python for pulumi, python in found}


def _returned(text: str) -> dict[str, str]:
    """Pulumi name -> kind of every property of the resource's class."""
    names = _getters(text)
    found = re.findall(r"^    def (\w+)\(self\) -> pulumi\.Output\[(.*)\]:$", text, re.MULTILINE)
    kinds = {names[python]: _kind(annotation) for python, annotation in found if python in names}
    return {name: kinds.get(name, "any") for name in names.values()}


def _always(text: str) -> frozenset[str]:
    """Pulumi names of the outputs that are never absent."""
    names = _getters(text)
    found = re.findall(r"^    def (\w+)\(self\) -> pulumi\.Output\[(?!Optional\[)", text, re.MULTILINE)
    return frozenset(names[python] for python in found if python in names)


def _kind(annotation: str) -> str:
    bare = annotation.replace("pulumi.Input[", "").replace("Optional[", "").replace("_builtins.", "").lstrip("'")
    for prefix, kind in (("Sequence[", "list"), ("Mapping[", "map"), ("Union[str", "str"), ("Union[", "any")):
        if bare.startswith(prefix):
            return kind
    scalar = re.match(r"(bool|int|float|str)\b", bare)
    if scalar:
        return scalar.group(1)
    return "block" if "Args" in bare or "outputs." in bare else "any"
