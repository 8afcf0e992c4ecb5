"""Settings of CloudFront before the site and the services."""

from typing import Literal

from pydantic import Field

from components.edge.cdn_constraints import MOST_SECONDS, NO_DEVICES
from infra.settings.patterns import EDGE_FUNCTION, Country, Host, Route
from infra.settings.section import Section


class Cdn(Section):
    """CloudFront before the site and the services; there is none without this section."""

    hosts: tuple[Host, ...] = Field(
        default=(),
        description="Hosts below headroom:domain that lead here beside the domain itself and those of services, such "
        "as www.",
    )
    site_paths: tuple[Route, ...] = Field(
        default=(),
        description="Paths that the site's files answer, such as /assets/*; by default all that no service takes.",
    )
    pages: Literal["files", "folders", "single"] = Field(
        default="files",
        description="How addresses lead to the site's files: by their names; /about to /about/index.html (folders); or "
        "all that is no file to /index.html, for a single-page application.",
    )
    cached_paths: tuple[Route, ...] = Field(
        default=(),
        description="Paths of services whose GET answers are kept, and are the same for everybody: the service gets "
        "neither cookies nor Authorization there.",
    )
    cache_seconds: int = Field(
        default=60,
        ge=1,
        le=MOST_SECONDS,
        description="Time for which answers of cached_paths are kept, in seconds; less if their Cache-Control says so.",
    )
    error_seconds: int = Field(
        default=0, ge=0, le=MOST_SECONDS, description="Time for which an error is kept, in seconds."
    )
    origin_seconds: int = Field(
        default=30,
        ge=1,
        le=120,
        description="Time that CloudFront waits for the load balancer's answer, and between parts of it, in seconds.",
    )
    content_security_policy: str = Field(
        default="",
        description="Content-Security-Policy of answers that bring none of their own, in one line; empty: none.",
    )
    permissions_policy: str = Field(
        default=NO_DEVICES,
        description="Permissions-Policy of answers that bring none of their own, in one line; empty: none.",
    )
    referrer_policy: Literal[
        "no-referrer",
        "no-referrer-when-downgrade",
        "origin",
        "origin-when-cross-origin",
        "same-origin",
        "strict-origin",
        "strict-origin-when-cross-origin",
        "unsafe-url",
    ] = Field(
        default="strict-origin-when-cross-origin",
        description="What other sites learn of the page that links to them, if the answer does not say so itself.",
    )
    function: str = Field(
        default="none",
        pattern=EDGE_FUNCTION,
        description="File in functions/edge whose function handler runs on every request; `none` runs nothing.",
    )
    price_class: Literal["PriceClass_100", "PriceClass_200", "PriceClass_All"] = Field(
        default="PriceClass_100",
        description="From where CloudFront answers: North America and Europe (100), also Asia, the Middle East and "
        "Africa (200), or everywhere.",
    )
    allowed_countries: tuple[Country, ...] = Field(
        default=(), description="Countries that get answers, such as DE; by default all do."
    )
    blocked_countries: tuple[Country, ...] = Field(default=(), description="Countries that get no answers, such as DE.")
    shield_region: Literal[
        "none",
        "us-east-1",
        "us-east-2",
        "us-west-2",
        "sa-east-1",
        "eu-central-1",
        "eu-west-1",
        "eu-west-2",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
    ] = Field(
        default="none",
        description="Region of one more cache before the site's bucket (Origin Shield), the nearest to it; `none` has "
        "none.",
    )
    extra_metrics: bool = Field(
        default=False,
        description="Whether CloudFront measures the latency of what stands behind it, the share of hits, and errors "
        "by status, at a price; alarms then tell of a slow load balancer, and page where none answers.",
    )
