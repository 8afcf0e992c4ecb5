"""EC2's security groups and their rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from offline.aws import paths
from offline.aws.model import Autoname, Call, Find, ResourceType, Scope
from offline.aws.types.ec2_common import TAGGING, arn, tag_specification

SOURCES = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
ALL_TRAFFIC = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}

_RULE_NAMES = {
    "ipProtocol": "IpPermissions[0].IpProtocol",
    "fromPort": "IpPermissions[0].FromPort",
    "toPort": "IpPermissions[0].ToPort",
    "cidrIpv4": "IpPermissions[0].IpRanges[0].CidrIp",
    "cidrIpv6": "IpPermissions[0].Ipv6Ranges[0].CidrIpv6",
    "prefixListId": "IpPermissions[0].PrefixListIds[0].PrefixListId",
    "referencedSecurityGroupId": "IpPermissions[0].UserIdGroupPairs[0].GroupId",
    "securityGroupId": "GroupId",
    "description": "",
}
_DESCRIBED = {
    "cidrIpv4": ("IpRanges", "CidrIp"),
    "cidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
    "prefixListId": ("PrefixListIds", "PrefixListId"),
    "referencedSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
}


def _rule_permission(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """The rule as one permission: its description belongs to its source."""
    permission: dict[str, Any] = {"IpProtocol": str(scope["ipProtocol"])}
    for name, member in (("fromPort", "FromPort"), ("toPort", "ToPort")):
        if name in scope:
            permission[member] = scope[name]
    for name, (plural, member) in _DESCRIBED.items():
        if name in scope:
            source = {member: scope[name]}
            if "description" in scope:
                source["Description"] = scope["description"]
            permission[plural] = [source]
    yield {"IpPermissions": [permission]}


def _rule_change(scope: Scope) -> Iterator[Mapping[str, Any]]:
    members = {
        "ipProtocol": "IpProtocol",
        "fromPort": "FromPort",
        "toPort": "ToPort",
        "cidrIpv4": "CidrIpv4",
        "cidrIpv6": "CidrIpv6",
        "prefixListId": "PrefixListId",
        "referencedSecurityGroupId": "ReferencedGroupId",
        "description": "Description",
    }
    rule = {member: scope[name] for name, member in members.items() if name in scope}
    if rule["IpProtocol"] == "-1":
        rule |= {"FromPort": -1, "ToPort": -1}
    yield {"SecurityGroupRules": [{"SecurityGroupRuleId": scope["id"], "SecurityGroupRule": rule}]}


def _source_changed(old: Scope, new: Scope) -> tuple[str, ...]:
    """AWS changes a rule's source, not its kind of source."""
    before, after = ({name for name in SOURCES if name in inputs} for inputs in (old, new))
    return () if before == after else SOURCES


def _rule(direction: str) -> ResourceType:
    lower = direction.lower()
    return ResourceType(
        token=f"aws:vpc/securityGroup{direction}Rule:SecurityGroup{direction}Rule",
        service="ec2",
        create=(
            Call(
                operation=f"authorize_security_group_{lower}",
                params=tag_specification("security-group-rule"),
                names=_RULE_NAMES,
                only=tuple(_RULE_NAMES),
                each=_rule_permission,
            ),
        ),
        id="{answer.SecurityGroupRules[0].SecurityGroupRuleId}",
        find=(
            Find(
                operation="describe_security_group_rules",
                params={"SecurityGroupRuleIds": ["$id"]},
                path="SecurityGroupRules[0]",
            ),
        ),
        update=(
            Call(
                operation="modify_security_group_rules",
                params={"GroupId": "$securityGroupId"},
                names=dict.fromkeys(set(_RULE_NAMES) - {"securityGroupId"}, ""),
                only=tuple(set(_RULE_NAMES) - {"securityGroupId"}),
                each=_rule_change,
            ),
        ),
        delete=(
            Call(
                operation=f"revoke_security_group_{lower}",
                params={"GroupId": "$securityGroupId", "SecurityGroupRuleIds": ["$id"]},
            ),
        ),
        replace=("securityGroupId",),
        replace_if=_source_changed,
        one_of=(SOURCES,),
        reads={
            "description": _description,
            "ipProtocol": "IpProtocol",
            "fromPort": lambda scope: _port(scope, "fromPort", "FromPort"),
            "toPort": lambda scope: _port(scope, "toPort", "ToPort"),
            "cidrIpv4": "CidrIpv4",
            "cidrIpv6": "CidrIpv6",
            "prefixListId": "PrefixListId",
            "referencedSecurityGroupId": "ReferencedGroupInfo.GroupId",
            "securityGroupId": "GroupId",
        },
        outputs={"arn": arn("security-group-rule"), "securityGroupRuleId": "{id}"},
        tagging=TAGGING,
        note="the description of a rule about a group is not read back",
    )


