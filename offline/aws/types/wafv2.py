"""AWS WAF: web ACLs, what they stand before, and their logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from offline.aws import paths
from offline.aws.model import Autoname, Call, Find, ResourceType, Scope, Tagging

_IN_PLACE = (
    "associationConfig",
    "captchaConfig",
    "challengeConfig",
    "customResponseBodies",
    "dataProtectionConfig",
    "defaultAction",
    "description",
    "rules",
    "tokenDomains",
    "visibilityConfig",
)
_BY_ID = {"Name": "$name", "Scope": "$scope", "Id": "$id", "LockToken": "$lockToken"}


def _bodies(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """AWS has a map of bodies where the provider has a list of blocks with a key."""
    bodies = scope.get("customResponseBodies") or []
    sent = {body["key"]: {"Content": body["content"], "ContentType": body["contentType"]} for body in bodies}
    yield {"CustomResponseBodies": sent} if sent else {}


def _known_bodies(scope: Scope) -> Any:
    found = scope["item"].get("CustomResponseBodies") or {}
    given = [body["key"] for body in scope.get("customResponseBodies") or []]
    order = [key for key in [*given, *sorted(set(found) - set(given))] if key in found]
    known = [{"key": key, "content": found[key]["Content"], "contentType": found[key]["ContentType"]} for key in order]
    return known or paths.MISSING


WEB_ACL = ResourceType(
    token="aws:wafv2/webAcl:WebAcl",
    service="wafv2",
    create=(Call(operation="create_web_acl", names={"customResponseBodies": ""}, each=_bodies),),
    id="{answer.Summary.Id}",
    find=(
        Find(operation="get_web_acl", params={"Name": "$name", "Scope": "$scope", "Id": "$id"}, path="WebACL"),
        Find(
            operation="get_web_acl",
            params={"Name": "$name", "Scope": "$scope", "Id": "$id"},
            path="LockToken",
            into="LockToken",
        ),
    ),
    update=(
        Call(
            operation="update_web_acl",
            params=_BY_ID,
            names={"customResponseBodies": ""},
            only=_IN_PLACE,
            each=_bodies,
        ),
    ),
    delete=(Call(operation="delete_web_acl", params=_BY_ID),),
    replace=("name", "namePrefix", "scope"),
    conflicts=(("name", "namePrefix"), ("rules", "ruleJson")),
    on_removal={"rules": []},
    autoname=Autoname(longest=128),
    lost=("dataProtectionConfig",),
    hidden=("scope",),
    reads={"customResponseBodies": _known_bodies},
    unordered=("rules", "customResponseBodies", "tokenDomains"),
    outputs={"arn": "ARN", "capacity": "Capacity", "lockToken": "LockToken"},
    tagging=Tagging(
        add=Call(operation="tag_resource", params={"ResourceARN": "$arn", "Tags": "$tags_added"}),
        remove=Call(operation="untag_resource", params={"ResourceARN": "$arn", "TagKeys": "$tags_removed"}),
        find=Find(
            operation="list_tags_for_resource", params={"ResourceARN": "$arn"}, path="TagInfoForResource.TagList"
        ),
    ),
    note="rules are kept and never applied; the capacity is always 3",
)


def _other(found: Any, scope: Scope) -> Any:
    """Another web ACL stands before the resource: this association is gone."""
    return found if found.get("ARN") == scope.get("webAclArn", found.get("ARN")) else None


WEB_ACL_ASSOCIATION = ResourceType(
    token="aws:wafv2/webAclAssociation:WebAclAssociation",
    service="wafv2",
    create=(Call(operation="associate_web_acl", names={"webAclArn": "WebACLArn", "resourceArn": "ResourceArn"}),),
    id="{webAclArn},{resourceArn}",
    find=(
        Find(
            operation="get_web_acl_for_resource",
            params={"ResourceArn": "$resourceArn"},
            path="WebACL",
            pick=_other,
        ),
    ),
    delete=(Call(operation="disassociate_web_acl", params={"ResourceArn": "$resourceArn"}),),
    replace=("resourceArn", "webAclArn"),
    hidden=("resourceArn",),
    reads={"webAclArn": "ARN"},
)

_LOGGING = {
    "resourceArn": "LoggingConfiguration.ResourceArn",
    "logDestinationConfigs": "LoggingConfiguration.LogDestinationConfigs",
    "redactedFields": "LoggingConfiguration.RedactedFields",
    "loggingFilter": "LoggingConfiguration.LoggingFilter",
}

WEB_ACL_LOGGING = ResourceType(
    token="aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    service="wafv2",
    create=(Call(operation="put_logging_configuration", names=_LOGGING),),
    id="{resourceArn}",
    find=(Find(operation="get_logging_configuration", params={"ResourceArn": "$id"}, path="LoggingConfiguration"),),
    update=(Call(operation="put_logging_configuration", names=_LOGGING),),
    delete=(Call(operation="delete_logging_configuration", params={"ResourceArn": "$id"}),),
    replace=("logDestinationConfigs", "resourceArn"),
    reads={
        "resourceArn": "ResourceArn",
        "logDestinationConfigs": "LogDestinationConfigs",
        "redactedFields": "RedactedFields",
        "loggingFilter": "LoggingFilter",
    },
    unordered=("logDestinationConfigs", "redactedFields", "loggingFilter.filters"),
)

TYPES = (WEB_ACL, WEB_ACL_ASSOCIATION, WEB_ACL_LOGGING)
