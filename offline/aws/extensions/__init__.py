"""What moto lacks and our checks read, one module a service, each shaped so that it could go upstream."""

from __future__ import annotations

import importlib

EXTENSIONS = (
    "core",
    "acm",
    "cloudfront",
    "cloudfront_parts",
    "cloudwatch",
    "cloudwatch_alarms",
    "cloudwatch_history",
    "cloudwatch_mutes",
    "cloudwatch_percentiles",
    "ec2",
    "ecr",
    "ecs",
    "ecs_deployments",
    "ecs_running",
    "ecs_tasks",
    "eks",
    "eks_parts",
    "elasticache",
    "elasticache_groups",
    "elasticache_serverless",
    "elbv2",
    "events",
    "events_patterns",
    "iam",
    "kms",
    "lambda_",
    "logs",
    "logs_delivery",
    "rds",
    "rds_backups",
    "rds_cluster_endpoints",
    "rds_clusters",
    "rds_proxy",
    "s3",
    "s3_access",
    "scheduler",
    "secretsmanager",
    "secretsmanager_rotation",
    "servicediscovery",
    "sns",
    "sqs",
    "sts",
    "tags",
)
"""Modules of this package, in the order in which they are put in place."""


def install() -> None:
    """Puts every extension in place; called once, before the first request."""
    for name in EXTENSIONS:
        importlib.import_module(f"{__name__}.{name}").install()
