"""Settings of what stands between the internet and the services."""

from typing import Literal

from pydantic import Field

from infra.settings.patterns import CERTIFICATE
from infra.settings.section import Section


class LoadBalancer(Section):
    """The Application Load Balancer before the public services; there is none without a public service."""

    certificate_arn: str = Field(
        default="none",
        pattern=CERTIFICATE,
        description="ARN of the ACM certificate in this region and account. With it HTTP redirects to HTTPS; `none` "
        "serves plain HTTP, for environments without a domain.",
    )
    access: Literal["public", "internal"] = Field(
        default="public", description="Whether the load balancer faces the internet, or only the VPC."
    )
    idle_timeout_seconds: int = Field(
        default=60, ge=1, le=4000, description="Time after which an idle connection is closed, in seconds."
    )
    deletion_protection: bool = Field(default=True, description="Whether AWS refuses to delete the load balancer.")
