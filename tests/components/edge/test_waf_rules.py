"""Rules of a web ACL and their weight. T5."""

from typing import Any

import pytest

from components.edge.waf_rules import (
    BODY_LABEL,
    BODY_RULE,
    GROUPS,
    Limit,
    Protection,
    Rule,
    rules,
    wcu,
    weights,
)

GENERAL = Limit(requests=200)
UPLOADS = Limit(requests=20, paths=["/api/uploads"])
SIGN_IN = Limit(requests=67, window_seconds=600, paths=["/api/auth/sign-in"], by="address")
BASE: dict[str, Any] = {
    "mode": "block",
    "groups": ["common", "sqli", "known-bad-inputs", "ip-reputation"],
    "limits": {"general": GENERAL, "uploads": UPLOADS, "sign-in": SIGN_IN},
    "api_key_header": "x-api-key",
}


def made(**changed: Any) -> dict[str, Rule]:
    """Rules by name, of the base with a few values changed."""
    return {rule["name"]: rule for rule in rules(Protection(**(BASE | changed)))}


def rate(rule: Rule) -> Any:
    return rule["statement"]["rate_based_statement"]


def test_limits_come_before_the_groups_and_cheap_groups_before_dear_ones() -> None:
    assert list(made(flood_requests=2000, large_body_paths=["/api/uploads"])) == [
        "flood",
        "limit-general-by-key",
        "limit-general-by-address",
        "limit-uploads-by-key",
        "limit-uploads-by-address",
        "limit-sign-in",
        "aws-ip-reputation",
        "aws-common",
        "aws-known-bad-inputs",
        "aws-sqli",
        "large-body",
    ]


def test_no_two_rules_have_the_same_priority_and_each_has_a_metric_of_its_own() -> None:
    everything = made(flood_requests=2000)
    assert [rule["priority"] for rule in everything.values()] == list(range(len(everything)))
    assert [rule["visibility_config"]["metric_name"] for rule in everything.values()] == list(everything)


def test_no_request_is_sampled_because_samples_show_what_logs_redact() -> None:
    assert not any(rule["visibility_config"]["sampled_requests_enabled"] for rule in made().values())


def test_who_sends_a_key_is_counted_by_it() -> None:
    by_key = rate(made()["limit-general-by-key"])
    assert by_key == {
        "limit": 200,
        "evaluation_window_sec": 60,
        "aggregate_key_type": "CUSTOM_KEYS",
        "custom_keys": [{"header": {"name": "x-api-key", "text_transformations": [{"priority": 0, "type": "NONE"}]}}],
    }


def test_who_sends_no_key_is_counted_by_address() -> None:
    by_address = rate(made()["limit-general-by-address"])
    assert by_address["aggregate_key_type"] == "IP"
    [kind] = by_address["scope_down_statement"]
    assert kind == "not_statement"


def test_without_a_key_header_a_limit_is_one_rule_over_everybody() -> None:
    everything = made(api_key_header="")
    assert "scope_down_statement" not in rate(everything["limit-general"])
    assert not any(name.endswith("by-key") for name in everything)


def test_sign_in_is_counted_by_address_whatever_key_is_shown() -> None:
    sign_in = rate(made()["limit-sign-in"])
    assert (sign_in["limit"], sign_in["evaluation_window_sec"], sign_in["aggregate_key_type"]) == (67, 600, "IP")
    assert "byte_match_statement" in sign_in["scope_down_statement"]


def test_a_made_up_key_for_each_request_does_not_evade_the_flood_limit() -> None:
    flood = rate(made(flood_requests=2000)["flood"])
    assert flood == {"limit": 2000, "evaluation_window_sec": 60, "aggregate_key_type": "IP"}


def test_behind_a_cdn_addresses_are_the_forwarded_ones() -> None:
    everything = made(forwarded=True, flood_requests=2000)
    for name in ("flood", "limit-general-by-address", "limit-sign-in"):
        assert rate(everything[name])["aggregate_key_type"] == "FORWARDED_IP"
        assert rate(everything[name])["forwarded_ip_config"]["header_name"] == "X-Forwarded-For"


