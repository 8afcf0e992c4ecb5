"""`headroom keys drill`: an API key, or a user of a database or cache, is rotated while two use it, one that reads it
anew and one that does not. Neither may be refused, in no step; and in the end the old one must be."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from rich.text import Text

from operations.clients import Clients
from operations.commands import OK, Session
from operations.errors import Failure
from operations.keys.asking import asked
from operations.keys.attempts import Attempt, by_call, by_command, by_document
from operations.keys.caller import READ_SECONDS, Caller, Counts, key_reader, value_reader
from operations.keys.commands import choose, reach
from operations.keys.credential import KINDS_WITH_READERS, Credential
from operations.keys.inventory import consumer, list_secrets, of_secret, tags_of
from operations.keys.rotating import Turning, turning

VERIFIER = Path("functions") / "verify_key" / "verifier.py"
STEP_SECONDS = {True: 2 * READ_SECONDS, False: 10.0}
"""How long each step is called in, beside what it takes by itself: offline, and a real service."""
PAUSES = {True: 0.02, False: 0.2}
"""Between two calls of the same caller, in seconds: offline, and of a real service."""
LATE_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the user asked for."""

    name: str
    """Whose key; empty: the first."""
    user: str
    """A user's secret, as `keys list` names it, in place of a key; empty: none."""
    sign_in: str
    """Command that signs in as that user."""
    url: str
    """What is called; empty: a service on this machine, offline only."""
    header: str
    """Which header brings the key."""
    cache_seconds: float
    """How long services go by digests that they have read."""
    yes: bool
    """Whether a drill in prod is meant."""


def drill(session: Session, wishes: Wishes) -> int:
    """Rotates while it is called; 1 where a call was refused."""
    name, offline = session.invocation.environment, session.invocation.offline
    if name == "prod" and not offline and not wishes.yes:
        raise Failure("a drill rotates a key that is in use: prod is no place for it", ("add --yes if you mean it",))
    if not (wishes.url or wishes.user) and not offline:
        raise Failure("a drill calls a service", ("add --url with an address that wants an API key",))
    aws, outputs = reach(session)
    one = _user(aws, name, wishes.user) if wishes.user else _key(aws, name, wishes.name)
    counts, secret = Counts(), f"headroom/{name}/{one.name}"
    with ExitStack() as stack:
        if wishes.user:
            where, attempt = _sign_in(session, aws, one, wishes)
            read = value_reader(aws("secretsmanager"), secret)
        else:
            where = wishes.url or stack.enter_context(
                local_service(session, aws, one.verifiers[0], wishes.cache_seconds)
            )
            attempt = by_call(where, wishes.header)
            read = key_reader(_as_consumer(aws, outputs, one), secret)
        with asked(f"for the value of {one.name}"):
            callers = [Caller(attempt, read, counts, pause=PAUSES[offline]) for _ in range(2)]
        prompt, slow = [stack.enter_context(caller.calling()) for caller in callers]
        slow.slow = True
        session.screen.print(Text(f"Drill of {one.name} in {session.place}, {where}", style="bold"))
        _steps(Round(session, counts, prompt, slow), turning(session, one.name), slow.key, attempt, wishes)
    return _judged(session, counts)


def _user(aws: Any, environment: str, name: str) -> Credential:
    namespace = f"headroom/{environment}"
    listed = [of_secret(secret, namespace) for secret in list_secrets(aws("secretsmanager"), namespace).found]
    one = choose(listed, name)
    if one.kind not in KINDS_WITH_READERS:
        raise Failure(f"{one.name} is a {one.kind}, and nobody signs in with it", ("name a user, or leave --user out",))
    return one


def _sign_in(session: Session, aws: Any, one: Credential, wishes: Wishes) -> tuple[str, Attempt]:
    """Where the user signs in, and how."""
    if wishes.sign_in:
        return "by your command", by_command(wishes.sign_in)
    namespace = f"headroom/{session.invocation.environment}"
    with asked(f"about {one.name}"):
        database = tags_of(aws("secretsmanager").describe_secret(SecretId=one.arn)).get("headroom:database")
    if not session.invocation.offline or not database:
        raise Failure(
            f"a drill of {one.name} signs in",
            ('add --sign-in with a command that does, by the secret\'s fields: \'psql "$URL" -c "SELECT 1"\'',),
        )
    document = f"{namespace}/database/{database}/logins"
    return f"by {document}", by_document(aws("secretsmanager"), document)


