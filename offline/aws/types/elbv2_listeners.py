"""Elastic Load Balancing v2: listeners and their rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from offline.aws.model import Call, Find, ResourceType, Scope
from offline.aws.types.elbv2 import TAGGING, attributes_of, modify, read_attributes

ACTION_MEMBERS = {
    "Action.forward": "ForwardConfig",
    "Action.redirect": "RedirectConfig",
    "Action.fixedResponse": "FixedResponseConfig",
    "Action.authenticateOidc": "AuthenticateOidcConfig",
    "Action.authenticateCognito": "AuthenticateCognitoConfig",
    "TargetGroupTuple.arn": "TargetGroupArn",
    "TargetGroupStickinessConfig.duration": "DurationSeconds",
}

LISTENER_ATTRIBUTES = {
    "tcpIdleTimeoutSeconds": "tcp.idle_timeout.seconds",
    "routingHttpRequestXAmznTlsVersionHeaderName": "routing.http.request.x_amzn_tls_version.header_name",
    "routingHttpRequestXAmznTlsCipherSuiteHeaderName": "routing.http.request.x_amzn_tls_cipher_suite.header_name",
    "routingHttpResponseServerEnabled": "routing.http.response.server.enabled",
    **{
        f"routingHttpResponse{name}HeaderValue": f"routing.http.response.{attribute}.header_value"
        for name, attribute in (
            ("StrictTransportSecurity", "strict_transport_security"),
            ("AccessControlAllowOrigin", "access_control_allow_origin"),
            ("AccessControlAllowMethods", "access_control_allow_methods"),
            ("AccessControlAllowHeaders", "access_control_allow_headers"),
            ("AccessControlAllowCredentials", "access_control_allow_credentials"),
            ("AccessControlExposeHeaders", "access_control_expose_headers"),
            ("AccessControlMaxAge", "access_control_max_age"),
            ("ContentSecurityPolicy", "content_security_policy"),
            ("XContentTypeOptions", "x_content_type_options"),
            ("XFrameOptions", "x_frame_options"),
        )
    },
}


def _set_and_reset(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """An attribute that is no longer given is set to nothing, which is how AWS takes it back."""
    gone = set(scope.get("changed", ())) - {name for name in scope if scope[name] is not None}
    reset = [{"Key": key, "Value": ""} for name, key in LISTENER_ATTRIBUTES.items() if name in gone]
    attributes = [*attributes_of(LISTENER_ATTRIBUTES, scope), *reset]
    if attributes:
        yield {"Attributes": attributes}


_LISTENER_SETTINGS = replace(
    modify("modify_listener_attributes", "ListenerArn", LISTENER_ATTRIBUTES), each=_set_and_reset
)
_LISTENER_NAMES = {"certificateArn": "Certificates[0].CertificateArn", "alpnPolicy": "AlpnPolicy"}

LISTENER = ResourceType(
    token="aws:lb/listener:Listener",
    service="elbv2",
    create=(Call(operation="create_listener", names=_LISTENER_NAMES, extended=True), _LISTENER_SETTINGS),
    id="{answer.Listeners[0].ListenerArn}",
    find=(
        Find(operation="describe_listeners", params={"ListenerArns": ["$id"]}, path="Listeners[0]"),
        Find(
            operation="describe_listener_attributes",
            params={"ListenerArn": "$id"},
            path="Attributes",
            into="Attributes",
        ),
    ),
    update=(
        _LISTENER_SETTINGS,
        Call(
            operation="modify_listener",
            params={"ListenerArn": "$id"},
            names=_LISTENER_NAMES,
            only=(
                "port",
                "protocol",
                "sslPolicy",
                "certificateArn",
                "alpnPolicy",
                "defaultActions",
                "mutualAuthentication",
            ),
            extended=True,
        ),
    ),
    delete=(Call(operation="delete_listener", params={"ListenerArn": "$id"}),),
    replace=("loadBalancerArn",),
    unique=("loadBalancerArn", "port"),
    members=ACTION_MEMBERS,
    lost=("mutualAuthentication",),
    reads=read_attributes(LISTENER_ATTRIBUTES),
    on_removal=dict.fromkeys(LISTENER_ATTRIBUTES, ""),
    secret=(),
    outputs={"arn": "ListenerArn"},
    tagging=TAGGING,
)

_CONDITIONS = {
    "hostHeader": ("host-header", "HostHeaderConfig"),
    "pathPattern": ("path-pattern", "PathPatternConfig"),
    "httpRequestMethod": ("http-request-method", "HttpRequestMethodConfig"),
    "sourceIp": ("source-ip", "SourceIpConfig"),
}


def conditions(blocks: list[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """AWS names the field of a condition beside its values."""
    return [_condition(block) for block in blocks or []]


def _condition(block: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in block.items() if value is not None}
    if len(given) != 1:
        raise paths_error(f"a condition holds exactly one of its kinds, not {', '.join(sorted(given)) or 'none'}")
    name, value = next(iter(given.items()))
    if name in _CONDITIONS:
        field, member = _CONDITIONS[name]
        return {"Field": field, member: {"Values": list(value["values"])}}
    if name == "httpHeader":
        config = {"HttpHeaderName": value["httpHeaderName"], "Values": list(value["values"])}
        return {"Field": "http-header", "HttpHeaderConfig": config}
    if name == "queryStrings":
        pairs = [{key.capitalize(): text for key, text in pair.items() if text is not None} for pair in value]
        return {"Field": "query-string", "QueryStringConfig": {"Values": pairs}}
    raise paths_error(f"the condition {name} is not mapped by the offline provider")


def paths_error(reason: str) -> Exception:
    """About the conditions of a rule."""
    from offline.aws.shapes import MappingError

    return MappingError("conditions", reason)


def _given_conditions(scope: Scope) -> Iterator[Mapping[str, Any]]:
    from offline.aws.values import has_unknown

    blocks = scope.get("conditions")
    yield {} if blocks is None else {"Conditions": [] if has_unknown(blocks) else conditions(blocks)}


def _read_conditions(scope: Scope) -> Any:
    from offline.aws.shapes import covers

    given, actual = scope.get("conditions"), scope["item"].get("Conditions") or []
    if given is not None and covers(conditions(given), actual):
        return given
    names = {field: name for name, (field, _) in _CONDITIONS.items()}
    return [{names.get(item["Field"], item["Field"]): {"values": item.get("Values", [])}} for item in actual]


LISTENER_RULE = ResourceType(
    token="aws:lb/listenerRule:ListenerRule",
    service="elbv2",
    create=(Call(operation="create_rule", names={"conditions": ""}, each=_given_conditions),),
    id="{answer.Rules[0].RuleArn}",
    find=(Find(operation="describe_rules", params={"RuleArns": ["$id"]}, path="Rules[0]"),),
    update=(
        Call(
            operation="set_rule_priorities",
            names={"priority": ""},
            only=("priority",),
            each=lambda scope: iter(
                [{"RulePriorities": [{"RuleArn": scope["id"], "Priority": int(scope["priority"])}]}]
            ),
        ),
        # Each by itself: what the program leaves to ECS is not told again when the other changes.
        Call(operation="modify_rule", params={"RuleArn": "$id"}, only=("actions",)),
        Call(
            operation="modify_rule",
            params={"RuleArn": "$id"},
            names={"conditions": ""},
            only=("conditions",),
            each=_given_conditions,
        ),
    ),
    delete=(Call(operation="delete_rule", params={"RuleArn": "$id"}),),
    replace=("listenerArn",),
    unique=("listenerArn", "priority"),
    hidden=("listenerArn",),
    members=ACTION_MEMBERS,
    unordered=("conditions",),
    reads={"conditions": _read_conditions},
    outputs={"arn": "RuleArn"},
    tagging=TAGGING,
)

TYPES = (LISTENER, LISTENER_RULE)
