"""What ECS and Fargate refuse, with its message word for word. T1."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.services.constraints import (
    FARGATE_MEMORY_MIB,
    health_command_problems,
    service_problems,
    stop_seconds,
    user_problems,
    variable_problems,
    variables_given,
)

GUIDE = "docs.aws.amazon.com/AmazonECS/latest/developerguide"
SIZES = f"({GUIDE}/task-cpu-memory-error.html)"
VALID: dict[str, Any] = {"cpu_units": 256, "memory_mib": 512, "min_count": 2, "max_count": 10}


def messages(**changed: Any) -> list[str]:
    return [str(problem) for problem in service_problems(**(VALID | changed))]


def test_a_valid_service_has_no_problem() -> None:
    assert messages() == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"cpu_units": 300},
            "cpu_units is 300: Fargate has tasks of 256, 512, 1024, 2048, 4096, 8192, 16384 CPU units only; choose 256 "
            f"or 512 {SIZES}",
        ),
        (
            {"memory_mib": 4096},
            f"memory_mib is 4096: a task of 256 CPU units has 512, 1024, 2048 MiB; choose 2048 {SIZES}",
        ),
        (
            {"cpu_units": 1024, "memory_mib": 2500},
            "memory_mib is 2500: a task of 1024 CPU units has 2048 to 8192 MiB in steps of 1024; choose 2048 or 3072 "
            f"{SIZES}",
        ),
        (
            {"min_count": 4, "max_count": 2},
            "max_count is 2: it is below min_count, 4, and a scalable target needs a range; choose 4 or more "
            "(docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html)",
        ),
        (
            {"stop_timeout_seconds": 300},
            "stop_timeout_seconds is 300: AWS takes 2 to 120 seconds on Fargate; choose 2 to 120 seconds on Fargate "
            f"({GUIDE}/task_definition_parameters.html#container_definition_timeout)",
        ),
    ],
)
def test_each_wrong_value_is_told_with_its_way_out(changed: dict[str, Any], message: str) -> None:
    assert messages(**changed) == [message]


def test_a_task_is_killed_after_it_could_drain_and_never_later_than_fargate_takes() -> None:
    assert [stop_seconds(drain) for drain in (0, 60, 115)] == [10, 70, 120]


@pytest.mark.parametrize(
    "command", [(), ("CMD", "/app/healthy", "--fast"), ("CMD-SHELL", "wget -q localhost || exit 1")]
)
def test_a_health_command_is_a_program_or_one_text_for_a_shell(command: tuple[str, ...]) -> None:
    assert health_command_problems(command) == []


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("wget", "localhost"), "it starts with wget; write CMD or CMD-SHELL before the command"),
        (("CMD",), "no command follows; name one after CMD"),
        (("CMD-SHELL", "wget", "localhost"), "CMD-SHELL takes one text"),
    ],
)
def test_any_other_health_command_is_refused(command: tuple[str, ...], said: str) -> None:
    (problem,) = health_command_problems(command)
    assert said in str(problem)


def test_every_pair_that_fargate_lists_passes() -> None:
    for cpu_units, sizes in FARGATE_MEMORY_MIB.items():
        for memory_mib in sizes:
            assert messages(cpu_units=cpu_units, memory_mib=memory_mib) == []


@given(cpu_units=st.integers(), memory_mib=st.integers(), counts=st.tuples(st.integers(), st.integers()))
def test_no_number_makes_the_rules_fail(cpu_units: int, memory_mib: int, counts: tuple[int, int]) -> None:
    problems = messages(cpu_units=cpu_units, memory_mib=memory_mib, min_count=counts[0], max_count=counts[1])
    assert all(" is " in message for message in problems)


def test_a_variable_stands_once() -> None:
    problems = variable_problems({"A": "1", "PORT": "2"}, {"A": "external"}, ["PORT"])
    assert [str(problem) for problem in problems] == [
        "secrets is A: it is among environment too, and ECS takes a variable once; give it another name, or leave it "
        f"out ({GUIDE}/specifying-sensitive-data.html)",
        "environment is PORT: it is among the variables that the stack sets too, and ECS takes a variable once; give "
        f"it another name, or leave it out ({GUIDE}/specifying-sensitive-data.html)",
    ]


def test_the_stack_sets_what_the_service_has() -> None:
    assert variables_given(port=5000, database=True) == ["PORT", "DATABASE_URL", "DATABASE_READ_URL"]
    assert variables_given(port=None, database=False, cache=True) == ["REDIS_URL", "REDIS_READ_URL"]
    assert variables_given(port=None, database=False) == []


@pytest.mark.parametrize("user", ["0", "root", "0:1000", ""])
def test_root_is_refused(user: str) -> None:
    (problem,) = user_problems(user)
    assert problem.reason == "the process would be root"


def test_another_user_is_fine() -> None:
    assert user_problems("1000:1000") == []