def test_paths_are_decoded_and_lowered_before_they_are_compared() -> None:
    [match] = rate(made(limits={"a": Limit(requests=10, paths=["/API/x"], by="address")})["limit-a"])[
        "scope_down_statement"
    ].values()
    assert match["search_string"] == "/api/x"
    assert [item["type"] for item in match["text_transformations"]] == ["URL_DECODE", "NORMALIZE_PATH", "LOWERCASE"]


def test_any_of_a_limits_paths_counts() -> None:
    scope = rate(made(limits={"a": Limit(requests=10, paths=["/x", "/y"], by="address")})["limit-a"])
    assert len(scope["scope_down_statement"]["or_statement"]["statements"]) == 2


def test_a_client_over_its_limit_is_told_when_to_come_back() -> None:
    answer = made()["limit-sign-in"]["action"]["block"]["custom_response"]
    assert answer["response_code"] == 429
    assert answer["response_headers"] == [{"name": "retry-after", "value": "600"}]


def test_counting_refuses_nobody() -> None:
    everything = made(mode="count", flood_requests=2000, large_body_paths=["/api/uploads"])
    for rule in everything.values():
        assert rule.get("action", rule.get("override_action")) == {"count": {}}


def test_blocking_leaves_the_groups_their_own_actions() -> None:
    assert made()["aws-common"]["override_action"] == {"none": {}}


def test_a_rule_of_a_group_can_be_left_to_count() -> None:
    group = made(exclusions={"sqli": ["SQLi_BODY"]})["aws-sqli"]["statement"]["managed_rule_group_statement"]
    assert group["rule_action_overrides"] == [{"name": "SQLi_BODY", "action_to_use": {"count": {}}}]


def test_large_bodies_pass_on_their_paths_and_nowhere_else() -> None:
    everything = made(large_body_paths=["/api/uploads"])
    group = everything["aws-common"]["statement"]["managed_rule_group_statement"]
    assert group["rule_action_overrides"] == [{"name": BODY_RULE, "action_to_use": {"count": {}}}]
    labelled, elsewhere = everything["large-body"]["statement"]["and_statement"]["statements"]
    assert labelled["label_match_statement"]["key"] == BODY_LABEL
    assert elsewhere["not_statement"]["statement"]["byte_match_statement"]["search_string"] == "/api/uploads"
    assert everything["large-body"]["action"] == {"block": {}}


def test_the_body_rule_left_to_count_refuses_no_large_body() -> None:
    everything = made(large_body_paths=["/api/uploads"], exclusions={"common": [BODY_RULE]})
    assert everything["large-body"]["action"] == {"count": {}}


def test_nothing_is_made_of_the_common_groups_label_without_the_group() -> None:
    assert "large-body" not in made(groups=["sqli"], large_body_paths=["/api/uploads"])


@pytest.mark.parametrize(
    ("rule", "weight"),
    [
        ("flood", 2),
        ("limit-general-by-key", 2 + 30),
        ("limit-general-by-address", 2 + 1),
        ("limit-uploads-by-key", 2 + 30 + 2 + 3 * 10),
        ("limit-uploads-by-address", 2 + 2 + 3 * 10 + 1),
        ("limit-sign-in", 2 + 2 + 3 * 10),
        ("aws-common", 700),
        ("aws-sqli", 200),
        ("large-body", 1 + 2 + 3 * 10),
    ],
)
def test_a_rule_weighs_what_aws_says(rule: str, weight: int) -> None:
    weighed = weights(rules(Protection(**BASE, flood_requests=2000, large_body_paths=["/api/uploads"])))
    assert weighed[rule] == weight


def test_a_statement_that_is_not_ours_has_no_weight() -> None:
    with pytest.raises(KeyError):
        wcu({"geo_match_statement": {}})


def test_every_group_is_aws_own() -> None:
    assert all(group.name.startswith("AWSManagedRules") for group in GROUPS.values())
