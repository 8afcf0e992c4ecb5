"""URNs and provider references, taken apart and put together."""

from __future__ import annotations

import fnmatch

STACK_TYPE = "pulumi:pulumi:Stack"
STACK_REFERENCE_TYPE = "pulumi:pulumi:StackReference"
PROVIDER_PREFIX = "pulumi:providers:"


def make_urn(stack: str, project: str, parent: str, resource_type: str, name: str) -> str:
    """The URN of a resource; the parent's types are part of it, unless the parent is the stack."""
    if parent:
        parent_type = qualified_type(parent)
        if parent_type != STACK_TYPE:
            resource_type = f"{parent_type}${resource_type}"
    return f"urn:pulumi:{stack}::{project}::{resource_type}::{name}"


def qualified_type(urn: str) -> str:
    """The type with those of its parents, joined by `$`."""
    return urn.split("::", 3)[2]


def urn_type(urn: str) -> str:
    """The resource's own type token."""
    return qualified_type(urn).rsplit("$", 1)[-1]


def urn_name(urn: str) -> str:
    """The resource's logical name."""
    return urn.split("::", 3)[3]


def is_provider_type(resource_type: str) -> bool:
    """True for `pulumi:providers:<package>`."""
    return resource_type.startswith(PROVIDER_PREFIX)


def is_default_provider(urn: str) -> bool:
    """True for a provider that the engine made by itself; displays leave these out."""
    return is_provider_type(urn_type(urn)) and urn_name(urn).startswith("default")


def package_of(token: str) -> str:
    """The package of a type or function token; a provider's is the package that it serves."""
    if is_provider_type(token):
        return token.removeprefix(PROVIDER_PREFIX)
    return token.split(":", 1)[0]


def reference_urn(reference: str) -> str:
    """The URN in a provider reference (`urn::id`)."""
    return reference.rpartition("::")[0]


def matches(pattern: str, urn: str) -> bool:
    """True when a `--target`, `--exclude` or `--replace` pattern names the URN; `*` and `**` are wildcards."""
    if "*" not in pattern:
        return pattern == urn
    return fnmatch.fnmatchcase(urn, pattern.replace("**", "*"))
