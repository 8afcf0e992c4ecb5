"""Type tokens: one spelling for each resource type, whichever of its names a program used."""

from __future__ import annotations

import re

_MODULES = {
    "alb": "lb",
    "elasticloadbalancingv2": "lb",
    "applicationloadbalancing": "lb",
    "elasticloadbalancing": "elb",
}
"""Modules of pulumi-aws that register the same resource types under another name."""
_SECOND_VERSIONS = re.compile(r"^(aws:s3/bucket\w*)V2:(Bucket\w*)V2$")


def canonical(token: str) -> str:
    """The token that rules know: `aws:alb/listener:Listener` is `aws:lb/listener:Listener`, `BucketV2` is `Bucket`.

    https://www.pulumi.com/registry/packages/aws/how-to-guides/7-0-migration/
    """
    second = _SECOND_VERSIONS.match(token)
    if second:
        return f"{second[1]}:{second[2]}"
    package, _, rest = token.partition(":")
    module, slash, name = rest.partition("/")
    if package == "aws" and slash and module in _MODULES:
        return f"{package}:{_MODULES[module]}/{name}"
    return token
