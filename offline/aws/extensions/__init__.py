"""What moto lacks and our checks read, one module a service, each shaped so that it could go upstream."""

from __future__ import annotations


def install() -> None:
    """Puts every extension in place; called once, before the first request."""
    from offline.aws.extensions import (
        ec2,
        ecs,
        elasticache,
        elasticache_groups,
        elbv2,
        kms,
        rds,
        rds_cluster_endpoints,
        rds_clusters,
        s3,
        s3_access,
        sts,
    )

    for module in (
        ec2,
        ecs,
        elasticache,
        elasticache_groups,
        elbv2,
        kms,
        rds,
        rds_cluster_endpoints,
        rds_clusters,
        s3,
        s3_access,
        sts,
    ):
        module.install()
