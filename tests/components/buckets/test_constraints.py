import pytest

from components.buckets.constraints import (
    LONGEST_BUCKET_NAME,
    bucket_name_problems,
    bucket_variable,
    lifecycle_problems,
    limit_problems,
    limit_variable,
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


def test_a_service_is_told_the_limit_beside_the_name():
    assert limit_variable("user-uploads") == "BUCKET_USER_UPLOADS_MAX_BYTES"


def test_only_uploads_have_a_limit():
    assert limit_problems("uploads", 5) == limit_problems("private", None) == []
    [problem] = limit_problems("private", 5)
    assert (problem.key, problem.value) == ("max_mib", 5)


def test_an_object_is_in_one_storage_class():
    [problem] = lifecycle_problems(90, 0, tier_unused=True)
    assert (problem.key, problem.value) == ("archive_days", 90)
