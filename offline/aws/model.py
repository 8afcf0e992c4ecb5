"""The words in which a resource type is described: a few lines a type, everything regular derived.

A template is any nesting of dicts and lists; a string in it that starts with `$` is replaced by that property of the
resource (its inputs, then its outputs, then id, account, region, partition), and an entry whose property is absent is
left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Scope = Mapping[str, Any]
"""Every property of a resource by name: inputs over outputs, and id, account, region, partition; in an update also
`before` (the properties as they were) and `changed` (names)."""

Template = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Call:
    """One operation of AWS's, and which properties it carries."""

    operation: str
    """boto3's method name."""
    params: Template = field(default_factory=dict)
    """What is sent besides the properties, such as the id."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Property, or `block.property`, to the path of AWS's member, where the name does not tell. Paths look like
    `IpPermissions[0].FromPort`. An empty path: the properties above or `each` carry it."""
    only: tuple[str, ...] | None = None
    """The properties it carries; None: every one that has a member, renamed or not."""
    skip: tuple[str, ...] = ()
    """Properties that it must not carry although a member is named like them."""
    full: bool = True
    """In an update: send all its properties, not only the changed ones."""
    when: Callable[[Scope], bool] | None = None
    """Whether it is made at all."""
    each: Callable[[Scope], Iterable[Mapping[str, Any]]] | None = None
    """The parameters of each of several requests, merged over the others."""
    checked: bool = False
    """moto lacks it: the parameters are validated, nothing is sent."""
    extended: bool = False
    """Answered by our extension of moto."""
    ignore: tuple[str, ...] = ()
    """Error codes that mean it is done already."""


@dataclass(frozen=True, kw_only=True)
class Find:
    """How AWS is asked for a resource."""

    operation: str
    params: Template = field(default_factory=dict)
    path: str = ""
    """Where in the answer the resource is: `Vpcs[0]`; empty: the whole answer."""
    into: str = ""
    """Kept under this name instead of merged into the resource; for the second and later ones."""
    pick: Callable[[Any, Scope], Any] | None = None
    """Chooses or reshapes what was found; None means that there is no such resource."""
    gone: Callable[[Mapping[str, Any]], bool] | None = None
    """Whether what was found counts as deleted, such as a NAT gateway in state `deleted`."""
    optional: bool = False
    """Not found means nothing to add, such as a bucket without tags."""
    extended: bool = False


@dataclass(frozen=True, kw_only=True)
class Autoname:
    """How a physical name is made where none is given: the logical name and seven hexadecimal digits."""

    property: str = "name"
    longest: int = 255
    lower: bool = False
    prefix: str = ""
    """Put before, such as `alias/`."""
    prefix_property: str = "namePrefix"
    """The input that asks for a random name that starts so; empty: there is none."""
    suffix: str = ""
    """Put behind, such as `.fifo`."""


@dataclass(frozen=True, kw_only=True)
class Tagging:
    """How a resource's tags are changed and read back."""

    add: Call
    """Its template holds `$tags_added`, a list of Key and Value or a map as the operation takes it."""
    remove: Call | None
    """Its template holds `$tags_removed`, a list of keys; None: `add` replaces them all."""
    find: Find | None = None
    """Where the resource's own answer does not hold them; its `pick` returns the tags."""
    path: str = "Tags"
    """Where in the resource they are."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ResourceType:
    """One Pulumi resource type."""

    token: str
    service: str
    """boto3's name of the service."""
    create: tuple[Call, ...]
    """The first makes the resource; a failure in a later one leaves it half made, and kept."""
    id: str | Callable[[Scope], str]
    """A template over properties and, under `answer`, what the first call answered: `{answer.Vpc.VpcId}`."""
    id_after_import: str = ""
    """The property that is the id, where an import is asked for by names and `id` cannot be told from them."""
    id_by_asking: Callable[[Any, Scope], str] | None = None
    """Finds the id of what is imported, where only AWS knows it; given the connection and the names. Empty: none."""
    find: tuple[Find, ...] = ()
    """The first decides whether the resource exists. Empty: it has no reading of its own."""
    update: tuple[Call, ...] = ()
    delete: tuple[Call, ...] = ()
    """Empty: nothing is deleted in AWS."""
    replace: tuple[str, ...] = ()
    """Properties, or `block.property`, whose change makes a new resource."""
    replace_if: Callable[[Scope, Scope], tuple[str, ...]] | None = None
    """Properties that replace depending on old and new values."""
    unique: tuple[str, ...] = ()
    """AWS allows one resource with these values: a replacement that keeps them deletes first."""
    delete_first: bool = False
    """pulumi-aws deletes it before it is replaced, whatever changes: to put it anew changes the one that is there."""
    outputs: Mapping[str, str | Callable[[Scope], Any]] = field(default_factory=dict)
    """Output to path in what `find` found; with a `{`: a format over properties; else derived from the name."""
    reads: Mapping[str, str | Callable[[Scope], Any]] = field(default_factory=dict)
    """Input to path in what `find` found, where it is not the path that it was sent by."""
    lost: tuple[str, ...] = ()
    """Inputs that AWS reports and moto does not: reading takes them from the state."""
    hidden: tuple[str, ...] = ()
    """Inputs that AWS never reports, such as passwords."""
    local: tuple[str, ...] = ()
    """Inputs that steer the provider and are never sent by create or update."""
    default: Mapping[str, Any] = field(default_factory=dict)
    """Inputs that the provider sets where they are absent, as pulumi-aws does."""
    on_removal: Mapping[str, Any] = field(default_factory=dict)
    """What a removed input is changed to, where leaving it out of the request would keep it."""
    completed: tuple[str, ...] = ()
    """Blocks to which AWS adds members of its own: what was given stands among the inputs, `outputs` tells the rest."""
    unordered: tuple[str, ...] = ()
    """Lists that are sets; `block.list` for nested ones."""
    documents: tuple[str, ...] = ()
    """JSON texts, compared by meaning; `block[].name` for nested ones."""
    autoname: Autoname | None = None
    conflicts: tuple[tuple[str, ...], ...] = ()
    """Groups of inputs of which one at most may be set."""
    one_of: tuple[tuple[str, ...], ...] = ()
    """Groups of which exactly one must be set."""
    at_least_one_of: tuple[tuple[str, ...], ...] = ()
    together: tuple[tuple[str, ...], ...] = ()
    """Groups of which the first needs all others."""
    secret: tuple[str, ...] = ()
    """Inputs and outputs that are secret whatever was given; the SDK's own are secret anyway."""
    members: Mapping[str, str] = field(default_factory=dict)
    """`Shape.property` to AWS's member, where a nested name does not tell."""
    tagging: Tagging | None = None
    predicted: Mapping[str, str | Callable[[Scope], Any]] = field(default_factory=dict)
    """Outputs that follow from the inputs and are therefore known in a preview, as formats over properties."""
    settle: Callable[[Any, Scope], None] | None = None
    """Waits or cleans up before a delete; given the connection and the properties."""
    regional: bool = True
    """Whether it has a `region`; IAM has none."""
    note: str = ""
    """What `coverage` says beside it."""

    @property
    def checked_only(self) -> bool:
        """Whether moto lacks what makes this resource."""
        return self.create[0].checked
