"""What is, was or looks like a secret is in no report, whatever the engine let through."""

from __future__ import annotations

import itertools
import json

import pytest

from operations.report import document
from operations.report.build import build
from tests.operations.report.streams import DATABASE, SECRET, TOPIC, previewed, step, urn, violation

TASK = "aws:ecs/taskDefinition:TaskDefinition"
CANARIES = {
    "an AWS access key id": "AKIAIOSFODNN7EXAMPLE",
    "an API key of ours": "hr_prod_3fA9_Zk3vQ8sLmN0pRtUvWxYz12345678_1x9",
    "a GitHub token": "ghp_0123456789abcdefghijklmnopqrstuvwxyz",
    "a Slack token": "xoxb-123456789012-abcdefghijkl",
    "a JSON web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
    "a private key": "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----",
    "a password in a URL": "hunter2butlonger",
    "a token in a URL's query": "tokenbutlonger7",
    "a signature in a URL's query": "signaturebutlonger",
    "Slack's webhook": "T0AB12CDE/B0AB12CDE/0123456789abcdef",
    "PagerDuty's webhook": "0123456789abcdef0123456789abcdef",
}


def text_of(name: str) -> str:
    canary = CANARIES[name]
    urls = {
        "a password in a URL": f"postgres://api:{canary}@db.internal/main",
        "a token in a URL's query": f"https://example.com/hook?page=1&access_token={canary}&size=2",
        "a signature in a URL's query": f"https://example.com/file?X-Amz-Signature={canary}",
        "Slack's webhook": f"https://hooks.slack.com/services/{canary}",
        "PagerDuty's webhook": f"https://events.pagerduty.com/integration/{canary}/enqueue",
    }
    return urls.get(name, f"before {canary} after")


@pytest.mark.parametrize("name", CANARIES)
def test_what_looks_like_a_secret_is_hidden_wherever_it_stands(name: str) -> None:
    text = text_of(name)
    report = build(
        [
            previewed(
                step("update", TOPIC, "t", old={"note": "x"}, new={"note": text}, detail={"note": "update"}),
                violation("rule", urn(TOPIC, "t"), f"says {text}"),
                {"diagnosticEvent": {"severity": "warning", "message": f"look: {text}"}},
                error=f"failed over {text}",
            )
        ]
    )
    written = document.render(report)
    assert CANARIES[name].splitlines()[0] not in written
    assert written.count("[redacted]") == 5  # the finding stands beside its resource, and in the list of all


def test_a_value_that_is_newly_secret_is_hidden_where_it_stood_in_the_open() -> None:
    canary = "correct-horse-battery"
    report = build(
        [
            previewed(
                step("update", DATABASE, "main", old={"password": canary, "tags": {"hint": "a"}},
                     new={"password": SECRET, "tags": {"hint": f"it was {canary}"}},
                     detail={"password": "update", "tags.hint": "update"}),
                {"diagnosticEvent": {"severity": "info", "message": f"the old one is {canary}"}},
            )
        ]
    )  # fmt: skip
    assert canary not in document.render(report)


@pytest.mark.parametrize("path", ["password", "masterPassword", "settings.apiKey", 'environment["DB_PASSWORD"]'])
def test_what_is_named_like_a_secret_is_hidden_whatever_it_looks_like(path: str) -> None:
    root = path.split(".")[0].split("[")[0]
    key = path.removeprefix(root).strip('.[]"')
    old, new = ({root: {key: value} if key else value} for value in ("first", "second"))
    report = build([previewed(step("update", TOPIC, "t", old=old, new=new, detail={path: "update"}))])
    [line] = report.stacks[0].items[0].lines
    assert (line.old, line.new) == ('"[redacted]"', '"[redacted]"')


def test_a_variable_named_like_a_secret_is_hidden_among_others() -> None:
    """In a list of names and values the path ends with `value`, and the name stands beside it."""
    containers = [
        json.dumps([{"name": "api", "environment": [{"name": name, "value": value}]}])
        for name, value in (("A", "plain"), ("DB_PASSWORD", "first"), ("DB_PASSWORD", "second"))
    ]
    for old, new in itertools.pairwise(containers):
        report = build(
            [
                previewed(
                    step("update", TASK, "t", old={"containerDefinitions": old}, new={"containerDefinitions": new},
                         detail={"containerDefinitions": "update"})
                )
            ]
        )  # fmt: skip
        lines = {line.path.rpartition(".")[2]: (line.old, line.new) for line in report.stacks[0].items[0].lines}
        assert lines["value"] == ('"[redacted]"', '"[redacted]"')


def test_the_name_of_a_secret_is_no_secret() -> None:
    old, new = ({"credentials": f"arn:aws:secretsmanager:eu-central-1:1:secret:{name}"} for name in "ab")
    report = build([previewed(step("update", TOPIC, "t", old=old, new=new, detail={"credentials": "update"}))])
    assert "secret:b" in report.stacks[0].items[0].lines[0].new
