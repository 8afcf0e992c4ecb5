"""One environment through its life: changes touch what they name, failures keep what was done, down leaves nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import planned

pytestmark = pytest.mark.xdist_group("changes")
Inventory = dict[str, set[str]]
PASSWORD_SECRET = "headroom/dev/database/main"


@pytest.fixture(scope="module")
def empty_account(project: Any, inventory: Callable[..., Inventory]) -> Inventory:
    """What AWS itself puts into an account, before anything of ours."""
    project.headroom("offline", "start")
    return inventory(project.aws("dev"))


@pytest.fixture(scope="module")
def log_of_failure(project: Any, empty_account: Inventory) -> str:
    """An up that fails because a name is taken, once everything before it has been made."""
    project.aws("dev").client("logs").create_log_group(logGroupName=taken_name(project))
    return str(project.headroom("up", "dev", "--offline", ok=False))


def taken_name(project: Any) -> str:
    return "/headroom/dev/service/api"


@pytest.fixture(scope="module")
def dev(project: Any, log_of_failure: str) -> Any:
    """dev after the cause of the failure is gone and the same command was given again."""
    project.aws("dev").client("logs").delete_log_group(logGroupName=taken_name(project))
    project.headroom("up", "dev", "--offline")
    return project


def test_a_failed_create_is_reported_with_resource_operation_and_awss_own_words(
    project: Any, log_of_failure: str
) -> None:
    assert "ResourceAlreadyExistsException" in log_of_failure
    assert "aws:cloudwatch/logGroup:LogGroup api-logs: CreateLogGroup" in log_of_failure
    assert "That is kept" in log_of_failure
    assert "Traceback" not in log_of_failure


def test_the_next_up_after_a_failure_finishes_without_duplicates(dev: Any, inventory: Callable[..., Inventory]) -> None:
    """And with nothing left to do, as the next preview shows, which plans its own changes only."""
    taken = inventory(dev.aws("dev"))
    assert len(taken["database instances"]) == 1
    assert len(taken["services"]) == 3


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], None], dict[str, str]]] = {}


def change(name: str, planned: dict[str, str]) -> Callable[[Callable[[dict[str, Any]], None]], None]:
    def register(edit: Callable[[dict[str, Any]], None]) -> None:
        CHANGES[name] = (edit, planned)

    return register


@change("a longer backup", {"aws:rds/instance:Instance main": "update"})
def _(config: dict[str, Any]) -> None:
    config["headroom:databases"]["main"]["backup_days"] = 3


@change(
    "more tasks at most, also in the morning, which is also when the CPU alarm counts, and a line of the dashboard",
    {
        "aws:cloudwatch/dashboard:Dashboard service-api": "update",
        "aws:appautoscaling/target:Target api": "update",
        "aws:appautoscaling/scheduledAction:ScheduledAction api-morning": "update",
        "aws:cloudwatch/metricAlarm:MetricAlarm api-cpu-high": "update",
    },
)
def _(config: dict[str, Any]) -> None:
    config["headroom:services"]["api"]["max_count"] = 5


@change(
    "a new image",
    {
        "aws:ecs/taskDefinition:TaskDefinition web": "replace",
        "aws:ecs/service:Service web": "update",
    },
)
def _(config: dict[str, Any]) -> None:
    config["headroom:services"]["web"]["image"] = "registry:1.0.1"


@change("another idle time-out", {"aws:lb/loadBalancer:LoadBalancer alb": "update"})
def _(config: dict[str, Any]) -> None:
    config["headroom:load_balancer"]["idle_timeout_seconds"] = 120


@pytest.fixture(scope="module")
def previewed(dev: Any) -> str:
    """What a preview of all these changes says as JSON: no two of them touch the same."""

    def edit(config: dict[str, Any]) -> None:
        for one, _ in CHANGES.values():
            one(config)

    touched = [label for _, planned in CHANGES.values() for label in planned]
    assert len(touched) == len(set(touched))
    with dev.changed("dev", edit):
        return str(dev.pulumi("preview", "--stack", "dev", "--json"))


def test_changed_settings_preview_exactly_what_they_touch(previewed: str) -> None:
    expected = {label: step for _, planned in CHANGES.values() for label, step in planned.items()}
    assert planned(previewed) == expected


def service(dev: Any, name: str) -> dict[str, Any]:
    ecs = dev.aws("dev").client("ecs")
    [cluster] = ecs.list_clusters()["clusterArns"]
    [arn] = [arn for arn in ecs.list_services(cluster=cluster)["serviceArns"] if f"/{name}-" in arn]
    return dict(ecs.describe_services(cluster=cluster, services=[arn])["services"][0])


def test_a_changed_setting_reaches_aws_and_a_deploy_leaves_the_number_of_tasks(dev: Any) -> None:
    def edit(config: dict[str, Any]) -> None:
        config["headroom:databases"]["main"]["backup_days"] = 5
        config["headroom:services"]["web"]["image"] = "registry:1.0.2"

    before = service(dev, "web")
    # As autoscaling does.
    dev.aws("dev").client("ecs").update_service(
        cluster=before["clusterArn"], service=before["serviceArn"], desiredCount=before["desiredCount"] + 1
    )
    dev.change("dev", edit)
    dev.headroom("up", "dev", "--offline")
    [instance] = dev.aws("dev").client("rds").describe_db_instances()["DBInstances"]
    assert instance["BackupRetentionPeriod"] == 5
    after = service(dev, "web")
    assert after["taskDefinition"] != before["taskDefinition"]
    assert after["desiredCount"] == before["desiredCount"] + 1


def test_the_databases_password_stands_in_no_state_log_event_or_output(
    dev: Any, previewed: str, tmp_path: Path
) -> None:
    value = dev.aws("dev").client("secretsmanager").get_secret_value(SecretId=PASSWORD_SECRET)["SecretString"]
    password = json.loads(value)["password"]
    assert len(password) >= 30
    events = tmp_path / "events.json"
    with dev.changed("dev", lambda config: config["headroom:databases"]["main"].update(backup_days=4)):
        printed = [
            dev.pulumi("preview", "--stack", "dev", "--diff", "--event-log", str(events)),
            previewed,
            dev.pulumi("stack", "export", "--stack", "dev"),
            dev.pulumi("stack", "output", "--stack", "dev", "--json"),
            dev.headroom("preview", "dev", "--offline"),
            dev.headroom("outputs", "dev", "--offline"),
        ]
    kept = [path.read_text(errors="replace") for path in dev.home.rglob("*") if path.is_file()]
    assert len(kept) > 3
    for text in [*printed, *kept, events.read_text()]:
        assert password not in text


def test_down_leaves_nothing_behind(dev: Any, empty_account: Inventory, inventory: Callable[..., Inventory]) -> None:
    printed = dev.headroom("down", "dev", "--offline", "--yes")
    assert "deleted" in printed
    assert inventory(dev.aws("dev")) == empty_account
