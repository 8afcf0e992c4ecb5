"""API keys: whoever verifies them knows their digests only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from functions.rotate_secret.api_key import digest, make
from functions.rotate_secret.errors import RotationError
from functions.rotate_secret.kinds.kind import Surroundings
from functions.rotate_secret.store import CURRENT, Value

PAGES = 50
"""Pages of a service's log in which a key's use is looked for, a megabyte each."""


def digests_secret(namespace: str, service: str) -> str:
    """Name of the secret that a service verifies by: `headroom/dev/service/api/key-digests`."""
    return f"{namespace}/service/{service}/key-digests"


def log_group(namespace: str, service: str) -> str:
    """Log group in which a service's verifier tells which keys are used."""
    return f"/{namespace}/service/{service}"


class ApiKey:
    """See `kinds.kind.Kind`."""

    read_at_start = False

    def __init__(self, around: Surroundings) -> None:
        self._around, self._secret = around, around.secret
        self._namespace = around.secret.name.rpartition("/keys/")[0]
        self._consumer = around.secret.tags["headroom:consumer"]
        self._access = around.secret.tags["headroom:access"]
        self._verifiers = around.secret.listed("verifiers")

    def fresh(self, current: Value) -> Value:
        """Another key, of the access that the consumer has now."""
        name, key = make(self._namespace.rpartition("/")[2])
        return {
            "id": name,
            "key": key,
            "access": self._access,
            "consumer": self._consumer,
            "created": self._secret.now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        }

    def expect(self, live: Sequence[Value]) -> None:
        """Digests are told when they are valid."""

    def apply(self, live: Sequence[Value], until: datetime | None) -> None:
        """Puts the digests where they are verified by."""
        entry = self._entry(live, until)
        for service in self._verifiers:
            name = digests_secret(self._namespace, service)
            self._around.store.change(name, lambda known: {**known, self._consumer: entry})

    def _entry(self, live: Sequence[Value], until: datetime | None) -> dict[str, Any]:
        current, *previous = [{"id": str(key["id"]), "digest": digest(str(key["key"]))} for key in live]
        if previous and until is not None:
            previous[0]["until"] = until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"access": self._access, "current": current, **({"previous": previous[0]} if previous else {})}

    def prove(self, live: Sequence[Value]) -> None:
        """Reads the digests back, and waits until no verifier goes by older ones."""
        wanted = {digest(str(key["key"])) for key in live}
        waits = 0.0
        for service in self._verifiers:
            name = digests_secret(self._namespace, service)
            found = self._around.store.describe(name)
            known = self._around.store.labelled(found, CURRENT) or {}
            entry = known.get(self._consumer, {})
            if not wanted <= {entry.get(which, {}).get("digest") for which in ("current", "previous")}:
                raise RotationError(f"Secret {name} lacks digests of {self._consumer}'s keys; run `begin`")
            waits = max(waits, self._settle_seconds() - self._around.store.age_seconds(found, CURRENT))
        if len(live) > 1 and waits > 0:
            self._around.sleep(waits)

    def _settle_seconds(self) -> float:
        return float(self._around.environment.get("SETTLE_SECONDS", "90"))

    def last_use(self, value: Value, since: datetime) -> datetime | None:
        """What the verifiers logged of the key's id, which is nowhere else."""
        logs = self._around.client("logs")
        uses = [self._last_in(logs, log_group(self._namespace, service), value, since) for service in self._verifiers]
        return max((use for use in uses if use is not None), default=None)

    def _last_in(self, logs: Any, group: str, value: Value, since: datetime) -> datetime | None:
        asked: dict[str, Any] = {
            "logGroupName": group,
            "startTime": int(since.timestamp() * 1000),
            "filterPattern": f'"{value["id"]}"',
        }
        last = 0
        for _ in range(PAGES):
            try:
                page = logs.filter_log_events(**asked)
            except ClientError as error:
                if error.response["Error"]["Code"] == "ResourceNotFoundException":
                    return None  # a service that is gone uses nothing
                raise
            last = max([last, *(event["timestamp"] for event in page["events"])])
            if not page.get("nextToken"):
                return datetime.fromtimestamp(last / 1000, UTC) if last else None
            asked["nextToken"] = page["nextToken"]
        # Nobody knows what stands in the rest: as if it were used now, which puts the end off.
        return datetime.fromtimestamp(last / 1000, UTC) if last else self._secret.now
