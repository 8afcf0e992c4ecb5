"""CloudFront: what distributions are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from offline.aws.model import Autoname, Call, Find, ResourceType
from offline.aws.types.cloudfront import TAGGING


def _config(shape: str, names: Mapping[str, str]) -> dict[str, str]:
    return {name: f"{shape}.{member}" for name, member in names.items()}


ACCESS_CONTROL = _config(
    "OriginAccessControlConfig",
    {
        "name": "Name",
        "description": "Description",
        "signingProtocol": "SigningProtocol",
        "signingBehavior": "SigningBehavior",
        "originAccessControlOriginType": "OriginAccessControlOriginType",
    },
)

ORIGIN_ACCESS_CONTROL = ResourceType(
    token="aws:cloudfront/originAccessControl:OriginAccessControl",
    service="cloudfront",
    create=(Call(operation="create_origin_access_control", names=ACCESS_CONTROL),),
    id="{answer.OriginAccessControl.Id}",
    find=(Find(operation="get_origin_access_control", params={"Id": "$id"}),),
    update=(
        Call(
            operation="update_origin_access_control",
            params={"Id": "$id", "IfMatch": "$etag"},
            names=ACCESS_CONTROL,
        ),
    ),
    delete=(Call(operation="delete_origin_access_control", params={"Id": "$id", "IfMatch": "$etag"}, extended=True),),
    autoname=Autoname(longest=64, prefix_property=""),
    default={"description": "Managed by Pulumi"},
    reads={name: f"OriginAccessControl.{path}" for name, path in ACCESS_CONTROL.items()},
    outputs={"arn": "arn:{partition}:cloudfront::{account}:origin-access-control/{id}", "etag": "ETag"},
    regional=False,
)


def _policy(name: str, names: Mapping[str, str], **more: Any) -> ResourceType:
    """Cache policies and response headers policies work alike."""
    word = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)[1:]
    carried = _config(f"{name}Config", names)
    return ResourceType(
        token=f"aws:cloudfront/{name[0].lower()}{name[1:]}:{name}",
        service="cloudfront",
        create=(Call(operation=f"create_{word}", names=carried, extended=True),),
        id=f"{{answer.{name}.Id}}",
        find=(Find(operation=f"get_{word}", params={"Id": "$id"}, extended=True),),
        update=(
            Call(
                operation=f"update_{word}",
                params={"Id": "$id", "IfMatch": "$etag"},
                names=carried,
                extended=True,
            ),
        ),
        delete=(Call(operation=f"delete_{word}", params={"Id": "$id", "IfMatch": "$etag"}, extended=True),),
        autoname=Autoname(longest=128, prefix_property=""),
        reads={property_: f"{name}.{path}" for property_, path in carried.items()},
        outputs={"etag": "ETag", **more.pop("outputs", {})},
        regional=False,
        **more,
    )


CACHE_POLICY = _policy(
    "CachePolicy",
    {
        "name": "Name",
        "comment": "Comment",
        "defaultTtl": "DefaultTTL",
        "maxTtl": "MaxTTL",
        "minTtl": "MinTTL",
        "parametersInCacheKeyAndForwardedToOrigin": "ParametersInCacheKeyAndForwardedToOrigin",
    },
    outputs={"arn": "arn:{partition}:cloudfront::{account}:cache-policy/{id}"},
    # As pulumi-aws has them: a day, a year, no least time.
    default={"defaultTtl": 86_400, "maxTtl": 31_536_000, "minTtl": 0},
)

RESPONSE_HEADERS_POLICY = _policy(
    "ResponseHeadersPolicy",
    {
        "name": "Name",
        "comment": "Comment",
        "corsConfig": "CorsConfig",
        "customHeadersConfig": "CustomHeadersConfig",
        "removeHeadersConfig": "RemoveHeadersConfig",
        "securityHeadersConfig": "SecurityHeadersConfig",
        "serverTimingHeadersConfig": "ServerTimingHeadersConfig",
    },
    outputs={"arn": "arn:{partition}:cloudfront::{account}:response-headers-policy/{id}"},
)

FUNCTION_CONFIG = {
    "runtime": "FunctionConfig.Runtime",
    "comment": "FunctionConfig.Comment",
    "code": "FunctionCode",
}
PUBLISHED = ("publish", "code", "runtime", "comment")
"""A change of any of these is of use only when it is published."""


def _publish(etag: str) -> Call:
    return Call(
        operation="publish_function",
        params={"Name": "$name", "IfMatch": etag},
        names=dict.fromkeys(PUBLISHED, ""),
        only=PUBLISHED,
        when=lambda scope: scope.get("publish") is True,
        extended=True,
    )


FUNCTION = ResourceType(
    token="aws:cloudfront/function:Function",
    service="cloudfront",
    create=(
        Call(
            operation="create_function",
            params={"FunctionConfig": {"Comment": ""}, "Tags": {"Items": "$tags_list"}},
            names={**FUNCTION_CONFIG, "name": "Name", "publish": "", "tags": ""},
        ),
        _publish("$answer.ETag"),
    ),
    id="{name}",
    find=(
        Find(operation="describe_function", params={"Name": "$id"}, extended=True),
        Find(operation="get_function", params={"Name": "$id"}, path="FunctionCode", into="code"),
    ),
    update=(
        Call(
            operation="update_function",
            params={"Name": "$id", "IfMatch": "$etag", "FunctionConfig": {"Comment": ""}},
            names={**FUNCTION_CONFIG, "publish": ""},
            only=tuple(FUNCTION_CONFIG),
            extended=True,
        ),
        _publish("$etag"),
    ),
    delete=(Call(operation="delete_function", params={"Name": "$id", "IfMatch": "$etag"}, extended=True),),
    replace=("name",),
    unique=("name",),
    autoname=Autoname(longest=64, prefix_property=""),
    default={"publish": True},
    lost=("publish",),
    reads={
        "name": lambda scope: scope["id"],
        "runtime": "FunctionSummary.FunctionConfig.Runtime",
        "comment": "FunctionSummary.FunctionConfig.Comment",
        "code": "code",
    },
    outputs={
        "arn": "FunctionSummary.FunctionMetadata.FunctionARN",
        "status": "FunctionSummary.Status",
        "etag": "ETag",
    },
    tagging=TAGGING,
    regional=False,
    note="kept in both stages; it runs nowhere",
)

VPC_ORIGIN = ResourceType(
    token="aws:cloudfront/vpcOrigin:VpcOrigin",
    service="cloudfront",
    create=(
        Call(
            operation="create_vpc_origin",
            params={"Tags": {"Items": "$tags_list"}},
            names={"vpcOriginEndpointConfig": "VpcOriginEndpointConfig", "tags": ""},
            extended=True,
        ),
    ),
    id="{answer.VpcOrigin.Id}",
    find=(Find(operation="get_vpc_origin", params={"Id": "$id"}, extended=True),),
    update=(
        Call(
            operation="update_vpc_origin",
            params={"Id": "$id", "IfMatch": "$etag"},
            names={"vpcOriginEndpointConfig": "VpcOriginEndpointConfig"},
            only=("vpcOriginEndpointConfig",),
            extended=True,
        ),
    ),
    delete=(Call(operation="delete_vpc_origin", params={"Id": "$id", "IfMatch": "$etag"}, extended=True),),
    local=("timeouts",),
    reads={"vpcOriginEndpointConfig": "VpcOrigin.VpcOriginEndpointConfig"},
    outputs={"arn": "VpcOrigin.Arn", "etag": "ETag"},
    tagging=TAGGING,
    regional=False,
    note="deployed at once, with CloudFront's security group in the VPC; nothing passes through it",
)

_SUBSCRIBE = Call(
    operation="create_monitoring_subscription",
    params={"DistributionId": "$distributionId"},
    names={"distributionId": "DistributionId", "monitoringSubscription": "MonitoringSubscription"},
    extended=True,
)

MONITORING_SUBSCRIPTION = ResourceType(
    token="aws:cloudfront/monitoringSubscription:MonitoringSubscription",
    service="cloudfront",
    create=(_SUBSCRIBE,),
    id="{distributionId}",
    find=(Find(operation="get_monitoring_subscription", params={"DistributionId": "$id"}, extended=True),),
    update=(_SUBSCRIBE,),
    delete=(Call(operation="delete_monitoring_subscription", params={"DistributionId": "$id"}, extended=True),),
    replace=("distributionId",),
    reads={"distributionId": lambda scope: scope["id"]},
    regional=False,
)

TYPES = (
    ORIGIN_ACCESS_CONTROL,
    CACHE_POLICY,
    RESPONSE_HEADERS_POLICY,
    FUNCTION,
    VPC_ORIGIN,
    MONITORING_SUBSCRIPTION,
)
