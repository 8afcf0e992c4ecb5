"""What a queue can't be. T6."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.queues.constraints import (
    DAYS_TO_LOOK,
    DEAD_LETTER_DAYS,
    STOP_SECONDS,
    deduplication_problems,
    name_problems,
    queue_variable,
    retention_problems,
    timeout_problems,
)


def test_the_variable_of_a_queue_is_one_that_a_shell_takes():
    assert queue_variable("user-mails") == "QUEUE_URL_USER_MAILS"


def test_the_defaults_are_right():
    assert [*timeout_problems(300, 5, 4), *retention_problems(4, False), *deduplication_problems(False, False)] == []


@pytest.mark.parametrize("seconds", [0, 43_201])
def test_sqs_hides_a_message_for_12_hours_at_most(seconds):
    [problem] = timeout_problems(seconds, 1, 14)
    assert (problem.key, problem.remedy) == ("visibility_timeout_seconds", "choose 1 to 43200 seconds")


def test_a_message_does_not_come_back_while_its_task_is_being_stopped():
    [problem] = timeout_problems(STOP_SECONDS, 5, 4)
    assert problem.reason.startswith("a task that is told to stop has 70 s to finish its message")
    assert timeout_problems(STOP_SECONDS + 1, 5, 4) == []


def test_a_message_has_all_its_tries_before_it_expires():
    [problem] = timeout_problems(43_200, 8, 4)
    assert (problem.key, problem.value) == ("max_receives", 8)
    assert "8 tries of 43200 s are 96 hours" in problem.reason
    assert timeout_problems(43_200, 7, 4) == []


@settings(max_examples=50)
@given(st.integers(71, 43_200), st.integers(1, 1000), st.integers(1, 14))
def test_whatever_is_accepted_becomes_a_dead_letter_in_time(seconds, receives, days):
    accepted = not timeout_problems(seconds, receives, days)
    assert accepted == (seconds * receives < days * 86_400)


def test_days_are_left_to_look_at_a_dead_letter_of_a_standard_queue():
    longest = DEAD_LETTER_DAYS - DAYS_TO_LOOK
    assert retention_problems(longest, False) == []
    [problem] = retention_problems(longest + 1, False)
    assert problem.remedy == "choose 10 or less"
    assert retention_problems(14, True) == []


def test_only_a_fifo_queue_drops_duplicates():
    assert [p.key for p in deduplication_problems(True, False)] == ["deduplicate_content"]
    assert deduplication_problems(True, True) == []


def test_no_queue_takes_the_name_of_anothers_dead_letters():
    assert [p.key for p in name_problems(["jobs", "jobs-dlq", "mails-dlq"])] == ["jobs-dlq"]
