"""Every way in which a promotion is refused or fails, with what it says: the page docs/refusals.md is made from these.

`python -m tests.operations.promotion.refusals docs/refusals.md`
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from operations.errors import Failure
from operations.promotion.approving import Answer
from tests.operations.promotion.stage import GIT, Stage, image


@dataclass(frozen=True)
class Case:
    """One of them."""

    what: str
    """What is the case, as a heading."""
    before: Callable[[Stage], None]
    """Makes it so, after the release was reviewed."""
    wishes: Mapping[str, Any] = field(default_factory=dict)
    target: str = "staging"
    source: str = "dev"
    reviewed_after: bool = False
    """Whether the review comes after it: then it is a gate that refuses, not what moved."""

    def said(self, stage: Stage) -> Failure:
        """What the promotion comes to."""
        approval = "" if self.reviewed_after else stage.approval(self.source, self.target)
        self.before(stage)
        approval = approval or stage.approval(self.source, self.target)
        try:
            stage.promote(self.source, self.target, answer=Answer(approve=approval), **self.wishes)
        except Failure as failure:
            return failure
        raise AssertionError(f"{self.what}: it was not refused")


def nothing(stage: Stage) -> None:
    """All is well."""


def edit(environment: str, old: str, new: str) -> Callable[[Stage], None]:
    def before(stage: Stage) -> None:
        stage.change(environment, old, new)
        stage.commit("another setting")

    return before


def set_(name: str, environment: str, value: Any) -> Callable[[Stage], None]:
    def before(stage: Stage) -> None:
        getattr(stage, name)[environment] = value

    return before


def another_program(stage: Stage) -> None:
    (stage.root / "infra" / "made.py").write_text("two = 2\n")
    stage.commit("another program")


def no_record(stage: Stage) -> None:
    stage.bucket("dev").kept.clear()


def just_released(stage: Stage) -> None:
    edit("dev", image("b"), image("c"))(stage)
    stage.up("dev")


def failed_release(stage: Stage) -> None:
    stage.fails["staging"] = "rollout"
    try:
        stage.promote("dev", "staging")
    except Failure:
        stage.fails.clear()
        stage.soak()


def by_hand(environment: str) -> Callable[[Stage], None]:
    def before(stage: Stage) -> None:
        stage.stands[environment]["made by hand"] = "bucket"

    return before


def docs_only(stage: Stage) -> None:
    (stage.root / "README.md").write_text("more")
    stage.commit("docs only")


def uncommitted(stage: Stage) -> None:
    stage.change("staging", "cpu_units: 256", "cpu_units: 512")


def newer_engine(stage: Stage) -> None:
    edit("dev", 'version: "17"', 'version: "18"')(stage)
    stage.up("dev")
    stage.soak()
    stage.operations["database main"] = "replace"


def broken_rule(stage: Stage) -> None:
    stage.broken_rules.append("rds-encrypted")


def killed_half_way(stage: Stage) -> None:
    from tests.operations.promotion.test_interruptions import interrupted

    interrupted(stage, "half way")
    stage.stands["staging"]["database main"] = "16"
    stage.operations["database main"] = "replace"


def taken_back_half_way(stage: Stage) -> None:
    from tests.operations.promotion.test_interruptions import interrupted

    interrupted(stage, "half way")
    stage.git("revert", "--no-edit", "HEAD")


def squashed(stage: Stage) -> None:
    stage.git("switch", "-q", "-c", "feature")
    stage.tries_out = True
    just_released(stage)
    stage.git("switch", "-q", "main")
    stage.forget("feature")


CASES = [
    Case("The source's release is too young", just_released, reviewed_after=True),
    Case("The source's release failed", failed_release, source="staging", target="prod", reviewed_after=True),
    Case("The source has no release", no_record),
    Case("The source's release was made of a commit that is gone", squashed),
    Case("The source was changed by what recorded nothing", by_hand("dev"), reviewed_after=True),
    Case("The source drifted", set_("drifted", "dev", ["rds.Instance main: multiAz"]), reviewed_after=True),
    Case("An alarm of the source is on", set_("ill", "dev", "api-errors-page is in ALARM"), reviewed_after=True),
    Case(
        "Git has other settings for the source than it runs with",
        edit("dev", image("b"), image("c")),
        reviewed_after=True,
    ),
    Case("Git has another program than ran in the source", another_program, reviewed_after=True),
    Case("It does not come from the environment before", nothing, source="dev", target="prod"),
    Case("Git moved since the review", docs_only),
    Case("The target's settings moved since the review", edit("staging", "cpu_units: 256", "cpu_units: 512")),
    Case("The target's state moved since the review", by_hand("staging")),
    Case("Something is not committed", uncommitted),
    Case("A mandatory policy is broken", broken_rule),
    Case("Data would be lost", newer_engine, reviewed_after=True),
    Case("The engine fails", set_("fails", "staging", "apply")),
    Case("The new version does not come to run", set_("fails", "staging", "rollout")),
    Case("An alarm goes on in the bake time", set_("ill", "staging", "api-p95-slow is in ALARM")),
    Case("Going on after a kill would lose data", killed_half_way),
    Case("Git took back what a kill left half way", taken_back_half_way),
]
"""In the order of the page."""

HEAD = """\
# What a promotion refuses

Each way in which a promotion is refused or fails, and what it says then. Made from the tests' cases
(`python -m tests.operations.promotion.refusals`), which a small project stands for; what each gate means is told in
[promotion](promotion.md) and [health gates](health-gates.md). All of these end with exit code 1. Up to "The engine
fails" nothing was changed.
"""


def told(case: Case, failure: Failure) -> str:
    """One case on the page."""
    lines = [f"Error: {failure.message}".replace("\n", "\n  ")]
    lines += [f"{'Try:' if number == 0 else '    '} {remedy}" for number, remedy in enumerate(failure.remedies)]
    return "\n".join([f"## {case.what}", "", "```", *lines, "```", ""])


def page(copies: Iterator[Stage]) -> str:
    """The whole page; each case has a stage of its own."""
    return "\n".join([HEAD, *(told(case, case.said(stage)) for case, stage in zip(CASES, copies, strict=False))])


def stages(first: Stage, folder: Path) -> Iterator[Stage]:
    """As many copies as there are cases."""
    return (first.copy(folder / str(number) / "project") for number, _ in enumerate(CASES))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, {**GIT, "GIT_CONFIG_GLOBAL": os.devnull}):
        first = Stage.whole(Path(folder) / "first")
        Path(sys.argv[1]).write_text(page(stages(first, Path(folder))), encoding="utf-8")


if __name__ == "__main__":
    main()
