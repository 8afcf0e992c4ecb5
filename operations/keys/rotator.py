"""The function that rotates, and Secrets Manager beside it, as a command asks them (functions/rotate_secret)."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from operations.errors import Failure
from operations.keys.asking import asked, refusal
from operations.keys.credential import Credential, Rotation
from operations.keys.inventory import of_secret, time_of

FUNCTION = "rotate-secret"
"""What the function is called, after the environment (infra/keys.py)."""
POLL_SECONDS = 1.0
LOOK_SECONDS = 4.0
"""Between two looks into the function's log."""
LONGEST_SECONDS = 1200.0
"""How long a rotation may take: the function holds a new API key back until it has spread, 600 s at most."""
NOTING = 5
"""Looks until the function has noted that a value is current; on EKS it never notes that it rolls anything."""
INVOKE_SECONDS = 900
"""Longest call of a function's."""
PATIENCE = 20
"""Times that an answer of another's change is waited for, a second each."""
MAKING = {"api-key": "a new key is made, and held back until every service goes by its digest"}
SAID = re.compile(r"(?:RotationError|ClientError): (?P<why>.+)|(?P<late>Task timed out after [\d.]+ seconds)")

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A secret at one moment."""

    one: Credential
    rotation: Rotation
    now: datetime
    """The time, by AWS's clock."""


