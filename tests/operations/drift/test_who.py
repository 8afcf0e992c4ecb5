"""Who changed something last is told where CloudTrail knows and may be asked."""

from __future__ import annotations

import datetime
from typing import Any

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from operations.changes import Change
from operations.drift import who
from operations.drift.seeing import see
from tests.operations.drift.refreshed import DATABASE, read, run, urn

WHEN = datetime.datetime(2026, 11, 20, 14, 2)


class Trail:
    """CloudTrail with events by name of a resource."""

    def __init__(self, events: dict[str, list[dict[str, Any]]] | None = None, refuses: bool = False) -> None:
        self.events, self.refuses, self.asked = events or {}, refuses, 0

    def lookup_events(self, LookupAttributes: list[dict[str, str]], MaxResults: int) -> dict[str, Any]:  # noqa: N803
        self.asked += 1
        if self.refuses:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "LookupEvents")
        return {"Events": self.events.get(LookupAttributes[0]["AttributeValue"], [])[:MaxResults]}


def changes(count: int = 1) -> list[Change]:
    documents = [
        read(
            DATABASE,
            f"db{n}",
            asked={"port": 1},
            found={"port": 2},
            detail={"port": "update"},
            outputs={"arn": f"arn:aws:rds:eu:1:db:real-{n}"},
        )
        for n in range(count)
    ]
    return [seen.change for seen in see(run(*documents))]


def event(name: str, user: str, *, read_only: str = "false") -> dict[str, Any]:
    return {"EventName": name, "Username": user, "ReadOnly": read_only, "EventTime": WHEN}


def test_the_last_change_is_told_and_no_look() -> None:
    events = [event("DescribeDBInstances", "bob", read_only="true"), event("ModifyDBInstance", "ada")]
    found, notes = who.ask(changes(), lambda _: Trail({"real-0": events}))
    assert found == {urn(DATABASE, "db0"): "ModifyDBInstance by ada, 2026-11-20 14:02"}
    assert notes == []


def test_what_is_in_no_region_or_in_another_is_asked_there() -> None:
    arns = {
        "aws:iam/role:Role": "arn:aws:iam::111111111111:role/r",
        "aws:cloudwatch/metricAlarm:MetricAlarm": "arn:aws:cloudwatch:us-west-2:111111111111:alarm:r",
        "aws:s3/bucket:Bucket": "arn:aws:s3:::r",
    }
    documents = [
        read(token, "r", asked={"a": 1}, found={"a": 2}, detail={"a": "update"}, outputs={"arn": arn})
        for token, arn in arns.items()
    ]
    regions: list[str] = []

    def trail(region: str) -> Trail:
        regions.append(region)
        return Trail()

    who.ask([seen.change for seen in see(run(*documents))], trail)
    assert regions == ["us-east-1", "us-west-2", ""]


def test_where_it_knows_nothing_nothing_is_told() -> None:
    assert who.ask(changes(), lambda _: Trail()) == ({}, [])


def test_a_refusal_is_noted_once() -> None:
    trail = Trail(refuses=True)
    found, notes = who.ask(changes(3), lambda _: trail)
    assert (found, trail.asked) == ({}, 1)
    assert notes == ["CloudTrail does not tell who changed what: AccessDeniedException"]


def test_an_answer_that_is_none_of_awss_is_noted() -> None:
    def broken(service: str) -> Any:
        raise ResponseParserError("<html>")

    assert who.ask(changes(), broken) == ({}, ["CloudTrail does not tell who changed what: ResponseParserError"])


def test_it_is_asked_about_the_first_only_and_about_each_once() -> None:
    trail = Trail({f"real-{n}": [event("ModifyDBInstance", "ada")] for n in range(99)})
    found, notes = who.ask([*changes(30), *changes(30)], lambda _: trail)
    assert len(found) == who.MOST
    assert "first 25 of 30" in notes[0]
