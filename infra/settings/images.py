"""Checks of images: that a reference is one, says what runs, and can be pulled."""

import re
from collections.abc import Iterator

from infra.settings.checking import Values
from infra.settings.problems import Finding, Path, show

IMAGE = re.compile(
    r"^(?P<name>[a-z0-9]+([._-]+[a-z0-9]+)*(:\d+(?=/))?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*)"
    r"(:(?P<tag>\w[\w.-]{0,127}))?(@sha256:(?P<digest>[0-9a-f]{64}))?$"
)
"""Image reference as the OCI distribution specification has it."""


def image_findings(path: Path, image: str, network: Values, top: Values) -> Iterator[Finding]:
    """An image that the stack itself runs. Without NAT only ECR in this region can be reached, by its endpoint."""
    match = IMAGE.match(image)
    if match is None or (not match["digest"] and match["tag"] in (None, "latest")):
        yield Finding(path, f"{show(path, image)}: write it as registry/name:1.2.3 or registry/name@sha256:...")
        return
    near = rf"^\d{{12}}\.dkr\.ecr\.{re.escape(top.get('aws:region', ''))}\.amazonaws\.com(\.cn)?/"
    if network.get("nat") == "none" and "aws:region" in top and not re.match(near, image):
        remedy = f"copy it to ECR in {top['aws:region']}, or choose another headroom:network.nat"
        yield Finding(path, f"{show(path, image)}: with nat none no task can reach that registry; {remedy}")
