"""Prowler, an auditor of AWS accounts, over prod on the emulated AWS: nothing but what is listed, with reasons."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import AUDIT_TOOLS
from tests.end_to_end.conftest import Project

pytestmark = [pytest.mark.prowler, pytest.mark.xdist_group("prowler")]
LISTED = Path(__file__).with_name("prowler_findings.yaml")
ENVIRONMENT = "prod"
REGIONS = ("eu-central-1", "us-east-1")
"""The stack's, and the one where all that belongs to CloudFront lies."""
SERVICES = {
    "acm": ("acm",),
    "appautoscaling": (),
    "cloudfront": ("cloudfront",),
    "cloudwatch": ("cloudwatch", "eventbridge"),
    "ec2": ("ec2", "vpc"),
    "ecs": ("ecs",),
    "elasticache": ("elasticache",),
    "iam": ("iam",),
    "kms": ("kms",),
    "lambda": ("awslambda",),
    "lb": ("elbv2",),
    "rds": ("rds",),
    "route53": ("route53",),
    "s3": ("s3",),
    "scheduler": (),
    "secretsmanager": ("secretsmanager",),
    "sns": ("sns",),
    "sqs": ("sqs",),
    "vpc": ("vpc",),
    "wafv2": ("wafv2",),
}
"""Pulumi's modules to Prowler's services; of two of them it has no check."""
LEFT_OUT = ("ec2_elastic_ip_shodan",)
"""Checks that ask others on the internet."""
STAYS_HERE = '''
import socket

resolve = socket.getaddrinfo


def resolved(host, *arguments, **options):
    """S3 Control puts the account before the endpoint's name; and the audit asks nobody but the emulated AWS."""
    name = host.decode() if isinstance(host, bytes) else host
    if name is None or name == "localhost" or name.endswith("127.0.0.1"):
        return resolve(name and "127.0.0.1", *arguments, **options)
    raise socket.gaierror(socket.EAI_NONAME, "not of the emulated AWS")


socket.getaddrinfo = resolved
'''
"""Runs in Prowler's process before all else."""
LOGGED = re.compile(
    r'"filename": "(?P<source>\w+)\.py:\d+".*?"message": "(?P<message>.*?)"\}$', re.DOTALL | re.MULTILINE
)
"""A logged error. It is no JSON where the message has quotation marks."""


@dataclass(frozen=True, order=True)
class Failure:
    """A check that a resource did not pass."""

    check: str
    resource: str


@dataclass(frozen=True, order=True)
class Error:
    """What Prowler could not ask, or not understand."""

    source: str
    message: str


@dataclass(frozen=True)
class Audit:
    """What came of it."""

    passed: frozenset[str] = field(repr=False)
    """Checks that something passed."""
    failures: frozenset[Failure] = field(repr=False)
    errors: frozenset[Error] = field(repr=False)
    stack: tuple[dict[str, Any], ...] = field(repr=False)
    """The resources of the stack that was audited."""


def services(stack: tuple[dict[str, Any], ...]) -> set[str]:
    """Prowler's services for what the stack has; a module that nobody thought of is a KeyError."""
    modules = {one["type"].split(":")[1].split("/")[0] for one in stack if one["type"].startswith("aws:")}
    return {service for module in modules for service in SERVICES[module]}


def of_default_vpcs(project: Project) -> set[str]:
    """Ids of what AWS made in each region before anybody came; none of them says so."""
    found = set()
    for region in REGIONS:
        client = project.aws(ENVIRONMENT).client("ec2", region)
        [vpc] = [one["VpcId"] for one in client.describe_vpcs()["Vpcs"] if one["IsDefault"]]
        inside: Any = {"Filters": [{"Name": "vpc-id", "Values": [vpc]}]}
        found |= {vpc, *(one["SubnetId"] for one in client.describe_subnets(**inside)["Subnets"])}
        found |= {one["GroupId"] for one in client.describe_security_groups(**inside)["SecurityGroups"]}
        found |= {one["NetworkAclId"] for one in client.describe_network_acls(**inside)["NetworkAcls"]}
    return found


