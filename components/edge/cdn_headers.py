"""What CloudFront adds to every answer, and what it takes out: the response headers policy."""

from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.constraints import require, within
from components.edge.cdn_behaviors import CLOUDFRONT_GUIDE
from components.edge.cdn_constraints import NO_DEVICES, header_problems

SECONDS_A_DAY = 86_400

SAYS_TOO_MUCH = ("Server", "X-Powered-By")
"""Headers by which software tells its name and version."""

ReferrerPolicy = Literal[
    "no-referrer",
    "no-referrer-when-downgrade",
    "origin",
    "origin-when-cross-origin",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
]


@dataclass(frozen=True, kw_only=True)
class Headers:
    """What browsers are told beside the answer."""

    content_security_policy: str = ""
    """Content-Security-Policy of answers that bring none of their own; empty: none is added."""
    permissions_policy: str = NO_DEVICES
    """Permissions-Policy of answers that bring none of their own; empty: none is added."""
    referrer_policy: ReferrerPolicy = "strict-origin-when-cross-origin"
    """What other sites learn of the page that links to them, if the answer does not say so itself."""
    hsts_days: int = 365
    """Days for which browsers ask by HTTPS only; 0 does not tell them to."""
    frame_options: Literal["DENY", "SAMEORIGIN", "none"] = "DENY"
    """Which pages may show an answer in a frame; `none` leaves that to the answer."""

    def __post_init__(self) -> None:
        source = f"{CLOUDFRONT_GUIDE}/understanding-response-headers-policies.html"
        require(
            [
                *header_problems("content_security_policy", self.content_security_policy),
                *header_problems("permissions_policy", self.permissions_policy),
                *within("hsts_days", self.hsts_days, 0, 730, "days", source),
            ]
        )


def make_headers_policy(
    name: str, physical_name: str, headers: Headers, opts: pulumi.ResourceOptions
) -> aws.cloudfront.ResponseHeadersPolicy:
    """One policy for all behaviors.

    What protects the visitor whatever a service says (HTTPS, nosniff, frames) overrides the answer; what a page may
    know better (its Content-Security-Policy, often with a nonce of its own) only fills the gap.
    """
    return aws.cloudfront.ResponseHeadersPolicy(
        name,
        name=physical_name,
        comment="Security headers",
        security_headers_config=_security(headers),
        custom_headers_config=_custom(headers),
        remove_headers_config=aws.cloudfront.ResponseHeadersPolicyRemoveHeadersConfigArgs(
            items=[
                aws.cloudfront.ResponseHeadersPolicyRemoveHeadersConfigItemArgs(header=header)
                for header in SAYS_TOO_MUCH
            ]
        ),
        opts=opts,
    )


def _security(headers: Headers) -> aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs:
    config = aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs(
        content_type_options=aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentTypeOptionsArgs(
            override=True
        ),
        referrer_policy=aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigReferrerPolicyArgs(
            referrer_policy=headers.referrer_policy, override=False
        ),
    )
    if headers.hsts_days:
        config.strict_transport_security = (
            aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurityArgs(
                access_control_max_age_sec=headers.hsts_days * SECONDS_A_DAY, override=True
            )
        )
    if headers.frame_options != "none":
        config.frame_options = aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigFrameOptionsArgs(
            frame_option=headers.frame_options, override=True
        )
    if headers.content_security_policy:
        config.content_security_policy = (
            aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentSecurityPolicyArgs(
                content_security_policy=headers.content_security_policy, override=False
            )
        )
    return config


def _custom(headers: Headers) -> aws.cloudfront.ResponseHeadersPolicyCustomHeadersConfigArgs | None:
    if not headers.permissions_policy:
        return None
    return aws.cloudfront.ResponseHeadersPolicyCustomHeadersConfigArgs(
        items=[
            aws.cloudfront.ResponseHeadersPolicyCustomHeadersConfigItemArgs(
                header="Permissions-Policy", value=headers.permissions_policy, override=False
            )
        ]
    )
