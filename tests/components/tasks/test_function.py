"""A function under pretended AWS."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.access import Scope, allow
from components.links import KeyLink
from components.tasks.function import SOURCES, Function, FunctionArgs, code

Run = Callable[..., Any]

ARGS: dict[str, Any] = {
    "scope": Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev"),
    "key": KeyLink(arn="services-key", alias="alias/headroom-dev-services"),
    "folder": "run_task",
    "description": "Runs tasks",
    "log_retention_days": 30,
}


@pytest.fixture
def made(run: Run) -> Callable[..., Any]:
    return lambda preview=False, **changed: run(
        lambda: Function("run-task", FunctionArgs(**(ARGS | changed))), preview=preview
    )


def statements(stack: Any) -> dict[str, Any]:
    document = json.loads(stack.one("iam/rolePolicy:RolePolicy")["inputs"]["policy"])
    return {statement["Sid"]: statement for statement in document["Statement"]}


def test_a_function_runs_python_on_arm_under_a_name_that_is_known_early(made: Run) -> None:
    stack = made()
    inputs = stack.one("lambda/function:Function")["inputs"]
    assert (inputs["runtime"], inputs["architectures"]) == ("python3.13", ["arm64"])
    assert inputs["name"] == "headroom-dev-run-task"
    assert stack.result.link.arn == "arn:aws:lambda:eu-central-1:111111111111:function:headroom-dev-run-task"


def test_its_log_is_kept_for_the_chosen_days_under_our_key_and_nobody_makes_another(made: Run) -> None:
    stack = made()
    group = stack.one("logGroup:LogGroup")["inputs"]
    assert (group["name"], group["retentionInDays"]) == ("/headroom/dev/function/run-task", 30)
    assert group["kmsKeyId"] == "services-key"
    logging = stack.one("lambda/function:Function")["inputs"]["loggingConfig"]
    assert logging == {"logFormat": "Text", "logGroup": group["name"]}
    assert statements(stack)["WriteLogs"]["Resource"] == [
        "arn:aws:logs:eu-central-1:111111111111:log-group:/headroom/dev/function/run-task:*"
    ]


def test_it_may_do_what_it_is_granted_and_no_more(made: Run) -> None:
    grant = allow("Send", ["sqs:SendMessage"], ["arn:aws:sqs:r:a:q"])
    assert list(statements(made())) == ["WriteLogs"]
    assert statements(made(statements=[grant]))["Send"] == grant


def test_its_environment_is_closed_by_our_key_and_it_opens_that_only(made: Run) -> None:
    stack = made(environment={"LEVEL": "info"})
    inputs = stack.one("lambda/function:Function")["inputs"]
    assert inputs["environment"] == {"variables": {"LEVEL": "info"}}
    assert inputs["kmsKeyArn"] == "services-key"
    condition = statements(stack)["OpenEnvironment"]["Condition"]
    assert condition["ForAnyValue:StringEquals"]["kms:ResourceAliases"] == ["alias/headroom-dev-services"]


def test_its_code_is_its_folder_and_what_all_share_as_texts(tmp_path: Path) -> None:
    assets = code("run_task").assets
    assert {"functions/__init__.py", "functions/run_task/main.py", "functions/run_task/runner.py"} <= set(assets)
    assert not any("__pycache__" in name or "limit_uploads" in name for name in assets)
    text = assets["functions/run_task/main.py"].text  # type: ignore[union-attr]
    assert text == (SOURCES / "run_task/main.py").read_text()


def test_every_policy_is_known_in_the_first_preview(made: Run) -> None:
    stack = made(preview=True)
    assert json.loads(stack.one("iam/role:Role")["inputs"]["assumeRolePolicy"])["Version"] == "2012-10-17"
    assert statements(stack)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"timeout_seconds": 901}, "timeout_seconds is 901: AWS takes 1 to 900 seconds"),
        ({"memory_mib": 100}, "memory_mib is 100: AWS takes 128 to 10240 MiB"),
        ({"log_retention_days": 31}, "retention_days is 31"),
        ({"folder": "nothing"}, r"functions/nothing/main\.py is missing; write it"),
    ],
)
def test_what_cannot_be_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        FunctionArgs(**(ARGS | changed))
