"""What is known of one key, secret or user without its value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

KINDS_WITH_READERS = ("redis-user", "postgres-user", "mysql-user")
"""What services read when they start."""
DERIVED = ("digests", "logins")
"""What the rotation makes of other credentials, for services and pools to read: rotated with these."""
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """How far a rotation is, as the tags and labels of the secret say."""

    phase: str
    """`making`, `overlap`, `deactivated`, or `done`."""
    begun: bool
    """Whether the function has ever taken charge of the secret."""
    current: str
    """Id of the version that is used; empty without one."""
    previous: str
    """Id of the one before, as long as it is valid or can be brought back; else empty."""
    pending: str
    """Id of one in the making; else empty."""
    making_since: datetime | None = None
    """When that was begun, where anybody knows."""
    settled: bool
    """Whether the function has noted that the current version is the current one."""
    rolling: bool
    """Whether the readers were told to start anew."""
    rolled: datetime | None
    """When the readers were last known to run with the current value."""
    deactivate_after: datetime | None
    """Of `overlap`: when the old credential ends."""
    delete_after: datetime | None
    """Of `deactivated`: when the old one can't be brought back any more."""
    extended: datetime | None
    """When the end was put off, since the old one was still in use."""
    leaked: str
    """Id of a version that is to end at once (`rotate --now`); else empty."""
    reverting: str = ""
    """Id of an earlier version that is being made the current one again; else empty."""


@dataclass(frozen=True, kw_only=True)
class Credential:
    """A key, a secret, a user of a database or cache, or a KMS key."""

    name: str
    """What commands call it: `keys/frontend`, `service/api/database`, `kms/data`."""
    arn: str
    """ARN of the secret, of the KMS key, or of the user."""
    kind: str
    """`api-key`, `redis-user`, `postgres-user`, `mysql-user`, `kms-key`; `database-user`, `database-master`, `secret`,
    which people rotate; `digests`, by which services verify API keys; `logins`, by which databases and pools let in."""
    owner: str
    """Who answers for it; empty where nobody does."""
    made: datetime
    """When the secret, key or user was made."""
    rotated: datetime | None
    """When its value last changed hands; None: never."""
    period_days: int
    """Days between two rotations; 0: only when somebody asks, or never."""
    overlap_days: int
    """Days that the old one stays valid; 0 where there is no such thing."""
    rotates: bool
    """Whether anything rotates it at all."""
    next_rotation: datetime | None
    """When it is rotated next by itself."""
    last_use: datetime | None
    """When it was last used, as far as anybody tells; None: nobody does, or it never was."""
    use_told: str
    """Who tells of its use: `logs` of the verifying services, `reads` of the secret; empty: nobody."""
    readers: tuple[str, ...] = ()
    """Services that read it when they start."""
    verifiers: tuple[str, ...] = ()
    """Of an API key: services that verify it."""
    stale: tuple[str, ...] = ()
    """Readers that run with an older value."""
    live: int | None = None
    """How many credentials are valid, where AWS tells (Redis users); else None."""
    function: str = ""
    """ARN of the function that rotates it; empty without one."""
    deleted: datetime | None = None
    """When it was given up, and can still be restored."""
    rotation: Rotation | None = None
    """None of what no function of ours rotates."""

    @property
    def since(self) -> datetime:
        """When its value was made."""
        return self.rotated or self.made

    def age_days(self, now: datetime) -> int:
        """Whole days since its value was made; none where a clock jumped back."""
        return max(0, (now - self.since) // DAY)

    @property
    def state(self) -> str:
        """One word for a table."""
        if self.deleted:
            return "being deleted"
        if self.rotation is None:
            return ""
        if self.rotation.leaked:
            return "leaked, being replaced"
        if self.rotation.reverting:
            return "old one coming back"
        return {"making": "new one in the making", "overlap": "two valid", "deactivated": "old one recoverable"}.get(
            self.rotation.phase, ""
        )


def times(value: datetime | None) -> str | None:
    """As JSON has it."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if value else None


def as_json(credential: Credential, now: datetime) -> dict[str, Any]:
    """For programs; never a value."""
    rotation = credential.rotation
    told: dict[str, Any] = {
        "name": credential.name,
        "arn": credential.arn,
        "kind": credential.kind,
        "owner": credential.owner or None,
        "age_days": credential.age_days(now),
        "made": times(credential.made),
        "rotated": times(credential.rotated),
        "period_days": credential.period_days,
        "overlap_days": credential.overlap_days,
        "next_rotation": times(credential.next_rotation),
        "last_use": times(credential.last_use),
        "last_use_by": credential.use_told or None,
        "readers": list(credential.readers),
        "verifiers": list(credential.verifiers),
        "stale": list(credential.stale),
        "deleted": times(credential.deleted),
        "rotation": None,
    }
    if rotation is not None:
        told["rotation"] = {
            "phase": rotation.phase,
            "current": rotation.current or None,
            "previous": rotation.previous or None,
            "pending": rotation.pending or None,
            "rolled": times(rotation.rolled),
            "deactivate_after": times(rotation.deactivate_after),
            "delete_after": times(rotation.delete_after),
            "extended": times(rotation.extended),
            "leaked": rotation.leaked or None,
        }
    return told
