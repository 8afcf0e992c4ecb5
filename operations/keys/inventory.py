"""Every key, secret and user of an environment, by AWS's own word: what is there, not what was asked for.

Times are held against the time that AWS answers with: this machine's clock may be wrong.
"""

from __future__ import annotations

import email.utils
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from operations.keys.asking import asked
from operations.keys.credential import DERIVED, KINDS_WITH_READERS, Credential, Rotation
from operations.keys.services import Running
from operations.keys.uses import last_uses

DIGESTS = re.compile(r".*/key-digests")
DOCUMENT = re.compile(r"[^/]+/[^/]+/database/[^/]+/(logins|proxy/[^/]+)")
DATABASE_USER = re.compile(r"[^/]+/[^/]+/service/[^/]+/database(/[^/]+)?")
MASTER = re.compile(r"[^/]+/[^/]+/database/[^/]+")
OWN_DAY = timedelta(days=1)
"""AWS tells the day of the last read only; on the day of a rotation that was the rotation itself."""

Answer = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """What there is, at one moment."""

    now: datetime
    """The time, by AWS's clock."""
    credentials: tuple[Credential, ...]
    """By name."""


def read(aws: Any, environment: str, outputs: Mapping[str, Any], *, uses: bool = True) -> Inventory:
    """Asks AWS; `aws` makes clients. `uses` looks through logs for the last use of API keys too, which takes longer.
    Raises Failure with AWS's own words where something may not be asked."""
    namespace = f"headroom/{environment}"
    secrets = list_secrets(aws("secretsmanager"), namespace)
    found = [with_versions(aws("secretsmanager"), of_secret(secret, namespace)) for secret in secrets.found]
    found += kms_keys(aws("kms"), environment, secrets.now)
    found = cache_users(aws("elasticache"), found, secrets.found, secrets.now)
    cluster = str(outputs.get("cluster") or "") if outputs.get("compute", "ecs") == "ecs" else ""
    if cluster and any(credential.readers for credential in found):
        running = Running.read(aws("ecs"), cluster)
        found = [replace(one, stale=running.older(one.readers, one.since)) if one.readers else one for one in found]
    if uses:
        found = with_uses(aws("logs"), namespace, found, secrets.now)
    return Inventory(now=secrets.now, credentials=tuple(sorted(found, key=lambda one: one.name)))


@dataclass(frozen=True)
class Listed:
    """Secrets as ListSecrets tells of them."""

    found: Sequence[Answer]
    now: datetime


def list_secrets(client: Any, namespace: str) -> Listed:
    """All of the environment, those that are being deleted too."""
    given = {"Filters": [{"Key": "name", "Values": [f"{namespace}/"]}], "IncludePlannedDeletion": True}
    found: list[Answer] = []
    now = datetime.now(UTC)
    with asked("to list the secrets"):
        for page in client.get_paginator("list_secrets").paginate(**given):
            # The filter takes small and capital letters for the same, and words in the middle too.
            found += [secret for secret in page["SecretList"] if secret["Name"].startswith(f"{namespace}/")]
            now = time_of(page)
    return Listed(found, now)


def time_of(answer: Answer) -> datetime:
    """AWS's time."""
    sent = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return email.utils.parsedate_to_datetime(sent).astimezone(UTC) if sent else datetime.now(UTC)


def of_secret(secret: Answer, namespace: str) -> Credential:
    """A secret as ListSecrets or DescribeSecret tells of it."""
    tags = tags_of(secret)
    kind = tags.get("headroom:kind") or _kind(secret["Name"])
    rotation = rotation_of(secret, tags) if "headroom:kind" in tags else None
    made = _aware(secret.get("CreatedDate")) or datetime.now(UTC)
    rotated = _time(tags, "rotated") or (None if rotation else _aware(secret.get("LastRotatedDate")))
    rules = secret.get("RotationRules") or {}
    period = int(tags.get("headroom:period-days") or rules.get("AutomaticallyAfterDays") or 0)
    rotates = bool(rotation or secret.get("RotationEnabled") or secret.get("OwningService"))
    scheduled = _aware(secret.get("NextRotationDate"))
    return Credential(
        name=str(secret["Name"]).removeprefix(f"{namespace}/"),
        arn=str(secret["ARN"]),
        kind=kind,
        owner=tags.get("headroom:owner") or tags.get("Owner", ""),
        made=made,
        rotated=rotated,
        period_days=period,
        overlap_days=int(tags.get("headroom:overlap-days") or 0),
        rotates=rotates,
        next_rotation=(scheduled or (rotated or made) + timedelta(days=period)) if rotates and period else None,
        last_use=_last_read(secret, rotated),
        use_told="" if kind == "api-key" else "reads",
        readers=listed(tags, "readers") if kind in KINDS_WITH_READERS else (),
        verifiers=listed(tags, "verifiers"),
        function=str(secret.get("RotationLambdaARN") or ""),
        deleted=_aware(secret.get("DeletedDate")),
        rotation=rotation,
    )


