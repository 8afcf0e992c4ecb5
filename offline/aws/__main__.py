"""`python -m offline.aws <engine address>`: the provider plugin. Its first line of output is its port."""

from __future__ import annotations

import gc

from offline.protocol import without_sdk

PRELOADED = ("sts", "ec2", "iam", "kms", "rds", "elbv2", "ecs", "logs", "cloudwatch", "secretsmanager", "sns")


def main() -> None:
    """Serves until the engine ends it."""
    # boto3's descriptions of services are a great many objects that stay; to look through them often is in vain.
    gc.set_threshold(50_000, 20, 50)
    without_sdk()
    from offline.aws.connection import THREADS
    from offline.aws.provider import AwsProvider
    from offline.plugin import serve

    serve(AwsProvider(), THREADS, meanwhile=preload)


def preload() -> None:
    """Reads botocore's models and the types' tables while the program is still importing its SDK."""
    from offline.aws import connection, mapping, types

    connection.session().get_component("endpoint_resolver")  # the first client waits for it
    for service in PRELOADED:
        connection.service_model(service)
    for kind in types.everything():
        for call in kind.create:
            mapping.carried(kind, call)


if __name__ == "__main__":
    main()
