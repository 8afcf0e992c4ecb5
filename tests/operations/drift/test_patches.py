"""The change of settings that would accept what AWS has is a diff that git takes, and that the settings accept."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from operations.drift.model import Patch
from operations.drift.patches import SETTINGS, patch
from operations.drift.seeing import see
from operations.findings.origin import Origins
from tests.operations.drift.refreshed import DATABASE, read, run, urn

ROOT = Path(__file__).resolve().parents[3]
IN_DATABASE = urn("headroom:data:Database", "main")
COMPONENTS = {
    "main": IN_DATABASE,
    "main-1": IN_DATABASE,
    "api": urn("headroom:compute:EcsService", "api"),
    "alb": urn("headroom:edge:LoadBalancer", "alb"),
    "jobs": urn("headroom:messaging:Queue", "jobs"),
    "cache": urn("headroom:data:Cache", "main"),
}
TARGET = "aws:appautoscaling/target:Target"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
QUEUE = "aws:sqs/queue:Queue"
LOGS = "aws:cloudwatch/logGroup:LogGroup"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return Path(shutil.copy(ROOT / "Pulumi.dev.yaml", tmp_path))


def change(token: str, name: str, path: str, asked: Any, found: Any, **more: Any) -> dict[str, Any]:
    return changes(token, name, {path: (asked, found)}, **more)


def changes(token: str, name: str, differing: dict[str, tuple[Any, Any]], **more: Any) -> dict[str, Any]:
    """A resource whose properties differ: path to what was asked for and what AWS has of the top property."""
    tops = {path.partition(".")[0]: values for path, values in differing.items()}
    return read(
        token,
        name,
        asked={**more, **{top: asked for top, (asked, _) in tops.items()}},
        found={**more, **{top: found for top, (_, found) in tops.items()}},
        detail=dict.fromkeys(differing, "update"),
        parent=COMPONENTS.get(name, ""),
    )


def proposed(file: Path, *changes: dict[str, Any]) -> Patch | None:
    made = run(*changes)
    parents = {found.urn: found.parent for found in made.changes.values()}
    return patch(file, see(made), Origins(file.parent, "dev", parents))


def config(file: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(file.read_text())["config"])


def test_git_applies_it_and_nothing_else_of_the_file_changes(file: Path) -> None:
    found = proposed(
        file,
        changes(
            DATABASE,
            "main",
            {"instanceClass": ("db.t4g.small", "db.t4g.large"), "backupRetentionPeriod": (1, 3.0)},
        ),
        change(TARGET, "api", "maxCapacity", config(file)["headroom:services"]["api"]["max_count"], 7),
        change(BALANCER, "alb", "idleTimeout", 60, 90),
        change(QUEUE, "jobs", "messageRetentionSeconds", 4 * 86_400, 5 * 86_400),
    )
    assert found is not None
    assert found.settings == {
        "headroom:databases.main.class": '"db.t4g.large"',
        "headroom:databases.main.backup_days": "3",
        "headroom:services.api.max_count": "7",
        "headroom:load_balancer.idle_timeout_seconds": "90",
        "headroom:queues.jobs.retention_days": "5",
    }
    before = file.read_text().splitlines()
    subprocess.run(["git", "apply", "-"], input=found.text, text=True, cwd=file.parent, check=True)
    after = file.read_text().splitlines()
    assert len(before) == len(after)
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 5
    assert config(file)["headroom:databases"]["main"]["class"] == "db.t4g.large"


@pytest.mark.parametrize(("written", "ends"), [(b"\r\n", b"\r\n"), (b"\n", b"")])
def test_git_applies_it_to_a_file_of_other_line_ends(file: Path, written: bytes, ends: bytes) -> None:
    last = b"  headroom:load_balancer:" + written + b"    idle_timeout_seconds: 60 # as browsers do" + ends
    file.write_bytes(b"config:" + written + last)
    found = proposed(file, change(BALANCER, "alb", "idleTimeout", 60, 90))
    assert found is not None
    subprocess.run(["git", "apply", "-"], input=found.text.encode(), cwd=file.parent, check=True)
    assert file.read_bytes() == b"config:" + written + last.replace(b"60", b"90")


def test_a_setting_of_several_of_which_one_differs_is_named_and_not_changed(file: Path) -> None:
    """Else the up that accepts what one has would change the others."""
    asked = config(file)["headroom:databases"]["main"]["class"]
    writer = change(DATABASE, "main", "instanceClass", asked, "db.t4g.large")
    replicas = [
        read(DATABASE, name, asked=alike, found=alike, parent=IN_DATABASE)
        for name in ("main-1", "main-2")
        for alike in [{"instanceClass": asked, "replicateSourceDb": "main"}]
    ]
    found = proposed(file, writer, *replicas)
    assert found is not None
    assert (found.text, found.settings) == ("", {})
    assert found.remarks == [
        'headroom:databases.main.class: "db.t4g.large" would keep it, and counts for rds.Instance main-1 and '
        "rds.Instance main-2"
    ]
    found = proposed(file, writer)
    assert found is not None
    assert found.settings == {"headroom:databases.main.class": '"db.t4g.large"'}


def test_what_no_setting_decides_on_has_no_patch(file: Path) -> None:
    assert proposed(file, change("aws:sns/topic:Topic", "alarms", "displayName", "a", "b")) is None


def test_a_setting_that_is_not_what_was_asked_for_is_left_alone(file: Path) -> None:
    """The queue of dead letters keeps messages longer than the setting says: the program derives that."""
    assert proposed(file, change(QUEUE, "jobs", "messageRetentionSeconds", 14 * 86_400, 5 * 86_400)) is None


def test_a_value_that_no_unit_of_the_setting_expresses_is_left_alone(file: Path) -> None:
    assert proposed(file, change(QUEUE, "jobs", "messageRetentionSeconds", 4 * 86_400, 1000)) is None


def test_a_version_is_written_as_exactly_as_before(file: Path) -> None:
    found = proposed(file, change(DATABASE, "main", "engineVersion", "17", "18.1"))
    assert found is not None
    assert found.settings == {"headroom:databases.main.version": '"18"'}
    assert '+      version: "18"' in found.text
    assert proposed(file, change(DATABASE, "main", "engineVersion", "17", "17.9")) is None, (
        "the setting says it already"
    )


def test_differences_that_contradict_each_other_are_told(file: Path) -> None:
    asked = config(file)["headroom:caches"]["main"]["class"]
    group = "aws:elasticache/replicationGroup:ReplicationGroup"
    first = change(group, "cache", "nodeType", asked, "cache.t4g.small")
    second = change(group, "cache", "nodeType", asked, "cache.t4g.medium")
    second["resOutputsEvent"]["metadata"]["urn"] += "-2"
    found = proposed(file, first, second)
    assert found is not None
    assert found.text == ""
    assert "can't be all that AWS has" in found.remarks[0]


def test_a_setting_for_everything_is_named_and_not_changed(file: Path) -> None:
    owners = {"Owner": "backend"}, {"Owner": "somebody"}
    found = proposed(file, changes(LOGS, "api", {"retentionInDays": (7, 30), "tags.Owner": owners}))
    assert found is not None
    assert found.text == ""
    assert found.remarks == [
        "headroom:logs.retention_days: 30 would keep it, and counts for every log group",
        'headroom:owner: "somebody" would keep it, and counts for every resource',
    ]


def test_a_value_that_the_settings_refuse_is_told_with_their_reason(file: Path) -> None:
    found = proposed(file, change(BALANCER, "alb", "idleTimeout", 60, 100_000))
    assert found is not None
    assert found.text == ""
    assert "headroom:load_balancer.idle_timeout_seconds can't be 100000: " in found.remarks[0]


def test_a_replica_has_a_class_of_its_own(file: Path) -> None:
    replica = change(DATABASE, "main-1", "instanceClass", "db.t4g.small", "db.t4g.large", replicateSourceDb="main")
    found = proposed(file, replica)
    assert found is not None
    assert found.text == ""
    assert "headroom:databases.main.replica_class" in found.remarks[0]
    other = change(DATABASE, "main-1", "backupRetentionPeriod", 1, 3, replicateSourceDb="main")
    assert proposed(file, other) is None, "there is no setting for it"


def test_a_stack_file_that_is_not_there_or_not_yaml_has_no_patch(file: Path) -> None:
    difference = change(BALANCER, "alb", "idleTimeout", 60, 90)
    file.write_text("config: [")
    assert patch(file, see(run(difference)), Origins(ROOT, "dev", {})) is None
    file.unlink()
    assert patch(file, see(run(difference)), Origins(ROOT, "dev", {})) is None


def test_the_table_leads_to_settings_that_there_are() -> None:
    """Each in the stack files' own words; of the sections with entries, one of prod's has the key."""
    prod = yaml.safe_load((ROOT / "Pulumi.prod.yaml").read_text())["config"]
    missing = []
    for setting in SETTINGS:
        if setting.counts_for:
            section, _, key = setting.key.partition(".")
            found = prod[f"headroom:{section}"]
            known = not key or key in found
        else:
            found = prod[f"headroom:{setting.section}"]
            entries = [found, *(entry for entry in found.values() if isinstance(entry, dict))]
            known = any(setting.key in entry for entry in entries)
        if not known:
            missing.append(setting.key)
    assert missing == []
