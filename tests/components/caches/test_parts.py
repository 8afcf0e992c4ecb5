"""What every cache has: its secret. The rest is seen in the tests of the caches. D5."""

import pulumi

from components.access import Scope
from components.caches.parts import CachePlace, cache_fields
from components.links import KeyLink
from tests.components.rotation_examples import REDIS, ROTATOR


def test_reads_have_a_port_of_their_own_where_there_is_one() -> None:
    found = cache_fields("h", "h", 6380)
    assert (found["url"], found["read_url"]) == ("rediss://h:6379", "rediss://h:6380")


def test_names_follow_from_the_environment_and_the_cache() -> None:
    place = CachePlace(
        name="main",
        scope=Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev"),
        key=KeyLink(arn="k", alias="alias/k"),
        rotator=ROTATOR,
        rotated=REDIS,
        opts=pulumi.ResourceOptions(),
    )
    assert (place.identifier, place.secret_name) == ("dev-main", "headroom/dev/cache/main")
