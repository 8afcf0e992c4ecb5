"""Queues in the program: who may use which, and what brings more workers. T6, E6."""

import json
from pathlib import Path

import pulumi
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from infra import program
from infra.settings import SettingsError, load
from infra.settings.problems import to_config

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ("dev", "staging", "prod")
WHO = "aws:index/getCallerIdentity:getCallerIdentity"


def content_of(environment):
    return yaml.safe_load((ROOT / f"Pulumi.{environment}.yaml").read_text())["config"]


def told(stack, service):
    [container] = json.loads(stack.one("ecs/taskDefinition:TaskDefinition", service)["inputs"]["containerDefinitions"])[
        :1
    ]
    return {variable["name"]: variable["value"] for variable in container["environment"]}


def allowed(stack, role):
    """Actions to resources of SQS that a role may use."""
    statements = json.loads(stack.one("iam/rolePolicy:RolePolicy", role)["inputs"]["policy"])["Statement"]
    return {s["Sid"]: s["Resource"] for s in statements if any(action.startswith("sqs:") for action in s["Action"])}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_api_sends_jobs_and_the_worker_receives_them(up, environment):
    stack, account = up(environment), content_of(environment)["headroom:account"]
    queue = f"arn:aws:sqs:eu-central-1:{account}:headroom-{environment}-jobs"
    assert allowed(stack, "api-task") == {"SendMessages": [queue]}
    assert allowed(stack, "worker-task") == {"ReceiveMessages": [queue]}
    url = f"https://sqs.eu-central-1.amazonaws.com/{account}/headroom-{environment}-jobs"
    assert (told(stack, "api")["QUEUE_URL_JOBS"], told(stack, "worker")["QUEUE_URL_JOBS"]) == (url, url)
    assert "QUEUE_URL_JOBS" not in told(stack, "web")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_workers_come_with_the_backlog_and_both_alarms_stand(up, environment):
    stack = up(environment)
    assert "worker-backlog-jobs" in stack.names("appautoscaling/policy:Policy")
    alarms = {alarm["inputs"]["name"] for alarm in stack.all("MetricAlarm")}
    assert {f"headroom-{environment}-jobs-queue-age", f"headroom-{environment}-jobs-queue-dead-letters"} <= alarms


def test_the_stack_exports_the_urls(up):
    assert set(up().exports["queues"]["jobs"]) == {"url", "dead_letter_url"}


def test_without_a_way_out_queues_are_reached_by_an_endpoint(up):
    def close(content):
        content["headroom:network"]["nat"] = "none"
        client = "111111111111.dkr.ecr.eu-central-1.amazonaws.com/client:1"
        content["headroom:tasks"] = {"postgres_image": client, "mysql_image": client}

    assert "network-sqs" in up(change=close).names("VpcEndpoint")


def test_without_queues_there_is_none_of_it(up):
    def drop(content):
        del content["headroom:queues"]
        del content["headroom:services"]["api"]["produces"]
        for key in ("consumes", "backlog_per_task"):
            del content["headroom:services"]["worker"][key]

    stack = up(change=drop)
    assert stack.names("headroom:messaging:Queue") == []
    assert stack.exports["queues"] == {}
    assert allowed(stack, "worker-task") == {}


def test_a_queue_that_nobody_fills_is_warned_of(up, monkeypatch):
    def silence(content):
        del content["headroom:services"]["api"]["produces"]

    said = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, resource=None: said.append(text))
    up(change=silence)
    assert [text.split(":")[0] for text in said] == ["no service produces for queue jobs"]


QUEUES = st.fixed_dictionaries(
    {},
    optional={
        "fifo": st.booleans(),
        "deduplicate_content": st.booleans(),
        "visibility_timeout_seconds": st.sampled_from([1, 71, 300, 43_200]),
        "retention_days": st.sampled_from([1, 10, 14]),
        "max_receives": st.sampled_from([1, 5, 1000]),
        "max_message_kib": st.sampled_from([1, 1024]),
        "encryption": st.sampled_from(["kms", "sqs"]),
    },
)


@settings(max_examples=10)
@given(QUEUES, QUEUES)
def test_what_the_settings_accept_of_queues_the_components_accept(run, jobs, mails):
    # Nothing else of an environment stands, which would only make each example slow.
    ground = ("aws:region", "headroom:account", "headroom:owner", "headroom:network", "headroom:alarms")
    content = {key: content_of("dev")[key] for key in ground}
    content["headroom:queues"] = {"jobs": jobs, "mails": mails}
    content["headroom:services"] = {"worker": {"image": "ghcr.io/example/some:1.0.0", "consumes": ["jobs", "mails"]}}
    config, _ = to_config(content)
    try:
        load(config, [], "Pulumi.dev.yaml")
    except SettingsError:
        return
    assert run(program.main, config=config).names("headroom:messaging:Queue") == ["jobs", "mails"]
