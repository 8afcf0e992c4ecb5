"""Where the lines of pods go on EKS. O3."""

import json
import re
from typing import Any

from components.eks.fluent_bit import FILE, application_log
from components.kubernetes.objects import LOGS
from components.services.logs import service_log_group, service_log_groups
from tests.components.eks_examples import API, SCOPE, WORKER, Run, cluster, started

Section = tuple[str, dict[str, str]]


def sections() -> list[Section]:
    """The file as Fluent Bit reads it: names in brackets, and indented keys with the rest of the line as value."""
    found: list[Section] = []
    for line in application_log(service_log_groups(SCOPE)).splitlines():
        if header := re.fullmatch(r"\[([A-Z]+)\]", line):
            found.append((header[1], {}))
        elif line.strip():
            key, value = line.strip().split(" ", 1)
            found[-1][1][key] = value
    return found


def named(kind: str, name: str) -> list[dict[str, str]]:
    return [settings for found, settings in sections() if found == kind and settings["Name"] == name]


def test_lines_of_a_service_go_to_its_own_log_group_as_they_are() -> None:
    services, others = named("OUTPUT", "cloudwatch_logs")
    label = f"$kubernetes['labels']['{LOGS}']"
    assert services["log_group_template"] == service_log_group(SCOPE, label)
    assert services["log_key"] == "log"
    assert services["Match"] == "service.*"
    assert "log_group_template" not in others


def test_only_pods_with_the_label_get_there() -> None:
    (retag,) = named("FILTER", "rewrite_tag")
    accessor, regex, tag, keep = retag["Rule"].split()
    assert accessor == f"$kubernetes['labels']['{LOGS}']"
    assert re.match(regex, "api") and not re.match(regex, "")
    assert tag.startswith("service.") and keep == "false"
    (pods,) = named("FILTER", "kubernetes")
    assert pods["Labels"] == "On"


def test_no_log_group_is_made_that_would_be_kept_for_ever() -> None:
    assert {output["auto_create_group"] for output in named("OUTPUT", "cloudwatch_logs")} == {"false"}


def test_no_line_is_read_twice() -> None:
    tails = named("INPUT", "tail")
    left_out = tails[0]["Exclude_Path"].split(", ")
    assert all(tail["Path"] in left_out for tail in tails[1:])
    assert len({tail["DB"] for tail in tails}) == len(tails)


def test_every_pod_of_a_service_has_the_label_and_no_selector_has(run: Run) -> None:
    for given in (API, WORKER):
        stack = started(run, given)
        made = stack.one("kubernetes:apps/v1:Deployment")["inputs"]["spec"]
        assert made["template"]["metadata"]["labels"][LOGS] == "api"
        assert LOGS not in made["selector"]["matchLabels"]
        for job in stack.all("kubernetes:batch/v1:CronJob"):
            assert job["inputs"]["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"][LOGS] == "api"


def test_the_log_group_has_a_retention_and_our_key_and_stands_before_the_pods(run: Run) -> None:
    stack = started(run)
    (group,) = stack.all("aws:cloudwatch/logGroup:LogGroup")
    assert group["inputs"]["name"] == "/headroom/dev/service/api"
    assert (group["inputs"]["retentionInDays"], group["inputs"]["kmsKeyId"]) == (30, "services-key")
    after = stack.one("kubernetes:apps/v1:Deployment")["options"]["depends_on"]
    assert any("api-logs" in urn for urn in after)


def configuration(run: Run) -> dict[str, Any]:
    (addon,) = [
        found["inputs"]
        for found in cluster(run).all("aws:eks/addon:Addon")
        if found["inputs"]["addonName"] == "amazon-cloudwatch-observability"
    ]
    read: dict[str, Any] = json.loads(addon["configurationValues"])
    return read


def test_the_add_on_takes_the_file_and_changes_no_pods(run: Run) -> None:
    given = configuration(run)
    assert given["containerLogs"]["fluentBit"]["config"]["extraFiles"] == {
        FILE: application_log(service_log_groups(SCOPE))
    }
    assert "application_signals" not in json.dumps(given)


def test_what_the_alarms_need_is_measured(run: Run) -> None:
    collected = configuration(run)["agent"]["config"]["logs"]["metrics_collected"]
    assert collected["kubernetes"]["enhanced_container_insights"] is True


def test_the_chart_of_the_add_on_finds_no_template_of_its_own_in_the_file() -> None:
    assert "{{" not in application_log(service_log_groups(SCOPE))
