"""`python -m offline.aws <engine address>`: the provider plugin. Its first line of output is its port."""

from __future__ import annotations

import gc

from offline.protocol import without_sdk


def main() -> None:
    """Serves until the engine ends it."""
    # boto3's descriptions of services are a great many objects that stay; to look through them often is in vain.
    gc.set_threshold(50_000, 20, 50)
    without_sdk()
    from offline.aws.connection import THREADS
    from offline.aws.provider import AwsProvider
    from offline.plugin import serve

    serve(AwsProvider, THREADS, meanwhile=preload)


def preload() -> None:
    """What the first client waits for, while the program is still importing its SDK. Descriptions of services and types
    are read as they are needed: a program that makes its own provider has a second plugin, and this one reads few."""
    from offline.aws import connection

    connection.session().get_component("endpoint_resolver")


if __name__ == "__main__":
    main()
