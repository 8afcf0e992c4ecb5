"""What moto lacks and our checks read, one module a service, each shaped so that it could go upstream."""

from __future__ import annotations


def install() -> None:
    """Puts every extension in place; called once, before the first request."""
    from offline.aws.extensions import (
        acm,
        cloudfront,
        cloudfront_parts,
        cloudwatch,
        ec2,
        ecs,
        ecs_tasks,
        elasticache,
        elasticache_groups,
        elasticache_serverless,
        elbv2,
        events,
        events_patterns,
        kms,
        lambda_,
        logs,
        logs_delivery,
        rds,
        rds_backups,
        rds_cluster_endpoints,
        rds_clusters,
        rds_proxy,
        s3,
        s3_access,
        scheduler,
        servicediscovery,
        sqs,
        sts,
    )

    for module in (
        acm,
        cloudfront,
        cloudfront_parts,
        cloudwatch,
        ec2,
        ecs,
        ecs_tasks,
        elasticache,
        elasticache_groups,
        elasticache_serverless,
        elbv2,
        events,
        events_patterns,
        kms,
        lambda_,
        logs,
        logs_delivery,
        rds,
        rds_backups,
        rds_cluster_endpoints,
        rds_clusters,
        rds_proxy,
        s3,
        s3_access,
        scheduler,
        servicediscovery,
        sqs,
        sts,
    ):
        module.install()
