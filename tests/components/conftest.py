"""Runs program code against a pretended engine, and shows what it registered as plain dictionaries.

    stack = run(lambda: Network("main", args))
    vpc = stack.one("aws:ec2/vpc:Vpc")
    assert vpc["inputs"]["cidrBlock"] == "10.10.0.0/16"

Inputs carry the provider's camelCase names. Numbers that are whole are integers, secrets are shown in the open
(`secrets` names the properties that were secret), and an unknown is `UNKNOWN`.
"""

import asyncio
import contextvars
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import config as pulumi_config
from pulumi.runtime import mocks, rpc
from pulumi.runtime import resource as pulumi_resource
from pulumi.runtime import settings as pulumi_settings
from pulumi.runtime.proto import resource_pb2, source_pb2
from pulumi.runtime.stack import run_in_stack

REGION = "eu-central-1"
ACCOUNT = "111111111111"
UNKNOWN = "<unknown>"
SPECIAL = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"

Resource = dict[str, Any]
"""Keys: type, name, inputs, secrets (names of secret inputs), parent (URN), urn, id, options."""


@dataclass
class Registered:
    """What a program registered, in the order in which it did."""

    resources: list[Resource] = field(default_factory=list)
    invokes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    registered_outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """URN -> outputs that a component or the stack registered."""
    exports: dict[str, Any] = field(default_factory=dict)
    """The stack's outputs."""
    result: Any = None
    """What the program function returned."""

    def all(self, type_: str) -> list[Resource]:
        """Every resource whose type token is `type_`, or ends with it (`Subnet`, `kms/key:Key`)."""
        return [r for r in self.resources if r["type"] == type_ or re.search(rf"[:/]{re.escape(type_)}$", r["type"])]

    def one(self, type_: str, name: str | None = None) -> Resource:
        """The only resource of this type (and of this logical name)."""
        found = [r for r in self.all(type_) if name in (None, r["name"])]
        names = [r["name"] for r in found]
        assert len(found) == 1, (
            f"expected one {type_} {name or ''}, found {names or [r['type'] for r in self.resources]}"
        )
        return found[0]

    def children(self, parent: Resource) -> list[Resource]:
        return [r for r in self.resources if r["parent"] == parent["urn"]]

    def names(self, type_: str) -> list[str]:
        return sorted(r["name"] for r in self.all(type_))


def document(text: str) -> dict[str, Any]:
    """An IAM, KMS or resource policy, decoded."""
    decoded: dict[str, Any] = json.loads(text)
    return decoded


