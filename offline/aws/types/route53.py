"""Route 53: public hosted zones and their records."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from offline.aws import paths
from offline.aws.model import Call, Find, ResourceType, Scope, Tagging
from offline.aws.values import has_unknown

_TAGGED = {"ResourceType": "hostedzone", "ResourceId": "$id"}


def _zone_id(scope: Scope) -> str:
    return str(scope["answer"]["HostedZone"]["Id"]).removeprefix("/hostedzone/")


def _bare(name: Any) -> str:
    """AWS ends a name with a dot, and writes the star of a wildcard as its number."""
    return str(name).removesuffix(".").replace("\\052", "*").lower()


ZONE = ResourceType(
    token="aws:route53/zone:Zone",
    service="route53",
    create=(
        Call(
            operation="create_hosted_zone",
            names={"comment": "HostedZoneConfig.Comment"},
            each=lambda scope: iter([{"CallerReference": str(uuid.uuid4())}]),
        ),
    ),
    id=_zone_id,
    find=(Find(operation="get_hosted_zone", params={"Id": "$id"}),),
    update=(
        Call(
            operation="update_hosted_zone_comment",
            params={"Id": "$id"},
            names={"comment": "Comment"},
            only=("comment",),
        ),
    ),
    delete=(Call(operation="delete_hosted_zone", params={"Id": "$id"}),),
    replace=("delegationSetId", "name"),
    default={"comment": "Managed by Pulumi", "forceDestroy": False},
    local=("forceDestroy",),
    reads={
        "name": lambda scope: _bare(scope["item"]["HostedZone"]["Name"]),
        "comment": "HostedZone.Config.Comment",
    },
    outputs={
        "arn": "arn:{partition}:route53:::hostedzone/{id}",
        "zoneId": "{id}",
        "nameServers": "DelegationSet.NameServers",
        "primaryNameServer": "DelegationSet.NameServers[0]",
    },
    tagging=Tagging(
        add=Call(operation="change_tags_for_resource", params={**_TAGGED, "AddTags": "$tags_added"}),
        remove=Call(operation="change_tags_for_resource", params={**_TAGGED, "RemoveTagKeys": "$tags_removed"}),
        find=Find(operation="list_tags_for_resource", params=_TAGGED, path="ResourceTagSet.Tags"),
    ),
    regional=False,
    note="public zones only; who delegates to it is not looked at",
)

_RECORD = ("name", "type", "ttl", "records", "aliases", "setIdentifier")


def _record_set(properties: Mapping[str, Any]) -> dict[str, Any]:
    """A record set as AWS has it."""
    made: dict[str, Any] = {"Name": str(properties["name"]), "Type": properties["type"]}
    if properties.get("ttl") is not None:
        made["TTL"] = int(properties["ttl"])
    if properties.get("records"):
        made["ResourceRecords"] = [{"Value": value} for value in properties["records"]]
    for alias in properties.get("aliases") or []:
        made["AliasTarget"] = {
            "HostedZoneId": alias["zoneId"],
            "DNSName": alias["name"],
            "EvaluateTargetHealth": bool(alias["evaluateTargetHealth"]),
        }
    if properties.get("setIdentifier"):
        made["SetIdentifier"] = properties["setIdentifier"]
    return made


def _change(action: str) -> Any:
    def changes(scope: Scope) -> Iterator[Mapping[str, Any]]:
        wanted = "UPSERT" if action == "CREATE" and scope.get("allowOverwrite") else action
        given = {name: scope[name] for name in _RECORD if scope.get(name) is not None}
        record = {"Name": "unknown", "Type": "A"} if has_unknown(given) else _record_set(given)
        yield {"ChangeBatch": {"Changes": [{"Action": wanted, "ResourceRecordSet": record}]}}

    return changes


def _changed(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """Another type or name of a set is another record to Route 53: the old one goes and the new one comes as one."""
    if not {"type", "setIdentifier"} & set(scope["changed"]):
        yield from _change("UPSERT")(scope)
        return
    (old,), (new,) = (list(_change(action)(of)) for action, of in (("DELETE", scope["before"]), ("CREATE", scope)))
    yield {"ChangeBatch": {"Changes": [*old["ChangeBatch"]["Changes"], *new["ChangeBatch"]["Changes"]]}}


def _found(records: list[Any], scope: Scope) -> Any:
    name, type_ = _bare(scope["name"]), scope["type"]
    return next((record for record in records if _bare(record["Name"]) == name and record["Type"] == type_), None)


def _name(scope: Scope) -> str:
    """As it was given, if it means the same."""
    actual = _bare(scope["item"]["Name"])
    return str(scope["name"]) if _bare(scope.get("name", "")) == actual else actual


def _aliases(scope: Scope) -> Any:
    target = scope["item"].get("AliasTarget")
    if not target:
        return paths.MISSING
    given = (scope.get("aliases") or [{}])[0]
    name = given["name"] if _bare(given.get("name", "")) == _bare(target["DNSName"]) else _bare(target["DNSName"])
    return [{"name": name, "zoneId": target["HostedZoneId"], "evaluateTargetHealth": target["EvaluateTargetHealth"]}]


def _values(scope: Scope) -> Any:
    values = [record["Value"] for record in scope["item"].get("ResourceRecords") or []]
    return values or paths.MISSING


_IN_ZONE = {"HostedZoneId": "$zoneId"}
_CHANGED = ("type", "ttl", "records", "aliases", "setIdentifier")
_CARRIED = dict.fromkeys(_RECORD, "")

RECORD = ResourceType(
    token="aws:route53/record:Record",
    service="route53",
    create=(
        Call(
            operation="change_resource_record_sets",
            params=_IN_ZONE,
            names={**_CARRIED, "zoneId": ""},
            each=_change("CREATE"),
        ),
    ),
    id=lambda scope: f"{scope['zoneId']}_{_bare(scope['name'])}_{scope['type']}",
    find=(
        Find(
            operation="list_resource_record_sets",
            params={"HostedZoneId": "$zoneId", "StartRecordName": "$name", "StartRecordType": "$type"},
            path="ResourceRecordSets",
            pick=_found,
        ),
    ),
    update=(
        Call(
            operation="change_resource_record_sets",
            params=_IN_ZONE,
            names=dict.fromkeys(_CHANGED, ""),
            only=_CHANGED,
            each=_changed,
        ),
    ),
    delete=(
        Call(
            operation="change_resource_record_sets", params=_IN_ZONE, each=_change("DELETE"), ignore=("InvalidInput",)
        ),
    ),
    replace=("name", "zoneId"),
    unique=("name", "zoneId"),
    conflicts=(("aliases", "ttl"),),
    one_of=(("aliases", "records"),),
    together=(("records", "ttl"),),
    local=("allowOverwrite",),
    hidden=("zoneId",),
    reads={"name": _name, "ttl": "TTL", "records": _values, "aliases": _aliases},
    unordered=("records",),
    outputs={"fqdn": lambda scope: _bare(scope["item"]["Name"])},
    regional=False,
    note="simple records only; no routing policies",
)

TYPES = (ZONE, RECORD)
