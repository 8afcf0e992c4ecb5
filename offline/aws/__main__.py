"""`python -m offline.aws <engine address>`: the provider plugin. Its first line of output is its port."""

from __future__ import annotations

import gc
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc

from offline.aws.connection import THREADS

MESSAGE_LIMIT = 400 * 1024 * 1024
OPTIONS = [("grpc.max_receive_message_length", MESSAGE_LIMIT), ("grpc.max_send_message_length", MESSAGE_LIMIT)]
GRACE_SECONDS = 60
"""Time in which calls under way may finish."""
PRELOADED = ("sts", "ec2", "iam", "kms", "rds", "elbv2", "ecs", "logs", "cloudwatch", "secretsmanager", "sns")


def main() -> None:
    """Serves until the engine ends it."""
    # boto3's descriptions of services are a great many objects that stay; to look through them often is in vain.
    gc.set_threshold(50_000, 20, 50)
    from pulumi.runtime.proto import provider_pb2_grpc

    from offline.aws.provider import AwsProvider

    server = grpc.server(ThreadPoolExecutor(max_workers=THREADS), options=OPTIONS)
    provider = AwsProvider()
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)

    def interrupted(*_: object) -> None:
        # The terminal's ^C is the engine's to handle. After Cancel it is the engine that sends it, and waits.
        if provider.cancelled.is_set():
            threading.Thread(target=server.stop, args=(GRACE_SECONDS,)).start()

    signal.signal(signal.SIGINT, interrupted)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    threading.Thread(target=preload, daemon=True).start()
    server.wait_for_termination()


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