class RecordingMonitor(mocks.MockMonitor):
    """Keeps the options that Pulumi's own mocks throw away, and never runs out of outputs."""

    def __init__(self, preview: bool, answers: Mapping[str, Any], outputs: Mapping[str, Mapping[str, Any]]) -> None:
        self.preview = preview
        self.answers = {**ANSWERS, **answers}
        self.outputs = outputs
        self.registered = Registered()

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """As the engine makes it: the types of all ancestors but the stack. Pulumi's mocks keep the last one only."""
        ancestors = parent.split("::")[2] if parent else ""
        chain = type_ if ancestors in ("", "pulumi:pulumi:Stack") else f"{ancestors}${type_}"
        return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{chain}::{name}"

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (gRPC's name)
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == "pulumi:pulumi:Stack":
            return resource_pb2.RegisterResourceResponse(urn=urn)
        inputs = plain(request.object)
        id_ = "" if self.preview or not request.custom else physical_id(request.type, request.name)
        self.registered.resources.append(
            {
                "type": request.type,
                "name": request.name,
                "inputs": inputs,
                "secrets": sorted(k for k, v in request.object.items() if holds_secret(v)),
                "parent": request.parent,
                "urn": urn,
                "id": id_,
                "options": options(request),
            }
        )
        result = struct_pb2.Struct()
        result.CopyFrom(request.object)
        if not self.preview and request.custom:
            made = computed(request.type, request.name, inputs) | dict(self.outputs.get(request.type, {}))
            for key, value in made.items():
                if key not in result or key in self.outputs.get(request.type, {}):
                    result.update({key: value})
        return resource_pb2.RegisterResourceResponse(urn=urn, id=id_, object=result)

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        urn = self.make_urn(request.parent, request.type, request.name)
        result = struct_pb2.Struct()
        result.CopyFrom(request.properties)
        result.update(computed(request.type, request.name, plain(request.properties)))
        return resource_pb2.ReadResourceResponse(urn=urn, properties=result)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        outputs = plain(request.outputs)
        self.registered.registered_outputs[request.urn] = outputs
        if "::pulumi:pulumi:Stack::" in request.urn:
            self.registered.exports = outputs
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        args = plain(request.args)
        self.registered.invokes.append((request.tok, args))
        assert request.tok in self.answers, f"no answer is prepared for the invoke {request.tok}"
        answer = self.answers[request.tok]
        answer = answer(args) if callable(answer) else answer
        result = struct_pb2.Struct()
        result.update(answer)
        response = resource_pb2.ResourceInvokeResponse()
        getattr(response, "return").CopyFrom(result)
        return response


def plain(value: Any) -> Any:
    """Protobuf to plain data; whole numbers become integers, secrets are opened."""
    if isinstance(value, struct_pb2.Struct):
        if SPECIAL in value:
            if value[SPECIAL] == SECRET:
                return plain(value["value"])
            if "urn" in value:
                return value["id"] if value["id"] else value["urn"]
            return {k: plain(v) for k, v in value.items() if k != SPECIAL}
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, struct_pb2.ListValue):
        return [plain(v) for v in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return UNKNOWN if value == rpc.UNKNOWN else value


def holds_secret(value: Any) -> bool:
    if isinstance(value, struct_pb2.Struct):
        return (SPECIAL in value and value[SPECIAL] == SECRET) or any(holds_secret(v) for v in value.values())
    return isinstance(value, struct_pb2.ListValue) and any(holds_secret(v) for v in value)


def options(request: Any) -> dict[str, Any]:
    timeouts = request.customTimeouts
    return {
        "protect": request.protect if request.HasField("protect") else None,
        "provider": request.provider,
        "providers": dict(request.providers),
        "depends_on": sorted(request.dependencies),
        "property_dependencies": {k: sorted(v.urns) for k, v in request.propertyDependencies.items()},
        "ignore_changes": list(request.ignoreChanges),
        "replace_on_changes": list(request.replaceOnChanges),
        "replace_with": list(request.replace_with),
        "additional_secret_outputs": list(request.additionalSecretOutputs),
        "delete_before_replace": request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        "retain_on_delete": request.retainOnDelete,
        "deleted_with": request.deletedWith,
        "aliases": [str(alias) for alias in request.aliases],
        "timeouts": {"create": timeouts.create, "update": timeouts.update, "delete": timeouts.delete},
    }


def physical_id(type_: str, name: str) -> str:
    return "22222222-2222-4222-8222-222222222222" if type_.startswith("pulumi:providers:") else f"{name}-id"


def computed(type_: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Outputs that AWS would add, shaped like AWS's."""
    service = type_.split(":")[1].split("/")[0] if type_.count(":") == 2 else ""
    kind = type_.split(":")[-1]
    physical = inputs.get("name") or name
    common = {"arn": f"arn:aws:{service}:{REGION}:{ACCOUNT}:{kind.lower()}/{physical}", "name": physical}
    certified = [inputs.get("domainName"), *inputs.get("subjectAlternativeNames", [])]
    made: dict[str, dict[str, Any]] = {
        "aws:acm/certificate:Certificate": {
            "domainValidationOptions": [
                {
                    "domainName": certified_name,
                    "resourceRecordName": f"_d930b28be6c5.{str(certified_name).removeprefix('*.')}.",
                    "resourceRecordType": "CNAME",
                    "resourceRecordValue": "_c9edd76ee4a0.acm-validations.aws.",
                }
                for certified_name in certified
            ]
        },
        "aws:route53/zone:Zone": {
            "zoneId": "Z0123456789EXAMPLE",
            "nameServers": ["ns-1.example.net", "ns-2.example.org"],
        },
        "aws:route53/record:Record": {"fqdn": str(inputs.get("name", "")).removesuffix(".")},
        "aws:cloudfront/distribution:Distribution": {
            "domainName": "d111111abcdef8.cloudfront.net",
            "hostedZoneId": "Z2FDTNDATAQYW2",
        },
        "aws:ec2/eip:Eip": {"publicIp": "203.0.113.10", "allocationId": f"{name}-id"},
        "aws:ec2/vpc:Vpc": {"defaultSecurityGroupId": "sg-default", "defaultNetworkAclId": "acl-default"},
        "aws:ec2/vpcEndpoint:VpcEndpoint": {"prefixListId": "pl-12345678"},
        "aws:kms/key:Key": {"keyId": "1234abcd-12ab-34cd-56ef-1234567890ab"},
        "aws:lb/loadBalancer:LoadBalancer": {
            "dnsName": f"{name}-1234567890.{REGION}.elb.amazonaws.com",
            "arnSuffix": f"app/{name}/50dc6c495c0c9188",
            "zoneId": "Z215JYRZR1TBD5",
        },
        "aws:lb/targetGroup:TargetGroup": {"arnSuffix": f"targetgroup/{name}/73e2d6bc24d8a067"},
        "aws:rds/instance:Instance": {
            "address": f"{physical}.abcdefghijkl.{REGION}.rds.amazonaws.com",
            "endpoint": f"{physical}.abcdefghijkl.{REGION}.rds.amazonaws.com:5432",
            "identifier": inputs.get("identifier") or name,
            "port": 5432,
            "resourceId": f"db-{name.upper()}",
        },
        "aws:ecs/taskDefinition:TaskDefinition": {"revision": 1},
    }
    return common | made.get(type_, {})


ANSWERS: dict[str, Any] = {
    "aws:index/getCallerIdentity:getCallerIdentity": {
        "accountId": ACCOUNT,
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/session",
        "id": ACCOUNT,
        "userId": "AROAEXAMPLE:session",
    },
    "aws:index/getAvailabilityZones:getAvailabilityZones": {
        "id": REGION,
        "names": [f"{REGION}a", f"{REGION}b", f"{REGION}c"],
        "zoneIds": ["euc1-az2", "euc1-az3", "euc1-az1"],
    },
    "aws:index/getRegion:getRegion": {"id": REGION, "name": REGION, "region": REGION},
    "aws:index/getPartition:getPartition": {"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com"},
    "aws:ec2/getSecurityGroup:getSecurityGroup": lambda args: {**args, "id": "sg-of-cloudfront"},
    "aws:secretsmanager/getRandomPassword:getRandomPassword": {
        "id": "random",
        "randomPassword": "canary-Generated-Password-0001",
    },
}


def run_program(
    program: Callable[[], Any],
    *,
    stack: str = "dev",
    preview: bool = False,
    config: Mapping[str, str] | None = None,
    secret_config: list[str] | None = None,
    answers: Mapping[str, Any] | None = None,
    outputs: Mapping[str, Mapping[str, Any]] | None = None,
) -> Registered:
    """Runs `program` as the engine would run a stack's program; its exception, if any, comes through.

    `preview` leaves every output that is not an input unknown, as in a first preview. `config` holds full keys and
    JSON text, as the engine passes them. `answers` maps a function token to what it returns (or to a function of its
    arguments), `outputs` maps a resource type to outputs that replace the made-up ones.
    """
    monitor = RecordingMonitor(preview, answers or {}, outputs or {})

    async def body() -> None:
        def call() -> None:
            monitor.registered.result = program()

        pulumi_settings.configure(
            mocks.MockSettings(
                monitor=monitor,
                monitor_features=set(),
                engine=mocks.MockEngine(None),
                project="headroom",
                stack=stack,
                dry_run=preview,
                organization="organization",
                callbacks=None,
            )
        )
        pulumi_settings.set_root_resource(None)  # type: ignore[arg-type]
        pulumi_config.set_all_config(dict(config or {}), secret_config or [])
        await run_in_stack(call)

    with pytest.MonkeyPatch.context() as patch:
        # Where in the code a resource is made interests nobody here, and takes a fifth of the time.
        patch.setattr(pulumi_resource, "_get_stack_trace", source_pb2.StackTrace)
        contextvars.copy_context().run(asyncio.run, body())
    return monitor.registered


@pytest.fixture(scope="session")
def run() -> Callable[..., Registered]:
    return run_program
