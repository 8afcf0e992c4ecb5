"""Names and tags of what is rotated, as the function that rotates it reads them (functions/rotate_secret)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from components.access import Scope

Kind = Literal["api-key", "redis-user", "postgres-user", "mysql-user"]
"""What a rotated secret is."""
KeyAccess = Literal["none", "read", "read-write", "full"]
"""What services let a key's holder do; with `none` there is no key."""
DIGESTS_VARIABLE = "API_KEY_DIGESTS"
"""Variable of a service that verifies API keys: name of the secret with their digests."""
LONGEST_TAG = 256
"""Characters of a tag's value (docs.aws.amazon.com/secretsmanager/latest/userguide/managing-secrets_tagging.html)."""
STATE_PREFIX = "rotation:"
"""Tags that the function sets as it goes; the stack's provider takes no notice of them."""


def api_key_secret(scope: Scope, consumer: str) -> str:
    """Fixed name of a consumer's key: `headroom/dev/keys/frontend`."""
    return f"{scope.namespace}/keys/{consumer}"


def digests_secret(scope: Scope, service: str) -> str:
    """Fixed name of what a service verifies keys by: `headroom/dev/service/api/key-digests`."""
    return f"{scope.namespace}/service/{service}/key-digests"


@dataclass(frozen=True, kw_only=True)
class Rotated:
    """How one secret is rotated."""

    kind: Kind
    """What it is."""
    owner: str
    """Team that answers for it."""
    period_days: int
    """Days between two rotations; 0: only when somebody asks."""
    overlap_days: int
    """Days that the old credential stays valid after a rotation."""
    readers: Sequence[str] = ()
    """Services that take it when they start, and so start anew after a rotation."""
    verifiers: Sequence[str] = ()
    """Of an API key: services that verify it."""
    consumer: str = ""
    """Of an API key: whose it is."""
    access: KeyAccess = "none"
    """Of an API key: what its holder may do."""
    user: str = ""
    """Of a Redis user: ElastiCache's id of it. Of a database's: the first of the login's two names."""
    database: str = ""
    """Of a database's user: the database's name in the settings."""
    pool: Literal["", "proxy", "pgbouncer"] = ""
    """Of a database's user: what stands before the database, and must know both of the login's users."""

    @property
    def tags(self) -> dict[str, str]:
        """What the function reads; tags with nothing in them are left out."""
        told = {
            "kind": self.kind,
            "owner": self.owner,
            "period-days": str(self.period_days),
            "overlap-days": str(self.overlap_days),
            **listed("readers", self.readers),
            **listed("verifiers", self.verifiers),
            "consumer": self.consumer,
            "access": self.access if self.kind == "api-key" else "",
            "user": self.user,
            "database": self.database,
            "pool": self.pool,
        }
        return {f"headroom:{name}": text for name, text in told.items() if text}


def listed(tag: str, names: Sequence[str]) -> dict[str, str]:
    """Names by blanks, in as many tags as it takes: `readers`, `readers-2`, ..."""
    texts = [""]
    for name in sorted(names):
        longer = f"{texts[-1]} {name}".strip()
        if len(longer) > LONGEST_TAG:
            texts.append(name)
        else:
            texts[-1] = longer
    return {tag if number == 1 else f"{tag}-{number}": text for number, text in enumerate(texts, 1)}


def verified_by(keys: Mapping[str, Rotated]) -> dict[str, list[str]]:
    """Service to the consumers whose keys it verifies, both in order."""
    services = sorted({service for key in keys.values() for service in key.verifiers})
    return {service: sorted(name for name, key in keys.items() if service in key.verifiers) for service in services}
