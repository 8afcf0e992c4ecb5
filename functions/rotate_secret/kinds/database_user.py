"""A login of PostgreSQL or MySQL: two users by turns, `api` and `api__2`, with the same rights.

Why two: PostgreSQL knows one password a user, and MySQL a second one only by a privilege that RDS gives its master user
late. The function is outside of the VPC and has no driver: it writes who may sign in into the database's document
(`logins`), and has the task run that lines the database up with it, proves each sign-in, or looks who is signed in.

A pool must know both users. RDS Proxy has a secret for each, which is written here; PgBouncer reads the document when
it starts, so its tasks are replaced one after the other before anybody signs in with something new.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from functions.rotate_secret.connection import with_credential
from functions.rotate_secret.errors import RotationError
from functions.rotate_secret.kinds.kind import Surroundings
from functions.rotate_secret.logins import logins_secret, other_user, proxy_secret, users_of, with_login
from functions.rotate_secret.rolling import Roller
from functions.rotate_secret.store import CURRENT, Value
from functions.rotate_secret.users_task import UsersTask

LETTERS = string.ascii_letters + string.digits
PASSWORD_LENGTH = 32
"""Letters and digits: 190 bits, which stand in a URL as they are."""
IN_USE = 3
"""Exit code of the task that was asked who is signed in, where somebody was of late."""
POLL_SECONDS = 5
POOL_PATIENCE_SECONDS = 480
"""How long PgBouncer's tasks may take to be replaced, one after the other."""


class DatabaseUser:
    """See `kinds.kind.Kind`."""

    read_at_start = True

    def __init__(self, around: Surroundings) -> None:
        self._around, self._store, tags = around, around.store, around.secret.tags
        self._login, self._database = tags["headroom:user"], tags["headroom:database"]
        self._pool = tags.get("headroom:pool", "")
        self._namespace = around.secret.name.rpartition("/service/")[0]
        self._document = logins_secret(self._namespace, self._database)

    def fresh(self, current: Value) -> Value:
        """The other user, with another password."""
        user = other_user(self._login, current.get("username"))
        return with_credential({"dbname": self._login, **current}, user, _password())

    def expect(self, live: Sequence[Value]) -> None:
        """Writes down who may sign in."""
        now = self._around.secret.now
        self._store.change(
            self._document, partial(with_login, secret=self._around.secret.name, login=self._login, live=live, now=now)
        )
        if self._pool == "proxy":
            self._tell_proxy({str(value["username"]): str(value["password"]) for value in live})

    def _tell_proxy(self, passwords: dict[str, str]) -> None:
        """Who may not sign in gets a password that nobody knows: a proxy wants one, and is not to take the old one."""
        for user in users_of(self._login):
            password, last = passwords.get(user), f"{user} may not sign in"

            def told(known: Value, user: str = user, password: str | None = password, last: str = last) -> Value:
                if password is not None:
                    return {"username": user, "password": password}
                return known if known.get("state") == last else _nobodys(user, last)

            self._store.change(proxy_secret(self._namespace, self._database, user), told)

    def apply(self, live: Sequence[Value], until: datetime | None) -> None:
        """The document, the database, and the pool. All of it may be done again."""
        self.expect(live)
        if UsersTask(self._around, self._document).run({}) is not None:
            self._replace_poolers(wait=len(live) > 1)

    def prove(self, live: Sequence[Value]) -> None:
        """The task signs in as each user, by the proxy too; of one alone, it did when it made it."""
        document = self._read()
        known = (document.get("logins", {}).get(self._around.secret.name) or {}).get("valid", [])
        if [list(pair) for pair in known] != [[str(v["username"]), str(v["password"])] for v in live]:
            raise RotationError(f"Secret {self._document} does not say who may sign in as {self._login}; run `begin`")
        if len(live) > 1:
            by_pool = document.get("task", {}).get("pool", {})
            UsersTask(self._around, self._document).run({"PROVE": "yes", **by_pool})

    def last_use(self, value: Value, since: datetime) -> datetime | None:
        """Now, if a session of that user has done anything since then. What ended before is known to nobody: neither
        PostgreSQL nor MySQL keeps when a user last signed in."""
        within = int((self._around.secret.now - since).total_seconds())
        asked = {"LOOK_AT": str(value["username"]), "WITHIN_SECONDS": str(within), "ASKED": secrets.token_hex(8)}
        code = UsersTask(self._around, self._document).run(asked, accepts=(0, IN_USE))
        return self._around.secret.now if code == IN_USE else None

    def _replace_poolers(self, *, wait: bool) -> None:
        """PgBouncer's tasks that know nothing of the newest password. The rotation goes on when none is left."""
        document = self._read()
        pooler, cluster = document["task"].get("pooler"), str(document["task"]["cluster"])
        if not pooler or not document.get("added"):
            return
        roller, added = Roller(self._around.client("ecs"), cluster), datetime.fromisoformat(document["added"])
        roller.start([pooler], added)
        waits: list[str] = []
        for _ in range(POOL_PATIENCE_SECONDS // POLL_SECONDS if wait else 0):
            waits = roller.waits_for([pooler], added)
            if not waits:
                return
            self._around.sleep(POLL_SECONDS)
        if waits:
            raise RotationError(
                f"Secret {self._around.secret.name}: the pool does not know it yet ({'; '.join(waits)})"
            )

    def _read(self) -> dict[str, Any]:
        return dict(self._store.labelled(self._store.describe(self._document), CURRENT) or {})


def _nobodys(user: str, state: str) -> Value:
    return {"username": user, "password": _password(), "state": state}


def _password() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(PASSWORD_LENGTH))
