"""Secrets Manager as the rotation sees it: a secret with its tags and labels, and its values."""

from __future__ import annotations

import contextlib
import email.utils
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from functions.rotate_secret.errors import RotationError

Value = Mapping[str, Any]
"""A secret's JSON."""
CURRENT, PREVIOUS, PENDING = "AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"
NEXT = "headroom-next"
"""Label of a version on its way to be the current one, where several may write at once."""
TRIES = 20


@dataclass(frozen=True, kw_only=True)
class Secret:
    """A secret without its values."""

    name: str
    arn: str
    tags: Mapping[str, str]
    labels: Mapping[str, str]
    """Label to the id of the version that has it."""
    created: datetime
    now: datetime
    """The time, by the clock of AWS: that of whoever runs this may jump."""

    def listed(self, tag: str) -> list[str]:
        """Names by blanks, in `headroom:<tag>`, `headroom:<tag>-2` and so on: a tag holds 256 characters."""
        names: list[str] = []
        key, number = f"headroom:{tag}", 1
        while key in self.tags:
            names += self.tags[key].split()
            number += 1
            key = f"headroom:{tag}-{number}"
        return names

    @property
    def in_the_making(self) -> str | None:
        """The version that a rotation has begun and not finished. The label may stay with one that is finished."""
        pending = self.labels.get(PENDING)
        return pending if pending != self.labels.get(CURRENT) else None


class Store:
    """Secrets, by a client of boto3's. The time is AWS's, unless there is a clock."""

    def __init__(self, client: Any, clock: Callable[[], datetime] | None = None) -> None:
        self._client, self._clock = client, clock

    def describe(self, name: str) -> Secret:
        """Raises RotationError where there is none, or it is being deleted."""
        try:
            found = self._client.describe_secret(SecretId=name)
        except ClientError as error:
            raise self._explained(error, name) from None
        if found.get("DeletedDate"):
            raise RotationError(f"Secret {found['Name']} is being deleted; restore it, or take it out of the settings")
        created: datetime = found.get("CreatedDate") or self._time(found)
        return Secret(
            name=found["Name"],
            arn=found["ARN"],
            tags={tag["Key"]: tag["Value"] for tag in found.get("Tags", [])},
            labels={label: v for v, labels in found.get("VersionIdsToStages", {}).items() for label in labels},
            created=created if created.tzinfo else created.replace(tzinfo=UTC),
            now=self._time(found),
        )

    def _time(self, answer: Mapping[str, Any]) -> datetime:
        if self._clock is not None:
            return self._clock()
        sent = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        return email.utils.parsedate_to_datetime(sent) if sent else datetime.now(UTC)

    def value(self, secret: Secret, version: str) -> Value | None:
        """None of a version that was begun and has no value yet."""
        try:
            answer = self._client.get_secret_value(SecretId=secret.arn, VersionId=version)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return None
            raise self._explained(error, secret.name) from None
        try:
            value = json.loads(answer["SecretString"])
        except ValueError:
            # The parser's own words quote what it read.
            raise RotationError(f"Secret {secret.name} holds no JSON; put its value right") from None
        if not isinstance(value, dict):
            raise RotationError(f"Secret {secret.name} holds JSON that is no object; put its value right")
        return value

    def labelled(self, secret: Secret, label: str) -> Value | None:
        """The value of the version with this label."""
        version = secret.labels.get(label)
        return self.value(secret, version) if version else None

    def put(self, secret: Secret, token: str, value: Value, label: str) -> Value:
        """Keeps a new version's value, unless it has one already: then that one is the answer. The token becomes the
        version's id."""
        known = self.value(secret, token)
        if known is not None:
            return known
        try:
            self._client.put_secret_value(
                SecretId=secret.arn, ClientRequestToken=token, SecretString=json.dumps(value), VersionStages=[label]
            )
        except ClientError as error:
            known = self.value(secret, token)
            if known is None:
                raise self._explained(error, secret.name) from None
            return known
        return value

    def move(self, secret: Secret, label: str, to: str | None) -> None:
        """Moves a label, or takes it away; AWS refuses if it is not where it was when the secret was described, which
        is how one of two writers is told to begin again. AWSPREVIOUS follows AWSCURRENT by itself."""
        moved: dict[str, str] = {}
        if label in secret.labels:
            moved["RemoveFromVersionId"] = secret.labels[label]
        if to is not None:
            moved["MoveToVersionId"] = to
        if not moved or moved.get("RemoveFromVersionId") == to:
            return
        self._client.update_secret_version_stage(SecretId=secret.arn, VersionStage=label, **moved)

    def tag(self, secret: Secret, tags: Mapping[str, str | None]) -> None:
        """Sets `rotation:` tags; None takes one away."""
        changed = {key: text for key, text in tags.items() if text is not None and secret.tags.get(key) != text}
        gone = [key for key, text in tags.items() if text is None and key in secret.tags]
        if changed:
            given = [{"Key": key, "Value": text} for key, text in changed.items()]
            self._client.tag_resource(SecretId=secret.arn, Tags=given)
        if gone:
            self._client.untag_resource(SecretId=secret.arn, TagKeys=gone)

    def age_seconds(self, secret: Secret, label: str) -> float:
        """How long ago the version with this label was made."""
        answer = self._client.get_secret_value(SecretId=secret.arn, VersionStage=label)
        made: datetime = answer["CreatedDate"]
        return (self._time(answer) - (made if made.tzinfo else made.replace(tzinfo=UTC))).total_seconds()

    def change(self, name: str, edit: Callable[[Value], Value]) -> None:
        """Changes a document that several may change at the same time: whoever comes second begins again with what the
        first one left. One without a value counts as an empty one."""
        for _ in range(TRIES):
            secret = self.describe(name)
            before = self.labelled(secret, CURRENT)
            after = edit(before or {})
            if after == before:
                return
            with contextlib.suppress(_OvertakenError):
                self._replace(secret, after)
                return
        raise RotationError(f"Secret {name} is changed by somebody else again and again; look who writes it")

    def _replace(self, secret: Secret, after: Value) -> None:
        """Puts the value beside the current one, and makes it the current one if nobody else was faster."""
        version = str(uuid.uuid4())
        self.put(secret, version, after, NEXT if CURRENT in secret.labels else CURRENT)
        if CURRENT not in secret.labels:
            return
        try:
            self.move(secret, CURRENT, version)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("InvalidParameterException", "InvalidRequestException"):
                raise _OvertakenError from None
            raise

    def _explained(self, error: ClientError, name: str) -> RotationError:
        code = error.response["Error"]["Code"]
        if code == "ResourceNotFoundException":
            return RotationError(f"Secret {name} is not there; bring it back, or run `up` to make it anew")
        says = error.response["Error"].get("Message", "")
        return RotationError(f"Secret {name}: AWS says {code} to {error.operation_name}: {says}")


class _OvertakenError(Exception):
    """Another writer was faster."""
