"""A VPC: public, private and isolated subnets in each zone, the ways out, and a record of what passes.

Every route table, gateway and subnet is named by its zone's letter, so zones come and go without touching each other.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.access import Scope, Statement, allow, document, service_trust
from components.links import KeyLink, NetworkLink
from components.network.subnets import ZoneSubnets, divide

ANYWHERE = "0.0.0.0/0"
INTERFACE_ENDPOINTS = ("ecr.api", "ecr.dkr", "kms", "logs", "monitoring", "secretsmanager", "sts")
"""AWS services that tasks without a way to the internet still need: images, secrets, logs, metrics."""


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """Where the network lies and how it reaches the outside."""

    scope: Scope
    """Account, region and name space: who may write the flow logs, and where."""
    cidr: str
    """Address range of the VPC, /16 to /22."""
    zones: Sequence[str]
    """Letters of the availability zones, at least two: a load balancer and a database subnet group need two."""
    nat: Literal["single", "per-zone", "none"]
    """`single`: all private subnets share the first zone's NAT gateway; its zone's failure cuts all of them off.
    `per-zone`: each zone has its own. `none`: no way to the internet, interface endpoints instead."""
    flow_log_days: int
    """Retention of the flow logs, in days."""
    key: KeyLink
    """Key that encrypts the flow logs."""
    endpoints: Sequence[str] = INTERFACE_ENDPOINTS
    """AWS services that get an interface endpoint when `nat` is `none`, by the last part of their endpoint's name."""

    def __post_init__(self) -> None:
        if len(set(self.zones)) < 2 or len(set(self.zones)) < len(self.zones):
            raise ValueError(f"zones are {list(self.zones)}; name at least two, each once")


