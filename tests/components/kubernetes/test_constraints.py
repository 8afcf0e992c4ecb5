"""Times, sizes and names that Kubernetes takes, and those that it refuses."""

import re

import pytest

from components.kubernetes.constraints import kubernetes_cron, name_problems, resource_problems, work_name_problems
from components.kubernetes.pod import Resources, resources_of


@pytest.mark.parametrize(
    ("expression", "made"),
    [
        ("cron(0 * * * ? *)", "0 * * * *"),
        ("cron(0 2 * * ? *)", "0 2 * * *"),
        ("cron(0 3 ? * SUN *)", "0 3 * * SUN"),
        ("cron(0 4 1 * ? *)", "0 4 1 * *"),
        ("cron(0 3 ? * 1 *)", "0 3 * * 0"),
        ("cron(0 3 ? * 2-6 *)", "0 3 * * 1-5"),
        ("cron(0/15 8-18 ? * MON-WED *)", "0/15 8-18 * * MON-WED"),
        ("rate(5 minutes)", "*/5 * * * *"),
        ("rate(1 hour)", "0 * * * *"),
        ("rate(6 hours)", "0 */6 * * *"),
        ("rate(1 day)", "0 0 * * *"),
    ],
)
def test_a_time_of_eventbridge_becomes_one_of_kubernetes(expression: str, made: str) -> None:
    assert kubernetes_cron(expression) == made


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("rate(7 minutes)", "does not fit into an hour evenly"),
        ("rate(2 days)", "does not fit into a day evenly"),
        ("cron(0 2 L * ? *)", "has a year, or L, W or #"),
        ("cron(0 2 ? * MON#1 *)", "has a year, or L, W or #"),
        ("cron(0 2 * * ? 2027)", "has a year, or L, W or #"),
        ("cron(0 2 1 * MON *)", "name one of them"),
        ("0 2 * * *", "is no time of EventBridge Scheduler"),
    ],
)
def test_a_time_without_words_in_kubernetes_is_refused(expression: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        kubernetes_cron(expression)


def test_a_tasks_size_is_a_pods_limit_and_half_of_it_its_promise() -> None:
    made = resources_of(512, 512)
    assert made == Resources(
        cpu_request_millicores=250, cpu_limit_millicores=500, memory_request_mib=256, memory_limit_mib=512
    )
    assert resource_problems(resources_of(256, 512)) == []


def test_a_promise_above_the_limit_is_refused() -> None:
    (problem,) = resource_problems(Resources(cpu_request_millicores=600))
    assert (problem.key, problem.value) == ("cpu_request_millicores", 600)
    assert "choose 500 or less" in str(problem)


@pytest.mark.parametrize("name", ["default", "kube-system", "kube-anything", "Api", "1api", "a" * 64])
def test_a_service_named_like_no_namespace_may_be_is_refused(name: str) -> None:
    (problem,) = name_problems(name)
    assert problem.key == "services" and problem.value == name


def test_a_usual_name_is_taken() -> None:
    assert name_problems("order-api") == []


def test_a_schedule_leaves_room_for_what_kubernetes_appends() -> None:
    assert work_name_problems("a" * 52) == []
    assert "52 at most" in str(work_name_problems("a" * 53)[0])
