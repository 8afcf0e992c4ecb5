"""The described resource types, one module a service of AWS's; a module is loaded when one of its types is used."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterator

from offline.aws.model import ResourceType

MODULES = {
    "ec2": ("network", "network_access", "security_groups"),
    "vpc": ("security_groups",),
    "kms": ("kms",),
    "rds": ("rds", "rds_instances", "rds_proxy", "rds_clusters"),
    "elasticache": ("elasticache", "elasticache_groups", "elasticache_serverless"),
    "iam": ("iam",),
    "secretsmanager": ("secretsmanager",),
    "cloudwatch": ("logs", "logs_delivery", "cloudwatch", "events"),
    "chatbot": ("chatbot",),
    "cloudfront": ("cloudfront", "cloudfront_parts"),
    "ecs": ("ecs",),
    "appautoscaling": ("appautoscaling",),
    "lb": ("elbv2", "elbv2_listeners"),
    "acm": ("acm",),
    "route53": ("route53",),
    "wafv2": ("wafv2",),
    "sns": ("sns",),
    "s3": ("s3", "s3_buckets"),
    "ssm": ("ssm",),
    "lambda": ("lambda_",),
    "sqs": ("sqs",),
    "scheduler": ("scheduler",),
    "ecr": ("ecr",),
    "eks": ("eks",),
    "servicediscovery": ("servicediscovery",),
}
"""The folder of a token (`aws:ec2/...`) to the modules that describe its types."""

OTHER_NAMES = {"alb": "lb", "elasticloadbalancingv2": "lb", "applicationloadbalancing": "lb"}
"""Folders under which the SDK has the same types once more."""


def find(token: str) -> ResourceType | None:
    """The description of a type, or None."""
    package, _, rest = token.partition(":")
    folder, slash, name = rest.partition("/")
    folder = OTHER_NAMES.get(folder, folder)
    if package != "aws" or not slash:
        return None
    for module in MODULES.get(folder, ()):
        found = _types(module).get(f"aws:{folder}/{name}")
        if found:
            return found
    return None


@functools.cache
def _types(module: str) -> dict[str, ResourceType]:
    described: tuple[ResourceType, ...] = importlib.import_module(f"offline.aws.types.{module}").TYPES
    return {kind.token: kind for kind in described}


def everything() -> Iterator[ResourceType]:
    """Every described type, by token."""
    modules = sorted({module for modules in MODULES.values() for module in modules})
    yield from sorted((kind for module in modules for kind in _types(module).values()), key=lambda kind: kind.token)
