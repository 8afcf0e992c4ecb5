"""Settings of what stands between the internet and the services."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from components.edge import waf_rules
from infra.settings.patterns import CERTIFICATE, DOMAIN, HEADER, ZONE, Name, PathStart
from infra.settings.section import Section


class Domain(Section):
    """The domain of this environment, its hosted zone in Route 53, and certificates for both."""

    name: str = Field(
        default="none",
        pattern=DOMAIN,
        description="The domain that all host names of this environment are, or hang below, such as "
        "staging.example.com; `none` serves plain HTTP at AWS's own names.",
    )
    zone: str = Field(
        default="create",
        pattern=ZONE,
        description="`create` makes a hosted zone for the domain, which its parent zone must delegate to; else the id "
        "of a public zone of this account that holds the domain.",
    )
    caa: bool = Field(
        default=False,
        description="Whether a CAA record forbids every authority but Amazon to issue certificates for the domain.",
    )
    validation_minutes: int = Field(
        default=15,
        ge=5,
        le=75,
        description="Time that a run waits until ACM has issued a new certificate, in minutes. It never does before "
        "the zone is delegated; the next run waits again.",
    )
    protect: bool = Field(
        default=True,
        description="Whether Pulumi refuses to delete the zone that it made: a new one has other name servers.",
    )


class LoadBalancer(Section):
    """The Application Load Balancer before the public services; there is none without a public service."""

    certificate_arn: str = Field(
        default="none",
        pattern=CERTIFICATE,
        description="ARN of an ACM certificate that exists in this region and account. With `none` one is made for "
        "headroom:domain; without a domain, too, the load balancer serves plain HTTP.",
    )
    access: Literal["public", "internal"] = Field(
        default="public", description="Whether the load balancer faces the internet, or only the VPC."
    )
    idle_timeout_seconds: int = Field(
        default=60, ge=1, le=4000, description="Time after which an idle connection is closed, in seconds."
    )
    deletion_protection: bool = Field(default=True, description="Whether AWS refuses to delete the load balancer.")
    desync_mitigation: Literal["defensive", "strictest"] = Field(
        default="defensive",
        description="What becomes of requests that a proxy and a server might read differently: those known to be "
        "harmless pass (defensive), or only what RFC 7230 allows (strictest).",
    )
    hsts_days: int = Field(
        default=365,
        ge=0,
        le=730,
        description="Time for which browsers ask by HTTPS only once they were here, in days; 0 does not tell them to.",
    )
    frame_options: Literal["DENY", "SAMEORIGIN", "none"] = Field(
        default="DENY",
        description="Which pages may show an answer in a frame: no page, those of its host, or what the service says.",
    )
    connection_logs: bool = Field(
        default=False,
        description="Whether the bucket for access logs gets a line per connection, too: TLS version, key exchange, "
        "why a handshake failed.",
    )


class Limit(Section):
    """How many requests one client may send in a window."""

    requests: int = Field(ge=10, le=2_000_000_000, description="Requests of one client in the window, 10 at least.")
    window_seconds: Literal[60, 120, 300, 600] = Field(
        default=60, description="Window that AWS WAF looks back, in seconds."
    )
    paths: tuple[PathStart, ...] = Field(
        default=(), description="What the paths of counted requests start with; without any, all requests count."
    )
    by: Literal["key", "address"] = Field(
        default="key",
        description="What a client is: its API key where it sends one, else its address; or always its address.",
    )


class Waf(Section):
    """The firewall (AWS WAF) before whatever of this environment faces the internet."""

    mode: Literal["count", "block", "off"] = Field(
        default="off",
        description="Whether it only counts what it finds, refuses it, or is not there.",
    )
    groups: tuple[
        Literal[
            "ip-reputation",
            "anonymous-ip",
            "common",
            "known-bad-inputs",
            "sqli",
            "admin",
            "linux",
            "unix",
            "php",
            "wordpress",
        ],
        ...,
    ] = Field(
        default=("ip-reputation", "common", "known-bad-inputs", "sqli"),
        description="Groups of rules that AWS keeps up to date. Groups and limits weigh 1,500 WCU together at most.",
    )
    exclusions: Mapping[str, tuple[str, ...]] = Field(
        default={},
        description="By group, AWS's names of rules that only count, whatever the mode: those that refuse customers.",
    )
    limits: Mapping[Name, Limit] = Field(
        default={}, description="How many requests a client may send, by name. Who sends more is answered 429."
    )
    flood_requests: int = Field(
        default=2000,
        ge=0,
        description="Requests a minute that one address may send, whatever keys it shows; 0 for no such limit.",
    )
    api_key_header: str = Field(
        default="x-api-key",
        pattern=HEADER,
        description="Header in which clients send their API key, in small letters; `none` counts by address only.",
    )
    large_body_paths: tuple[PathStart, ...] = Field(
        default=(),
        description="What the paths start with on which a body may have more than 8 KB; the group common refuses it "
        "elsewhere.",
    )


def protection(waf: Mapping[str, Any], *, forwarded: bool = False) -> waf_rules.Protection:
    """What the settings under `waf`, as plain values, make of a web ACL."""
    return waf_rules.Protection(
        mode=waf["mode"],
        groups=waf["groups"],
        exclusions=waf["exclusions"],
        limits={name: waf_rules.Limit(**limit) for name, limit in waf["limits"].items()},
        flood_requests=waf["flood_requests"],
        api_key_header="" if waf["api_key_header"] == "none" else waf["api_key_header"],
        large_body_paths=waf["large_body_paths"],
        forwarded=forwarded,
    )