def audit(project: Project, folder: Path, *only: str) -> Audit:
    """What Prowler says of the services that the stack uses, or only of some."""
    stack, default = tuple(project.state(ENVIRONMENT)), of_default_vpcs(project)
    prowler = shutil.which("prowler", path=f"{AUDIT_TOOLS}{os.pathsep}{os.environ['PATH']}")
    assert prowler is not None
    (folder / "sitecustomize.py").write_text(STAYS_HERE, encoding="utf-8")
    command = [
        prowler, "aws", "--region", *REGIONS, "--service", *sorted(only or services(stack)),
        "--excluded-checks", *LEFT_OUT, "--output-formats", "json-ocsf", "--output-directory", str(folder),
        "--output-filename", "found", "--log-level", "ERROR", "--log-file", str(folder / "log"),
        "--aws-retries-max-attempts", "1", "--no-banner", "--ignore-exit-code-3",
        "--scan-unused-services",  # without network interfaces all groups of tasks and databases would seem unused
    ]  # fmt: skip
    environ = {**project.environ, **project.aws_environ(ENVIRONMENT), "PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((folder / "found.ocsf.json").read_text(encoding="utf-8"))
    log = (folder / "log").read_text(encoding="utf-8")
    logged = [Error(one["source"], " ".join(one["message"].split())) for one in LOGGED.finditer(log)]
    assert len(logged) == log.count('"timestamp":'), "an error that could not be read"
    return Audit(
        passed=frozenset(one["metadata"]["event_code"] for one in found if one["status_code"] == "PASS"),
        failures=frozenset(
            Failure(one["metadata"]["event_code"], f"default-vpc/{name}" if name in default else name)
            for one in found
            for name in [one["resources"][0]["name"]]
            if one["status_code"] == "FAIL"
        ),
        errors=frozenset(logged),
        stack=stack,
    )


@pytest.fixture(scope="module")
def up(project: Project) -> Project:
    project.headroom("offline", "start")
    project.headroom("up", ENVIRONMENT, "--offline")
    return project


@pytest.fixture(scope="module")
def audited(up: Project, tmp_path_factory: pytest.TempPathFactory) -> Audit:
    return audit(up, tmp_path_factory.mktemp("prowler"))


def entries() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = yaml.safe_load(LISTED.read_text(encoding="utf-8"))["failures"]
    assert all(one["reason"] and one["kind"] in ("accepted", "emulator") for one in listed)
    return listed


def failures() -> list[Failure]:
    """What may fail; the resource is a pattern."""
    return [Failure(check, at) for one in entries() for check in one["checks"] for at in one.get("resources", ["*"])]


def errors() -> list[Error]:
    """What may be logged; the message is a pattern."""
    listed = yaml.safe_load(LISTED.read_text(encoding="utf-8"))["errors"]
    assert all(one["reason"] for one in listed)
    return [Error(one["source"], one["message"]) for one in listed]


def fits(found: Failure, listed: Failure) -> bool:
    return found.check == listed.check and fnmatchcase(found.resource, listed.resource)


def told(found: Error, listed: Error) -> bool:
    return found.source == listed.source and re.search(listed.message, found.message) is not None


def test_nothing_fails_but_what_is_listed(audited: Audit) -> None:
    assert [one for one in sorted(audited.failures) if not any(fits(one, known) for known in failures())] == []


def test_nothing_is_listed_that_does_not_fail_any_more(audited: Audit) -> None:
    assert [known for known in failures() if not any(fits(one, known) for one in audited.failures)] == []


def test_no_check_is_lost_to_an_error_that_is_not_listed(audited: Audit) -> None:
    assert [one for one in sorted(audited.errors) if not any(told(one, known) for known in errors())] == []


def test_no_error_is_listed_that_is_not_logged_any_more(audited: Audit) -> None:
    assert [known for known in errors() if not any(told(one, known) for one in audited.errors)] == []


def test_every_service_in_use_is_audited(audited: Audit) -> None:
    judged = {check.partition("_")[0] for check in audited.passed | {one.check for one in audited.failures}}
    assert services(audited.stack) - judged == set()


def value(resource: dict[str, Any], path: str) -> Any:
    """The input at `outer.inner` of a resource."""
    found: Any = resource["inputs"]
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def test_the_stack_sets_what_a_reason_says_that_it_sets(audited: Audit) -> None:
    for entry in entries():
        for kind, said in entry.get("sets", {}).items():
            path, _, wanted = said.partition("=")
            values = [value(one, path) for one in audited.stack if one["type"] == kind]
            assert values and None not in values, (kind, path)
            assert not wanted or set(values) == {wanted}, (kind, path)


def test_an_error_is_logged_where_a_failure_is_said_to_come_from_it(audited: Audit) -> None:
    for wanted in filter(None, (entry.get("answer") for entry in entries())):
        assert any(wanted in one.message for one in audited.errors), wanted


def test_a_weakness_is_found(up: Project, audited: Audit, tmp_path: Path) -> None:
    client = up.aws(ENVIRONMENT).client("ec2")
    names = [{"Name": "group-name", "Values": ["api-*"]}]
    group = client.describe_security_groups(Filters=names)["SecurityGroups"][0]["GroupId"]
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    client.authorize_security_group_ingress(GroupId=group, IpPermissions=[ssh])
    new = audit(up, tmp_path, "ec2").failures - audited.failures
    assert Failure("ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22", group) in new
    assert not any(fits(one, known) for one in new for known in failures())
