"""Conditions of the table of benign differences: each looks at one difference and at the stack around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from operations.drift import equal
from operations.drift.seeing import Seen
from operations.properties import MISSING, parts

SERVICE = "aws:ecs/service:Service"
TARGET = "aws:appautoscaling/target:Target"
ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"
ISSUERS = ("token.actions.githubusercontent.com", "gitlab.com", "accounts.google.com")


def always(seen: Seen) -> bool:
    """Wherever type and property fit."""
    return True


def asked_nothing(seen: Seen) -> bool:
    """The program left it to AWS."""
    return equal.is_nothing(seen.asked)


def both_nothing(seen: Seen) -> bool:
    """Nothing was asked for, and AWS has nothing; where the provider names values at all."""
    named = not (seen.asked is MISSING and seen.found is MISSING)
    return named and equal.is_nothing(seen.asked) and equal.is_nothing(seen.found)


def only_tags_of_aws(seen: Seen) -> bool:
    """Every tag that came is one of AWS's own."""
    if len(parts(seen.path)) > 1:
        return begins_with_aws(parts(seen.path)[1])
    came = isinstance(seen.found, Mapping) and equal.is_nothing(seen.asked)
    return came and all(map(begins_with_aws, seen.found))


def begins_with_aws(key: object) -> bool:
    """Keys that AWS keeps to itself."""
    return str(key).startswith("aws:")


def repeats_tags(seen: Seen) -> bool:
    """Every tag that AWS has is one that was asked for, with its value."""
    asked, found = seen.asks("tags"), seen.has("tagsAll")
    if not (isinstance(asked, Mapping) and isinstance(found, Mapping)):
        return False
    missing = any(found.get(key) != value for key, value in asked.items())
    return not missing and all(key in asked or begins_with_aws(key) for key in found)


def same_set(seen: Seen) -> bool:
    """The property, or the list within it that the path leads to, holds the same members."""
    return _alike(seen.asks(seen.top), seen.has(seen.top))


def _alike(asked: Any, found: Any) -> bool:
    if isinstance(asked, Mapping) and isinstance(found, Mapping):
        return asked.keys() == found.keys() and all(
            asked[key] == found[key] or _alike(asked[key], found[key]) for key in asked
        )
    return equal.same_members(asked, found)


def same_policy(seen: Seen) -> bool:
    """The whole documents say the same."""
    asked, found = seen.asks(seen.top), seen.has(seen.top)
    if isinstance(asked, list) and isinstance(found, list):  # inlinePolicies
        return same_inline(asked, found)
    return equal.same_policy(asked, found)


def same_inline(asked: list[Any], found: list[Any]) -> bool:
    """The same names with documents that say the same."""
    if not all(isinstance(one, Mapping) for one in (*asked, *found)):
        return False
    before = {one.get("name"): one.get("policy") for one in asked}
    after = {one.get("name"): one.get("policy") for one in found}
    return before.keys() == after.keys() and all(equal.same_policy(before[name], after[name]) for name in before)


def same_json(seen: Seen) -> bool:
    """The whole documents hold the same; also those within the property."""
    return _same_documents(seen.asks(seen.top), seen.has(seen.top))


def _same_documents(asked: Any, found: Any) -> bool:
    if isinstance(asked, Mapping) and isinstance(found, Mapping):
        return asked.keys() == found.keys() and all(
            asked[key] == found[key] or _same_documents(asked[key], found[key]) for key in asked
        )
    return equal.same_json(asked, found)


def same_containers(seen: Seen) -> bool:
    """The containers run the same."""
    return equal.same_containers(seen.asks(seen.top), seen.has(seen.top))


def same_but_case(seen: Seen) -> bool:
    """Two texts that only the case tells apart."""
    return isinstance(seen.asked, str) and isinstance(seen.found, str) and seen.asked.lower() == seen.found.lower()


def same_host(seen: Seen) -> bool:
    """Two host names that only the case or a last dot tells apart."""
    if not (isinstance(seen.asked, str) and isinstance(seen.found, str)):
        return False
    return seen.asked.lower().rstrip(".") == seen.found.lower().rstrip(".")


