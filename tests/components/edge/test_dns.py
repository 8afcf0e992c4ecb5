"""The hosted zone and its records under pretended AWS. T8, S2."""

from collections.abc import Callable
from typing import Any

from components.edge.dns import Aliases, AliasesArgs, AliasTarget, Zone, ZoneArgs
from components.links import ZoneLink

Run = Callable[..., Any]

BALANCER = AliasTarget(dns_name="alb.elb.amazonaws.com", zone_id="ZELB", evaluate_health=True, ipv6=False)
CDN = AliasTarget(dns_name="d1.cloudfront.net", zone_id="ZCF", evaluate_health=False, ipv6=True)


def zone(run: Run, **args: Any) -> Any:
    return run(lambda: Zone("zone", ZoneArgs(domain="staging.example.com", **args)))


def aliases(run: Run, targets: dict[str, AliasTarget]) -> Any:
    link = ZoneLink(zone_id="Z1", domain="staging.example.com")
    return run(lambda: Aliases("aliases", AliasesArgs(zone=link, targets=targets)))


def test_a_zone_of_the_domains_own_is_made_and_kept(run: Run) -> None:
    made = zone(run).one("route53/zone:Zone")
    assert made["inputs"]["name"] == "staging.example.com"
    assert made["options"]["protect"] is True
    assert zone(run, protect=False).one("route53/zone:Zone")["options"]["protect"] is False


def test_the_name_servers_are_told_for_the_delegation(run: Run) -> None:
    stack = zone(run)
    outputs = stack.registered_outputs[stack.one("headroom:edge:Zone")["urn"]]
    assert outputs["nameServers"] == ["ns-1.example.net", "ns-2.example.org"]


def test_an_existing_zone_is_used_and_not_managed(run: Run) -> None:
    stack = zone(run, existing_id="Z9")
    assert stack.all("route53/zone:Zone") == []
    assert stack.result.link.zone_id == "Z9"


def test_a_caa_record_admits_amazon_alone(run: Run) -> None:
    record = zone(run, existing_id="Z9", only_amazon_issues=True).one("route53/record:Record")["inputs"]
    assert (record["name"], record["type"], record["zoneId"]) == ("staging.example.com", "CAA", "Z9")
    assert record["records"][0] == '0 issue "amazon.com"'
    assert zone(run).all("route53/record:Record") == []


def test_a_load_balancer_answers_for_its_hosts(run: Run) -> None:
    stack = aliases(run, {"@": BALANCER, "api": BALANCER})
    records = {r["name"]: r["inputs"] for r in stack.all("route53/record:Record")}
    assert {name: (r["name"], r["type"]) for name, r in records.items()} == {
        "aliases-apex": ("staging.example.com", "A"),
        "aliases-api": ("api.staging.example.com", "A"),
    }
    [alias] = records["aliases-api"]["aliases"]
    assert alias == {"name": "alb.elb.amazonaws.com", "zoneId": "ZELB", "evaluateTargetHealth": True}


def test_what_speaks_ipv6_is_found_by_ipv6(run: Run) -> None:
    stack = aliases(run, {"@": CDN})
    assert {r["name"]: r["inputs"]["type"] for r in stack.all("route53/record:Record")} == {
        "aliases-apex": "A",
        "aliases-apex-ipv6": "AAAA",
    }


def test_the_full_names_are_told(run: Run) -> None:
    assert aliases(run, {"@": CDN, "api": BALANCER}).result.hosts == ["staging.example.com", "api.staging.example.com"]
