"""What CloudFront refuses beside paths and functions, found before anything is built. Free of Pulumi."""

import re
from collections.abc import Sequence

from components.constraints import Problem, within
from components.edge.cdn_behaviors import CLOUDFRONT_GUIDE

LONGEST_HEADER = 1_783
"""Characters of a header's value (general/latest/gr/cf_region.html; AWS names no other number for a CSP)."""
MOST_ALIASES = 100
"""Host names of a distribution, unless AWS raises the quota."""
MOST_SECONDS = 31_536_000
"""One year: the longest time that CloudFront keeps anything."""

SHIELD_REGIONS = (
    *("us-east-1", "us-east-2", "us-west-2", "sa-east-1", "eu-central-1", "eu-west-1", "eu-west-2"),
    *("ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
)
"""Regions that have Origin Shield (origin-shield.html)."""

NO_DEVICES = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
"""A Permissions-Policy that lets no page, and nothing in its frames, ask for the visitor's devices, place or cards."""

COUNTRY = re.compile(r"^[A-Z]{2}\Z")


def header_problems(key: str, value: str) -> list[Problem]:
    """A header's value is one line of limited length."""
    source = f"{CLOUDFRONT_GUIDE}/cloudfront-limits.html"
    if "\n" in value or "\r" in value:
        return [
            Problem(
                key=key,
                value=value.splitlines()[0] + " ...",
                reason="a header is one line",
                remedy="write it in one line, or fold it in YAML by >-",
                source=source,
            )
        ]
    return within(key, len(value), 0, LONGEST_HEADER, "characters", source) if value else []


def shield_problems(region: str | None) -> list[Problem]:
    """Not every region has Origin Shield."""
    if region is None or region in SHIELD_REGIONS:
        return []
    return [
        Problem(
            key="shield_region",
            value=region,
            reason="it has no Origin Shield",
            remedy=f"choose the nearest of {', '.join(SHIELD_REGIONS)}, or none",
            source=f"{CLOUDFRONT_GUIDE}/origin-shield.html",
        )
    ]


def country_problems(allowed: Sequence[str], blocked: Sequence[str]) -> list[Problem]:
    """Countries are allowed or blocked, by ISO 3166-1 codes."""
    source = f"{CLOUDFRONT_GUIDE}/georestrictions.html"
    if allowed and blocked:
        return [
            Problem(
                key="blocked_countries",
                value=", ".join(blocked),
                reason="allowed_countries blocks all others already",
                remedy="leave one of the two out",
                source=source,
            )
        ]
    return [
        Problem(
            key=key,
            value=country,
            reason="a country has a code of two capitals (ISO 3166-1 alpha-2)",
            remedy="write it as DE",
            source=source,
        )
        for key, countries in (("allowed_countries", allowed), ("blocked_countries", blocked))
        for country in countries
        if not COUNTRY.match(country)
    ]


def timing_problems(*, cache_seconds: int, error_seconds: int, origin_seconds: int) -> list[Problem]:
    """Times have ranges."""
    kept = f"{CLOUDFRONT_GUIDE}/Expiration.html"
    return [
        *within("cache_seconds", cache_seconds, 1, MOST_SECONDS, "seconds", kept),
        *within("error_seconds", error_seconds, 0, MOST_SECONDS, "seconds", f"{CLOUDFRONT_GUIDE}/HTTPStatusCodes.html"),
        *within("origin_seconds", origin_seconds, 1, 120, "seconds", f"{CLOUDFRONT_GUIDE}/cloudfront-limits.html"),
    ]


def viewer_problems(aliases: Sequence[str], has_certificate: bool) -> list[Problem]:
    """Host names of one's own need a certificate for them, and a certificate without names is of no use."""
    source = f"{CLOUDFRONT_GUIDE}/CNAMEs.html"
    if bool(aliases) != has_certificate:
        return [
            Problem(
                key="aliases",
                value=", ".join(aliases) or "none",
                reason="host names and a certificate that holds them come together",
                remedy="give both or neither",
                source=source,
            )
        ]
    return within("aliases", len(aliases), 0, MOST_ALIASES, "host names", source)
