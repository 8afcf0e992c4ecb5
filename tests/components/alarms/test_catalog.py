"""The catalog has every kind of alarm that components make, and each has a page that tells what to do. O1."""

import ast
import re
import shlex
from functools import cache
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.session import Session, get_session

from components.alarms.catalog import Kind, catalog
from components.alarms.incidents import balancer_incident, database_incident, queue_incidents, service_incident
from components.schedules.constraints import FAILED_RUNS

ROOT = Path(__file__).parents[3]
RUNBOOKS = ROOT / "docs/runbooks"
INCIDENTS = {"failing", "database-saturated", "queue-stuck"}
SECTIONS = ["## First", "## Look", "## Worry when"]
GENERAL = {"query", "output", "region"}
CUSTOMIZED = {("logs", "tail"): {"since", "filter-pattern", "follow"}, ("s3", "ls"): {"recursive"}}
"""Commands of the AWS CLI that are no operation of the API."""

KUBECTL = {
    "get": {"-n", "-A", "-o", "--sort-by", "--field-selector", "--raw"},
    "describe": {"-n", "-A"},
    "top": {"-n"},
    "logs": {"-n", "-l", "--tail"},
    "rollout": {"-n"},
}
"""What the pages use of kubectl."""
RESOURCES = {"pods", "events", "hpa", "deployment", "jobs", "cronjobs", "nodes", "nodepools", "nodeclaims"}
RESOURCES |= {"targetgroupbindings", "undo", "history"}
"""Kinds that a cluster in Auto Mode has, and what a rollout takes."""


def pages() -> dict[str, str]:
    return {page.stem: page.read_text() for page in RUNBOOKS.glob("*.md") if page.stem != "README"}


def made_by_components() -> set[str]:
    """Names of conditions, as the source of components has them."""
    names: set[str] = set()
    for path in (ROOT / "components").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Condition":
                given = {keyword.arg: keyword.value for keyword in node.keywords}
                if isinstance(given["name"], ast.Constant):
                    names.add(str(given["name"].value))
    return names


def test_the_catalog_has_every_condition_that_the_source_names() -> None:
    found = made_by_components()
    assert len(found) >= 40
    assert found - {kind.condition.name for kind in catalog()} == set()


@pytest.mark.parametrize("kind", catalog(), ids=lambda kind: f"{kind.thing}-{kind.condition.name}")
def test_every_kind_of_alarm_has_a_runbook_and_says_the_first_thing_to_do(kind: Kind) -> None:
    condition = kind.condition
    assert (RUNBOOKS / f"{condition.runbook}.md").is_file()
    assert len(condition.first) > 10
    assert not condition.first.endswith(".")
    assert kind.limit.source


@pytest.mark.parametrize("kind", catalog(), ids=lambda kind: f"{kind.thing}-{kind.condition.name}")
def test_a_limit_that_is_the_same_for_all_sizes_is_the_one_with_the_source(kind: Kind) -> None:
    if kind.limit.value and kind.condition.threshold == kind.large.threshold and kind.limit.value >= 1:
        units = (1, 60, 1024**3, 1024**4)
        assert kind.condition.threshold in [kind.limit.value * unit for unit in units]


def test_every_page_belongs_to_a_condition_or_an_incident_and_the_list_has_each() -> None:
    assert set(pages()) == {kind.condition.runbook for kind in catalog()} | INCIDENTS
    listed = re.findall(r"\]\(([a-z0-9-]+)\.md\)", (RUNBOOKS / "README.md").read_text())
    assert listed == sorted(pages())


def test_incidents_name_pages_that_are_there() -> None:
    made = (
        service_incident("p", "api", ["down"], None),
        balancer_incident("p", "alb", None),
        database_incident("p", "main", {"main": ["proxy-unavailable"]}),
        *queue_incidents("p", "jobs"),
    )
    assert {incident.runbook for incident in made if incident} == INCIDENTS


@pytest.mark.parametrize("name", sorted(pages()))
def test_a_page_says_what_first_how_and_when_to_worry_in_a_few_lines(name: str) -> None:
    text = pages()[name]
    assert re.findall(r"^## .*$", text, re.M) == SECTIONS
    assert len(text.splitlines()) < 40
    assert not [
        line for line in text.split("```")[0].splitlines() + text.split("```")[2].splitlines() if len(line) > 121
    ]


@pytest.mark.parametrize("name", sorted(pages()))
def test_every_command_of_the_aws_cli_exists_with_its_options(name: str) -> None:
    commands = [line for line in pages()[name].split("```")[1].splitlines() if line.startswith("aws ")]
    assert commands or "redis-cli" in pages()[name]
    for command in commands:
        _, service, operation, *arguments = shlex.split(re.sub(r"\$\([^)]*\)", "X", command))
        options = {argument[2:] for argument in arguments if argument.startswith("--")} - GENERAL
        assert options <= known_options(service, operation), command


def kubectl_lines(name: str) -> list[str]:
    return [line for line in pages()[name].split("```")[1].splitlines() if line.startswith("kubectl ")]


@pytest.mark.parametrize("name", sorted(pages()))
def test_every_command_of_kubectl_is_one_that_it_knows(name: str) -> None:
    for command in kubectl_lines(name):
        _, verb, *arguments = shlex.split(command)
        flags = {argument.split("=")[0] for argument in arguments if argument.startswith("-")}
        assert flags <= KUBECTL[verb], command
        assert verb == "logs" or "--raw" in flags or arguments[0] in RESOURCES, command


def test_pages_name_the_queue_of_failed_runs_as_it_is() -> None:
    named = {found for text in pages().values() for found in re.findall(r"headroom-\$ENV-(failed-[a-z-]+)", text)}
    assert named == {FAILED_RUNS}


def test_what_is_done_otherwise_on_eks_is_told_for_both() -> None:
    by_platform = [name for name, text in pages().items() if "aws ecs" in text or "application-autoscaling" in text]
    assert len(by_platform) >= 8
    assert [name for name in by_platform if not kubectl_lines(name)] == []


@cache
def known_options(service: str, operation: str) -> set[str]:
    """What the CLI takes: the members of the operation's input, and `--no-` before flags."""
    if (service, operation) in CUSTOMIZED:
        return CUSTOMIZED[service, operation]
    model = session().get_service_model(service)
    by_name = {xform_name(one, "-"): one for one in model.operation_names}
    shape = model.operation_model(by_name[operation]).input_shape
    members = {xform_name(member, "-") for member in (shape.members if shape else {})}
    return members | {f"no-{member}" for member in members} | {"max-items"}


@cache
def session() -> Session:
    """One for all tests: it reads the models of AWS from files."""
    return get_session()
