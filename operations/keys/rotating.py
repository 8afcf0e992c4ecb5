"""`headroom keys rotate` and `reactivate`. Where each is stands in the secret's labels and tags, never here: a command
that was killed is given again, and goes on.

| found | `rotate` does |
|---|---|
| one valid, nothing under way | starts a rotation, waits for its end, rolls the readers |
| a value in the making | has that rotation go on: of two commands at once, one new value comes |
| two valid, readers not rolled | rolls them |
| two valid, all rolled | refuses; with `--now` ends the old one, then replaces the other too |
"""

from __future__ import annotations

from dataclasses import dataclass

from operations.commands import OK, Session
from operations.errors import Failure
from operations.keys.commands import choose, reach
from operations.keys.credential import Credential
from operations.keys.inventory import list_secrets, of_secret
from operations.keys.pods import NotRunning
from operations.keys.previous import last_use_of_previous
from operations.keys.rolling import Roller
from operations.keys.rotator import Rotator, Seen, Tell
from operations.keys.table import minute


@dataclass(frozen=True)
class Turning:
    """One secret, one command."""

    one: Credential
    rotator: Rotator
    roller: Roller
    tell: Tell
    command: str
    """The command line of `keys rotate` for this one."""

    def rotate(self) -> Seen:
        """Ends with two valid ones, and every reader on the new one."""
        seen = self.see()
        if seen.rotation.reverting:
            self._bring_back(seen, seen.rotation.reverting)
            raise Failure(f"{self.one.name}: the rotation before was taken back; the old one is the current one")
        ends = seen.rotation.deactivate_after
        # One whose time is over is ended by the function, when it makes the next one.
        over = ends is not None and seen.now >= ends
        if seen.rotation.phase == "overlap" and not seen.rotation.pending and not over:
            if seen.rotation.settled and seen.rotation.rolled:
                raise self._two(seen)
            self.tell(f"{self.one.name}: a rotation was begun before; it goes on")
        else:
            seen = self._make(seen)
        return self._roll(seen)

    def replace_leaked(self) -> Seen:
        """Ends with one valid, made after the command began: whatever was valid then is not any more."""
        seen = self.see()
        if seen.rotation.leaked not in (seen.rotation.current, seen.rotation.previous, ""):
            seen = self._mark("leaked", None)
        if not seen.rotation.leaked:
            # Which of two has leaked nobody knows: so both go.
            seen = self._end(seen)
            seen = self._mark("leaked", seen.rotation.current)
        if seen.rotation.current == seen.rotation.leaked:
            if seen.rotation.phase == "overlap":
                seen = self._end(seen)
            seen = self._make(seen)
        seen = self._end(self._roll(seen))
        return self._mark("leaked", None)

    def bring_back(self) -> Seen:
        """Ends with the previous one as the current one, and every reader on it."""
        seen = self.see()
        version = seen.rotation.reverting or seen.rotation.previous
        if not version:
            raise Failure(
                f"{self.one.name} has no old one that could come back: the time for that is over, or it was never "
                "rotated",
                (f"{self.command}  makes a new one",),
            )
        return self._bring_back(seen, version)

    def see(self) -> Seen:
        """Looks anew."""
        seen = self.rotator.see(self.one)
        if not seen.rotation.begun:
            raise Failure(f"{self.one.name}: the function has never taken charge of it; bring the environment up")
        return seen

    def _mark(self, tag: str, version: str | None) -> Seen:
        self.rotator.mark(self.one, tag, version)
        return self.see()

    def _make(self, seen: Seen) -> Seen:
        """A new value becomes the current one."""
        if not seen.rotation.pending and not seen.rotation.leaked:
            self.roller.refuse_deploys(seen)
        token, ours = self.rotator.begin(seen)
        self.tell(f"{self.one.name}: {'a rotation begins' if ours else 'a rotation is under way already; it goes on'}")
        return self.rotator.finished(self.one, token, seen.now, self.tell)

    def _roll(self, seen: Seen) -> Seen:
        """Back to the old one when a service does not come to run with the new one."""
        try:
            return self.roller.roll(seen, self.tell)
        except NotRunning as failure:
            now = self.see()
            if now.rotation.phase != "overlap" or not now.rotation.previous:
                raise
            self.tell(f"{self.one.name}: not every service comes to run with the new one; back to the old one")
            back = self._bring_back(now, now.rotation.previous)
            raise Failure(
                f"{self.one.name} was taken back: not every service came to run with the new one.\n{failure.message}\n"
                f"The old one is the current one again, and services run with it. {self._leak_stays(back)}",
                ("correct what the tasks say, then rotate again",),
            ) from failure

    def _leak_stays(self, seen: Seen) -> str:
        if seen.rotation.leaked:
            return "It is the one that has leaked: correct what keeps the services from starting, then rotate at once."
        ends = f" until {minute(seen.rotation.deactivate_after)}" if seen.rotation.deactivate_after else ""
        return f"The new one stays valid beside it{ends}."

    def _bring_back(self, seen: Seen, version: str) -> Seen:
        if seen.rotation.reverting != version:
            seen = self._mark("reverting", version)
        if seen.rotation.current != version:
            if seen.rotation.phase == "deactivated":
                self.rotator.act("reactivate", self.one)
            self.rotator.act("revert", self.one)
            seen = self.see()
            self.tell(f"{self.one.name}: the old one is the current one again")
        self.roller.roll(seen, self.tell)
        return self._mark("reverting", None)

    def _end(self, seen: Seen) -> Seen:
        """The old one ends now, when no service of ours needs it any more."""
        if seen.rotation.phase != "overlap":
            return seen
        seen = self._roll(seen)
        used = last_use_of_previous(self.roller.aws, self.one, seen.now)
        if used:
            self.tell(f"{self.one.name}: the old one was last used {used}")
        self.rotator.act("deactivate", self.one, Force=True)
        self.tell(f"{self.one.name}: the old one is not valid any more")
        return self.see()

    def _two(self, seen: Seen) -> Failure:
        ends = f" until {minute(seen.rotation.deactivate_after)}" if seen.rotation.deactivate_after else ""
        rotated = f" at {minute(seen.one.rotated)}" if seen.one.rotated else ""
        return Failure(
            f"{self.one.name} was rotated{rotated}, and the old one is valid{ends}: there are two, and no third",
            (f"wait until then, or {self.command} --now  ends both if one has leaked",),
        )


