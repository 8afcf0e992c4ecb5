"""Checks of what everything stands on."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network

from components.constraints import Problem, secret_recovery_problems
from components.network.subnets import LARGEST_PREFIX, SMALLEST_PREFIX
from components.services.sleep import sleep_problems
from infra.settings.checking import Values, at, given
from infra.settings.problems import Finding, show


def foundation_findings(
    top: Values, network: Values, secrets: Values, alarms: Values, sleep: Values
) -> Iterator[Finding]:
    """Every contradiction in the region, the network, and what holds for all secrets, alarms and services."""
    yield from _region(top)
    yield from _network(network)
    yield from at(("secrets",), given(secrets, _recovery, "recovery_days"))
    yield from _addresses(alarms)
    yield from at(("sleep",), given(sleep, sleep_problems, "from", "to", "days", "timezone"))


def _recovery(days: int) -> Iterator[Problem]:
    for p in secret_recovery_problems(days):
        yield Problem(key="recovery_days", value=p.value, reason=p.reason, remedy=p.remedy, source=p.source)


def _region(top: Values) -> Iterator[Finding]:
    region = top.get("aws:region", "")
    if region.startswith("cn-"):
        why = "services have other names in AWS China, which this program does not write; choose another region"
        yield Finding(("aws:region",), f"{show(('aws:region',), region)}: {why}")


def _network(network: Values) -> Iterator[Finding]:
    zones = network.get("zones", ())
    if len(set(zones)) < len(zones):
        yield Finding(("network", "zones"), f"{show(('network', 'zones'), zones)}: a zone stands twice; name each once")
    yield from _existing(network)
    if "cidr" not in network:
        return
    cidr = network["cidr"]
    reason = _wrong_range(cidr)
    if reason:
        yield Finding(("network", "cidr"), f"{show(('network', 'cidr'), cidr)}: {reason}")


def _existing(network: Values) -> Iterator[Finding]:
    """One subnet a zone and tier: what lies in which zone follows from the order."""
    existing = network.get("existing")
    if not isinstance(existing, Mapping) or "zones" not in network:
        return
    for tier in ("public_subnets", "private_subnets", "isolated_subnets"):
        subnets, wanted = existing.get(tier, ()), len(network["zones"])
        if len(set(subnets)) != wanted or len(subnets) != wanted:
            path = ("network", "existing", tier)
            yield Finding(path, f"{show(path, subnets)}: name {wanted} different ones, one for each of the zones")


def _wrong_range(cidr: str) -> str:
    try:
        network = IPv4Network(cidr, strict=False)
    except ValueError:
        return "it is no IPv4 range; write it as 10.10.0.0/16"
    if "/" not in cidr or not SMALLEST_PREFIX <= network.prefixlen <= LARGEST_PREFIX:
        allowed = f"/{SMALLEST_PREFIX} to /{LARGEST_PREFIX}"
        return f"a VPC here is {allowed}, so that each zone has room for its three subnets; choose {allowed}"
    if cidr != str(network):
        return f"the address lies inside the range; its first address is {network}"
    if not network.is_private:
        return "the range is public; choose one in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"
    return ""


def _addresses(alarms: Values) -> Iterator[Finding]:
    for key in ("warn_emails", "page_emails", "warn_https", "page_https"):
        addresses = alarms.get(key, ())
        for place, address in enumerate(addresses):
            if address in addresses[:place]:
                yield Finding(
                    ("alarms", key, place), f"{show(('alarms', key), address)}: it stands twice; take one out"
                )
