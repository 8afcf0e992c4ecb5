"""The rules of a web ACL as plain data, in the provider's own words, and what they weigh.

AWS counts a web ACL's weight in web ACL capacity units (WCU); up to 1,500 come at the base price.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

WAF_GUIDE = "docs.aws.amazon.com/waf/latest/developerguide"

Rule = Mapping[str, Any]
Statement = Mapping[str, Any]
Mode = Literal["count", "block", "off"]


@dataclass(frozen=True)
class Group:
    """A group of rules that AWS keeps up to date."""

    name: str
    """AWS's name of it."""
    wcu: int
    """Its weight, fixed by AWS."""


GROUPS: Mapping[str, Group] = MappingProxyType(
    {
        "ip-reputation": Group("AWSManagedRulesAmazonIpReputationList", 25),
        "anonymous-ip": Group("AWSManagedRulesAnonymousIpList", 50),
        "common": Group("AWSManagedRulesCommonRuleSet", 700),
        "known-bad-inputs": Group("AWSManagedRulesKnownBadInputsRuleSet", 200),
        "sqli": Group("AWSManagedRulesSQLiRuleSet", 200),
        "admin": Group("AWSManagedRulesAdminProtectionRuleSet", 100),
        "linux": Group("AWSManagedRulesLinuxRuleSet", 200),
        "unix": Group("AWSManagedRulesUnixRuleSet", 100),
        "php": Group("AWSManagedRulesPHPRuleSet", 100),
        "wordpress": Group("AWSManagedRulesWordPressRuleSet", 100),
    }
)
"""AWS's groups by our short names, cheap ones first, and their weight (AWS WAF, aws-managed-rule-groups-list.html).
Groups that cost extra a request (bot control, account takeover) are left out."""

BODY_RULE = "SizeRestrictions_BODY"
"""The common group's rule against bodies of more than 8 KB."""
BODY_LABEL = "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body"
"""What that rule leaves on a request (AWS WAF, aws-managed-rule-groups-baseline.html)."""

FORWARDED = "X-Forwarded-For"

TRANSFORMATIONS = ("URL_DECODE", "NORMALIZE_PATH", "LOWERCASE")
"""What is done to a path before it is compared, so that neither `/api/%61uth`, `/api/x/../auth` nor `/API/AUTH` slips
by a limit that the service would understand as the same."""

WINDOWS = (60, 120, 300, 600)
"""Windows in which AWS WAF counts requests, in seconds (waf-rule-statement-type-rate-based-high-level-settings)."""

FLOOD_WINDOW_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Limit:
    """How many requests one client may send in a window."""

    requests: int
    """Requests in the window, 10 at least."""
    window_seconds: int = 60
    """Window that is looked back, in seconds: 60, 120, 300 or 600."""
    paths: Sequence[str] = ()
    """What the paths of counted requests start with; without any, all requests count."""
    by: Literal["key", "address"] = "key"
    """What a client is: its API key where it sends one, else its address; or always its address."""


@dataclass(frozen=True, kw_only=True)
class Protection:
    """What a web ACL does; environments differ by these values only."""

    mode: Mode
    """Whether what a rule finds is counted or blocked."""
    groups: Sequence[str] = ()
    """AWS's managed groups, by the names in `GROUPS`."""
    exclusions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Rules of a group that only count, whatever the mode."""
    limits: Mapping[str, Limit] = field(default_factory=dict)
    """Limits by name."""
    flood_requests: int = 0
    """Requests a minute that one address may send whatever keys it shows: a made-up key for each request would
    otherwise evade every limit by key. 0 for no such limit."""
    api_key_header: str = ""
    """Header with the client's API key, in small letters; empty counts by address only."""
    large_body_paths: Sequence[str] = ()
    """What the paths start with on which a body may have more than 8 KB."""
    forwarded: bool = False
    """Whether a client's address is the first of X-Forwarded-For: behind a CDN the request's own address is the CDN's,
    and a limit would throttle everybody. A client can write that header itself, so the web ACL belongs before the CDN
    wherever there is one."""