def is_shifted_by_ecs(seen: Seen) -> bool:
    """A service names this rule as its production rule, and all that the rule does is to lead to its target groups."""
    state = seen.change.old
    actions = seen.has("actions")
    if state is None or not isinstance(actions, list) or not actions:
        return False
    allowed = {group for rule, groups in _shifted(seen) for group in groups if rule == state.id}
    leads_to = [group for action in actions for group in _groups(action)]
    return bool(allowed) and None not in leads_to and set(leads_to) <= allowed


def _shifted(seen: Seen) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each rule that ECS writes, with the target groups between which it moves requests."""
    for service in seen.others(SERVICE):
        for balancer in service.get("loadBalancers") or ():
            advanced = balancer.get("advancedConfiguration") if isinstance(balancer, Mapping) else None
            if isinstance(advanced, Mapping):
                groups = balancer.get("targetGroupArn"), advanced.get("alternateTargetGroupArn")
                yield str(advanced.get("productionListenerRule")), tuple(str(group) for group in groups)


def _groups(action: Any) -> list[str | None]:
    """Where an action leads; [None] where it does anything else."""
    if not isinstance(action, Mapping) or action.get("type") != "forward":
        return [None]
    forward = action.get("forward") or {}
    found = [group.get("arn") for group in forward.get("targetGroups") or ()]
    return found or [action.get("targetGroupArn")]


def has_the_same_groups(seen: Seen) -> bool:
    """Nothing but the two target groups has changed places."""
    asked, found = seen.asks("loadBalancers"), seen.has("loadBalancers")
    if not (isinstance(asked, list) and isinstance(found, list)):
        return False
    return equal.same_members([_unordered(one) for one in asked], [_unordered(one) for one in found])


def _unordered(balancer: Any) -> Any:
    if not isinstance(balancer, Mapping) or not isinstance(balancer.get("advancedConfiguration"), Mapping):
        return balancer
    advanced = dict(balancer["advancedConfiguration"])
    pair = sorted([str(balancer.get("targetGroupArn")), str(advanced.pop("alternateTargetGroupArn", None))])
    rest = {key: value for key, value in balancer.items() if key not in ("targetGroupArn", "advancedConfiguration")}
    return {**rest, "advanced": advanced, "pair": pair}


def within_scaling(seen: Seen) -> bool:
    """A target of the stack's scaling is this service, and allows the number."""
    found = equal.number(seen.found)
    if found is None:
        return False
    for target in seen.others(TARGET):
        least, most = equal.number(target.get("minCapacity")), equal.number(target.get("maxCapacity"))
        is_it = str(target.get("resourceId", "")).rpartition("/")[2] == seen.asks("name")
        if is_it and least is not None and most is not None and least <= found <= most:
            return True
    return False


def is_scheduled(seen: Seen) -> bool:
    """A scheduled action sets this number on this target."""
    for action in seen.others(ACTION):
        sets = action.get("scalableTargetAction")
        same = all(action.get(key) == seen.asks(key) for key in ("resourceId", "scalableDimension"))
        if (
            same
            and isinstance(sets, Mapping)
            and equal.number(sets.get(seen.path)) == equal.number(seen.found) is not None
        ):
            return True
    return False


def has_grown(seen: Seen) -> bool:
    """Larger than asked for, and within what it may grow to."""
    return equal.has_grown(seen.asked, seen.found, seen.asks("maxAllocatedStorage"))


def is_minor_release(seen: Seen) -> bool:
    """A later release of the same major version, which AWS may install."""
    automatic = seen.asks("autoMinorVersionUpgrade") in (True, "true")
    return automatic and equal.is_newer_minor(seen.asked, seen.found, equal.numbers_of_major(seen.asks("engine")))


def fails_over(seen: Seen) -> bool:
    """An instance with a standby, or one of a cluster."""
    return seen.asks("multiAz") is True or seen.change.type.startswith("aws:rds/clusterInstance:")


def same_parameters(seen: Seen) -> bool:
    """The same names with the same values, however they were applied."""

    def plain(value: Any) -> Any:
        if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
            return None
        return sorted((str(one.get("name")), str(one.get("value"))) for one in value)

    asked, found = plain(seen.asks("parameters")), plain(seen.has("parameters"))
    return asked is not None and asked == found


def is_a_known_issuer(seen: Seen) -> bool:
    """An issuer whose certificate AWS checks by its own list of authorities."""
    host = str(seen.asks("url")).removeprefix("https://").partition("/")[0]
    return host in ISSUERS or host.endswith(".auth0.com")