class Rotator:
    """Asks for one environment. `aws` makes clients."""

    def __init__(
        self,
        aws: Any,
        environment: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._namespace, self._function = f"headroom/{environment}", f"headroom-{environment}-{FUNCTION}"
        self._secrets, self._logs = aws("secretsmanager"), aws("logs")
        self._lambda = aws("lambda", patience_seconds=INVOKE_SECONDS)
        self._clock, self.sleep = clock, sleep

    def see(self, one: Credential) -> Seen:
        """Looks at the secret anew. Raises Failure where nothing rotates it, or it is being deleted."""
        with asked(f"about {one.name}"):
            answer = self._secrets.describe_secret(SecretId=one.arn)
        found = of_secret(answer, self._namespace)
        if found.deleted:
            raise Failure(
                f"{one.name} is being deleted since {found.deleted:%Y-%m-%d %H:%M} UTC",
                (f"aws secretsmanager restore-secret --secret-id {self._namespace}/{one.name}  brings it back",),
            )
        if found.rotation is None:
            raise Failure(f"{one.name} is a {one.kind}, and nothing of ours rotates it: put its new value yourself")
        return Seen(one=found, rotation=found.rotation, now=time_of(answer))

    def begin(self, seen: Seen) -> tuple[str, bool]:
        """Starts a rotation, or has one that is under way go on: its version, and whether it is ours."""
        if seen.rotation.pending:
            self._ask_to_rotate(seen, seen.rotation.pending)
            return seen.rotation.pending, False
        token = str(uuid.uuid4())
        if self._ask_to_rotate(seen, token):
            return token, True
        for _ in range(PATIENCE):
            again = self.see(seen.one).rotation
            if again.pending or again.current != seen.rotation.current:
                return again.pending or again.current, False
            self.sleep(POLL_SECONDS)
        raise Failure(f"{seen.one.name}: Secrets Manager says that a rotation is under way, and there is none to see")

    def _ask_to_rotate(self, seen: Seen, token: str) -> bool:
        """False where one is under way, which Secrets Manager then tries again."""
        known = {} if seen.one.function else {"RotationLambdaARN": self._function_arn(seen.one)}
        try:
            self._secrets.rotate_secret(SecretId=seen.one.arn, ClientRequestToken=token, **known)
        except ClientError as error:
            if error.response["Error"]["Code"] == "InvalidRequestException" and "rotation" in str(error):
                return False
            raise refusal(f"to rotate {seen.one.name}", error) from error
        except BotoCoreError as error:
            raise Failure(f"AWS could not be asked to rotate {seen.one.name}: {error}") from error
        return True

    def _function_arn(self, one: Credential) -> str:
        start, _, _ = one.arn.partition(":secret:")
        return f"{start.replace(':secretsmanager:', ':lambda:')}:function:{self._function}"

    def finished(self, one: Credential, token: str, since: datetime, tell: Tell) -> Seen:
        """Waits until the version is the current one. Raises Failure with what the function says, as soon as it says
        that something is in the way; what was current stays so."""
        began = looked = self._clock()
        told = ""
        while True:
            seen = self.see(one)
            if seen.rotation.current == token:
                return self._settled(seen)
            says = MAKING.get(one.kind, "a new password is made, and tried")
            if seen.rotation.pending == token and says != told:
                told = says
                tell(f"{one.name}: {says}")
            gone = seen.rotation.pending != token
            if gone or self._clock() - looked >= LOOK_SECONDS:
                looked = self._clock()
                why = self.why(one, since)
                if why or gone:
                    raise self._stopped(one, why or "its new value was given up, and the function does not say why")
            if self._clock() - began > LONGEST_SECONDS:
                raise self._stopped(one, f"it has taken more than {LONGEST_SECONDS / 60:g} minutes")
            self.sleep(POLL_SECONDS)

    def _settled(self, seen: Seen) -> Seen:
        """A while later, when the function has noted what it did; what it did not come to, a sweep makes up for."""
        for _ in range(NOTING):
            rotation = seen.rotation
            if rotation.settled and (rotation.rolling or rotation.rolled or not seen.one.readers):
                break
            self.sleep(POLL_SECONDS)
            seen = self.see(seen.one)
        return seen

    def _stopped(self, one: Credential, why: str) -> Failure:
        return Failure(
            f"{one.name} was not rotated: {why}\nWhat was current stays so.",
            ("correct that, and give the same command: it goes on where it stopped",),
        )

    def why(self, one: Credential, since: datetime) -> str:
        """What the function has said of trouble with this secret since then; empty where nothing, or nobody knows."""
        try:
            found = self._logs.filter_log_events(
                logGroupName=f"/{self._namespace}/function/{FUNCTION}",
                startTime=int(since.timestamp() * 1000),
                filterPattern='?RotationError ?ClientError ?"Task timed out"',
            )["events"]
        except (ClientError, BotoCoreError):
            return ""
        said = [match for event in found if (match := SAID.search(str(event["message"])))]
        lines = [(match["why"] or match["late"]).strip() for match in said]
        shared = r"\S*/(?:key-digests|logins|proxy/\S+)"
        others = re.compile(rf"Secret {re.escape(self._namespace)}/(?!(?:{re.escape(one.name)}|{shared})[ :])")
        about = [line for line in lines if not others.match(line)]
        return about[-1] if about else ""

    def act(self, action: str, one: Credential, **more: Any) -> Mapping[str, Any]:
        """Has the function do one of its actions. Raises Failure with its own words where something is in the way."""
        event = {"Action": action, "Secrets": [f"{self._namespace}/{one.name}"], **more}
        with asked(f"to {action} {one.name}"):
            answer = self._lambda.invoke(FunctionName=self._function, Payload=json.dumps(event).encode())
            payload = json.loads(answer["Payload"].read() or b"{}")
        if answer.get("FunctionError"):
            raise Failure(str(payload.get("errorMessage") or f"{self._function} failed, and does not say why"))
        return dict(payload["secrets"][f"{self._namespace}/{one.name}"])

    def mark(self, one: Credential, tag: str, version: str | None) -> None:
        """Notes in a tag what a command is at, so that the next one goes on with it; None takes the note away."""
        with asked(f"to tag {one.name}"):
            if version is None:
                self._secrets.untag_resource(SecretId=one.arn, TagKeys=[f"rotation:{tag}"])
            else:
                self._secrets.tag_resource(SecretId=one.arn, Tags=[{"Key": f"rotation:{tag}", "Value": version}])