def with_versions(client: Any, one: Credential) -> Credential:
    """Adds since when a new value is in the making, and of what people rotate when they last did: AWS tells of a secret
    only when anything of it changed, its tags too."""
    making = one.rotation.pending if one.rotation else ""
    by_hand = not one.rotates and one.kind not in DERIVED and not one.deleted
    if not (making or by_hand):
        return one
    with asked(f"about the versions of {one.name}"):
        versions = client.list_secret_version_ids(SecretId=one.arn, IncludeDeprecated=True)["Versions"]
    if one.rotation:
        since = next((found.get("CreatedDate") for found in versions if found["VersionId"] == making), None)
        return replace(one, rotation=replace(one.rotation, making_since=_aware(since)))
    current = (found for found in versions if "AWSCURRENT" in found.get("VersionStages", ()))
    made = _aware(next((found.get("CreatedDate") for found in current), None))
    return replace(one, rotated=made if made and made - one.made > OWN_DAY else None)


def tags_of(secret: Answer) -> dict[str, str]:
    """Tags by their names."""
    return {tag["Key"]: tag["Value"] for tag in secret.get("Tags") or ()}


def listed(tags: Mapping[str, str], tag: str) -> tuple[str, ...]:
    """Names by blanks; where a tag is too short for them, they go on in `<tag>-2` and so on."""
    texts = itertools.takewhile(bool, (tags.get(key, "") for key in _numbered(f"headroom:{tag}")))
    return tuple(name for text in texts for name in text.split())


def _numbered(key: str) -> Iterator[str]:
    yield key
    yield from (f"{key}-{number}" for number in itertools.count(2))


def rotation_of(secret: Answer, tags: Mapping[str, str]) -> Rotation:
    """How far a rotation is (functions/rotate_secret tells what the tags mean)."""
    stages = secret.get("SecretVersionsToStages") or secret.get("VersionIdsToStages") or {}
    labels = {label: version for version, held in stages.items() for label in held}
    current, pending = labels.get("AWSCURRENT", ""), labels.get("AWSPENDING", "")
    making = pending if pending != current else ""
    noted = tags.get("rotation:phase", "done")
    return Rotation(
        phase="making" if making and noted != "overlap" else noted,
        begun="rotation:current" in tags,
        current=current,
        previous=labels.get("AWSPREVIOUS", "") if noted in ("overlap", "deactivated") else "",
        pending=making,
        settled=tags.get("rotation:current") == current,
        rolling="rotation:rolling" in tags,
        rolled=_time(tags, "rolled"),
        deactivate_after=_time(tags, "deactivate-after"),
        delete_after=_time(tags, "delete-after"),
        extended=_time(tags, "extended"),
        leaked=tags.get("rotation:leaked", ""),
        reverting=tags.get("rotation:reverting", ""),
    )


def _kind(name: str) -> str:
    """Of what no function of ours rotates: by the name that the components give it."""
    known = {DIGESTS: "digests", DOCUMENT: "logins", DATABASE_USER: "database-user", MASTER: "database-master"}
    return next((kind for pattern, kind in known.items() if pattern.fullmatch(name)), "secret")


def _time(tags: Mapping[str, str], tag: str) -> datetime | None:
    text = tags.get(f"rotation:{tag}")
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _aware(value: datetime | None) -> datetime | None:
    if not isinstance(value, datetime):
        return None
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _last_read(secret: Answer, rotated: datetime | None) -> datetime | None:
    read = _aware(secret.get("LastAccessedDate"))
    if read is None or (rotated and read.date() == rotated.date()):
        return None
    return read


