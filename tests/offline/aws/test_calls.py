"""The emulated AWS keeps a list of calls while it is asked to: what was called, never what was said."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from offline import cloud
from tests.offline.aws.provider_harness import ACCOUNT, Aws

SECRET = "canary-calls-7f1c"


def ask(port: int, method: str, host: str = "127.0.0.1") -> tuple[int, Any]:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    client.request(method, "/headroom/calls", headers={"Host": host})
    answer = client.getresponse()
    text = answer.read().decode()
    client.close()
    return answer.status, json.loads(text) if answer.status == 200 else text


@pytest.fixture
def listing(aws_cloud: cloud.Cloud) -> Iterator[int]:
    """The port of a server that lists calls, until the test ends."""
    assert ask(aws_cloud.port, "PUT") == (200, [])
    yield aws_cloud.port
    ask(aws_cloud.port, "DELETE")


def test_each_kind_of_call_is_listed_once_with_the_names_of_what_it_was_about(listing: int, aws: Aws) -> None:
    for _ in range(2):
        aws("iam").list_roles()
    aws("s3").list_buckets()
    aws("secretsmanager").create_secret(Name="calls/test", SecretString=SECRET)
    aws("secretsmanager").delete_secret(SecretId="calls/test", ForceDeleteWithoutRecovery=True)
    _, found = ask(listing, "GET")
    ours = {"account": ACCOUNT}
    assert found == [
        {**ours, "service": "iam", "operation": "ListRoles", "names": {}},
        {**ours, "service": "s3", "operation": "GET /", "names": {}},
        {**ours, "service": "secretsmanager", "operation": "CreateSecret", "names": {"Name": "calls/test"}},
        {**ours, "service": "secretsmanager", "operation": "DeleteSecret", "names": {"SecretId": "calls/test"}},
    ]
    assert SECRET not in json.dumps(found)


def test_nothing_is_kept_before_and_after(aws_cloud: cloud.Cloud, aws: Aws) -> None:
    ask(aws_cloud.port, "DELETE")
    aws("iam").list_roles()
    assert ask(aws_cloud.port, "GET") == (200, [])


def test_a_page_in_a_browser_is_told_nothing(listing: int) -> None:
    assert ask(listing, "GET", host="example.com")[0] == 403