def rotate(session: Session, name: str, *, now: bool) -> int:
    """Rotates one; with `now` whatever is valid ends as soon as services run with the new one."""
    turned = turning(session, name)
    seen = turned.replace_leaked() if now else turned.rotate()
    old = "the old one is not valid any more"
    if seen.rotation.phase == "overlap" and seen.rotation.deactivate_after:
        old = f"the old one stays valid until {minute(seen.rotation.deactivate_after)}"
    session.screen.print(f"{turned.one.name} is rotated: {old}.")
    if seen.one.verifiers:
        secret = f"headroom/{session.invocation.environment}/{turned.one.name}"
        session.screen.print(f"Its holder reads the new one from the secret {secret}.")
    return OK


def reactivate(session: Session, name: str) -> int:
    """Makes the previous one the current one again."""
    turned = turning(session, name)
    seen = turned.bring_back()
    ends = f" until {minute(seen.rotation.deactivate_after)}" if seen.rotation.deactivate_after else ""
    session.screen.print(f"{turned.one.name}: the previous one is current again; the other stays valid{ends}.")
    return OK


def turning(session: Session, name: str) -> Turning:
    """What works on the one of this name. Raises Failure where there is none."""
    aws, outputs = reach(session)
    environment, screen = session.invocation.environment, session.screen
    namespace = f"headroom/{environment}"
    listed = [of_secret(secret, namespace) for secret in list_secrets(aws("secretsmanager"), namespace).found]
    rotator = Rotator(aws, environment)
    one = choose(listed, name)
    command = session.invocation.command("keys rotate").replace(f" {environment}", f" {environment} {name}", 1)
    roller = Roller(aws, outputs, environment, rotator, session.invocation.offline)
    return Turning(one, rotator, roller, screen.print, command)
