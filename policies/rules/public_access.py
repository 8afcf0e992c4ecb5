"""Rules on what must have no address, policy or endpoint for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from policies.graph import Graph, Resource
from policies.openings import is_everybody
from policies.rule import GraphRule, ResourceRule, Rule
from policies.values import declared
from policies.verdict import MISSING, PASS, UNKNOWN, Properties, Verdict, combine, fail, lookup, undetermined

SUBNET = "aws:ec2/subnet:Subnet"
DEFAULT_SUBNET = "aws:ec2/defaultSubnet:DefaultSubnet"
BUCKET = "aws:s3/bucket:Bucket"
BUCKET_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ACCOUNT_BLOCK = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
CLUSTER = "aws:eks/cluster:Cluster"

FLAGS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")

PUBLIC_ADDRESS: Mapping[str, str] = MappingProxyType(
    {
        "aws:cloudwatch/eventTarget:EventTarget": "ecsTarget.networkConfiguration.assignPublicIp",
        "aws:ec2/instance:Instance": "associatePublicIpAddress",
        "aws:ec2/launchConfiguration:LaunchConfiguration": "associatePublicIpAddress",
        "aws:ec2/spotInstanceRequest:SpotInstanceRequest": "associatePublicIpAddress",
        "aws:ecs/service:Service": "networkConfiguration.assignPublicIp",
        "aws:ecs/taskSet:TaskSet": "networkConfiguration.assignPublicIp",
        "aws:scheduler/schedule:Schedule": "target.ecsParameters.networkConfiguration.assignPublicIp",
    }
)
"""What runs, and the property that gives it a public address. Not set is none everywhere: where AWS decides by the
subnet then, `subnet-no-auto-ip` does."""
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"


def subnet_no_auto_ip(subnet: Resource, graph: Graph) -> Verdict:
    """Whatever is started in such a subnet can be reached from the internet without anybody having asked for it.

    Public subnets, too: load balancers and NAT gateways bring their own addresses.
    """
    path = "mapPublicIpOnLaunch"
    value = declared(subnet, path)
    if value is UNKNOWN:
        return undetermined(path)
    if value is MISSING and subnet.type == DEFAULT_SUBNET:
        what = "is not set, and AWS's default subnets give out public addresses then"
        return fail(path, what, "set mapPublicIpOnLaunch to false, or use the project's network")
    if value is True:
        what = "gives a public address to all that starts in it"
        return fail(path, what, "set mapPublicIpOnLaunch to false; the project's network does")
    return PASS


def task_no_public_ip(workload: Resource, graph: Graph) -> Verdict:
    """A task with a public address is reached past the load balancer, its firewall and its certificate.

    Virtual machines and what starts them are held to the same.
    """
    if workload.type == LAUNCH_TEMPLATE:
        interfaces = declared(workload, "networkInterfaces")
        count = len(interfaces) if isinstance(interfaces, list) else 0
        if interfaces is UNKNOWN:
            return undetermined("networkInterfaces")
        paths = [f"networkInterfaces[{index}].associatePublicIpAddress" for index in range(count)]
    else:
        paths = [PUBLIC_ADDRESS[workload.type]]
    return combine(_no_address(workload, path) for path in paths)


def _no_address(workload: Resource, path: str) -> Verdict:
    value = declared(workload, path)
    if value is UNKNOWN:
        return undetermined(path)
    if value is True or str(value).lower() in ("true", "enabled"):  # launch templates say it in words
        what = "gives it a public address"
        return fail(path, what, "remove it, and let NAT or interface endpoints lead out (headroom:network.nat)")
    return PASS


def eks_endpoint_private(cluster: Properties) -> Verdict:
    """An API server that everybody reaches is one stolen token, or one flaw in it, away from everybody's hands.

    Named ranges pass. Without a word AWS opens the endpoint, and to everybody.
    """
    public, path = lookup(cluster, "vpcConfig.endpointPublicAccess"), "vpcConfig.publicAccessCidrs"
    remedy = "set headroom:eks.public_cidrs to your offices' ranges, or to [] for a private endpoint"
    if public is UNKNOWN:
        return undetermined("vpcConfig.endpointPublicAccess")
    if public is False:
        return PASS
    cidrs = lookup(cluster, path)
    if cidrs is UNKNOWN:
        return undetermined(path)
    if not isinstance(cidrs, list) or not cidrs:
        return fail(path, "is not set, and the endpoint is public: everybody reaches it", remedy)
    return combine(
        undetermined(f"{path}[{index}]") if cidr is UNKNOWN else fail(f"{path}[{index}]", "is everybody", remedy)
        for index, cidr in enumerate(cidrs)
        if cidr is UNKNOWN or is_everybody(cidr)
    )


def bucket_public_block(bucket: Resource, graph: Graph) -> Verdict:
    """One wrong statement in a policy or one ACL makes a bucket public; with all four flags S3 refuses or ignores it.

    The flags may be the bucket's own or the account's, and hold together: AWS takes the stricter of the two.
    """
    blocks = [*graph.referrers(bucket, "bucket", BUCKET_BLOCK), *graph.of_type(ACCOUNT_BLOCK)]
    if not blocks:
        what = "no public access block belongs to it"
        return fail("bucket", what, "add aws.s3.BucketPublicAccessBlock with all four flags; components.buckets does")
    return combine(_flag(flag, blocks) for flag in FLAGS)


def _flag(flag: str, blocks: list[Resource]) -> Verdict:
    values = [lookup(block.properties, flag) for block in blocks]
    if True in [value for value in values if value is not UNKNOWN]:
        return PASS
    if UNKNOWN in values:
        return undetermined("bucket", f"{flag} of its public access block is not known yet")
    return fail("bucket", f"its public access block leaves {flag} off", f"set {flag} to true")


RULES: tuple[Rule, ...] = (
    GraphRule(
        check=subnet_no_auto_ip,
        title="Subnets give out no public address",
        types=frozenset({SUBNET, DEFAULT_SUBNET}),
        severity="medium",
        references=("AWS FSBP EC2.15", "Checkov CKV_AWS_130"),
    ),
    GraphRule(
        check=task_no_public_ip,
        title="Tasks and machines have no public address",
        types=frozenset({*PUBLIC_ADDRESS, LAUNCH_TEMPLATE}),
        severity="high",
        references=("AWS FSBP ECS.2", "AWS FSBP EC2.9", "AWS FSBP EC2.25", "Checkov CKV_AWS_333", "Checkov CKV_AWS_88"),
    ),
    ResourceRule(
        check=eks_endpoint_private,
        title="The API server of Kubernetes is private, or open to named ranges",
        types=frozenset({CLUSTER}),
        severity="high",
        references=("AWS FSBP EKS.1", "Checkov CKV_AWS_38", "Checkov CKV_AWS_39"),
    ),
    GraphRule(
        check=bucket_public_block,
        title="Buckets refuse to become public",
        types=frozenset({BUCKET}),
        severity="critical",
        references=(
            "AWS FSBP S3.1",
            "AWS FSBP S3.8",
            "Checkov CKV_AWS_53",
            "Checkov CKV_AWS_54",
            "Checkov CKV_AWS_55",
            "Checkov CKV_AWS_56",
            "cdk-nag AwsSolutions-S2",
        ),
    ),
)
