"""The list of what is executed is computed, and true."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from offline.aws import connection, coverage, schema, types
from offline.cloud import ROOT
from tests.offline.aws.provider_harness import Plugin

OURS = """
import importlib, inspect, json, os
from offline.aws import extensions, server, types
os.environ.update(server.MOTO_SETTINGS)
extensions.install()
found = set()
for service in {kind.service for kind in types.everything()} - {"chatbot"}:
    folder = {"lambda": "awslambda"}.get(service, service.replace("-", ""))
    for module in (importlib.import_module(f"moto.{folder}.{part}") for part in ("responses", "models")):
        for _, owner in inspect.getmembers(module, inspect.isclass):
            for name, method in inspect.getmembers(owner, inspect.isfunction):
                if hasattr(method, "headroom_extensions") or method.__module__.startswith("offline."):
                    found.add(f"{service} {name}")
print(json.dumps(sorted(found)))
"""
"""In a process of its own, since it changes moto: what our extensions put in place of its methods."""


def test_each_described_type_is_listed_once() -> None:
    assert [item["token"] for item in json.loads(coverage.as_json())] == [kind.token for kind in types.everything()]


def test_a_slack_channel_is_checked_only_and_still_checked(plugin: Plugin) -> None:
    token = "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration"
    (listed,) = [item for item in coverage.covered() if item.token == token]
    assert listed.state == coverage.CHECKED
    role = "arn:aws:iam::111111111111:role/chat"
    given = {"slackTeamId": "T07EA123LEP", "slackChannelId": "C07EZ1ABC23", "iamRoleArn": role}
    inputs = plugin.checked(token, {"configurationName": "one", **given})
    identifier, properties = plugin.create(token, inputs)
    assert identifier == "arn:aws:chatbot::111111111111:chat-configuration/slack-channel/one"
    assert properties["chatConfigurationArn"] == identifier


def test_what_our_extensions_answer_is_told_apart() -> None:
    states = {item.token: item.state for item in coverage.covered()}
    assert states["aws:ecs/service:Service"] == coverage.EXTENDED
    assert states["aws:ec2/vpc:Vpc"] == coverage.EXECUTED


def test_nothing_that_an_extension_answers_is_said_to_be_motos() -> None:
    done = subprocess.run([sys.executable, "-c", OURS], cwd=ROOT, capture_output=True, text=True, check=True)
    ours = set(json.loads(done.stdout))
    assert {"rds create_db_proxy", "sqs get_queue_attributes"} <= ours
    listed = [
        (item.token, operation)
        for item in coverage.covered()
        for operation, state in item.operations.items()
        if state == coverage.EXECUTED and f"{item.service} {operation}" in ours
    ]
    assert listed == []


def test_the_text_counts_the_types() -> None:
    assert coverage.as_text().splitlines()[-1].startswith(f"{len(coverage.covered())} resource types: ")


@pytest.mark.parametrize("item", coverage.covered(), ids=lambda item: item.token)
def test_every_operation_exists_in_botocore(item: coverage.Coverage) -> None:
    for operation in item.operations:
        assert connection.operation_name(item.service, operation)


@pytest.mark.parametrize("kind", list(types.everything()), ids=lambda kind: kind.token)
def test_the_sdk_has_every_described_type(kind) -> None:
    found = schema.of(kind.token)
    assert found is not None
    assert found.required <= set(found.inputs) <= set(found.outputs)
