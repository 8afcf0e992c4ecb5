"""CloudFront: distributions."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from offline.aws import connection, paths, shapes
from offline.aws.connection import Connection
from offline.aws.model import Call, Find, ResourceType, Scope, Tagging

ZONE = "Z2FDTNDATAQYW2"
"""Route 53 zone of all distributions' names (docs.aws.amazon.com/general/latest/gr/cf_region.html)."""

TAGGING = Tagging(
    add=Call(operation="tag_resource", params={"Resource": "$arn", "Tags": {"Items": "$tags_added"}}),
    remove=Call(operation="untag_resource", params={"Resource": "$arn", "TagKeys": {"Items": "$tags_removed"}}),
    find=Find(operation="list_tags_for_resource", params={"Resource": "$arn"}, path="Tags.Items"),
)

MEMBERS: Mapping[str, str] = {
    "Origin.originId": "Id",
    "OriginCustomHeader.name": "HeaderName",
    "OriginCustomHeader.value": "HeaderValue",
    "DefaultCacheBehavior.cachedMethods": "AllowedMethods.CachedMethods",
    "CacheBehavior.cachedMethods": "AllowedMethods.CachedMethods",
    "LambdaFunctionAssociation.lambdaArn": "LambdaFunctionARN",
    "GeoRestriction.locations": "Items",
}
"""Nested names that do not tell AWS's member."""

CONFIGURED: Mapping[str, str] = {
    "aliases": "Aliases",
    "comment": "Comment",
    "continuousDeploymentPolicyId": "ContinuousDeploymentPolicyId",
    "customErrorResponses": "CustomErrorResponses",
    "defaultCacheBehavior": "DefaultCacheBehavior",
    "defaultRootObject": "DefaultRootObject",
    "enabled": "Enabled",
    "httpVersion": "HttpVersion",
    "isIpv6Enabled": "IsIPV6Enabled",
    "orderedCacheBehaviors": "CacheBehaviors",
    "origins": "Origins",
    "priceClass": "PriceClass",
    "restrictions": "Restrictions",
    "staging": "Staging",
    "viewerCertificate": "ViewerCertificate",
    "webAclId": "WebACLId",
}
"""Property to member of DistributionConfig."""

RENAMED: Mapping[str, str] = {
    "FunctionARN": "functionArn",
    "LambdaFunctionARN": "lambdaArn",
    "CloudFrontDefaultCertificate": "cloudfrontDefaultCertificate",
    "ErrorCachingMinTTL": "errorCachingMinTtl",
    "HeaderName": "name",
    "HeaderValue": "value",
    "Id": "originId",
}
"""AWS's nested names that do not tell the provider's."""

ORIGIN_KINDS = frozenset({"S3OriginConfig", "CustomOriginConfig", "VpcOriginConfig"})


def _sent(name: str, value: Any) -> Any:
    """A property as AWS takes it."""
    shape = connection.service_model("cloudfront").shape_for("DistributionConfig")
    ordered = _in_order(value)
    encoded = _without_empty(shapes.encode(ordered, shape.members[CONFIGURED[name]], name, MEMBERS))
    if name == "origins" and isinstance(encoded, dict):
        for origin in encoded.get("Items", []):
            if not ORIGIN_KINDS & set(origin):
                origin["S3OriginConfig"] = {"OriginAccessIdentity": ""}
    return encoded


def _in_order(value: Any) -> Any:
    """Names sorted, so that the allowed methods are there before the cached ones, which AWS has inside of them."""
    if isinstance(value, Mapping):
        return {name: _in_order(value[name]) for name in sorted(value)}
    return [_in_order(item) for item in value] if isinstance(value, list) else value


def _without_empty(value: Any) -> Any:
    """AWS answers an empty list by its quantity alone."""
    if isinstance(value, dict):
        return {name: _without_empty(item) for name, item in value.items() if not (name == "Items" and item == [])}
    return [_without_empty(item) for item in value] if isinstance(value, list) else value


