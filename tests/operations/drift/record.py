"""Records what an engine says of dev after somebody has changed it by hand.

    python -m tests.operations.drift.record                      # under the offline engine: half a minute
    python -m tests.operations.drift.record EVENTS pulumi.jsonl  # keeps an event log that another engine wrote

writes `recorded/`, from which the tests look for drift. What is as it was asked for is kept by its name only, but for
what other resources are judged by.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from operations.drift import conditions
from operations.stacks import SECRET_VALUES
from tests.end_to_end.by_hand import changed_by_hand
from tests.end_to_end.conftest import fork

FOLDER = Path(__file__).parent / "recorded"
AROUND = {conditions.SERVICE, conditions.TARGET, conditions.ACTION}


def main() -> None:
    """Records, or keeps what was recorded elsewhere."""
    FOLDER.mkdir(exist_ok=True)
    if len(sys.argv) > 1:
        _write(sys.argv[2], Path(sys.argv[1]))
        return
    with tempfile.TemporaryDirectory(prefix="recording-") as folder:
        project, log = fork(Path(folder)), Path(folder) / "events"
        try:
            project.headroom("up", "dev", "--offline", "--no-wait")
            with changed_by_hand(project.aws("dev")):
                project.run(
                    str(project.root / "offline/bin/pulumi"), "refresh", "--preview-only", "--stack", "dev",
                    "--exclude", SECRET_VALUES, "--event-log", str(log),
                )  # fmt: skip
        finally:
            project.headroom("offline", "stop")
        _write("offline.jsonl", log)


def _write(name: str, log: Path) -> None:
    events = [json.loads(line) for line in log.read_text().splitlines()]
    text = "".join(json.dumps(event, sort_keys=True) + "\n" for event in _kept(events))
    (FOLDER / f"{name}.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


def _kept(events: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for event in events:
        if "resOutputsEvent" in event:
            metadata = event["resOutputsEvent"]["metadata"]
            states = {side: _state(metadata.get(side), metadata) for side in ("old", "new")}
            kept = {key: metadata.get(key) for key in ("op", "urn", "type", "detailedDiff", "diffs", "keys")}
            yield {"resOutputsEvent": {"planning": True, "metadata": {**kept, **states}}}
        elif "summaryEvent" in event:
            yield event


def _state(state: dict[str, Any] | None, metadata: dict[str, Any]) -> dict[str, Any] | None:
    if state is None:
        return None
    whole = metadata["op"] != "same" or metadata["type"] in AROUND
    wanted = ("id", "parent", "custom", *(("inputs", "outputs") if whole else ()))
    return {key: state[key] for key in wanted if key in state}


if __name__ == "__main__":
    main()