def kms_keys(client: Any, environment: str, now: datetime) -> list[Credential]:
    """The environment's own keys, by their aliases."""
    start = f"alias/headroom-{environment}-"
    with asked("about the KMS keys"):
        pages = client.get_paginator("list_aliases").paginate()
        aliases = [alias for page in pages for alias in page["Aliases"] if alias["AliasName"].startswith(start)]
        return [_kms_key(client, alias, f"kms/{alias['AliasName'].removeprefix(start)}", now) for alias in aliases]


def _kms_key(client: Any, alias: Answer, name: str, now: datetime) -> Credential:
    key = client.describe_key(KeyId=alias["TargetKeyId"])["KeyMetadata"]
    status = client.get_key_rotation_status(KeyId=key["KeyId"])
    listed = client.list_resource_tags(KeyId=key["KeyId"])["Tags"]
    tags = {tag["TagKey"]: tag["TagValue"] for tag in listed}
    rotates, made = bool(status.get("KeyRotationEnabled")), _aware(key["CreationDate"]) or now
    period, following = int(status.get("RotationPeriodInDays") or 0), _aware(status.get("NextRotationDate"))
    last = following - timedelta(days=period) if following and period else None
    return Credential(
        name=name,
        arn=str(key["Arn"]),
        kind="kms-key",
        owner=tags.get("headroom:owner") or tags.get("Owner", ""),
        made=made,
        # What it encrypted before stays readable: AWS keeps the older material, so that there is no overlap.
        rotated=last if last and last - made > OWN_DAY else None,
        period_days=period,
        overlap_days=0,
        rotates=rotates,
        next_rotation=following if rotates else None,
        last_use=None,
        use_told="",
        deleted=_aware(key.get("DeletionDate")),
    )


def cache_users(client: Any, found: Sequence[Credential], secrets: Sequence[Answer], now: datetime) -> list[Credential]:
    """Adds users of ElastiCache that no secret rotates, and how many passwords those have that one does."""
    tagged = {tags_of(secret).get("headroom:user"): str(secret["ARN"]) for secret in secrets}
    rotated = {named: arn for named, arn in tagged.items() if named}
    live: dict[str, int] = {}
    alone: list[Credential] = []
    with asked("about the caches' users"):
        for user in _users(client):
            count = int((user.get("Authentication") or {}).get("PasswordCount") or 0)
            if user["UserId"] in rotated:
                live[rotated[user["UserId"]]] = count
            elif count:
                alone.append(_cache_user(user, count, now))
    return [replace(one, live=live[one.arn]) if one.arn in live else one for one in found] + alone


def _users(client: Any) -> Iterator[Answer]:
    for page in client.get_paginator("describe_users").paginate():
        yield from page["Users"]


def _cache_user(user: Answer, count: int, now: datetime) -> Credential:
    return Credential(
        name=f"cache-user/{user['UserId']}",
        arn=str(user.get("ARN") or user["UserId"]),
        kind="redis-user",
        owner="",
        made=now,
        rotated=None,
        period_days=0,
        overlap_days=0,
        rotates=False,
        next_rotation=None,
        last_use=None,
        use_told="",
        live=count,
    )


def with_uses(logs: Any, namespace: str, found: Sequence[Credential], now: datetime) -> list[Credential]:
    """Adds when each API key was last used, as the services that verify them wrote it down."""
    keys = [one for one in found if one.kind == "api-key" and one.verifiers]
    services: dict[str, set[str]] = {}
    for key in keys:
        for service in key.verifiers:
            services.setdefault(service, set()).add(consumer(key))
    with asked("about the uses of API keys"):
        uses = last_uses(logs, namespace, services, now)
    return [
        replace(one, last_use=uses.last.get(consumer(one)), use_told="logs" if uses.knows(one.verifiers) else "")
        if one in keys
        else one
        for one in found
    ]


def consumer(key: Credential) -> str:
    """Whose API key it is."""
    return key.name.rpartition("/")[2]
