from pathlib import Path
import json
import yaml
import pytest
from infra import program
from infra.settings_problems import to_config

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_each_environment_runs(run, environment):
    content = yaml.safe_load((ROOT / f"Pulumi.{environment}.yaml").read_text())
    config, _ = to_config(content["config"])
    account = config["headroom:account"]
    stack = run(
        program.main,
        stack=environment,
        preview=True,
        config=config,
        answers={
            "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": account, "id": "", "arn": "", "userId": ""}
        },
    )
    for r in stack.resources:
        print(r["type"], r["name"], r["parent"].split("::")[-1])
    print(len(stack.resources), stack.exports)
