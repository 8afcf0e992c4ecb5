"""Probes, against a real HTTP server and against AWS's answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest
from botocore.exceptions import ClientError

from operations.smoke import probe

SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:111111111111:secret:headroom/smoke-1a2b3c/service/api/database-AbCdEf"


class Handler(BaseHTTPRequestHandler):
    statuses: ClassVar[list[int]] = []

    def do_GET(self) -> None:
        self.send_response(self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0])
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    made = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}/health"
    made.shutdown()
    made.server_close()
    thread.join()


class Clock:
    """Time that passes by sleeping only."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_it_asks_until_the_answer_is_200(server: str) -> None:
    Handler.statuses = [503, 404, 200]
    clock = Clock()
    answer = probe.answers(server, probe.fetch, clock, clock.sleep)
    assert answer.good is True and answer.said.endswith("answers 200, after 10 s")


def test_it_gives_up_with_the_last_answer(server: str) -> None:
    Handler.statuses = [502]
    clock = Clock()
    answer = probe.answers(server, probe.fetch, clock, clock.sleep)
    assert answer.good is False and answer.said.endswith("in 10 minutes; at last it answered 502")


def test_nobody_there_is_said() -> None:
    clock = Clock()
    answer = probe.answers("http://127.0.0.1:1/health", probe.fetch, clock, clock.sleep)
    assert answer.good is False and "at last nobody answered" in answer.said


class Aws:
    """A client that answers what it is told to."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers

    def __getattr__(self, operation: str) -> Any:
        answer = self._answers[operation]

        def call(**arguments: Any) -> Any:
            found = answer(**arguments) if callable(answer) else answer
            if isinstance(found, Exception):
                raise found
            return found

        return call


OUTPUTS = {"cluster": "c", "services": {"api": {"name": "api-1"}}}
REFUSED = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "Operation")


@pytest.mark.parametrize(("running", "wanted", "good"), [(1, 1, True), (0, 1, False), (0, 0, False)])
def test_as_many_tasks_run_as_are_wanted(running: int, wanted: int, good: bool) -> None:
    ecs = Aws(describe_services={"services": [{"runningCount": running, "desiredCount": wanted}]})
    assert probe.runs(ecs, OUTPUTS) == probe.Answer(good, f"{running} of {wanted} tasks of api run")


def test_a_service_that_ecs_does_not_tell_of_does_not_run() -> None:
    assert probe.runs(Aws(describe_services={"services": []}), OUTPUTS).good is False
    assert probe.runs(Aws(describe_services=REFUSED), OUTPUTS).good is False


def _state(reader: str) -> list[dict[str, Any]]:
    """A secret, the service's role that may read it, and another role that may."""
    document = {"Statement": [{"Effect": "Allow", "Action": probe.READ, "Resource": SECRET_ARN}]}
    name = "headroom/smoke-1a2b3c/service/api/database"
    found = [
        {"type": "aws:secretsmanager/secret:Secret", "urn": "urn:x::s", "outputs": {"name": name, "arn": SECRET_ARN}}
    ]
    for role in ("api-execution-1", reader):
        arn = f"arn:aws:iam::111111111111:role/{role}"
        found.append({"type": "aws:iam/role:Role", "urn": f"urn:x::{role}", "outputs": {"name": role, "arn": arn}})
        policy = {"role": role, "policy": json.dumps(document)}
        found.append({"type": "aws:iam/rolePolicy:RolePolicy", "urn": f"urn:x::{role}", "outputs": policy})
    return found


def test_only_the_services_role_and_who_turns_it_over_may_read_its_secret() -> None:
    [documents, simulated] = probe.secret_is_its_own(
        lambda service: None,
        _state("headroom-smoke-1a2b3c-rotate-secret"),
        "smoke-1a2b3c",
        simulator=False,
    )
    assert documents.good is True and "of 2 roles" in documents.said
    assert simulated.good is None and "the emulated AWS has none" in simulated.said


def test_a_stranger_that_may_read_it_fails() -> None:
    [documents, _] = probe.secret_is_its_own(
        lambda service: None,
        _state("network-flow-logs"),
        "smoke-1a2b3c",
        simulator=False,
    )
    assert documents.good is False and "network-flow-logs" in documents.said


@pytest.mark.parametrize(("denied", "good"), [("", True), ("rotate-secret", False)])
def test_iams_simulator_must_say_the_same(denied: str, good: bool) -> None:
    def simulate(PolicySourceArn: str, **_: Any) -> Any:  # noqa: N803 - AWS's name
        says = "implicitDeny" if denied and denied in PolicySourceArn else "allowed"
        return {"EvaluationResults": [{"EvalDecision": says}]}

    state = _state("headroom-smoke-1a2b3c-rotate-secret")
    [_, simulated] = probe.secret_is_its_own(
        lambda service: Aws(simulate_principal_policy=simulate),
        state,
        "smoke-1a2b3c",
        simulator=True,
    )
    assert simulated.good is good


def test_a_simulator_that_may_not_be_asked_fails_nothing() -> None:
    state = _state("headroom-smoke-1a2b3c-rotate-secret")
    [_, simulated] = probe.secret_is_its_own(
        lambda service: Aws(simulate_principal_policy=REFUSED),
        state,
        "smoke-1a2b3c",
        simulator=True,
    )
    assert simulated.good is None and "AccessDenied" in simulated.said


def test_a_secret_that_does_not_stand_fails() -> None:
    [answer] = probe.secret_is_its_own(lambda service: None, [], "smoke-1a2b3c", simulator=False)
    assert answer.good is False


def test_of_targets_the_load_balancers_word_is_told_and_proves_nothing() -> None:
    group = {"type": "aws:lb/targetGroup:TargetGroup", "urn": "urn:x::api", "id": "arn:tg", "outputs": {}}
    healthy = {"TargetHealthDescriptions": [{"TargetHealth": {"State": "healthy"}}]}
    answer = probe.targets(Aws(describe_target_health=healthy), [group])
    assert answer.good is None and answer.said.endswith("Of targets its load balancer says: healthy")
