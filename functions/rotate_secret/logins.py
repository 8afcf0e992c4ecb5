"""The document of a database's logins: who may sign in, and by what. One secret a database, which the rotation writes.

The task that makes users lines the database up with it, and PgBouncer lets in whom it names: so both are told the whole
truth by one name, however many users there are, and whichever of a login's two users is the one of today.

| key | holds |
|---|---|
| logins | name of a user's secret to `{"user", "valid": [[username, password]]}`: those who may sign in, one or two |
| lines | the same for the task's script: `owner|user|password` a line; without a password the user may not sign in |
| userlist | the same for PgBouncer: `"user" "password"` a line |
| added | when a credential was last added, ISO 8601 in UTC: who read the document before does not know it |
| task | how the task is run, as the stack says: what functions/run_task/request.py has, and what follows |
| task.identity | AWS's id of the database: another database of the same name has its users made again |
| task.pooler | tag of PgBouncer's service, whose tasks read the document when they start |
| task.pool | variables by which the task signs in through RDS Proxy |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from functions.rotate_secret.store import Value

SECOND = "__2"
"""What the name of a login's second user ends with. A tenant's name begins with a letter, so it is nobody else's."""


def logins_secret(namespace: str, database: str) -> str:
    """Name of a database's document: `headroom/dev/database/main/logins`."""
    return f"{namespace}/database/{database}/logins"


def proxy_secret(namespace: str, database: str, user: str) -> str:
    """Name of the secret by which RDS Proxy knows one user: `headroom/dev/database/main/proxy/api__2`."""
    return f"{namespace}/database/{database}/proxy/{user}"


def users_of(login: str) -> tuple[str, str]:
    """Both users of a login."""
    return login, login + SECOND


def other_user(login: str, user: str | None) -> str:
    """The user whose turn it is after this one; the first one's where there was none."""
    first, second = users_of(login)
    return second if user == first else first


def with_login(document: Value, secret: str, login: str, live: Sequence[Value], now: datetime) -> dict[str, Any]:
    """The document in which exactly these credentials of a login are valid."""
    valid = [[str(value["username"]), str(value["password"])] for value in live]
    logins = {**document.get("logins", {}), secret: {"user": login, "valid": valid}}
    return _told(document, logins, now)


def with_only(document: Value, secrets: Sequence[str], now: datetime) -> dict[str, Any]:
    """The document without the logins of other secrets. They stay in the database as they are: whoever still runs as
    one of them goes on, and people decide what becomes of its data."""
    known = document.get("logins", {})
    return _told(document, {name: known[name] for name in sorted(known) if name in secrets}, now)


def with_task(document: Value, task: Mapping[str, Any]) -> dict[str, Any]:
    """The document that says how its task is run now."""
    return {**document, "task": dict(task)}


def _told(document: Value, logins: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    before, after = _pairs(document.get("logins", {})), _pairs(logins)
    added = now.astimezone(UTC).isoformat(timespec="seconds") if after - before else document.get("added", "")
    return {
        **document,
        "logins": dict(logins),
        "lines": "\n".join(line for login in _by_user(logins) for line in _lines(login)),
        "userlist": "\n".join(f'"{user}" "{password}"' for user, password in sorted(after)),
        "added": added,
    }


def _by_user(logins: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return sorted(logins.values(), key=lambda login: str(login["user"]))


def _lines(login: Mapping[str, Any]) -> list[str]:
    """The owner first: the other user becomes it."""
    passwords = dict(login["valid"])
    return [f"{login['user']}|{user}|{passwords.get(user, '')}" for user in users_of(login["user"])]


def _pairs(logins: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {(user, password) for login in logins.values() for user, password in login["valid"]}
