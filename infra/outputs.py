"""What a stack exports: a contract with tools and other stacks. A name, once here, keeps its meaning."""

from collections.abc import Mapping

import pulumi

OUTPUTS: Mapping[str, str] = {
    "account": "Account id that everything is in.",
    "region": "Region that everything is in.",
    "url": "Where to try the environment: its domain, or the name that AWS gave the CDN or, without one, the load "
    "balancer; empty without either.",
    "name_servers": "Name servers that the parent of the environment's domain must delegate to; empty without a "
    "domain, or where its zone existed before.",
    "vpc_id": "Id of the VPC.",
    "private_subnet_ids": "Subnets of the tasks, one a zone, in the order of headroom:network.zones.",
    "compute": "What runs the services: `ecs` or `eks`.",
    "cluster": "Name of the cluster that runs the services, on ECS or on EKS; empty without services.",
    "databases": "Per database: `address` of the writer, `replica_addresses`, `secret` (name of the connection "
    "secret; never its value).",
    "caches": "Per cache: `address` to write to, `reader_address`, `secret` (name of the connection secret; never its "
    "value).",
    "buckets": "Per bucket: its name in S3.",
    "site": "The site that CloudFront serves: `bucket`, the name of the bucket with its files, `distribution`, the id "
    "of the distribution, and `url`; empty where there is none.",
    "registry": "Per service with images in the registry: the URI of its repository, without a tag.",
    "queues": "Per queue: `url`, and `dead_letter_url` of the queue for what failed.",
    "services": "Per service: its `name` on ECS or in Kubernetes, and `log_group`; on ECS `task_definition` (ARN of "
    "the revision that was asked for) and `deploy` (its strategy, whether it has two target groups, and the minutes "
    "that a deployment waits by itself), on EKS `namespace`.",
    "consumers": "Per consumer that reaches anything: the ARN of its role.",
    "ci": "Per purpose (`preview`, `deploy`, `promote`): the ARN of the role that jobs of the repository take.",
    "topics": "ARNs of the SNS topics `warn` and `page`.",
}
"""Name -> meaning, for the docs and for those who read the outputs."""


def export(values: Mapping[str, pulumi.Input[object]]) -> None:
    """Exports exactly the contract. Raises ValueError if a name is missing or unknown."""
    if set(values) != set(OUTPUTS):
        different = sorted(set(values) ^ set(OUTPUTS))
        raise ValueError(f"exports and infra/outputs.py differ by {', '.join(different)}; bring them together")
    for name in OUTPUTS:
        pulumi.export(name, values[name])
