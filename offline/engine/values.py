"""Property values in Python, and walks over them.

Plain values are None, bool, int, float, str, list and dict; everything else is one of the small classes below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"
ASSET_SIGNATURE = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE_SIGNATURE = "0def7320c3a5731c473e5ecbe6d01bc7"
RESOURCE_SIGNATURE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN_TEXTS = frozenset(
    {
        UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
MASK = "[secret]"


class Unknown:
    """The type of UNKNOWN: a value that exists only once the operation has run."""

    def __repr__(self) -> str:
        return "<unknown>"

    def __deepcopy__(self, memo: object) -> Unknown:
        return self  # there is one only: it is compared by identity


UNKNOWN: Final = Unknown()


class Secret:
    """A value that is encrypted at rest and masked wherever people look."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value: Any = value.value if isinstance(value, Secret) else value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and bool(other.value == self.value)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "Secret(***)"


class OutputValue:
    """A value with its dependencies; only in flight, while transforms rewrite a registration."""

    __slots__ = ("dependencies", "secret", "value")

    def __init__(self, value: Any, secret: bool = False, dependencies: Iterable[str] = ()) -> None:
        self.value: Any = value
        self.secret = secret
        self.dependencies = sorted(set(dependencies))


class ResourceReference:
    """A reference to another resource, as a component passes it on."""

    __slots__ = ("id", "urn", "version")

    def __init__(self, urn: str, resource_id: Any = None, version: str = "") -> None:
        self.urn = urn
        self.id: Any = resource_id
        self.version = version

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ResourceReference) and (other.urn, other.id) == (self.urn, self.id)

    __hash__ = None  # type: ignore[assignment]


class Asset:
    """An asset or an archive (the signature tells): its source (path, text, uri, assets) and a hash of its content, see
    `assets.py`."""

    __slots__ = ("hash", "signature", "source")

    def __init__(self, signature: str, source: dict[str, Any], content_hash: str = "") -> None:
        self.signature = signature
        self.source = source
        self.hash = content_hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Asset) or other.signature != self.signature:
            return False
        return self.hash == other.hash if self.hash and other.hash else self.source == other.source

    __hash__ = None  # type: ignore[assignment]


def rewrite(value: Any, change: Callable[[Any], Any]) -> Any:
    """A copy in which `change` has replaced every leaf and every special value."""
    if isinstance(value, dict):
        return {key: rewrite(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rewrite(item, change) for item in value]
    return change(value)


def contains(value: Any, test: Callable[[Any], bool]) -> bool:
    """True when a leaf or special value anywhere in `value` passes the test."""
    if isinstance(value, dict):
        return any(contains(item, test) for item in value.values())
    if isinstance(value, list | tuple):
        return any(contains(item, test) for item in value)
    if test(value):
        return True
    return isinstance(value, Secret | OutputValue) and contains(value.value, test)


def has_unknown(value: Any) -> bool:
    """True when some part of the value is not known yet."""
    return contains(value, lambda item: item is UNKNOWN)


def has_secret(value: Any) -> bool:
    """True when some part of the value is secret."""
    return contains(value, lambda item: isinstance(item, Secret))


def without_output_values(value: Any) -> Any:
    """Output values become secrets, unknowns or plain values."""

    def change(item: Any) -> Any:
        if isinstance(item, OutputValue):
            inner = without_output_values(item.value)
            return Secret(inner) if item.secret else inner
        if isinstance(item, Secret):
            return Secret(without_output_values(item.value))
        return item

    return rewrite(value, change)


def dependencies_of(value: Any) -> set[str]:
    """The URNs that the output values inside depend on."""
    found: set[str] = set()

    def visit(item: Any) -> Any:
        if isinstance(item, OutputValue):
            found.update(item.dependencies)
        if isinstance(item, OutputValue | Secret):
            rewrite(item.value, visit)
        return item

    rewrite(value, visit)
    return found


def unwrap(value: Any) -> Any:
    """The value without any mark of secrecy, for comparing and for the provider's eyes."""
    return rewrite(value, lambda item: unwrap(item.value) if isinstance(item, Secret | OutputValue) else item)


def carry_secrets(marked: Any, value: Any) -> Any:
    """`value` with every part secret that is secret in `marked`: providers need not echo secrecy."""
    if isinstance(value, Secret):
        return value
    if isinstance(marked, Secret):
        return Secret(unwrap(value))
    if isinstance(marked, dict) and isinstance(value, dict):
        return {key: carry_secrets(marked.get(key), item) for key, item in value.items()}
    if isinstance(marked, list) and isinstance(value, list):
        if has_secret(marked) and not has_secret(value):
            return Secret(unwrap(value))  # the provider may have put the elements in another order
        return [carry_secrets(marked[i] if i < len(marked) else None, item) for i, item in enumerate(value)]
    return value


def secret_texts(value: Any) -> set[str]:
    """Every string inside a secret, at least four characters long: what no output may show."""
    found: set[str] = set()

    def visit(item: Any) -> Any:
        if isinstance(item, Secret):
            rewrite(item.value, collect)
        elif isinstance(item, OutputValue):
            rewrite(item.value, collect if item.secret else visit)
        return item

    def collect(item: Any) -> Any:
        if isinstance(item, str) and len(item) >= 4:
            found.add(item)
        elif isinstance(item, Secret | OutputValue):
            rewrite(item.value, collect)
        return item

    rewrite(value, visit)
    return found
