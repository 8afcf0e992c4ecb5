"""Checks of the CDN: what it needs of other settings, and what CloudFront refuses."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from components.edge.cdn_behaviors import Paths, behavior_problems
from components.edge.cdn_constraints import country_problems, header_problems
from components.edge.cdn_functions import function_problems
from infra.settings.checking import Values, at, given
from infra.settings.problems import Finding, show

EDGE_FUNCTIONS = Path(__file__).resolve().parents[2] / "functions" / "edge"
"""Where the team's functions are that CloudFront runs."""


def cdn_findings(
    cdn: Values, domain: Values, load_balancer: Values, services: Mapping[str, Values], buckets: Mapping[str, Values]
) -> Iterator[Finding]:
    """Every contradiction of a CDN that is there."""
    yield from _something_behind(services, buckets)
    yield from _paths(cdn, services, buckets)
    yield from at(("cdn",), given(cdn, country_problems, "allowed_countries", "blocked_countries"))
    for key in ("content_security_policy", "permissions_policy"):
        yield from at(("cdn",), header_problems(key, cdn.get(key, "")))
    yield from _function(cdn)
    yield from _names(cdn, domain, load_balancer)


def _has_site(buckets: Mapping[str, Values]) -> bool:
    return any(bucket.get("use") == "site" for bucket in buckets.values())


def _something_behind(services: Mapping[str, Values], buckets: Mapping[str, Values]) -> Iterator[Finding]:
    if not _has_site(buckets) and not any(service.get("public") for service in services.values()):
        yield Finding(
            ("cdn",),
            "has nothing behind it: there is neither a public service nor a bucket whose use is site; add "
            "one, or take headroom:cdn out",
        )


def _paths(cdn: Values, services: Mapping[str, Values], buckets: Mapping[str, Values]) -> Iterator[Finding]:
    public = [service for service in services.values() if service.get("public")]
    if not {"site_paths", "cached_paths"} <= set(cdn) or not all("paths" in service for service in public):
        return
    paths = Paths(
        services=[path for service in public for path in service["paths"]],
        has_site=_has_site(buckets),
        site=cdn["site_paths"],
        cached=cdn["cached_paths"],
    )
    yield from at(("cdn",), behavior_problems(paths))


def _function(cdn: Values) -> Iterator[Finding]:
    """The file is there, and CloudFront takes it."""
    name = cdn.get("function", "none")
    if name == "none":
        return
    path, file = ("cdn", "function"), EDGE_FUNCTIONS / name
    if not file.is_file():
        yield Finding(path, f"{show(path, name)}: there is no functions/edge/{name}; write it, or choose none")
    elif "pages" in cdn:
        yield from at(("cdn",), function_problems(file.read_text(encoding="utf-8"), cdn["pages"]))


def _names(cdn: Values, domain: Values, load_balancer: Values) -> Iterator[Finding]:
    """Hosts hang below a domain; and CloudFront asks the load balancer by the name that the viewer used, for which the
    load balancer must show a certificate."""
    if domain.get("name") != "none":
        return
    if cdn.get("hosts"):
        path = ("cdn", "hosts")
        why = "there is no domain that they could hang below; set headroom:domain.name, or take them out"
        yield Finding(path, f"{show(path, cdn['hosts'])}: {why}")
    arn = load_balancer.get("certificate_arn", "none")
    if arn != "none":
        path = ("load_balancer", "certificate_arn")
        why = (
            "it is for another name than CloudFront's own, by which CloudFront would ask, and it would answer 502; set "
            "headroom:domain.name as well, or choose none"
        )
        yield Finding(path, f"{show(path, arn)}: {why}")
