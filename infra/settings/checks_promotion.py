"""Checks of promotion: where releases come from, and that what they bring can come from another environment."""

import re
from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from infra.settings.checking import Values
from infra.settings.problems import Finding, fields_of, is_map, model_in, nearest, show

STACK_FILE = re.compile(r"^Pulumi\.(?P<environment>.+)\.yaml$")

OWN = "says which environment this is, and belongs to it alone"
PLACE = "names what exists in one account"
GUARD = "guards this environment's data"
HIDDEN = "is never shown, and releases are"

SECTIONS: Mapping[str, str] = {
    **dict.fromkeys(("account", "owner", "network", "domain", "registry", "ci", "promotion"), OWN),
    **dict.fromkeys(("secrets", "encryption", "consumers", "api_keys", "alarms"), OWN),
    "quotas": "is what AWS granted to one account",
}
"""Sections of which nothing is promoted, and why."""
KEYS: Mapping[str, str] = {
    **dict.fromkeys(("existing", "restore", "certificate_arn", "admins", "viewers", "tenants"), PLACE),
    **dict.fromkeys(("protect", "deletion_protection", "final_snapshot", "force_destroy", "force_delete"), GUARD),
    **dict.fromkeys(("secrets", "environment"), HIDDEN),
}
"""Keys anywhere below that are not promoted, and why."""
ENDS = "take it out of headroom:promotion.settings"


def promotion_findings(promotion: Values, model: type[BaseModel]) -> Iterator[Finding]:
    """Every path that is no setting, or none that may come from another environment. `model` is that of Settings."""
    paths = promotion.get("settings", ())
    for place, path in enumerate(paths):
        where = ("promotion", "settings", place)
        if path in paths[:place]:
            yield Finding(where, f"{show(where, path)}: it stands twice; take one out")
            continue
        reason = unpromotable(path, model)
        if reason:
            yield Finding(where, f"{show(where, path)}: {reason}")


def own_findings(promotion: Values, file: str) -> Iterator[Finding]:
    """No environment gets its releases from itself; which one it is, its file's name tells."""
    named = STACK_FILE.match(file)
    source = promotion.get("from")
    if named and source == named["environment"]:
        where = ("promotion", "from")
        yield Finding(where, f"{show(where, source)}: that is this environment itself; name the one before it, or none")


def unpromotable(path: str, model: type[BaseModel]) -> str:
    """Why a path can't be promoted, with the remedy; empty where it can."""
    first, *rest = parts = path.split(".")
    known = {key for key in fields_of(model) if ":" not in key}
    if first not in known:
        return f"headroom: has no such setting{nearest(first, known)}; {ENDS}"
    if first in SECTIONS:
        return f"headroom:{first} {SECTIONS[first]}; {ENDS}"
    for part in rest:
        if part in KEYS:
            return f"{part} {KEYS[part]}; {ENDS}"
    return _no_scalar(parts, model)


def _no_scalar(parts: list[str], model: type[BaseModel]) -> str:
    """Why parts lead to no plain value: nowhere, or to a group, a map or a list."""
    left, walked = list(parts), ""
    while left:
        key = left.pop(0)
        field = fields_of(model).get(key)
        if field is None:
            known = sorted(fields_of(model))
            if key == "*":
                return f"{walked} has keys of its own, and * stands for a name of yours; name one: {', '.join(known)}"
            return f"{walked} has no key {key}{nearest(key, known)}; known: {', '.join(known)}"
        walked, model = f"{walked}.{key}" if walked else key, model_in(field)
        if is_map(field):
            if not left:
                return f"{walked} is a map, and a release brings single values; name one, such as {walked}.*.<key>"
            walked += f".{left.pop(0)}"
        group = bool(fields_of(model))
        if left and not group:
            return f"{walked} is a single value, and has no keys; end the path there"
        if not left and (group or "tuple[" in str(field.annotation)):
            return f"{walked} is {'a group of keys' if group else 'a list'}, and a release brings single values; {ENDS}"
    return ""
