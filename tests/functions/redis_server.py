"""A real Redis, and ElastiCache's calls on users as commands to it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tests.ports import free_port

PROGRAM = shutil.which("redis-server")


class Redis:
    """As much of its protocol as signing in takes."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, *words: str, user: tuple[str, str] | None = None) -> str:
        """The first line of the answer to a command; `-...` is a refusal."""
        with (
            socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection,
            connection.makefile("rwb") as wire,
        ):
            if user is not None:
                said = self._say(wire, "AUTH", *user)
                if said.startswith("-"):
                    return said
            return self._say(wire, *words)

    def _say(self, wire: Any, *words: str) -> str:
        parts = [f"*{len(words)}\r\n", *(f"${len(word)}\r\n{word}\r\n" for word in words)]
        wire.write("".join(parts).encode())
        wire.flush()
        return str(wire.readline().decode().rstrip())


class ElastiCache:
    """ModifyUser and DescribeUsers of one user, on a real server's ACL: the list of passwords is the whole truth."""

    def __init__(self, redis: Redis, user: str) -> None:
        self._redis, self._user, self._count = redis, user, 0

    def modify_user(self, **parameters: Any) -> None:
        passwords = parameters["Passwords"]
        rules = ["on", "resetpass", *(f">{password}" for password in passwords), "~*", "+@all"]
        assert self._redis.ask("ACL", "SETUSER", self._user, *rules) == "+OK"
        self._count = len(passwords)

    def describe_users(self, **_: Any) -> dict[str, Any]:
        found = {"Status": "active", "UserName": self._user, "Authentication": {"PasswordCount": self._count}}
        return {"Users": [found]}


@contextmanager
def redis_server() -> Iterator[Redis]:
    """On a free port, with nothing kept."""
    assert PROGRAM is not None
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="headroom-redis-") as folder:
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        with subprocess.Popen([PROGRAM, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            try:
                redis = Redis(port)
                for _ in range(1200):
                    with suppress(OSError):
                        if redis.ask("PING") == "+PONG":
                            break
                    time.sleep(0.05)
                yield redis
            finally:
                server.terminate()
