"""A page goes out to who is on call, or whoever gave the command hears that it did not."""

from __future__ import annotations

from typing import Any

import pytest

from operations.promotion.pages import page
from tests.operations.promotion.health.watched import Replayed

TOPIC = "arn:aws:sns:eu-central-1:222222222222:headroom-staging-alarms-page"
OUTPUTS = {"topics": {"warn": "arn:aws:sns:eu-central-1:222222222222:warn", "page": TOPIC}}
SENT = {"MessageId": "1"}


def sent(subject: str, text: str) -> dict[str, Any]:
    """What SNS takes, by botocore's model, of a page with these words."""
    heard: dict[str, Any] = {}
    aws = Replayed()
    aws("sns").meta.events.register("provide-client-params.sns.Publish", lambda params, **_: heard.update(params))
    aws.answers("sns", "publish", SENT)
    assert page(aws, OUTPUTS, subject, text) == ""  # type: ignore[arg-type]
    return heard


def test_a_page_goes_to_the_topic_that_pages() -> None:
    assert sent("staging: gates were passed by", "By Ada: a fix") == {
        "TopicArn": TOPIC,
        "Subject": "staging: gates were passed by",
        "Message": "By Ada: a fix",
    }


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("two\nlines\tand  more", "two lines and more"),
        ("für alle\x07", "f?r alle"),
        ("\n", "headroom"),
        ("x" * 101, "x" * 97 + "..."),
    ],
)
def test_a_subject_is_what_sns_takes(subject: str, expected: str) -> None:
    assert sent(subject, "text")["Subject"] == expected


def test_a_long_text_is_cut_and_an_empty_one_said_to_be() -> None:
    assert len(sent("s", "ü" * 200_000)["Message"].encode()) <= 200_000
    assert sent("s", " \n")["Message"] == "no more is known"


def test_what_looks_like_a_secret_does_not_go_out() -> None:
    url = "postgresql://api:Tr0ub4dor&3@main.rds.amazonaws.com/api"
    heard = sent("fix for AKIAIOSFODNN7EXAMPLE", f"migration failed at {url}")
    assert heard["Subject"] == "fix for [redacted]"
    assert heard["Message"] == "migration failed at postgresql://[redacted]@main.rds.amazonaws.com/api"


def test_a_topic_in_another_region_is_told_there() -> None:
    aws = Replayed()
    aws.answers("sns@us-east-1", "publish", SENT)
    there = {"topics": {"page": TOPIC.replace("eu-central-1", "us-east-1")}}
    assert page(aws, there, "s", "t") == ""  # type: ignore[arg-type]
    assert aws.all_asked


def test_a_page_that_does_not_go_out_is_said_aloud_and_stops_nothing() -> None:
    aws = Replayed()
    aws.refuses("sns", "publish", "AuthorizationError", "not authorized to perform: SNS:Publish")
    said = page(aws, OUTPUTS, "staging: a promotion failed", "text")  # type: ignore[arg-type]
    assert said.startswith("NOBODY WAS PAGED: ")
    assert "not authorized to perform: SNS:Publish" in said
    assert said.endswith("Tell them yourself: staging: a promotion failed")


@pytest.mark.parametrize("outputs", [{}, {"topics": {}}, {"topics": {"page": ""}}])
def test_a_stack_without_the_topic_is_said_aloud(outputs: dict[str, Any]) -> None:
    assert "has no topic `page`" in page(Replayed(), outputs, "s", "t")  # type: ignore[arg-type]
