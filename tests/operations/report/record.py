"""Records what the engine says of the three environments: of each as it stands, and of every change of its settings.

    python -m tests.operations.report.record

writes `recorded/<environment>/<change>.jsonl.gz`, from which the tests make reports. To be run again when the example
settings or the policies change what the reports should say; it takes some minutes. What stays the same in a stack is
kept by its name only.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from operations import cost
from tests.end_to_end.changes import CHANGES, Edit, again, drop, put
from tests.end_to_end.conftest import Project, fork

FOLDER = Path(__file__).parent / "recorded"
PRICED = cost.MADE_OF
"""Types of which what stays is kept whole: a stack's price is made of them."""
NOTHING = "nothing"
FIRST = "first"
MORE: dict[str, dict[str, list[Edit]]] = {
    "dev": {"a new image everywhere": [put("services.api.image", "registry:1.1.0")]},
    "staging": {
        "a new image everywhere": [put("services.api.image", "registry:1.1.0")],
        "a bucket less": [
            drop("buckets.exports"),
            drop("services.api.buckets.exports"),
            drop("services.worker.buckets.exports"),
        ],
        "a renamed queue": [
            again("queues.jobs", "tasks"),
            drop("queues.jobs"),
            put("services.api.produces", ["tasks"]),
            put("services.worker.consumes", ["tasks"]),
        ],
    },
    "prod": {
        "a new image everywhere": [put("services.api.image", "registry:1.1.0")],
        "another address range": [put("network.cidr", "10.99.0.0/16")],
        "a renamed database": [
            again("databases.main", "primary"),
            drop("databases.main"),
            put("services.api.database", "primary"),
            put("services.worker.database", "primary"),
        ],
    },
}
"""Changes that matter in a report, beside those of `changes.py`."""


def file_name(change: str) -> str:
    """A change's file, without its folder."""
    return f"{re.sub(r'[^a-z0-9]+', '-', change.lower()).strip('-')}.jsonl.gz"


def main() -> None:
    """Records all of it, or only the changes whose names the arguments hold a part of."""
    with tempfile.TemporaryDirectory(prefix="recording-") as folder:
        project = fork(Path(folder))
        try:
            for environment in ("dev", "staging", "prod"):
                _record(project, environment, sys.argv[1:])
        finally:
            project.headroom("offline", "stop")


def _record(project: Project, environment: str, chosen: list[str]) -> None:
    target = FOLDER / environment
    if not chosen:
        shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True, exist_ok=True)
    project.pulumi("stack", "init", environment)
    _write(target / file_name(FIRST), _preview(project, environment))
    project.headroom("up", environment, "--offline")
    _write(target / file_name(NOTHING), _preview(project, environment))
    for name, edits in {**CHANGES[environment], **MORE[environment]}.items():
        if chosen and not any(part in name for part in chosen):
            continue

        def edit(config: dict[str, Any], edits: list[Edit] = edits) -> None:
            for part in edits:
                part(config)

        with project.changed(environment, edit):
            _write(target / file_name(name), _preview(project, environment))
        sys.stdout.write(f"{environment}: {name}\n")


def _preview(project: Project, environment: str) -> list[dict[str, Any]]:
    log = project.root / "events"
    log.unlink(missing_ok=True)
    pack = ("--policy-pack", "policies", "--policy-pack-config", f"policies/{environment}.json")
    process = project.start(
        str(project.root / "offline/bin/pulumi"), "preview", "--stack", environment, *pack, "--event-log", str(log)
    )
    said, _ = process.communicate()
    events = [json.loads(line) for line in log.read_text().splitlines()]
    planned = {event["resourcePreEvent"]["metadata"]["op"] for event in events if "resourcePreEvent" in event}
    refused = any(event.get("policyEvent", {}).get("enforcementLevel") == "mandatory" for event in events)
    if process.returncode != 0 and not refused and planned <= {"same", "read"}:  # protection refuses what is planned
        raise SystemExit(f"the preview of {environment} failed:\n{said[-3000:]}")
    return list(_kept(events))


def _kept(events: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What a report reads."""
    for event in events:
        if "resourcePreEvent" in event:
            metadata = event["resourcePreEvent"]["metadata"]
            if metadata["op"] in {"same", "read"}:
                whole = metadata["type"] in PRICED
                states = {side: _named(metadata.get(side), whole) for side in ("old", "new")}
                event["resourcePreEvent"]["metadata"] = {key: metadata[key] for key in ("op", "urn", "type")} | {
                    side: state for side, state in states.items() if state
                }
            yield event
        elif any(kind in event for kind in ("policyEvent", "summaryEvent", "diagnosticEvent")):
            yield event


def _named(state: dict[str, Any] | None, whole: bool) -> dict[str, Any]:
    kept = ("parent", "custom", "protect", "inputs", "outputs") if whole else ("parent", "custom", "protect")
    return {key: state[key] for key in kept if state.get(key)} if state else {}


def _write(path: Path, events: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(event, sort_keys=True) + "\n" for event in events)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()
