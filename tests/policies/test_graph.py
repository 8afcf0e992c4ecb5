"""What refers to what, before ids are known and after."""

from typing import Any

import pytest

from policies.graph import Graph, Resource
from policies.verdict import UNKNOWN

BUCKET = "aws:s3/bucket:Bucket"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"


def graph(bucket: dict[str, Any], versioning: dict[str, Any], *sources: str) -> Graph:
    return Graph(
        [
            Resource(BUCKET, "one", "urn:one", bucket),
            Resource(BUCKET, "two", "urn:two", {"id": "two"}),
            Resource(VERSIONING, "versioning", "urn:versioning", versioning, depends_on={"bucket": sources}),
        ]
    )


@pytest.mark.parametrize(
    "stack",
    [
        graph({"id": "one"}, {"bucket": "one"}),
        graph({"arn": "one"}, {"bucket": "one"}),
        graph({"bucket": "one"}, {"bucket": "one"}),
        graph({}, {"bucket": UNKNOWN}, "urn:one"),
        graph({}, {"bucket": "not-yet"}, "urn:one"),
    ],
    ids=["id", "ARN", "name", "what it was computed from", "what a known value was computed from"],
)
def test_a_property_leads_to_its_resource_and_back(stack):
    one, two, versioning = stack.resources
    assert stack.behind(versioning, "bucket", BUCKET) == [one]
    assert stack.refers_to(versioning, "bucket", one)
    assert stack.referrers(one, "bucket", VERSIONING) == [versioning]
    assert stack.referrers(two, "bucket", VERSIONING) == []


def test_a_known_id_decides_over_what_the_property_was_computed_from():
    stack = graph({"id": "one"}, {"bucket": "two"}, "urn:one", "urn:two")
    assert [bucket.name for bucket in stack.behind(stack.resources[2], "bucket", BUCKET)] == ["two"]


def test_nothing_refers_to_what_nobody_names():
    stack = graph({"id": "one"}, {})
    assert stack.behind(stack.resources[2], "bucket", BUCKET) == []
    assert stack.referrers(stack.resources[0], "bucket", VERSIONING) == []