def rules(chosen: Protection) -> list[Rule]:
    """Every rule, cheapest first: AWS WAF stops at the first that blocks."""
    drafts = [
        *([_flood(chosen)] if chosen.flood_requests else []),
        *(draft for name, limit in chosen.limits.items() for draft in _limit(name, limit, chosen)),
        *(_managed(name, chosen) for name in GROUPS if name in chosen.groups),
        *([_large_body(chosen)] if chosen.large_body_paths and "common" in chosen.groups else []),
    ]
    return [
        {**draft, "priority": place, "visibility_config": visibility(draft["name"])}
        for place, draft in enumerate(drafts)
    ]


def visibility(metric: str) -> Mapping[str, Any]:
    """Metrics for everything; no sampled requests, which would show headers that the logs redact."""
    return {"cloudwatch_metrics_enabled": True, "metric_name": metric, "sampled_requests_enabled": False}


def _flood(chosen: Protection) -> dict[str, Any]:
    limit = Limit(requests=chosen.flood_requests, window_seconds=FLOOD_WINDOW_SECONDS, by="address")
    return _rate("flood", _by_address(limit, chosen.forwarded), [], chosen.mode)


def _limit(name: str, limit: Limit, chosen: Protection) -> list[dict[str, Any]]:
    """One rule; or two, where clients with a key and clients without one count apart."""
    paths = [_starts_with(limit.paths)] if limit.paths else []
    by_address = _by_address(limit, chosen.forwarded)
    if limit.by == "address" or not chosen.api_key_header:
        return [_rate(f"limit-{name}", by_address, paths, chosen.mode)]
    without_key = {"not_statement": {"statement": _has_header(chosen.api_key_header)}}
    return [
        # A request without the header is left out of the rule by AWS (API_RateBasedStatementCustomKey.html).
        _rate(f"limit-{name}-by-key", _by_header(limit, chosen.api_key_header), paths, chosen.mode),
        _rate(f"limit-{name}-by-address", by_address, [*paths, without_key], chosen.mode),
    ]


def _by_address(limit: Limit, forwarded: bool) -> dict[str, Any]:
    counted: dict[str, Any] = {"limit": limit.requests, "evaluation_window_sec": limit.window_seconds}
    if not forwarded:
        return {**counted, "aggregate_key_type": "IP"}
    config = {"header_name": FORWARDED, "fallback_behavior": "MATCH"}
    return {**counted, "aggregate_key_type": "FORWARDED_IP", "forwarded_ip_config": config}


def _by_header(limit: Limit, header: str) -> dict[str, Any]:
    key = {"header": {"name": header, "text_transformations": [{"priority": 0, "type": "NONE"}]}}
    return {
        "limit": limit.requests,
        "evaluation_window_sec": limit.window_seconds,
        "aggregate_key_type": "CUSTOM_KEYS",
        "custom_keys": [key],
    }


def _rate(name: str, counted: Mapping[str, Any], scope: Sequence[Statement], mode: Mode) -> dict[str, Any]:
    """A limit, counted over the requests for which everything in `scope` holds."""
    narrowed = {"scope_down_statement": _all_of(scope)} if scope else {}
    action = {"count": {}} if mode == "count" else {"block": {"custom_response": _too_many(counted)}}
    return {"name": name, "action": action, "statement": {"rate_based_statement": {**counted, **narrowed}}}


def _too_many(counted: Mapping[str, Any]) -> Mapping[str, Any]:
    """429, and when it is worth asking again: AWS's own answer would be 403, which clients don't repeat."""
    header = {"name": "retry-after", "value": str(counted["evaluation_window_sec"])}
    return {"response_code": 429, "response_headers": [header], "custom_response_body_key": "too-many"}


RESPONSES: Mapping[str, str] = MappingProxyType({"too-many": '{"error": "too many requests"}'})
"""Bodies of our own answers, as JSON."""