def _description(scope: Scope) -> Any:
    """moto keeps that of a rule about addresses, and loses that of one about a group."""
    known = scope["item"].get("Description")
    lost = "ReferencedGroupInfo" in scope["item"] and not known
    return scope.get("description", paths.MISSING) if lost else known or paths.MISSING


def _port(scope: Scope, name: str, member: str) -> Any:
    """AWS answers -1 where no port was given."""
    value = scope["item"].get(member)
    return paths.MISSING if value in (None, -1) and name not in scope else value


def permissions(rules: list[Mapping[str, Any]] | None, group_id: str) -> list[dict[str, Any]]:
    """Inline rules of a group as AWS's permissions."""
    return [_permission(rule, group_id) for rule in rules or []]


def _permission(rule: Mapping[str, Any], group_id: str) -> dict[str, Any]:
    described = {"Description": rule["description"]} if rule.get("description") else {}
    groups = [*(rule.get("securityGroups") or []), *([group_id] if rule.get("self") else [])]
    permission: dict[str, Any] = {
        "IpProtocol": str(rule["protocol"]),
        "IpRanges": [{"CidrIp": cidr, **described} for cidr in rule.get("cidrBlocks") or []],
        "Ipv6Ranges": [{"CidrIpv6": cidr, **described} for cidr in rule.get("ipv6CidrBlocks") or []],
        "PrefixListIds": [{"PrefixListId": item, **described} for item in rule.get("prefixListIds") or []],
        "UserIdGroupPairs": [{"GroupId": group, **described} for group in groups],
    }
    if str(rule["protocol"]) != "-1":
        permission.update(FromPort=int(rule["fromPort"]), ToPort=int(rule["toPort"]))
    return {name: value for name, value in permission.items() if value != []}


def _inline(direction: str, which: str, other: str) -> Callable[[Scope], Iterator[Mapping[str, Any]]]:
    """What one side has and the other lacks: revoked from the old, or authorised for the new."""

    def difference(scope: Scope) -> Iterator[Mapping[str, Any]]:
        sides = {"before": scope.get("before", {}).get(direction), "now": scope.get(direction)}
        mine, theirs = (permissions(sides[side], scope["id"]) for side in (which, other))
        wanted = [permission for permission in mine if permission not in theirs]
        if wanted:
            yield {"IpPermissions": wanted}

    return difference


def _inline_calls(direction: str, which: str, other: str) -> Call:
    verb = "revoke" if which == "before" else "authorize"
    return Call(
        operation=f"{verb}_security_group_{direction}",
        params={"GroupId": "$id"},
        names={direction: ""},
        only=(direction,),
        each=_inline(direction, which, other),
    )


_CHANGE_RULES = tuple(
    _inline_calls(direction, *sides)
    for direction in ("ingress", "egress")
    for sides in (("before", "now"), ("now", "before"))
)

_RULE_BLOCK = {"IpProtocol": "protocol", "FromPort": "fromPort", "ToPort": "toPort"}


def _inline_rules(member: str, name: str) -> Callable[[Scope], Any]:
    """The inline rules, if the group's own permissions are theirs; a group without inline rules has none to read."""

    def read(scope: Scope) -> Any:
        if name not in scope:
            return paths.MISSING
        wanted = permissions(scope[name], scope["id"])
        actual = scope["item"].get(member) or []
        from offline.aws.shapes import covers

        return scope[name] if covers(_flat(wanted), _flat(actual)) else [_block(entry) for entry in actual]

    return read