class Network(pulumi.ComponentResource):
    """The VPC and everything in it that is not a workload's own."""

    link: NetworkLink
    """What others need of it."""
    vpc_id: pulumi.Output[str]
    s3_prefix_list_id: pulumi.Output[str]
    """Addresses of S3 as a security group rule's target: image layers come from there."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:network:Network", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._public_ready, self._private_ready = list[pulumi.Resource](), list[pulumi.Resource]()
        zones = divide(args.cidr, args.zones)

        vpc = aws.ec2.Vpc(
            name,
            cidr_block=args.cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": name},
            opts=self._child,
        )
        self.vpc_id = vpc.id
        # Adopting the default group without rules empties it: whatever forgets its own group reaches nothing.
        aws.ec2.DefaultSecurityGroup(
            name, vpc_id=vpc.id, ingress=[], egress=[], tags={"Name": f"{name}-default-unused"}, opts=self._child
        )
        public = self._public_tier(zones)
        private = self._private_tier(zones, self._nat_gateways(zones, public))
        isolated, isolated_routes = self._isolated_tier(zones)
        self._private_subnet_ids = [subnet.id for subnet, _ in private]
        s3 = aws.ec2.VpcEndpoint(
            f"{name}-s3",
            vpc_id=vpc.id,
            service_name=f"com.amazonaws.{args.scope.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[*(table.id for _, table in private), isolated_routes.id],
            tags={"Name": f"{name}-s3"},
            opts=self._child,
        )
        self._private_ready.append(s3)
        self.s3_prefix_list_id = s3.prefix_list_id
        if args.nat == "none":
            self._interface_endpoints()
        self._flow_logs()
        self.link = NetworkLink(
            vpc_id=vpc.id,
            public_subnet_ids=[subnet.id for subnet in public],
            private_subnet_ids=self._private_subnet_ids,
            isolated_subnet_ids=[subnet.id for subnet in isolated],
            public_ready=self._public_ready,
            private_ready=self._private_ready,
        )
        self.register_outputs(
            {
                "vpcId": vpc.id,
                "publicSubnetIds": self.link.public_subnet_ids,
                "privateSubnetIds": self.link.private_subnet_ids,
                "isolatedSubnetIds": self.link.isolated_subnet_ids,
            }
        )

    def _subnet(self, tier: str, zone: str, cidr: str) -> aws.ec2.Subnet:
        # No tier gives out public addresses: NAT gateways and load balancers bring their own.
        return aws.ec2.Subnet(
            f"{self._name}-{tier}-{zone}",
            vpc_id=self.vpc_id,
            availability_zone=f"{self._args.scope.region}{zone}",
            cidr_block=cidr,
            map_public_ip_on_launch=False,
            tags={"Name": f"{self._name}-{tier}-{zone}"},
            opts=self._child,
        )

    def _route_table(self, suffix: str) -> aws.ec2.RouteTable:
        name = f"{self._name}-{suffix}"
        return aws.ec2.RouteTable(name, vpc_id=self.vpc_id, tags={"Name": name}, opts=self._child)

    def _associate(self, suffix: str, subnet: aws.ec2.Subnet, table: aws.ec2.RouteTable) -> None:
        aws.ec2.RouteTableAssociation(
            f"{self._name}-{suffix}", subnet_id=subnet.id, route_table_id=table.id, opts=self._child
        )

    def _public_tier(self, zones: Sequence[ZoneSubnets]) -> list[aws.ec2.Subnet]:
        gateway = aws.ec2.InternetGateway(self._name, vpc_id=self.vpc_id, tags={"Name": self._name}, opts=self._child)
        table = self._route_table("public")
        route = aws.ec2.Route(
            f"{self._name}-public-internet",
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
            opts=self._child,
        )
        self._public_ready.append(route)
        subnets = [self._subnet("public", zone.zone, str(zone.public)) for zone in zones]
        for zone, subnet in zip(zones, subnets, strict=True):
            self._associate(f"public-{zone.zone}", subnet, table)
        return subnets

    def _nat_gateways(
        self, zones: Sequence[ZoneSubnets], public: Sequence[aws.ec2.Subnet]
    ) -> dict[str, aws.ec2.NatGateway]:
        """The NAT gateway that each zone uses, by zone letter; none if nothing may leave."""
        if self._args.nat == "none":
            return {}
        count = 1 if self._args.nat == "single" else len(zones)
        gateways = {
            zone.zone: self._nat_gateway(zone.zone, subnet)
            for zone, subnet in list(zip(zones, public, strict=True))[:count]
        }
        shared = gateways[zones[0].zone]
        return {zone.zone: gateways.get(zone.zone, shared) for zone in zones}

    def _nat_gateway(self, zone: str, subnet: aws.ec2.Subnet) -> aws.ec2.NatGateway:
        name = f"{self._name}-nat-{zone}"
        address = aws.ec2.Eip(name, domain="vpc", tags={"Name": name}, opts=self._child)
        return aws.ec2.NatGateway(
            name,
            allocation_id=address.id,
            subnet_id=subnet.id,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._public_ready),
        )

    def _private_tier(
        self, zones: Sequence[ZoneSubnets], nat: dict[str, aws.ec2.NatGateway]
    ) -> list[tuple[aws.ec2.Subnet, aws.ec2.RouteTable]]:
        tier = []
        for zone in zones:
            subnet = self._subnet("private", zone.zone, str(zone.private))
            table = self._route_table(f"private-{zone.zone}")
            self._associate(f"private-{zone.zone}", subnet, table)
            if zone.zone in nat:
                way_out = aws.ec2.Route(
                    f"{self._name}-private-{zone.zone}-nat",
                    route_table_id=table.id,
                    destination_cidr_block=ANYWHERE,
                    nat_gateway_id=nat[zone.zone].id,
                    opts=self._child,
                )
                self._private_ready.append(way_out)
            tier.append((subnet, table))
        return tier

    def _isolated_tier(self, zones: Sequence[ZoneSubnets]) -> tuple[list[aws.ec2.Subnet], aws.ec2.RouteTable]:
        table = self._route_table("isolated")
        subnets = []
        for zone in zones:
            subnet = self._subnet("isolated", zone.zone, str(zone.isolated))
            self._associate(f"isolated-{zone.zone}", subnet, table)
            subnets.append(subnet)
        return subnets, table

    def _interface_endpoints(self) -> None:
        name = f"{self._name}-endpoints"
        group = aws.ec2.SecurityGroup(
            name,
            description="HTTPS from inside the VPC to the interface endpoints",
            vpc_id=self.vpc_id,
            tags={"Name": name},
            opts=self._child,
        )
        aws.vpc.SecurityGroupIngressRule(
            name,
            security_group_id=group.id,
            description="HTTPS from the VPC",
            cidr_ipv4=self._args.cidr,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            opts=self._child,
        )
        for service in self._args.endpoints:
            endpoint = f"{self._name}-{service.replace('.', '-')}"
            made = aws.ec2.VpcEndpoint(
                endpoint,
                vpc_id=self.vpc_id,
                service_name=f"com.amazonaws.{self._args.scope.region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=self._private_subnet_ids,
                security_group_ids=[group.id],
                tags={"Name": endpoint},
                opts=self._child,
            )
            self._private_ready.append(made)

    def _flow_logs(self) -> None:
        name, args = f"{self._name}-flow-logs", self._args
        log_group = f"/{args.scope.namespace}/{name}"
        group = aws.cloudwatch.LogGroup(
            name,
            name=log_group,
            retention_in_days=args.flow_log_days,
            kms_key_id=args.key.arn,
            opts=self._child,
        )
        role = aws.iam.Role(
            name,
            description="Writes the flow logs of the VPC",
            assume_role_policy=json.dumps(
                service_trust(args.scope, "vpc-flow-logs", args.scope.arn("ec2", "vpc-flow-log/*"))
            ),
            opts=self._child,
        )
        access = json.dumps(document(flow_log_access(args.scope, log_group)))
        policy = aws.iam.RolePolicy(name, role=role.id, policy=access, opts=self._child)
        aws.ec2.FlowLog(
            name,
            vpc_id=self.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            tags={"Name": name},
            # AWS takes one flow log of a VPC to a log group (FlowLogAlreadyExists): the old one goes first.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy], delete_before_replace=True),
        )


def flow_log_access(scope: Scope, log_group: str) -> list[Statement]:
    """Write to the one log group; it exists already, so the role may not create any (Amazon VPC, "IAM role for
    publishing flow logs to CloudWatch Logs"). terraform-aws-modules/vpc grants the same four actions on `group:*`."""
    group = scope.arn("logs", f"log-group:{log_group}")
    actions = [
        "logs:CreateLogStream",
        "logs:DescribeLogGroups",
        "logs:DescribeLogStreams",
        "logs:PutLogEvents",
    ]
    return [allow("WriteFlowLogs", actions, [group, f"{group}:*"])]
