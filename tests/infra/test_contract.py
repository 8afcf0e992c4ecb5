"""What services are really given, in each environment, is what the contract says. D2, E5."""

import json
from pathlib import Path

import pytest

from components.contract import VARIABLES, explain

ROOT = Path(__file__).parents[2]
WHO = "aws:index/getCallerIdentity:getCallerIdentity"


@pytest.fixture(scope="module")
def given(up):
    """Service -> variable -> whether it is a secret, without what the service's own settings name.

    It is prod, where most capabilities are in use, with a database of a tenant's own, calls and traces beside.
    """
    services = {}

    def change(content):
        content["headroom:services"]["worker"]["tenants"] = {"acme": "main"}
        content["headroom:services"]["api"]["calls"] = ["web"]
        content["headroom:services"]["web"] |= {"cpu_units": 512, "memory_mib": 1024}
        content["headroom:telemetry"]["traces"] = "xray"
        services.update(content["headroom:services"])

    stack = up("prod", change)
    found = {}
    for name, chosen in services.items():
        definition = stack.one("ecs/taskDefinition:TaskDefinition", name)["inputs"]
        container = json.loads(definition["containerDefinitions"])[0]
        own = {*chosen.get("environment", {}), *chosen.get("secrets", {})}
        told = {pair["name"]: False for pair in container.get("environment", [])}
        told |= {pair["name"]: True for pair in container.get("secrets", [])}
        found[name] = {variable: secret for variable, secret in told.items() if variable not in own}
    return found


def test_every_variable_that_a_service_is_given_stands_in_the_contract(given):
    for service, variables in given.items():
        for variable, secret in variables.items():
            entry = explain(variable)
            assert entry is not None, f"{service} gets {variable}, and components/contract.py does not know it"
            assert entry.secret is secret, f"{service} gets {variable} {'as a secret' if secret else 'openly'}"


def test_every_variable_of_the_contract_is_given_to_some_service(given):
    told = {variable for variables in given.values() for variable in variables}
    named = {entry.name for variable in told if (entry := explain(variable))}
    # A schedule hands its own to the task that it starts: tests/components/schedules/test_schedule.py.
    assert {entry.name for entry in VARIABLES} - named == {"SCHEDULE_NAME", "SCHEDULED_TIME"}
