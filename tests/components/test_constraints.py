"""What AWS refuses wherever it stands, with its message word for word."""

import pytest

from components.constraints import log_retention_problems, require, secret_recovery_problems


def test_a_problem_names_key_value_reason_remedy_and_source() -> None:
    assert [str(problem) for problem in log_retention_problems(45)] == [
        "retention_days is 45: CloudWatch Logs has fixed retention periods; choose 30 or 60 "
        "(docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html)"
    ]


def test_require_tells_all_problems_at_once() -> None:
    with pytest.raises(ValueError, match=r"retention_days is 2(.|\n)*retention_days is 8"):
        require([*log_retention_problems(2), *log_retention_problems(8)])


def test_what_is_right_is_no_problem_and_passes() -> None:
    problems = log_retention_problems(90)
    require(problems)
    assert problems == []


@pytest.mark.parametrize("days", [0, 7, 30])
def test_a_secret_waits_7_to_30_days_or_none(days: int) -> None:
    assert secret_recovery_problems(days) == []


@pytest.mark.parametrize("days", [-1, 1, 6, 31])
def test_other_recovery_windows_are_refused(days: int) -> None:
    assert [str(problem) for problem in secret_recovery_problems(days)] == [
        f"secret_recovery_days is {days}: AWS takes 7 to 30 days, or 0 to delete at once; "
        "choose 7 to 30 days, or 0 to delete at once "
        "(docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html)"
    ]
