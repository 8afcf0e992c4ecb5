"""A stack's state file: Pulumi's checkpoint, with who wrote it, when, and a checksum."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from . import features
from .resource_state import ResourceState, timestamp

_NO_SUM = "0" * 64
_HEAD = {"version", "features", "journal", "saved", "checkpoint"}
_SAVED = {"by", "time", "sha256"}
_PARTS = {"manifest": dict, "secrets_providers": dict, "resources": list, "pending_operations": list}


class DamagedError(Exception):
    """What is wrong with a state file, to be said after its name."""


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A state file as read."""

    deployment: dict[str, Any] | None
    """The deployment; None for a stack without any update yet."""
    digest: str
    """SHA-256 of the file: a journal names the file that it goes on from by this."""
    journal: str
    """Id of the journal that was folded into it last; empty when none was."""
    by: str = ""
    """The command that wrote it; empty where another engine did."""
    time: str = ""
    """When, by the clock of that moment: for people only."""

    @property
    def resources(self) -> int:
        """How many resources it holds."""
        return len((self.deployment or {}).get("resources") or [])


def encode(stack: str, deployment: dict[str, Any] | None, *, by: str, journal: str = "") -> bytes:
    """The file's content. The checksum covers all of it, with zeros in its own place."""
    checkpoint: dict[str, Any] = {"stack": stack}
    if deployment is not None:
        checkpoint["latest"] = deployment
    document = features.head(deployment)
    if journal:
        document["journal"] = journal
    document["saved"] = {"by": by, "time": timestamp(), "sha256": _NO_SUM}
    content = json.dumps({**document, "checkpoint": checkpoint}, indent=4).encode()
    return content.replace(_NO_SUM.encode(), hashlib.sha256(content).hexdigest().encode(), 1)


def decode(content: bytes) -> Checkpoint:
    """The file as it was written, by this engine or by Pulumi's CLI. Raises DamagedError."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DamagedError(f"is damaged: it is not JSON ({error})" if content else "is damaged: it is empty") from None
    if not isinstance(document, dict) or "checkpoint" not in document:
        raise DamagedError("is damaged: it holds no checkpoint")
    _admit(document)
    saved = document.get("saved", {})
    journal = document.get("journal", "")
    known = set(document) <= _HEAD and isinstance(saved, dict) and set(saved) <= _SAVED
    if not known or not isinstance(journal, str):
        raise DamagedError("is damaged: its head is none of this engine's")
    _verify(content, saved)
    deployment = _deployment(document["checkpoint"])
    time = ((deployment or {}).get("manifest") or {}).get("time", "")
    return Checkpoint(
        deployment=deployment,
        digest=hashlib.sha256(content).hexdigest(),
        journal=journal,
        by=str(saved.get("by", "")),
        time=str(saved.get("time") or time),
    )


def _admit(document: dict[str, Any]) -> None:
    """Refuses what another Pulumi wrote, and this engine would read wrongly."""
    version, used = document.get("version"), document.get("features")
    if version not in features.VERSIONS:
        age = "an older" if isinstance(version, int) and version < min(features.VERSIONS) else "a newer"
        whose = f"{age} Pulumi wrote it" if isinstance(version, int) else "that is none of Pulumi's"
        raise DamagedError(f"is of version {json.dumps(version)}, and versions 3 and 4 are read here: {whose}")
    if used is not None and not isinstance(used, list):
        raise DamagedError("is damaged: its head is none of this engine's")
    others = features.unknown(used) if version == max(features.VERSIONS) else []
    if others:
        raise DamagedError(f"makes use of {', '.join(others)}, which the offline engine does not read")


def _verify(content: bytes, saved: dict[str, Any]) -> None:
    told = saved.get("sha256")
    if told is None:  # Pulumi's CLI writes none
        return
    found = hashlib.sha256(content.replace(str(told).encode(), _NO_SUM.encode(), 1)).hexdigest()
    if found != told:
        raise DamagedError(
            "is damaged: its content is not what was saved (whoever edited it on purpose takes the sha256 out of it)"
        )


def _deployment(checkpoint: Any) -> dict[str, Any] | None:
    """The deployment, in a shape that the engine can work with."""
    found = checkpoint.get("latest") if isinstance(checkpoint, dict) else ""
    if found is None:
        return None
    if not isinstance(found, dict):
        raise DamagedError("is damaged: its deployment is no object")
    for name, wanted in _PARTS.items():
        if found.get(name) is not None and not isinstance(found[name], wanted):
            raise DamagedError(f"is damaged: {name} is a {type(found[name]).__name__}, not a {wanted.__name__}")
    for index, resource in enumerate(found.get("resources") or []):
        problem = ResourceState.problem(resource)
        if problem:
            raise DamagedError(f"is damaged: resources[{index}]: {problem}")
    return found
