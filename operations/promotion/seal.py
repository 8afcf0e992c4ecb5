"""What an approval is bound to: a hash over everything that was reviewed, which tells what moved since.

Values that the engine makes anew for each preview (names of new resources) are left out of the preview's digest; what
decides them, the program and the settings, has digests of its own.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from operations import properties
from operations.changes import Change, Run
from operations.differing.names import SECRET, SECRET_SIGNATURE, SIGNATURE
from operations.errors import Failure
from operations.promotion.model import Digests

PART, WHOLE = 6, 32
"""Digits of each part, which only tells what moved, and of the whole, which nobody finds another review for."""

PARTS: Final[Mapping[str, str]] = {
    "source": "the release that it brings on",
    "commit": "the git commit",
    "config": "the settings",
    "policies": "what the policies found",
    "preview": "what would change",
    "state": "what stands there",
}
"""Part -> what it is, in a refusal's words."""

_FORM = re.compile(rf"(?:[0-9a-f]{{{PART}}}-){{{len(PARTS)}}}[0-9a-f]{{{WHOLE}}}")


@dataclass(frozen=True, kw_only=True)
class Seal:
    """What was reviewed."""

    environment: str
    source: str
    """Environment and id of the release that it brings on; for a rollback, of the release that it goes back to."""
    commit: str
    """The commit that the review was made of: the one before the promotion's own."""
    digests: Digests

    @property
    def text(self) -> str:
        """The approval: a short digest of each part, then one of the whole."""
        parts = self._parts
        whole = digest([self.environment, self.digests.program, *parts.values()])
        return "-".join([*(digest(value)[:PART] for value in parts.values()), whole[:WHOLE]])

    @property
    def _parts(self) -> Mapping[str, str]:
        found = self.digests
        return dict(
            zip(
                PARTS, (self.source, self.commit, found.config, found.policies, found.preview, found.state), strict=True
            )
        )

    def require(self, approval: str) -> None:
        """Raises Failure, saying what moved, unless this is what was approved."""
        given = approval.strip().lower()
        if not _FORM.fullmatch(given):
            raise Failure(
                f"--approve {approval} is no approval hash",
                ("copy the whole hash from the reviewed report: it has seven parts with hyphens between them",),
            )
        if given == self.text:
            return
        pairs = zip(PARTS.values(), given.split("-"), self.text.split("-"), strict=False)
        moved = [what for what, old, new in pairs if old != new]
        said = "; ".join(moved) if moved else f"it was given for something else than {self.environment}"
        raise Failure(
            f"{self.environment} is not what was approved any more. Moved since the review: {said}",
            ("review it again: the approval of what is now is another",),
        )


def digest(value: Any) -> str:
    """SHA-256 of a value's canonical JSON, in hex."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def of_text(text: str) -> str:
    """SHA-256 of a file's text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def digests(program: str, config: str, run: Run, state: str) -> Digests:
    """Of a program and a state that have their digests already, a stack file's text, and a run."""
    return Digests(
        program=program, config=of_text(config), policies=of_policies(run), preview=of_preview(run), state=state
    )


def of_preview(run: Run) -> str:
    """Of what the engine would do, in whatever order it said so."""
    return digest(sorted(_told(change) for change in run.changes.values() if not change.quiet))


def _told(change: Change) -> list[Any]:
    lines = properties.differences(change) if change.op in {"update", "refresh"} else []
    values = [
        [line.path, line.mark, properties.show(line.old, 10_000), properties.show(line.new, 10_000)] for line in lines
    ]
    return [change.urn, change.op, sorted(change.forcing), sorted(values)]


def of_policies(run: Run) -> str:
    """Of what the policies found."""
    return digest(sorted([found.level, found.rule, found.urn, found.message] for found in run.violations))


def of_state(resources: Iterable[Mapping[str, Any]]) -> str:
    """Of a stack's state, but for what its secrets are: Pulumi encrypts those of a program anew with every `up`, also
    where nothing changes, as it knows them by where they lie in memory. Source: github.com/pulumi/pulumi/pull/3183"""
    return digest([_sealed(resource) for resource in resources])


def _sealed(value: Any) -> Any:
    if isinstance(value, Mapping):
        if value.get(SIGNATURE) == SECRET_SIGNATURE:
            return SECRET
        return {key: _sealed(one) for key, one in value.items()}
    return [_sealed(one) for one in value] if isinstance(value, list) else value
