"""What every cache has: its secret. The rest is seen in the tests of the caches. D5."""

import json

import pulumi

from components.access import Scope
from components.caches.parts import CachePlace, cache_secret
from components.links import KeyLink


def test_a_password_with_marks_is_escaped_in_the_urls() -> None:
    assert json.loads(cache_secret("a/b@c", "h", "r"))["url"] == "rediss://headroom:a%2Fb%40c@h:6379"


def test_reads_have_a_port_of_their_own_where_there_is_one() -> None:
    found = json.loads(cache_secret("p", "h", "h", 6380))
    assert (found["url"], found["read_url"]) == ("rediss://headroom:p@h:6379", "rediss://headroom:p@h:6380")


def test_names_follow_from_the_environment_and_the_cache() -> None:
    place = CachePlace(
        name="main",
        scope=Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev"),
        key=KeyLink(arn="k", alias="alias/k"),
        opts=pulumi.ResourceOptions(),
    )
    assert (place.identifier, place.secret_name) == ("dev-main", "headroom/dev/cache/main")
