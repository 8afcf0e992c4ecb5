"""What S3 refuses of a bucket, and names that follow from a bucket's: free of Pulumi."""

from components.constraints import Problem, within

LIFECYCLE_SOURCE = "docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html"
NAMES_SOURCE = "docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"

LONGEST_BUCKET_NAME = 63
"""Letters of a bucket's physical name. `headroom-<environment>-<bucket>-<account>` has 9 + 16 + 1 + 20 + 1 + 12 = 59
at most."""


def bucket_variable(name: str) -> str:
    """Environment variable that tells a service the physical name of a bucket: `BUCKET_USER_UPLOADS`."""
    return f"BUCKET_{name.upper().replace('-', '_')}"


def lifecycle_problems(archive_days: int, expire_days: int) -> list[Problem]:
    """An object is archived before it is deleted, or S3 refuses the rules."""
    if not archive_days or not expire_days or expire_days > archive_days:
        return []
    return [
        Problem(
            key="expire_days",
            value=expire_days,
            reason=f"objects would be deleted before archive_days, {archive_days}, moves them",
            remedy=f"choose {archive_days + 1} or more, or 0 for archive_days",
            source=LIFECYCLE_SOURCE,
        )
    ]


def bucket_name_problems(physical_name: str) -> list[Problem]:
    """All accounts of AWS share one name space, and a name there has 63 letters at most."""
    return within("name", len(physical_name), 3, LONGEST_BUCKET_NAME, "letters with prefix and account", NAMES_SOURCE)
