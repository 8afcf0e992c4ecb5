import pytest

from components.bucket_constraints import (
    LONGEST_BUCKET_NAME,
    bucket_name_problems,
    bucket_variable,
    lifecycle_problems,
)


def test_the_variable_of_a_bucket_is_its_name_in_capitals():
    assert bucket_variable("user-uploads") == "BUCKET_USER_UPLOADS"


@pytest.mark.parametrize(("archive", "expire"), [(0, 0), (90, 0), (0, 90), (90, 91)])
def test_objects_may_be_archived_and_then_deleted(archive, expire):
    assert lifecycle_problems(archive, expire) == []


@pytest.mark.parametrize("expire", [1, 89, 90])
def test_objects_are_not_deleted_before_they_are_archived(expire):
    [problem] = lifecycle_problems(90, expire)
    assert str(problem).startswith(
        f"expire_days is {expire}: objects would be deleted before archive_days, 90, moves them; choose 91 or more, or "
        "0 for archive_days (docs.aws.amazon.com/"
    )


def test_a_name_longer_than_aws_takes_is_refused():
    assert bucket_name_problems("x" * LONGEST_BUCKET_NAME) == []
    [problem] = bucket_name_problems("x" * 64)
    assert "3 to 63 letters with prefix and account" in str(problem)