def _flat(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One entry a source: AWS groups them by protocol and ports."""
    flat = []
    for entry in entries:
        base = {name: entry[name] for name in _RULE_BLOCK if entry.get(name) is not None}
        for plural, member in _DESCRIBED.values():
            flat += [{**base, member: source[member]} for source in entry.get(plural) or []]
    return flat


def _block(entry: Mapping[str, Any]) -> dict[str, Any]:
    block: dict[str, Any] = {
        name: entry[member] for member, name in _RULE_BLOCK.items() if entry.get(member) is not None
    }
    for plural, member, name in (
        ("IpRanges", "CidrIp", "cidrBlocks"),
        ("Ipv6Ranges", "CidrIpv6", "ipv6CidrBlocks"),
        ("PrefixListIds", "PrefixListId", "prefixListIds"),
        ("UserIdGroupPairs", "GroupId", "securityGroups"),
    ):
        if entry.get(plural):
            block[name] = [source[member] for source in entry[plural]]
    return block


SECURITY_GROUP = ResourceType(
    token="aws:ec2/securityGroup:SecurityGroup",
    service="ec2",
    create=(
        Call(
            operation="create_security_group",
            params=tag_specification("security-group"),
            names={"name": "GroupName"},
            only=("name", "description", "vpcId"),
        ),
        Call(  # AWS opens every new group outwards; the provider closes it before it adds what was asked for
            operation="revoke_security_group_egress",
            params={"GroupId": "$id", "IpPermissions": [ALL_TRAFFIC]},
            only=(),
            ignore=("InvalidPermission.NotFound",),
        ),
        _inline_calls("ingress", "now", "before"),
        _inline_calls("egress", "now", "before"),
    ),
    id="{answer.GroupId}",
    find=(Find(operation="describe_security_groups", params={"GroupIds": ["$id"]}, path="SecurityGroups[0]"),),
    update=_CHANGE_RULES,
    delete=(Call(operation="delete_security_group", params={"GroupId": "$id"}),),
    replace=("description", "name", "namePrefix", "vpcId"),
    conflicts=(("name", "namePrefix"),),
    autoname=Autoname(longest=255),
    default={"description": "Managed by Pulumi"},
    reads={
        "ingress": _inline_rules("IpPermissions", "ingress"),
        "egress": _inline_rules("IpPermissionsEgress", "egress"),
    },
    local=("revokeRulesOnDelete",),
    unordered=("ingress", "egress"),
    outputs={"arn": arn("security-group"), "name": "GroupName"},
    tagging=TAGGING,
)


def _default_group(groups: list[Any], scope: Scope) -> Any:
    return groups[0] if groups else None


def _emptied(member: str) -> Callable[[Scope], Iterator[Mapping[str, Any]]]:
    """Every rule that the adopted group has, to be revoked."""

    def found(scope: Scope) -> Iterator[Mapping[str, Any]]:
        groups = scope.get("answer", {}).get("SecurityGroups") or []
        rules = groups[0].get(member) if groups else []
        if rules:
            kept = [{name: value for name, value in rule.items() if value not in ([], None)} for rule in rules]
            yield {"IpPermissions": kept}

    return found


DEFAULT_SECURITY_GROUP = ResourceType(
    token="aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    service="ec2",
    create=(
        Call(
            operation="describe_security_groups",
            params={
                "Filters": [
                    {"Name": "vpc-id", "Values": ["$vpcId"]},
                    {"Name": "group-name", "Values": ["default"]},
                ]
            },
            names={"vpcId": ""},
            only=("vpcId",),
        ),
        Call(
            operation="revoke_security_group_ingress",
            params={"GroupId": "$id"},
            only=(),
            each=_emptied("IpPermissions"),
        ),
        Call(
            operation="revoke_security_group_egress",
            params={"GroupId": "$id"},
            only=(),
            each=_emptied("IpPermissionsEgress"),
        ),
        _inline_calls("ingress", "now", "before"),
        _inline_calls("egress", "now", "before"),
    ),
    id="{answer.SecurityGroups[0].GroupId}",
    find=(Find(operation="describe_security_groups", params={"GroupIds": ["$id"]}, path="SecurityGroups[0]"),),
    update=_CHANGE_RULES,
    replace=("vpcId",),
    reads={
        "vpcId": "VpcId",
        "ingress": _inline_rules("IpPermissions", "ingress"),
        "egress": _inline_rules("IpPermissionsEgress", "egress"),
    },
    local=("revokeRulesOnDelete",),
    unordered=("ingress", "egress"),
    outputs={"arn": arn("security-group"), "name": "GroupName"},
    tagging=TAGGING,
    note="adopts the VPC's default group and empties it; deleting forgets it, as AWS keeps it with its VPC",
)

TYPES = (SECURITY_GROUP, DEFAULT_SECURITY_GROUP, _rule("Ingress"), _rule("Egress"))