def _config(scope: Scope, reference: str) -> dict[str, Any]:
    """A whole configuration: CloudFront changes nothing less."""
    config = {member: _sent(name, scope[name]) for name, member in CONFIGURED.items() if scope.get(name) is not None}
    return {"CallerReference": reference, "Comment": "", **config}


def _create(scope: Scope) -> Iterator[Mapping[str, Any]]:
    tags = {"Items": scope.get("tags_list", [])}
    config = _config(scope, str(uuid.uuid4()))
    yield {"DistributionConfigWithTags": {"DistributionConfig": config, "Tags": tags}}


def _update(scope: Scope) -> Iterator[Mapping[str, Any]]:
    yield {"DistributionConfig": _config(scope, scope["callerReference"])}


def _read(name: str) -> Any:
    def read(scope: Scope) -> Any:
        actual = paths.get(scope["item"], f"Distribution.DistributionConfig.{CONFIGURED[name]}")
        given = scope.get(name)
        if actual is paths.MISSING or (given is not None and shapes.covers(_sent(name, given), actual)):
            return given if given is not None else paths.MISSING
        return _shown(actual)

    return read


def _shown(value: Any) -> Any:
    """AWS's configuration in the provider's names."""
    if isinstance(value, Mapping):
        if set(value) <= {"Quantity", "Items"}:
            return _shown(value.get("Items", []))
        named = {RENAMED.get(name, shapes.lower_first(name)): _shown(item) for name, item in value.items()}
        if "restrictionType" in named:
            named["locations"] = named.pop("items", [])
            named.pop("quantity", None)
        return named
    return [_shown(item) for item in value] if isinstance(value, list) else value


def _disable(aws: Connection, scope: Scope) -> None:
    """CloudFront deletes a distribution only after it was disabled."""
    found = aws.call("cloudfront", "get_distribution_config", {"Id": scope["id"]})
    config = {**found["DistributionConfig"], "Enabled": False}
    params = {"Id": scope["id"], "IfMatch": found["ETag"], "DistributionConfig": config}
    aws.call("cloudfront", "update_distribution", params)


_BEHAVIOR_SETS = ("allowedMethods", "cachedMethods", "functionAssociations")

DISTRIBUTION = ResourceType(
    token="aws:cloudfront/distribution:Distribution",
    service="cloudfront",
    create=(
        Call(
            operation="create_distribution_with_tags",
            names=dict.fromkeys((*CONFIGURED, "tags"), ""),
            only=(*CONFIGURED, "tags"),
            each=_create,
            extended=True,
        ),
    ),
    id="{answer.Distribution.Id}",
    find=(Find(operation="get_distribution", params={"Id": "$id"}, extended=True),),
    update=(
        Call(
            operation="update_distribution",
            params={"Id": "$id", "IfMatch": "$etag"},
            names=dict.fromkeys(CONFIGURED, ""),
            only=tuple(CONFIGURED),
            each=_update,
            extended=True,
        ),
    ),
    delete=(Call(operation="delete_distribution", params={"Id": "$id", "IfMatch": "$etag"}, extended=True),),
    replace=("staging",),
    settle=_disable,
    default={
        "httpVersion": "http2",
        "priceClass": "PriceClass_All",
        "retainOnDelete": False,
        "staging": False,
        "waitForDeployment": True,
    },
    local=("retainOnDelete", "waitForDeployment"),
    unordered=(
        "aliases",
        "origins",
        "customErrorResponses",
        "restrictions.geoRestriction.locations",
        *(f"defaultCacheBehavior.{name}" for name in _BEHAVIOR_SETS),
        *(f"orderedCacheBehaviors.{name}" for name in _BEHAVIOR_SETS),
    ),
    reads={name: _read(name) for name in CONFIGURED},
    outputs={
        "arn": "Distribution.ARN",
        "domainName": "Distribution.DomainName",
        "hostedZoneId": lambda scope: ZONE,
        "status": "Distribution.Status",
        "callerReference": "Distribution.DistributionConfig.CallerReference",
        "etag": "ETag",
    },
    tagging=TAGGING,
    regional=False,
    note="deployed at once; it answers no requests",
)

TYPES = (DISTRIBUTION,)
