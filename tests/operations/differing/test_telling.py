"""The sentence, and rows of what differs alike, as text, Markdown and JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.settings import Settings
from operations.differing import document, markdown, text
from operations.differing.comparing import Environment, compare
from operations.differing.model import ABSENT, Changed, Comparison, Property, Setting, Side, Standing, Version
from operations.differing.telling import sentence

STAGING = Side(environment="staging", account="222222222222", region="eu-central-1", resources=2)
PROD = Side(environment="prod", account="333333333333", region="eu-central-1", resources=3)
QUEUE = "aws:sqs/queue:Queue"


def setting(path: str = "services.api.max_count", a: Any = 4, b: Any = 10, **more: Any) -> Setting:
    return Setting(**{"path": path, "group": "size", "a": a, "b": b, **more})


def changed(name: str, *properties: Property) -> Changed:
    return Changed(type=QUEUE, name=name, component="", properties=properties)


def found(**more: Any) -> Comparison:
    given = {"a": PROD, "b": STAGING, "settings": [], "versions": [], "resources_compared": True}
    return Comparison(**{**given, **more})


API = Version(service="api", a="1.4.2 (sha256:ab12…)", b="1.5.0")


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        (
            found(versions=[API], settings=[setting()], changed=[changed("jobs")]),
            "prod runs api 1.4.2 (sha256:ab12…), staging 1.5.0; 1 setting and 1 resource differ otherwise.",
        ),
        (found(), "prod and staging do not differ."),
        (
            found(versions=[Version(service="api", a="1", b="1")]),
            "both run the same api; nothing else differs.",
        ),
        (found(settings=[setting(group="identity")]), "prod and staging do not differ."),
        (
            found(versions=[API, Version(service="web", a="", b="2")], resources_compared=False, settings=[setting()]),
            "prod runs api 1.4.2 (sha256:ab12…), staging 1.5.0; only staging has web, and prod has not; "
            "1 setting differs otherwise.",
        ),
        (
            found(versions=[API], settings=[setting("services.api.image", "1", "2", group="promotable")]),
            "prod runs api 1.4.2 (sha256:ab12…), staging 1.5.0; nothing else differs.",
        ),
        (
            found(
                versions=[Version(service="api", a="1", b="1")],
                settings=[setting("services.api.image", "one/api:1", "other/api:1", group="promotable")],
                resources_compared=False,
            ),
            "both run the same api; 1 setting differs otherwise.",
        ),
    ],
)
def test_the_sentence_says_versions_first_and_how_much_else(comparison: Comparison, expected: str) -> None:
    assert sentence(comparison) == expected


def test_what_makes_each_itself_is_no_difference_for_the_exit_code() -> None:
    assert not found(settings=[setting("account", "1", "2", group="identity")]).differs
    assert found(settings=[setting()]).differs
    assert found(changed=[changed("jobs")]).differs


def test_settings_that_differ_alike_are_one_row() -> None:
    settings = [setting(f"services.{name}.max_count") for name in ("api", "web")]
    assert "  services.{api, web}.max_count  4     10" in text.render(found(settings=settings))


def test_a_number_has_its_unit_and_what_is_not_there_a_dash() -> None:
    told = text.render(found(settings=[setting("databases.main.backup_days", 7, ABSENT, unit="days", group="safety")]))
    assert "databases.main.backup_days" in told and "7 days" in told and "—" in told


def test_resources_that_differ_alike_are_one_row() -> None:
    days = Property(path="messageRetentionSeconds", a=1, b=2)
    told = text.render(found(changed=[changed("jobs", days), changed("mails", days)], same=3))
    assert "Stands in both and differs: 2; 3 are alike" in told
    assert "sqs.Queue jobs, mails\n    messageRetentionSeconds" in told


def test_what_makes_each_itself_is_one_line() -> None:
    told = text.render(found(settings=[setting("account", "1", "2", group="identity")]))
    assert "What makes each itself, and is meant to differ: account" in told


def test_of_two_long_values_the_part_is_shown_in_which_they_differ() -> None:
    same = "public.ecr.aws/docker/library/postgres"
    told = text.render(found(settings=[setting("tasks.postgres_image", f"{same}:17", f"{same}@sha256:ab")]))
    assert ":17" in told and "@sha256:ab" in told


def test_no_line_of_the_text_is_longer_than_a_terminal_of_120(stacks: dict[str, Settings]) -> None:
    many = [changed("x" * 100, Property(path="a." * 60 + "b", a="v" * 200, b=[{"k": "v" * 90}]))]
    one, other = (Environment(name=name, settings=stacks[name]) for name in ("minimal", "dev"))
    for comparison in (compare(one, other, ["not up " * 40]), found(changed=many, only_a=[_standing("y" * 200)])):
        assert max(map(len, text.render(comparison).splitlines())) <= 120


def _standing(name: str) -> Standing:
    return Standing(type=QUEUE, name=name, component="")


def test_markdown_has_all_of_it_and_nothing_of_a_value_is_markup() -> None:
    line = Property(path="policy", a="a | <b> `c`", b="@team")
    told = markdown.render(found(changed=[changed("jobs", line)], only_b=[_standing("a*b")]))
    assert "| `sqs.Queue` jobs | `policy` | `` a \\| <b> `c` `` | `@team` |" in told
    assert "a\\*b" in told


def test_json_tells_what_is_not_set_from_what_is_null() -> None:
    told = json.loads(document.render(found(settings=[setting(a=ABSENT, b=None)])))
    [line] = told["settings"]
    assert told["version"] == 1 and told["differs"] is True
    assert "a" not in line and line["b"] is None


def test_a_file_that_asks_for_another_version_than_stands_is_told_of(stacks: dict[str, Settings]) -> None:
    containers = json.dumps([{"name": "api", "image": "registry:0.9.0"}])
    task = {
        "urn": "urn:pulumi:staging::headroom::aws:ecs/taskDefinition:TaskDefinition::api",
        "type": "aws:ecs/taskDefinition:TaskDefinition",
        "custom": True,
        "parent": "urn:pulumi:staging::headroom::headroom:compute:EcsService::api",
        "inputs": {"containerDefinitions": containers},
    }
    one = Environment(name="staging", settings=stacks["staging"], resources=[task])
    other = Environment(name="prod", settings=stacks["prod"])
    assert "staging's file asks for api 1.0.0, and 0.9.0 stands." in compare(one, other).notes
