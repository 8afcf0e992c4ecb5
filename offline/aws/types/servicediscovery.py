"""Cloud Map: name spaces, private ones in DNS and such without, and services that ECS registers its tasks with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from offline.aws import paths, shapes
from offline.aws.model import Autoname, Call, Find, ResourceType, Scope, Tagging

TAGGING = Tagging(
    add=Call(operation="tag_resource", params={"ResourceARN": "$arn", "Tags": "$tags_added"}),
    remove=Call(operation="untag_resource", params={"ResourceARN": "$arn", "TagKeys": "$tags_removed"}),
    find=Find(operation="list_tags_for_resource", params={"ResourceARN": "$arn"}, path="Tags"),
)


def _made(scope: Scope) -> str:
    """AWS answers with an operation, whose id names the name space here (see the extension)."""
    return str(scope["answer"]["OperationId"]).removeprefix("made-")


PRIVATE_DNS_NAMESPACE = ResourceType(
    token="aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace",
    service="servicediscovery",
    create=(Call(operation="create_private_dns_namespace", extended=True),),
    id=_made,
    find=(Find(operation="get_namespace", params={"Id": "$id"}, path="Namespace"),),
    update=(
        Call(
            operation="update_private_dns_namespace",
            params={"Id": "$id", "Namespace": {"Description": "$description"}},
            names={"description": ""},
            only=("description",),
        ),
    ),
    delete=(Call(operation="delete_namespace", params={"Id": "$id"}, extended=True),),
    replace=("name", "vpc"),
    default={"description": "Managed by Pulumi"},
    lost=("vpc",),
    outputs={"arn": "Arn", "hostedZone": "Properties.DnsProperties.HostedZoneId"},
    tagging=TAGGING,
)

HTTP_NAMESPACE = ResourceType(
    token="aws:servicediscovery/httpNamespace:HttpNamespace",
    service="servicediscovery",
    create=(Call(operation="create_http_namespace", extended=True),),
    id=_made,
    find=(Find(operation="get_namespace", params={"Id": "$id"}, path="Namespace"),),
    delete=(Call(operation="delete_namespace", params={"Id": "$id"}, extended=True),),
    replace=("name", "description"),
    outputs={"arn": "Arn", "httpName": "Properties.HttpProperties.HttpName"},
    tagging=TAGGING,
)


def _changes(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """AWS deletes the records that an update leaves out, and takes neither name space nor policy in it."""
    config = scope.get("dnsConfig") or {}
    records = [{"Type": record["type"], "TTL": record["ttl"]} for record in config.get("dnsRecords") or []]
    change: dict[str, Any] = {"Description": scope.get("description") or ""}
    if records:
        change["DnsConfig"] = {"DnsRecords": records}
    yield {"Service": change}


def _other_types(before: Scope, after: Scope) -> tuple[str, ...]:
    """The records' times to live change in place, their types do not."""
    lists = [(scope.get("dnsConfig") or {}).get("dnsRecords") or [] for scope in (before, after)]
    places = [place for place, (old, new) in enumerate(zip(*lists, strict=False)) if old["type"] != new["type"]]
    return tuple(f"dnsConfig.dnsRecords[{place}].type" for place in places)


def _dns_config(scope: Scope) -> Any:
    config = scope["item"].get("DnsConfig")
    if not config:
        return paths.MISSING
    found = shapes.decode(config, scope.get("dnsConfig"))
    found["dnsRecords"] = [{"type": record["Type"], "ttl": record["TTL"]} for record in config.get("DnsRecords", [])]
    return found


SERVICE = ResourceType(
    token="aws:servicediscovery/service:Service",
    service="servicediscovery",
    create=(Call(operation="create_service", skip=("forceDestroy",)),),
    id="{answer.Service.Id}",
    find=(Find(operation="get_service", params={"Id": "$id"}, path="Service"),),
    update=(
        Call(
            operation="update_service",
            params={"Id": "$id"},
            names={"description": "", "dnsConfig": ""},
            only=("description", "dnsConfig"),
            each=_changes,
        ),
    ),
    delete=(Call(operation="delete_service", params={"Id": "$id"}),),
    replace=(
        "name",
        "namespaceId",
        "type",
        "healthCheckCustomConfig",
        "dnsConfig.namespaceId",
        "dnsConfig.routingPolicy",
    ),
    replace_if=_other_types,
    autoname=Autoname(longest=127, prefix_property=""),
    local=("forceDestroy",),
    lost=("healthCheckConfig", "healthCheckCustomConfig", "type"),
    reads={"dnsConfig": _dns_config},
    outputs={"arn": "Arn"},
    tagging=TAGGING,
)

TYPES = (PRIVATE_DNS_NAMESPACE, HTTP_NAMESPACE, SERVICE)