def _managed(name: str, chosen: Protection) -> dict[str, Any]:
    counted = [*chosen.exclusions.get(name, ())]
    if name == "common" and chosen.large_body_paths and BODY_RULE not in counted:
        counted.append(BODY_RULE)
    statement: dict[str, Any] = {"vendor_name": "AWS", "name": GROUPS[name].name}
    if counted:
        statement["rule_action_overrides"] = [{"name": rule, "action_to_use": {"count": {}}} for rule in counted]
    return {
        "name": f"aws-{name}",
        "override_action": {"count": {}} if chosen.mode == "count" else {"none": {}},
        "statement": {"managed_rule_group_statement": statement},
    }


def _large_body(chosen: Protection) -> dict[str, Any]:
    """What the common group only labels now is refused here, but for the paths that may have large bodies."""
    elsewhere = {"not_statement": {"statement": _starts_with(chosen.large_body_paths)}}
    labelled = {"label_match_statement": {"scope": "LABEL", "key": BODY_LABEL}}
    refused = BODY_RULE not in chosen.exclusions.get("common", ()) and chosen.mode == "block"
    return {
        "name": "large-body",
        "action": {"block": {}} if refused else {"count": {}},
        "statement": _all_of([labelled, elsewhere]),
    }


def _starts_with(paths: Sequence[str]) -> Statement:
    matches = [
        {
            "byte_match_statement": {
                "field_to_match": {"uri_path": {}},
                "positional_constraint": "STARTS_WITH",
                "search_string": path.lower(),
                "text_transformations": [
                    {"priority": place, "type": transformation} for place, transformation in enumerate(TRANSFORMATIONS)
                ],
            }
        }
        for path in paths
    ]
    return matches[0] if len(matches) == 1 else {"or_statement": {"statements": matches}}


def _has_header(name: str) -> Statement:
    return {
        "size_constraint_statement": {
            "field_to_match": {"single_header": {"name": name}},
            "comparison_operator": "GT",
            "size": 0,
            "text_transformations": [{"priority": 0, "type": "NONE"}],
        }
    }


def _all_of(statements: Sequence[Statement]) -> Statement:
    return statements[0] if len(statements) == 1 else {"and_statement": {"statements": list(statements)}}


GROUP_WCU: Mapping[str, int] = MappingProxyType({group.name: group.wcu for group in GROUPS.values()})
RATE_WCU, CUSTOM_KEY_WCU = 2, 30
"""Of a rate-based statement, and of each custom key in it (AWS WAF, waf-rule-statement-type-rate-based.html)."""
MATCH_WCU, TRANSFORMATION_WCU = 2, 10
"""Of a string match at the start, and of each transformation (waf-rule-statement-type-string-match.html)."""
SIZE_WCU, LABEL_WCU = 1, 1
"""Of a size constraint and of a label match (AWS WAF, waf-rule-statements-list.html)."""


def wcu(statement: Statement) -> int:
    """What a statement weighs. Raises KeyError for a statement that none of our rules makes."""
    ((kind, inner),) = statement.items()
    if kind == "managed_rule_group_statement":
        return GROUP_WCU[inner["name"]]
    if kind == "rate_based_statement":
        scope = wcu(inner["scope_down_statement"]) if "scope_down_statement" in inner else 0
        return RATE_WCU + CUSTOM_KEY_WCU * len(inner.get("custom_keys", ())) + scope
    if kind in ("and_statement", "or_statement"):
        return sum(map(wcu, inner["statements"]))
    if kind == "not_statement":
        return wcu(inner["statement"])
    transformed = sum(item["type"] != "NONE" for item in inner.get("text_transformations", ()))
    base: Mapping[str, int] = {
        "byte_match_statement": MATCH_WCU,
        "size_constraint_statement": SIZE_WCU,
        "label_match_statement": LABEL_WCU,
    }
    return base[kind] + TRANSFORMATION_WCU * int(transformed)


def weights(made: Sequence[Rule]) -> dict[str, int]:
    """Rule to its weight in WCU."""
    return {rule["name"]: wcu(rule["statement"]) for rule in made}
