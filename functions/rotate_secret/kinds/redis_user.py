"""A user of ElastiCache's (RBAC): it may have two passwords at a time."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from functions.rotate_secret.connection import with_credential
from functions.rotate_secret.errors import RotationError
from functions.rotate_secret.kinds.kind import Surroundings
from functions.rotate_secret.store import Value

LETTERS = string.ascii_letters + string.digits
PASSWORD_LENGTH = 32
"""Letters and digits: 190 bits, which stand in a URL as they are; ElastiCache takes 16 to 128."""
POLL_SECONDS = 5
PATIENCE_SECONDS = 600
"""How long a user that is being changed is waited for."""


class RedisUser:
    """See `kinds.kind.Kind`. Whether a password works can't be tried from outside of the VPC; ElastiCache tells how
    many there are, and the services that start with the new one prove it."""

    read_at_start = True

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._elasticache = around.client("elasticache")
        self._user = around.secret.tags["headroom:user"]

    def fresh(self, current: Value) -> Value:
        """Another password."""
        password = "".join(secrets.choice(LETTERS) for _ in range(PASSWORD_LENGTH))
        return with_credential(current, str(current.get("username") or self._describe()["UserName"]), password)

    def expect(self, live: Sequence[Value]) -> None:
        """Nobody but ElastiCache is told."""

    def apply(self, live: Sequence[Value], until: datetime | None) -> None:
        """ElastiCache takes the whole list of passwords, so a second call changes nothing more."""
        self._settled()
        passwords = [str(value["password"]) for value in live]
        self._elasticache.modify_user(UserId=self._user, Passwords=passwords)
        self._settled()

    def prove(self, live: Sequence[Value]) -> None:
        """Counts them."""
        count = self._settled().get("Authentication", {}).get("PasswordCount")
        if count != len(live):
            raise RotationError(f"Redis user {self._user} has {count} passwords in place of {len(live)}; run `begin`")

    def last_use(self, value: Value, since: datetime) -> datetime | None:
        """ElastiCache does not tell which password somebody signed in with."""
        return None

    def _describe(self) -> Mapping[str, Any]:
        (user,) = self._elasticache.describe_users(UserId=self._user)["Users"]
        return dict(user)

    def _settled(self) -> Mapping[str, Any]:
        """The user, when nothing is being done to it."""
        for _ in range(PATIENCE_SECONDS // POLL_SECONDS):
            user = self._describe()
            if user["Status"] == "active":
                return user
            self._around.sleep(POLL_SECONDS)
        raise RotationError(f"Redis user {self._user} is not active after {PATIENCE_SECONDS} s; look at its events")
