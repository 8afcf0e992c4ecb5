"""Security group rules by connection: each one is opened at both of its ends, or it does not work."""

import pulumi
import pulumi_aws as aws

ANYWHERE = "0.0.0.0/0"


def open_connection(
    name: str, caller: pulumi.Input[str], callee: pulumi.Input[str], port: int, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Lets security group `caller` reach security group `callee` on one TCP port; returns the two rules."""
    out = aws.vpc.SecurityGroupEgressRule(
        name,
        security_group_id=caller,
        referenced_security_group_id=callee,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        description=f"{name}: out",
        opts=opts,
    )
    into = aws.vpc.SecurityGroupIngressRule(
        name,
        security_group_id=callee,
        referenced_security_group_id=caller,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        description=f"{name}: in",
        opts=opts,
    )
    return [out, into]


def open_way_out(
    name: str, caller: pulumi.Input[str], port: int, opts: pulumi.ResourceOptions
) -> aws.vpc.SecurityGroupEgressRule:
    """Lets a security group reach one TCP port of anyone."""
    return aws.vpc.SecurityGroupEgressRule(
        f"{name}-out-{port}",
        security_group_id=caller,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        cidr_ipv4=ANYWHERE,
        description=f"Port {port} of anyone",
        opts=opts,
    )
