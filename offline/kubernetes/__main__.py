"""`python -m offline.kubernetes <engine address>`: the provider plugin. Its first line of output is its port."""

from __future__ import annotations

import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc

MESSAGE_LIMIT = 400 * 1024 * 1024
OPTIONS = [("grpc.max_receive_message_length", MESSAGE_LIMIT), ("grpc.max_send_message_length", MESSAGE_LIMIT)]
GRACE_SECONDS = 60
"""Time in which calls under way may finish."""
THREADS = 32


def main() -> None:
    """Serves until the engine ends it."""
    from pulumi.runtime.proto import provider_pb2_grpc

    from offline.kubernetes.provider import KubernetesProvider

    server = grpc.server(ThreadPoolExecutor(max_workers=THREADS), options=OPTIONS)
    provider = KubernetesProvider()
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
    server.wait_for_termination()


if __name__ == "__main__":
    main()
