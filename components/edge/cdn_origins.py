"""Where CloudFront gets answers from: the site's bucket, and the load balancer before the services."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.links import OriginLink, SiteBucketLink

SITE, SERVICES = "site", "services"
"""Ids of the two origins in a distribution."""

SERVICE_GROUP = "CloudFront-VPCOrigins-Service-SG"
"""Security group of CloudFront's network interfaces in a VPC. AWS makes it with the first VPC origin there, and removes
it with the last (private-content-vpc-origins.html)."""

ORIGIN_TLS = "TLSv1.2"
"""Oldest TLS that CloudFront speaks to the load balancer, the newest that can be named."""

KEEPALIVE_SECONDS = 60
"""Seconds that CloudFront keeps an idle connection to the load balancer; its own default of 5 makes many handshakes."""


@dataclass(frozen=True, kw_only=True)
class Timing:
    """How long CloudFront waits for the load balancer."""

    answer_seconds: int
    """Seconds until the first byte of an answer, and between two parts of it."""


def site_origin(
    name: str, physical_name: str, site: SiteBucketLink, shield_region: str | None, opts: pulumi.ResourceOptions
) -> aws.cloudfront.DistributionOriginArgs:
    """The bucket, which stays private: CloudFront signs every request to it (origin access control).

    A shield is one more cache between all edges and the bucket. The load balancer gets none: what is not cached would
    pay for it and gain nothing.
    """
    control = aws.cloudfront.OriginAccessControl(
        name,
        name=physical_name,
        description=f"Reads {site.name}",
        origin_access_control_origin_type="s3",
        signing_behavior="always",
        signing_protocol="sigv4",
        opts=opts,
    )
    shield = aws.cloudfront.DistributionOriginOriginShieldArgs(enabled=True, origin_shield_region=shield_region)
    return aws.cloudfront.DistributionOriginArgs(
        origin_id=SITE,
        domain_name=site.domain_name,
        origin_access_control_id=control.id,
        origin_shield=shield if shield_region else None,
    )


def public_origin(balancer: OriginLink, timing: Timing) -> aws.cloudfront.DistributionOriginArgs:
    """A load balancer that faces the internet, by its name. Who knows that name can go around CloudFront."""
    return aws.cloudfront.DistributionOriginArgs(
        origin_id=SERVICES,
        domain_name=balancer.dns_name,
        custom_origin_config=aws.cloudfront.DistributionOriginCustomOriginConfigArgs(
            http_port=80,
            https_port=443,
            origin_protocol_policy=_protocol(balancer),
            origin_ssl_protocols=[ORIGIN_TLS],
            origin_keepalive_timeout=KEEPALIVE_SECONDS,
            origin_read_timeout=timing.answer_seconds,
        ),
    )


def private_origin(
    name: str, scope: Scope, balancer: OriginLink, timing: Timing, opts: pulumi.ResourceOptions
) -> tuple[aws.cloudfront.DistributionOriginArgs, aws.cloudfront.VpcOrigin]:
    """A load balancer with private addresses, reached through CloudFront's network interfaces in the VPC.

    AWS changes no VPC origin that a distribution uses, not even its tags: a changed one is made anew under another
    name, the distribution moves over, and the old one goes.
    Source: private-content-vpc-origins.html; github.com/hashicorp/terraform-provider-aws/issues/40905,
    github.com/aws/aws-cdk/issues/34629
    """
    protocol = _protocol(balancer)
    replaced = pulumi.ResourceOptions(
        replace_on_changes=["vpcOriginEndpointConfig"], ignore_changes=["tags", "tagsAll"]
    )
    made = aws.cloudfront.VpcOrigin(
        name,
        vpc_origin_endpoint_config=aws.cloudfront.VpcOriginVpcOriginEndpointConfigArgs(
            name=pulumi.Output.from_input(balancer.arn).apply(
                lambda arn: f"{scope.prefix}-{arn.rpartition('/')[2]}-{protocol}"
            ),
            arn=balancer.arn,
            http_port=80,
            https_port=443,
            origin_protocol_policy=protocol,
            origin_ssl_protocols=aws.cloudfront.VpcOriginVpcOriginEndpointConfigOriginSslProtocolsArgs(
                items=[ORIGIN_TLS], quantity=1
            ),
        ),
        opts=pulumi.ResourceOptions.merge(opts, replaced),
    )
    origin = aws.cloudfront.DistributionOriginArgs(
        origin_id=SERVICES,
        domain_name=balancer.dns_name,
        vpc_origin_config=aws.cloudfront.DistributionOriginVpcOriginConfigArgs(
            vpc_origin_id=made.id,
            origin_keepalive_timeout=KEEPALIVE_SECONDS,
            origin_read_timeout=timing.answer_seconds,
        ),
    )
    return origin, made


def admit_cloudfront(
    name: str,
    balancer: OriginLink,
    vpc_id: pulumi.Input[str],
    origin: aws.cloudfront.VpcOrigin,
    opts: pulumi.ResourceOptions,
) -> aws.vpc.SecurityGroupIngressRule:
    """Lets CloudFront's interfaces, and nobody else, reach the load balancer.

    Their group is AWS's: it is there when the VPC origin is, and is looked up only then (its name waits for the
    origin), so one run does it all. Admitting the VPC's range instead is not enough, and CloudFront answers 504. The
    prefix list of CloudFront's addresses would do, but admits everybody's distributions, and weighs 55 of the 60 rules
    of a security group.
    """
    found = aws.ec2.get_security_group_output(
        name=origin.arn.apply(lambda _: SERVICE_GROUP),
        vpc_id=vpc_id,
        opts=pulumi.InvokeOutputOptions(parent=opts.parent, provider=opts.provider),
    )
    port = 443 if balancer.secure else 80
    return aws.vpc.SecurityGroupIngressRule(
        f"{name}-{port}",
        security_group_id=balancer.security_group_id,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        referenced_security_group_id=found.id,
        description="CloudFront's VPC origin",
        opts=opts,
    )


def _protocol(balancer: OriginLink) -> str:
    """As the load balancer speaks: what viewers speak does not matter, they are redirected to HTTPS."""
    return "https-only" if balancer.secure else "http-only"