def _key(aws: Any, environment: str, name: str) -> Credential:
    namespace = f"headroom/{environment}"
    listed = [of_secret(secret, namespace) for secret in list_secrets(aws("secretsmanager"), namespace).found]
    keys = [one for one in listed if one.kind == "api-key" and one.verifiers and not one.deleted]
    chosen = [one for one in keys if not name or name in (one.name, consumer(one))]
    if not chosen:
        known = ", ".join(sorted(consumer(one) for one in keys)) or "none"
        raise Failure(f"{environment} has no API key {name}".rstrip() + f"; there are: {known}")
    return min(chosen, key=lambda one: one.name)


@dataclass(frozen=True)
class Round:
    """The callers, and what is counted."""

    session: Session
    counts: Counts
    prompt: Caller
    slow: Caller

    @contextmanager
    def step(self, says: str) -> Iterator[None]:
        """Calls for a while in this step, and tells what became of them. Raises Failure where any was refused: then
        nothing more is risked."""
        self.counts.step = says
        yield
        time.sleep(STEP_SECONDS[self.session.invocation.offline])
        refused, unanswered = self.counts.refused[says], self.counts.unanswered[says]
        calls = self.counts.answered[says] + refused + unanswered
        more = f", {unanswered} not answered" if unanswered else ""
        self.session.screen.print(Text(f"  {says}: {calls} calls, {refused} refused{more}"))
        if refused:
            raise Failure(
                f"{refused} of {calls} calls were refused in the step {says!r}; the drill ends here, and changes "
                "nothing more",
                (f"{self.session.invocation.command('keys status')}  says which keys are valid",),
            )


def _steps(around: Round, turned: Turning, old: str, attempt: Attempt, wishes: Wishes) -> None:
    """Every step of a key's life but its last."""
    with around.step("before"):
        pass
    with around.step("rotation"):
        turned.rotate()
    with around.step("both valid"):
        pass
    with around.step("old one brought back"):
        turned.bring_back()
    with around.step("new one current again"):
        turned.bring_back()
    with around.step("all read the new one"):
        around.slow.read()
    with around.step("old one ended"):
        turned.rotator.act("deactivate", turned.one, Force=True)
    until = time.monotonic() + wishes.cache_seconds + LATE_SECONDS
    with around.step("after"):
        while attempt(old) not in (401, 403):
            if time.monotonic() > until:
                raise Failure(
                    f"{turned.one.name}: the old one is still let in {wishes.cache_seconds:g} s after its end"
                )
            time.sleep(READ_SECONDS)


def _judged(session: Session, counts: Counts) -> int:
    if not sum(counts.answered.values()):
        raise Failure("no call was answered, so that nothing is proved")
    session.screen.print(Text(f"No call was refused, of {counts.calls}; the old one is, now.", style="bold green"))
    return OK


def _as_consumer(aws: Clients, outputs: Any, one: Credential) -> Any:
    """Secrets Manager as the key's holder sees it: nobody else may read the key."""
    role = (outputs.get("consumers") or {}).get(consumer(one))
    if not role:
        return aws("secretsmanager")
    with asked(f"to let you be {consumer(one)}"):
        given = aws("sts").assume_role(RoleArn=role, RoleSessionName="headroom-drill")["Credentials"]
    session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    return aws.of(session)("secretsmanager")


@contextmanager
def local_service(session: Session, aws: Clients, service: str, cache_seconds: float) -> Iterator[str]:
    """A service on this machine that verifies keys as `service` does, against the emulated AWS; its address."""
    secret = f"headroom/{session.invocation.environment}/service/{service}/key-digests"
    command = [sys.executable, "-m", "operations.keys.drill_service", str(session.project.root / VERIFIER), secret]
    process = subprocess.Popen(
        [*command, str(cache_seconds)], env=aws.environment(), stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        port = process.stdout.readline().strip() if process.stdout else ""
        if not port:
            raise Failure("the service that the drill calls did not start")
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.kill()
        process.wait()
