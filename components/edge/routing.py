"""Which request goes to which service: priorities of listener rules, and what a load balancer refuses."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from components.constraints import Problem, within

ALB_GUIDE = "docs.aws.amazon.com/elasticloadbalancing/latest/application"

DERIVED_PRIORITIES = ((40_001, 50_000), (10_001, 40_000), (6_001, 10_000))
"""Ranges of derived priorities by the number of leading segments without a wildcard: none, one, two or more.

Most services have one such segment, so theirs is the widest. 1 to 1000 stay free for explicit priorities.
"""

HOST_PRIORITIES = ((4_001, 6_000), (2_001, 4_000), (1_001, 2_000))
"""The same for services with hosts of their own: they come before all that take any host."""


RESERVED_ADDRESS = "192.0.2.1/32"
"""An address for examples, from which no request ever comes. Source: RFC 5737"""


def leading_segments(path: str) -> int:
    """Segments before the first wildcard: `/*` has none, `/api/*` one, `/api/orders` two."""
    segments = [segment for segment in path.split("/") if segment]
    plain = [("*" not in segment and "?" not in segment) for segment in segments]
    return plain.index(False) if False in plain else len(plain)


def derived_priority(service: str, paths: Sequence[str], hosts: Sequence[str] = ()) -> int:
    """A priority from this service's name, paths and hosts alone, so that no other service ever changes it.

    The least specific path chooses the range (`/*` comes after `/api/*`, which comes after `/api/orders/*`), a hash of
    the name the place within. Two services of 30,000 places rarely meet; `priority_problems` finds it when they do.
    """
    ranges = HOST_PRIORITIES if hosts else DERIVED_PRIORITIES
    low, high = ranges[min(min(map(leading_segments, paths)), len(ranges) - 1)]
    digest = int.from_bytes(hashlib.sha256(service.encode()).digest()[:8], "big")
    return low + digest % (high - low + 1)


def attaching_priority(service: str, group: str = "pods") -> int:
    """The priority of a rule that no request matches, as unlikely to meet another as a derived one. `group` tells the
    target groups of a service apart."""
    return derived_priority(f"{service}-{group}", (f"/{group}/*",))


def health_check_problems(
    *, interval_seconds: int, timeout_seconds: int, healthy_count: int, unhealthy_count: int
) -> list[Problem]:
    """A target group's health check has ranges, and must end before the next one starts."""
    source = f"{ALB_GUIDE}/target-group-health-checks.html"
    problems = [
        *within("health_interval_seconds", interval_seconds, 5, 300, "seconds", source),
        *within("health_timeout_seconds", timeout_seconds, 2, 120, "seconds", source),
        *within("healthy_count", healthy_count, 2, 10, "checks", source),
        *within("unhealthy_count", unhealthy_count, 2, 10, "checks", source),
    ]
    if timeout_seconds >= interval_seconds:
        problems.append(
            Problem(
                key="health_timeout_seconds",
                value=timeout_seconds,
                reason=f"it must be below health_interval_seconds, {interval_seconds}",
                remedy=f"choose {interval_seconds - 1} or less, or a longer interval",
                source=source,
            )
        )
    return problems


def path_problems(paths: Sequence[str]) -> list[Problem]:
    """A listener rule compares at most five values, each of at most 128 characters, with five wildcards in all.

    AWS's quotas said five wildcards for years and say six now; its page on conditions still says five.
    """
    source = f"{ALB_GUIDE}/load-balancer-limits.html"
    wildcards = sum(path.count("*") + path.count("?") for path in paths)
    if not 1 <= len(paths) <= 5:
        return [
            Problem(
                key="paths",
                value=list(paths),
                reason=f"a listener rule takes 1 to 5 path patterns, and these are {len(paths)}",
                remedy="join some by a wildcard, such as /api/*",
                source=source,
            )
        ]
    if wildcards > 5:
        return [
            Problem(
                key="paths",
                value=list(paths),
                reason=f"a listener rule takes 5 wildcards (* and ?) at most, and these have {wildcards}",
                remedy="take some out, such as /api/* for /api/*/orders/*",
                source=source,
            )
        ]
    return [
        Problem(
            key="paths",
            value=path,
            reason="a path pattern starts with / and has at most 128 characters",
            remedy="write it as /api/*",
            source=source,
        )
        for path in paths
        if not path.startswith("/") or len(path) > 128
    ]


def condition_problems(paths: Sequence[str], hosts: Sequence[str]) -> list[Problem]:
    """A listener rule compares at most five values: hosts and paths count together."""
    problems = path_problems(paths)
    if not problems and len(paths) + len(hosts) > 5:
        room = 5 - len(paths)
        problems.append(
            Problem(
                key="hosts",
                value=list(hosts),
                reason=f"a listener rule takes 5 values in all, and {len(paths)} of them are paths",
                remedy=f"choose {room} hosts at most, or fewer paths" if room else "take out a path for each host",
                source=f"{ALB_GUIDE}/load-balancer-limits.html",
            )
        )
    return problems


def leaving_problems(slow_start_seconds: int, drain_seconds: int) -> list[Problem]:
    """How a target group lets tasks come and go has ranges."""
    source = f"{ALB_GUIDE}/edit-target-group-attributes.html"
    slow = within("slow_start_seconds", slow_start_seconds, 30, 900, "seconds, or 0 for none", source)
    return [
        *(slow if slow_start_seconds else []),
        *within("drain_seconds", drain_seconds, 0, 3600, "seconds", source),
    ]


def priority_problems(priorities: Mapping[str, int]) -> list[Problem]:
    """Each rule of a listener has a priority of its own; `priorities` maps service to priority."""
    source = f"{ALB_GUIDE}/listener-rules.html"
    count = Counter(priorities.values())
    problems: list[Problem] = []
    for service, priority in priorities.items():
        problems += within("priority", priority, 1, 50_000, "", source)
        if count[priority] > 1:
            others = ", ".join(name for name, other in priorities.items() if other == priority and name != service)
            problems.append(
                Problem(
                    key="priority",
                    value=priority,
                    reason=f"{service} and {others} share it, and no two rules of a listener may",
                    remedy=f"give {service} a priority of its own",
                    source=source,
                )
            )
    return problems
