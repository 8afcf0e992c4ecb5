"""Shows a review, and finds out whether it is approved: by whoever sits there, or by the hash of what was reviewed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from operations import policies
from operations.errors import Failure
from operations.files import write_or_refuse
from operations.promotion import telling
from operations.promotion.reviewing import Review
from operations.promotion.source import stack_file
from operations.promotion.world import World

OK = 0
Format = Literal["text", "markdown", "json"]
FORMATS: Mapping[str, Format] = {"text": "text", "markdown": "markdown", "json": "json"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How a review is shown, and what is answered to it."""

    review_only: bool = False
    format: Format = "text"
    out: Path | None = None
    """Where markdown or json is written; printed when None."""
    approve: str | None = None
    """The hash that a reviewed report printed; None to ask."""
    approved: frozenset[str] = frozenset()
    """Losses that the pull request's text approves."""
    passes: bool = False
    """Whether shut gates are passed by."""


def approval(found: Review, answer: Answer) -> str:
    """What approves a review; empty where it can't be approved."""
    open_ = not found.shut or answer.passes
    return found.seal.text if open_ and found.report.verdict not in {"error", "guarded"} and not found.nothing else ""


def present(world: World, found: Review, answer: Answer) -> None:
    """Shows a review."""
    if answer.format == "text" and answer.out is None:
        rules = policies.results(found.run, world.project.policy_config(found.change.environment))
        rules = [rule for rule in rules if rule.violations]
        world.screen.print(*telling.shown(found, rules))
        hash_ = approval(found, answer)
        if hash_ and answer.review_only:
            world.screen.print("", f"Approval: {hash_}")
        return
    write = telling.as_json if answer.format == "json" else telling.as_markdown
    text = write(found, approval(found, answer))
    if answer.out is None:
        world.screen.print(text)
        return
    write_or_refuse(answer.out, text, f"the review can't be written to {answer.out}")


def require_approvable(found: Review) -> None:
    """Raises Failure when nobody's approval would do: it can't be previewed, breaks a policy, or loses data."""
    report, environment = found.report, found.change.environment
    for stack in report.stacks:
        if stack.error:
            raise Failure(f"{environment} can't be previewed with it: {stack.error}")
        if stack.incomplete:
            raise Failure(f"the preview of {environment} is not whole: {stack.incomplete}")
        if stack.breaches:
            lines = [f"{finding.rule}: {finding.message.splitlines()[0]}" for finding in stack.breaches]
            remedies = [finding.found.place.remedy for finding in stack.breaches if finding.found.place.remedy]
            raise Failure("\n".join(["mandatory policies are not kept:", *lines]), tuple(dict.fromkeys(remedies)))
        lost = [loss for loss in stack.losses if not loss.approved]
        if lost:
            lines = [f"{loss.danger} {loss.label}, which holds {loss.holds}" for loss in lost]
            raise Failure(
                "\n".join(["data would be lost that nobody approved by name:", *lines]),
                tuple(f"{loss.approval}  on a line of the text that --approvals names" for loss in lost),
            )


def agreed(world: World, found: Review, answer: Answer) -> bool:
    """Whether a review is approved. Raises Failure when it can't be, or the approval is of something else."""
    require_approvable(found)
    if answer.approve is not None:
        found.seal.require(answer.approve)
        return True
    environment = found.change.environment
    if not world.screen.interactive:
        raise Failure(
            "there is no terminal to ask on",
            (
                "--review  prints the approval hash of what would be done",
                "--approve HASH  then does exactly that",
            ),
        )
    return world.screen.ask(f"Make these changes in {environment}?")


def offer(world: World, found: Review, afterwards: str) -> int:
    """Opens a pull request with the change of settings, or brings the open one up to date; `afterwards` is the command
    that applies it once it is merged. Returns 0."""
    change = found.change
    if found.commit == found.base:
        world.screen.print(
            f"Nothing to offer: {stack_file(change.environment)} has these settings already.",
            f"{afterwards} applies them.",
        )
        return OK
    branch = f"{change.kind}-{change.environment}"
    url = world.repository.offer(found.commit, branch, change.title, telling.as_markdown(found, None))
    world.screen.print(f"Offered: {url}", f"Once it is merged, {afterwards} applies it.")
    return OK
