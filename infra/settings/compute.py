"""Settings of what runs the services: ECS, or a cluster of EKS."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from components.eks.constraints import DEFAULT_VERSION
from infra.settings.patterns import Name, Principal
from infra.settings.section import Section

Compute = Literal["ecs", "eks"]
"""What runs the services."""

Range = Annotated[str, StringConstraints(min_length=1)]


class Eks(Section):
    """The EKS cluster that runs the services with compute: eks; else it says nothing."""

    version: str = Field(
        default=DEFAULT_VERSION, description="Kubernetes version, in quotes. It goes up by one at a time, never down."
    )
    admins: Mapping[Name, Principal] = Field(
        default={},
        description="Roles and users of this account that may do everything in the cluster, by a name of yours. The "
        "one that deploys is among them: making a cluster gives no access to it.",
    )
    viewers: Mapping[Name, Principal] = Field(
        default={},
        description="Roles and users of this account that may look at everything but secrets, by a name of yours.",
    )
    public_cidrs: tuple[Range, ...] = Field(
        default=(),
        description="Addresses outside the VPC that reach the API server, such as 203.0.113.7/32; without any, who "
        "deploys must be inside.",
    )
    hosted_runners: bool = Field(
        default=False, description="Whether the pipeline runs on machines that GitHub hosts, outside the VPC."
    )
    max_cpus: int = Field(
        default=64,
        ge=2,
        le=10_000,
        description="Number of vCPUs of each pool of nodes, on demand and Spot, at most: what a mistake may cost.",
    )
    deletion_protection: bool = Field(
        default=True, description="Whether AWS refuses to delete the cluster; turn it off and run `up` first."
    )
    observability: bool = Field(
        default=True,
        description="Whether logs and metrics of pods go to CloudWatch, where alarms and dashboards need them.",
    )
