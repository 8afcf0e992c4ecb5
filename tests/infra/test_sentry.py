"""A Sentry DSN is a secret by one setting, on both platforms. O3."""

import json

import pytest


@pytest.mark.parametrize("compute", ["ecs", "eks"])
def test_a_service_gets_its_sentry_dsn_as_a_variable_by_reference(up, compute):
    def change(content):
        content["headroom:compute"] = compute
        content["headroom:services"]["api"]["secrets"]["SENTRY_DSN"] = "external"

    stack = up("dev", change)
    name = "headroom/dev/service/api/SENTRY_DSN"
    assert name in [secret["inputs"]["name"] for secret in stack.all("secretsmanager/secret:Secret")]
    assert not [v for v in stack.all("secretVersion:SecretVersion") if "SENTRY_DSN" in v["name"]], "the team puts it"
    if compute == "ecs":
        (task,) = [t for t in stack.all("ecs/taskDefinition:TaskDefinition") if t["name"] == "api"]
        container = json.loads(task["inputs"]["containerDefinitions"])[0]
        given = {variable["name"]: variable["valueFrom"] for variable in container["secrets"]}
        plain = container["environment"]
    else:
        (pods,) = [d for d in stack.all("kubernetes:apps/v1:Deployment") if d["name"] == "api-pods"]
        plain = pods["inputs"]["spec"]["template"]["spec"]["containers"][0]["env"]
        given = {variable["name"]: variable["valueFrom"] for variable in plain if "valueFrom" in variable}
        plain = [variable for variable in plain if "valueFrom" not in variable]
    assert given["SENTRY_DSN"]
    assert "SENTRY_DSN" not in [variable["name"] for variable in plain]
