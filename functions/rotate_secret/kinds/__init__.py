"""Which kinds there are, by the tag `headroom:kind`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from functions.rotate_secret.errors import RotationError
from functions.rotate_secret.kinds.api_key import ApiKey
from functions.rotate_secret.kinds.database_user import DatabaseUser
from functions.rotate_secret.kinds.kind import Kind, Surroundings
from functions.rotate_secret.kinds.redis_user import RedisUser

KINDS: Mapping[str, Callable[[Surroundings], Kind]] = {
    "api-key": ApiKey,
    "redis-user": RedisUser,
    "postgres-user": DatabaseUser,
    "mysql-user": DatabaseUser,
}


def kind_of(around: Surroundings) -> Kind:
    """The secret's kind. Raises RotationError where it has none, or one that nobody knows."""
    named = around.secret.tags.get("headroom:kind", "")
    if named not in KINDS:
        known = ", ".join(sorted(KINDS))
        raise RotationError(f"Secret {around.secret.name} has headroom:kind {named!r}; known are {known}; run `up`")
    return KINDS[named](around)
