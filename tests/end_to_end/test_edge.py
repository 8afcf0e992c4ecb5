"""What stands before the services on the emulated AWS, seen through boto3. T3, T5, T8."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

ENVIRONMENTS = ("dev", "staging", "prod")
DOMAINS = {"staging": "staging.example.com", "prod": "example.com"}
HARDENED = {
    "routing.http.drop_invalid_header_fields.enabled": "true",
    "routing.http2.enabled": "true",
    "routing.http.preserve_host_header.enabled": "true",
    "routing.http.xff_header_processing.mode": "append",
}


def balancer(session: boto3.Session) -> dict[str, Any]:
    [found] = session.client("elbv2").describe_load_balancers()["LoadBalancers"]
    return dict(found)


def attributes(session: boto3.Session) -> dict[str, str]:
    arn = balancer(session)["LoadBalancerArn"]
    found = session.client("elbv2").describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    return {item["Key"]: item["Value"] for item in found}


def listeners(session: boto3.Session) -> dict[int, dict[str, Any]]:
    arn = balancer(session)["LoadBalancerArn"]
    return {item["Port"]: item for item in session.client("elbv2").describe_listeners(LoadBalancerArn=arn)["Listeners"]}


def answers(session: boto3.Session, port: int) -> dict[str, str]:
    """What a listener adds to answers, by the header's name in AWS's words."""
    arn, start = listeners(session)[port]["ListenerArn"], "routing.http.response."
    found = session.client("elbv2").describe_listener_attributes(ListenerArn=arn)["Attributes"]
    return {i["Key"].removeprefix(start): i["Value"] for i in found if i["Key"].startswith(start)}


def records(session: boto3.Session) -> dict[tuple[str, str], dict[str, Any]]:
    dns = session.client("route53")
    [zone] = [zone for zone in dns.list_hosted_zones()["HostedZones"] if not zone["Config"]["PrivateZone"]]
    found = dns.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    return {(record["Name"], record["Type"]): record for record in found}


def web_acl(session: boto3.Session) -> dict[str, Any]:
    """The web ACL that stands before the load balancer, or before the CDN that it is private behind."""
    found = balancer(session)
    if found["Scheme"] == "internal":
        client = session.client("wafv2", "us-east-1")
        [acl] = client.list_web_acls(Scope="CLOUDFRONT")["WebACLs"]
        return dict(client.get_web_acl(Name=acl["Name"], Id=acl["Id"], Scope="CLOUDFRONT")["WebACL"])
    return dict(session.client("wafv2").get_web_acl_for_resource(ResourceArn=found["LoadBalancerArn"])["WebACL"])


def rates(session: boto3.Session) -> dict[str, Any]:
    statements = {rule["Name"]: rule["Statement"].get("RateBasedStatement") for rule in web_acl(session)["Rules"]}
    return {name: statement for name, statement in statements.items() if statement}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_load_balancer_is_hardened(environment: str, accounts: dict[str, boto3.Session]) -> None:
    found = attributes(accounts[environment])
    assert {key: found[key] for key in HARDENED} == HARDENED
    assert found["routing.http.desync_mitigation_mode"] in ("defensive", "strictest")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_answer_tells_of_the_server_and_each_forbids_to_guess_types(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    for port in listeners(accounts[environment]):
        told = answers(accounts[environment], port)
        assert told["server.enabled"] == "false"
        assert told["x_content_type_options.header_value"] == "nosniff"
        assert told["x_frame_options.header_value"] == "DENY"


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_browsers_are_told_to_stay_with_https(environment: str, accounts: dict[str, boto3.Session]) -> None:
    session = accounts[environment]
    assert answers(session, 443)["strict_transport_security.header_value"] == "max-age=31536000"
    assert "strict_transport_security.header_value" not in answers(session, 80)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_requests_are_logged(environment: str, accounts: dict[str, boto3.Session]) -> None:
    found = attributes(accounts[environment])
    account = accounts[environment].client("sts").get_caller_identity()["Account"]
    assert found["access_logs.s3.enabled"] == "true"
    assert found["access_logs.s3.bucket"] == f"headroom-{environment}-logs-{account}"


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_the_certificate_is_issued_by_its_record_and_used(environment: str, accounts: dict[str, boto3.Session]) -> None:
    session, domain = accounts[environment], DOMAINS[environment]
    [used] = listeners(session)[443]["Certificates"]
    held = session.client("acm").describe_certificate(CertificateArn=used["CertificateArn"])["Certificate"]
    assert held["Status"] == "ISSUED"
    assert set(held["SubjectAlternativeNames"]) == {domain, f"*.{domain}"}
    wanted = {option["ResourceRecord"]["Name"] for option in held["DomainValidationOptions"]}
    assert {(name, "CNAME") for name in wanted} <= set(records(session))


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_only_amazon_may_issue_certificates_for_the_domain(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    record = records(accounts[environment])[(f"{DOMAINS[environment]}.", "CAA")]
    assert all("amazon" in item["Value"] or "awstrust" in item["Value"] for item in record["ResourceRecords"])


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_the_domain_leads_to_what_answers_for_it(
    environment: str, standing: Any, accounts: dict[str, boto3.Session]
) -> None:
    record = records(accounts[environment])[(f"{DOMAINS[environment]}.", "A")]
    assert record["AliasTarget"]["DNSName"].rstrip(".")
    assert f"https://{DOMAINS[environment]}" in standing.pulumi("stack", "output", "--stack", environment)


def test_dev_needs_no_domain(accounts: dict[str, boto3.Session]) -> None:
    assert accounts["dev"].client("route53").list_hosted_zones()["HostedZones"] == []
    assert accounts["dev"].client("acm").list_certificates()["CertificateSummaryList"] == []
    assert set(listeners(accounts["dev"])) == {80}


@pytest.mark.parametrize(("environment", "action"), [("dev", "Count"), ("staging", "Block"), ("prod", "Block")])
def test_dev_counts_what_staging_and_prod_refuse(
    environment: str, action: str, accounts: dict[str, boto3.Session]
) -> None:
    rules = {rule["Name"]: rule for rule in web_acl(accounts[environment])["Rules"]}
    assert list(rules["limit-sign-in"]["Action"]) == [action]
    assert list(rules["aws-common"]["OverrideAction"]) == ["Count" if action == "Count" else "None"]


def test_sign_in_is_limited_by_address_and_all_else_by_key_where_there_is_one(
    accounts: dict[str, boto3.Session],
) -> None:
    found = rates(accounts["prod"])
    sign_in = found["limit-sign-in"]
    assert (sign_in["Limit"], sign_in["EvaluationWindowSec"], sign_in["AggregateKeyType"]) == (67, 600, "IP")
    [path] = sign_in["ScopeDownStatement"].values()
    assert path["SearchString"] == b"/api/auth/sign-in"
    [key] = found["limit-uploads-by-key"]["CustomKeys"]
    assert (key["Header"]["Name"], found["limit-uploads-by-key"]["Limit"]) == ("x-api-key", 20)
    assert found["limit-uploads-by-address"]["AggregateKeyType"] == "IP"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_firewalls_log_is_encrypted_and_holds_no_secret_header(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    session = accounts[environment]
    logging = session.client("wafv2", "us-east-1").get_logging_configuration(ResourceArn=web_acl(session)["ARN"])
    [log] = logging["LoggingConfiguration"]["LogDestinationConfigs"]
    hidden = {field["SingleHeader"]["Name"] for field in logging["LoggingConfiguration"]["RedactedFields"]}
    assert hidden == {"authorization", "cookie", "x-api-key"}
    name = log.rpartition(":")[2]
    assert name.startswith("aws-waf-logs-")
    [group] = session.client("logs", "us-east-1").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert group["kmsKeyId"]


def test_a_service_has_hosts_of_its_own(options_account: boto3.Session) -> None:
    arn = listeners(options_account)[443]["ListenerArn"]
    rules = options_account.client("elbv2").describe_rules(ListenerArn=arn)["Rules"]
    [hosts] = [
        condition["HostHeaderConfig"]["Values"]
        for rule in rules
        for condition in rule["Conditions"]
        if condition["Field"] == "host-header"
    ]
    assert hosts == ["shop.options.example.com", "shop.eu.options.example.com"]
    led = {name for name, type_ in records(options_account) if type_ == "A"}
    assert led >= {"shop.options.example.com.", "shop.eu.options.example.com."}


def test_a_host_below_a_host_is_in_the_certificate_by_name(options_account: boto3.Session) -> None:
    acm = options_account.client("acm")
    [held] = acm.list_certificates()["CertificateSummaryList"]
    names = acm.describe_certificate(CertificateArn=held["CertificateArn"])["Certificate"]["SubjectAlternativeNames"]
    assert set(names) == {"options.example.com", "*.options.example.com", "shop.eu.options.example.com"}


def test_new_tasks_start_slowly_and_leaving_ones_drain_as_chosen(options_account: boto3.Session) -> None:
    elb = options_account.client("elbv2")
    # Two, since a deployment moves its requests from one to the other.
    one, other = elb.describe_target_groups()["TargetGroups"]
    for group in (one, other):
        found = elb.describe_target_group_attributes(TargetGroupArn=group["TargetGroupArn"])["Attributes"]
        values = {item["Key"]: item["Value"] for item in found}
        assert (values["slow_start.duration_seconds"], values["deregistration_delay.timeout_seconds"]) == ("30", "20")
        assert (group["HealthCheckPath"], group["Matcher"]["HttpCode"]) == ("/healthy", "200-299")


def test_what_a_service_wants_to_decide_itself_is_left_to_it(options_account: boto3.Session) -> None:
    assert set(answers(options_account, 443)) == {"server.enabled", "x_content_type_options.header_value"}
    found = attributes(options_account)
    assert found["routing.http.desync_mitigation_mode"] == "strictest"
    assert found["connection_logs.s3.enabled"] == "true"


def test_without_keys_a_limit_is_one_rule_and_a_rule_may_be_left_to_count(options_account: boto3.Session) -> None:
    rules = {rule["Name"]: rule["Statement"] for rule in web_acl(options_account)["Rules"]}
    assert set(rules) == {"limit-general", "aws-anonymous-ip", "aws-common"}
    [override] = rules["aws-common"]["ManagedRuleGroupStatement"]["RuleActionOverrides"]
    assert override == {"Name": "NoUserAgent_HEADER", "ActionToUse": {"Count": {}}}
