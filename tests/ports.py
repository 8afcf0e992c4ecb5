"""Ports for servers of tests that must be told one."""

from __future__ import annotations

import random
import socket

SERVERS = range(10_000, 30_000)
"""Below what Linux gives to clients (32,768 and more): none of the suite's many connections takes one meanwhile."""


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens, and hardly anything will before the server does."""
    while True:
        port = random.SystemRandom().choice(SERVERS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
