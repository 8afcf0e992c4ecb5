"""Generated SDKs that are imported quickly say the same as those that are imported as always."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TOLD = """
import json, sys
if sys.argv[1] == "quickly":
    from offline.engine import quick_sdk
    quick_sdk.install()
import pulumi_aws as aws
from pulumi import _types

told = {}
for name in aws.s3.Bucket, aws.s3.BucketLifecycleConfiguration, aws.kms.Key, aws.kms.Alias:
    told[name.__name__] = str(_types.resource_types(name))
    told[name.__name__ + " names"] = _types.resource_pulumi_to_py_names(name)
for name in aws.s3.BucketLifecycleConfigurationRuleArgs, aws.s3.BucketVersioningArgs, aws.kms.KeyArgs:
    told[name.__name__] = str(_types.input_type_types(name))
    told[name.__name__ + " names"] = _types.input_type_py_to_pulumi_names(name)
rule = aws.s3.BucketLifecycleConfigurationRuleArgs(id="one", status="Enabled")
rule.status = "Disabled"
told["values"] = [rule.id, rule.status, repr(aws.s3.outputs.BucketVersioning(enabled=True))]
told["functions"] = [aws.kms.get_alias.__name__, type(aws.kms.get_alias).__name__, type(aws.get_partition).__name__]
told["exported"] = sorted(name for name in dir(aws.kms) if name[0].isupper())
told["documented"] = bool(aws.kms.KeyArgs.description.__doc__)
try:
    aws.kms.NoSuchThing
except AttributeError as error:
    told["absent"] = str(error)
print(json.dumps(told, default=str))
"""


def told(way: str, **variables: str) -> dict[str, object]:
    """What a process of its own finds in the SDK of AWS."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", TOLD, way], cwd=ROOT, env=environment | variables, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def as_always() -> dict[str, object]:
    return told("as always")


def test_types_names_values_and_functions_are_the_same(as_always):
    assert told("quickly") == as_always | {"documented": False}


def test_without_byte_code_that_may_be_written_modules_are_imported_as_always(as_always, tmp_path):
    assert told("quickly", PYTHONDONTWRITEBYTECODE="1", PYTHONPYCACHEPREFIX=str(tmp_path)) == as_always
    assert not list(tmp_path.rglob("*quick*"))
