"""How things get an address, a policy or an endpoint for everybody."""

from tests.policies.mutations.mutation import Mutation, put, without

BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"

MUTATIONS = [
    Mutation(
        rule="subnet-no-auto-ip",
        change=put("aws:ec2/subnet:Subnet", "mapPublicIpOnLaunch", True, lambda subnet: "public" in subnet.name),
    ),
    Mutation(
        rule="task-no-public-ip",
        change=put("aws:ecs/service:Service", "networkConfiguration.assignPublicIp", True),
    ),
    Mutation(
        rule="eks-endpoint-private",
        change=put("aws:eks/cluster:Cluster", "vpcConfig.endpointPublicAccess", True),
        compute="eks",
    ),
    Mutation(rule="bucket-public-block", change=put(BLOCK, "blockPublicPolicy", False)),
    Mutation(rule="bucket-public-block", change=without(BLOCK, lambda block: block.name == "uploads")),
]
