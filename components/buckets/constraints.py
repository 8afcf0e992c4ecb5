"""What S3 refuses of a bucket, and what follows from a bucket's name and use: free of Pulumi."""

from typing import Literal

from components.constraints import Problem, within

BucketUse = Literal["private", "uploads", "site"]
"""What a bucket is for: `private` data of services; `uploads` of users, whose size is limited; `site`, the files that
CloudFront serves."""

LIFECYCLE_SOURCE = "docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html"
NAMES_SOURCE = "docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"
TIERING_SOURCE = "docs.aws.amazon.com/AmazonS3/latest/userguide/intelligent-tiering-overview.html"
POST_SOURCE = "docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html"

LOGS = "logs"
"""Name of the bucket for access logs, which no other may have."""

LONGEST_BUCKET_NAME = 63
"""Letters of a bucket's physical name. `headroom-<environment>-<bucket>-<account>` has 9 + 16 + 1 + 20 + 1 + 12 = 59
at most."""

LARGEST_POST_MIB = 5120
"""MiB of the largest object that one request can upload, 5 GiB (AmazonS3/latest/userguide/upload-objects.html)."""

UPLOAD_MIB = 5
"""Largest upload by default, in MiB (D6)."""

BYTES_PER_MIB = 1024 * 1024


def bucket_variable(name: str) -> str:
    """Environment variable that tells a service the physical name of a bucket: `BUCKET_USER_UPLOADS`."""
    return f"BUCKET_{name.upper().replace('-', '_')}"


def limit_variable(name: str) -> str:
    """Environment variable that tells a service the largest upload, in bytes: `BUCKET_USER_UPLOADS_MAX_BYTES`."""
    return f"{bucket_variable(name)}_MAX_BYTES"


def upload_bytes(use: BucketUse, max_mib: int | None) -> int | None:
    """Size of the largest upload, in bytes; None where nothing is uploaded by clients."""
    return (max_mib or UPLOAD_MIB) * BYTES_PER_MIB if use == "uploads" else None


def lifecycle_problems(archive_days: int, expire_days: int, tier_unused: bool = False) -> list[Problem]:
    """An object is archived before it is deleted, or S3 refuses the rules; and it can't be in two storage classes."""
    if archive_days and tier_unused:
        return [
            Problem(
                key="archive_days",
                value=archive_days,
                reason="tier_unused moves objects to a storage class of its own on the day of their writing",
                remedy="choose 0, or tier_unused: false",
                source=TIERING_SOURCE,
            )
        ]
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


def limit_problems(use: BucketUse, max_mib: int | None) -> list[Problem]:
    """Only uploads have a limit, since only they are signed for clients."""
    if max_mib is None or use == "uploads":
        return []
    return [
        Problem(
            key="max_mib",
            value=max_mib,
            reason=f"it limits what clients upload, and this bucket's use is {use}",
            remedy="leave it out, or choose use: uploads",
            source=POST_SOURCE,
        )
    ]


def bucket_name_problems(physical_name: str) -> list[Problem]:
    """All accounts of AWS share one name space, and a name there has 63 letters at most."""
    return within("name", len(physical_name), 3, LONGEST_BUCKET_NAME, "letters with prefix and account", NAMES_SOURCE)
