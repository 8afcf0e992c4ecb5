"""Which requests CloudFront answers from where: behaviors planned from paths, free of Pulumi.

A distribution looks through its behaviors in their order and takes the first whose pattern matches; the default one
takes the rest. So a plan is an order: patterns nested in others come first, and those that say nothing new are left
out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from components.constraints import Problem
from components.edge.path_patterns import covers, matches_all, overlap, specificity

CLOUDFRONT_GUIDE = "docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide"
MOST_BEHAVIORS = 75
"""Behaviors of a distribution, the default one among them, unless AWS raises the quota."""

Treatment = Literal["site", "services", "cached"]
"""Who answers: the `site`'s files, kept as long as their headers say; `services` behind the load balancer, never kept;
`cached`: a service's answers, kept for a while and the same for everybody."""


@dataclass(frozen=True, kw_only=True)
class Paths:
    """The paths that an environment has, as its settings say."""

    services: Sequence[str]
    """Paths of the public services, as the load balancer has them."""
    has_site: bool
    """Whether there is a site."""
    site: Sequence[str] = ()
    """Paths of the site; without any it gets what no service takes."""
    cached: Sequence[str] = ()
    """Paths of services whose answers are cached."""


@dataclass(frozen=True, kw_only=True)
class Behavior:
    """What happens to requests of one pattern."""

    pattern: str
    """Path pattern."""
    treatment: Treatment
    """Who answers."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All behaviors of a distribution."""

    default: Treatment
    """What happens to requests that match none of the others."""
    ordered: Sequence[Behavior]
    """The others, in CloudFront's order: the first that matches wins."""

    def uses(self, *treatments: Treatment) -> bool:
        """Whether any request is treated so."""
        return any(treatment in treatments for treatment in (self.default, *(b.treatment for b in self.ordered)))


def plan(paths: Paths) -> Plan:
    """The behaviors for these paths, which must have no problems."""
    default = _default(paths)
    found = {pattern: _service_treatment(pattern, paths.cached) for pattern in paths.services}
    found |= dict.fromkeys(paths.site if paths.has_site else (), "site")
    found |= dict.fromkeys(paths.cached, "cached")
    if default == "cached":
        found = {pattern: treatment for pattern, treatment in found.items() if treatment == "site"}
    wanted = {pattern: treatment for pattern, treatment in found.items() if not matches_all(pattern)}
    needed = [
        Behavior(pattern=pattern, treatment=treatment)
        for pattern, treatment in wanted.items()
        if treatment != default or _taken_away(pattern, treatment, wanted)
    ]
    return Plan(default=default, ordered=sorted(needed, key=lambda behavior: specificity(behavior.pattern)))


def _default(paths: Paths) -> Treatment:
    """Services where they take everything, or where the site has paths of its own; else the site."""
    if paths.services and (not paths.has_site or (paths.site and not any(map(matches_all, paths.site)))):
        return "cached" if any(map(matches_all, paths.cached)) else "services"
    return "site" if paths.has_site else "services"


def _service_treatment(pattern: str, cached: Sequence[str]) -> Treatment:
    """Who caches `/api/*` caches `/api/orders/*`, whichever service answers it."""
    return "cached" if any(covers(wide, pattern) for wide in cached) else "services"


def _taken_away(pattern: str, treatment: Treatment, others: dict[str, Treatment]) -> bool:
    """Whether a wider pattern that is treated otherwise would take its requests."""
    return any(covers(other, pattern) for other, its in others.items() if its != treatment)


def behavior_problems(paths: Paths) -> list[Problem]:
    """Everything that would leave it to chance who answers, or that CloudFront refuses."""
    return [
        *_site_problems(paths),
        *_cached_problems(paths),
        *_ambiguous_problems(paths),
        *_quota_problems(paths),
    ]


def _site_problems(paths: Paths) -> list[Problem]:
    everything = [path for path in paths.services if matches_all(path)]
    source = f"{CLOUDFRONT_GUIDE}/DownloadDistValuesCacheBehavior.html"
    if paths.site and not paths.has_site:
        return [
            Problem(
                key="site_paths",
                value=", ".join(paths.site),
                reason="there is no bucket whose use is site",
                remedy="add one under headroom:buckets, or take the paths out",
                source=source,
            )
        ]
    if paths.has_site and everything and (not paths.site or any(map(matches_all, paths.site))):
        return [
            Problem(
                key="site_paths",
                value=", ".join(paths.site) or "none",
                reason="a service takes /*, and so would the site",
                remedy="name the site's own paths, such as /assets/*, or take /* from the service",
                source=source,
            )
        ]
    alike = [path for path in paths.site if path in (*paths.services, *paths.cached)]
    bare = [path for path in paths.site if not matches_all(path) and covers(path, "/")]
    return [
        *(
            Problem(
                key="site_paths",
                value=path,
                reason="a service has the same path",
                remedy="give it to one of the two",
                source=source,
            )
            for path in alike
        ),
        *(
            Problem(
                key="site_paths",
                value=path,
                reason="a request for / would list the bucket, since only the site as a whole has a first page",
                remedy="write /index.html, or leave site_paths out so that the site takes all that no service takes",
                source=f"{CLOUDFRONT_GUIDE}/DefaultRootObject.html",
            )
            for path in bare
            if paths.services
        ),
    ]


def _cached_problems(paths: Paths) -> list[Problem]:
    """Only what a service answers can be cached so; the site's files have their own headers."""
    return [
        Problem(
            key="cached_paths",
            value=path,
            reason=f"no public service takes all of it; they take {', '.join(paths.services) or 'nothing'}",
            remedy="write a path within one of these",
            source=f"{CLOUDFRONT_GUIDE}/DownloadDistValuesCacheBehavior.html",
        )
        for path in paths.cached
        if not any(covers(wide, path) for wide in paths.services)
    ]


def _ambiguous_problems(paths: Paths) -> list[Problem]:
    """Two patterns that share some requests are clear only if one lies within the other."""
    services = [path for path in paths.services if path not in paths.cached]
    pairs = [
        *(("site_paths", site, other) for site in paths.site for other in (*services, *paths.cached)),
        *(("cached_paths", cached, other) for cached in paths.cached for other in services),
    ]
    return [
        Problem(
            key=key,
            value=path,
            reason=f"some paths match it and {other}, and neither lies within the other, so who answers is unclear",
            remedy="write a narrower path",
            source=f"{CLOUDFRONT_GUIDE}/DownloadDistValuesCacheBehavior.html",
        )
        for key, path, other in pairs
        if overlap(path, other) and not covers(path, other) and not covers(other, path)
    ]


def _quota_problems(paths: Paths) -> list[Problem]:
    count = len(plan(paths).ordered) + 1
    if count <= MOST_BEHAVIORS:
        return []
    return [
        Problem(
            key="site_paths",
            value=", ".join(paths.site) or "none",
            reason=f"with the paths of services and cached_paths they make {count} behaviors, and a distribution has "
            f"{MOST_BEHAVIORS}",
            remedy="join paths by what they start with, or let a service take /*",
            source=f"{CLOUDFRONT_GUIDE}/cloudfront-limits.html",
        )
    ]
