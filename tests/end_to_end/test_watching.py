"""What watches three environments on the emulated AWS, seen through boto3. O1, O2, O3."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

ENVIRONMENTS = ("dev", "staging", "prod")


def incidents(session: boto3.Session) -> dict[str, dict[str, Any]]:
    found = session.client("cloudwatch").describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    return {incident["AlarmName"]: incident for incident in found}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_incidents_page_over_alarms_that_stand(accounts: dict[str, boto3.Session], environment: str) -> None:
    found = incidents(accounts[environment])
    api = found[f"headroom-{environment}-api-failing"]
    assert api["AlarmActions"][0].endswith(f":headroom-{environment}-alarms-page")
    assert api["ActionsSuppressor"] == f"headroom-{environment}-main-database-saturated"
    assert found[f"headroom-{environment}-services-failing"].get("AlarmActions", []) == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_service_has_a_dashboard_whose_metrics_are_complete(
    accounts: dict[str, boto3.Session], environment: str
) -> None:
    client = accounts[environment].client("cloudwatch")
    names = {entry["DashboardName"] for entry in client.list_dashboards()["DashboardEntries"]}
    assert {f"headroom-{environment}-{name}" for name in ("overview", "service-api", "service-worker")} <= names
    for name in names:
        body = json.loads(client.get_dashboard(DashboardName=name)["DashboardBody"])
        assert len(body["widgets"]) <= 500
        drawn = [line for widget in body["widgets"] for line in widget["properties"].get("metrics", [])]
        assert drawn
        # Each part is known by now: namespace, name, pairs of dimensions, and how it is drawn.
        assert all(isinstance(part, str) and part for line in drawn for part in line[:-1])
        assert all(len(line[:-1]) % 2 == 0 for line in drawn)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_queries_over_each_services_logs_are_saved(accounts: dict[str, boto3.Session], environment: str) -> None:
    found = accounts[environment].client("logs").describe_query_definitions()["queryDefinitions"]
    by_name = {query["name"]: query["logGroupNames"] for query in found}
    assert by_name[f"headroom/{environment}/api/slowest-requests"] == [f"/headroom/{environment}/service/api"]
