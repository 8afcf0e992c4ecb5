"""Fixtures of the pack's tests: cases from fixtures/RULE.yaml, and the pack behind its real protocol."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from infra import program
from infra.settings.problems import to_config
from policies.graph import Graph, Resource
from policies.tokens import canonical
from policies.verdict import UNKNOWN
from tests import yaml_files

FIXTURES = Path(__file__).parent / "fixtures"
PACK = Path(__file__).resolve().parents[2] / "policies"
KINDS = ("pass", "fail", "unknown", "secret")
LEVELS = {"advisory": analyzer_pb2.ADVISORY, "mandatory": analyzer_pb2.MANDATORY, "disabled": analyzer_pb2.DISABLED}
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"
SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"


@dataclass(frozen=True)
class Secret:
    """A value marked `!secret` in a fixture."""

    value: Any


@dataclass(frozen=True)
class Case:
    """One situation that a rule is shown; its first resource is the one that is judged."""

    rule: str
    kind: str
    name: str
    where: str
    resources: list[dict[str, Any]]

    @property
    def subject(self) -> Resource:
        return self.graph.resources[0]

    @property
    def graph(self) -> Graph:
        """The resources as a rule sees them."""
        return Graph(
            [
                Resource(
                    type=canonical(item["type"]),
                    name=item.get("name", "main"),
                    urn=urn(item),
                    protect=item.get("protect", False),
                    parent=self._urns([item["parent"]])[0] if "parent" in item else "",
                    properties=_bare(item["properties"]),
                    secret_paths=frozenset(_secrets(item["properties"])),
                    depends_on={path: tuple(self._urns(names)) for path, names in item.get("depends_on", {}).items()},
                )
                for item in self.resources
            ]
        )

    @property
    def wire(self) -> list[analyzer_pb2.AnalyzerResource]:
        """The resources as an engine sends them."""
        sent = []
        for item in self.resources:
            resource = analyzer_pb2.AnalyzerResource(
                urn=urn(item), type=item["type"], name=item.get("name", "main"), properties=struct(item["properties"])
            )
            resource.options.protect = item.get("protect", False)
            if "parent" in item:
                resource.parent = self._urns([item["parent"]])[0]
            for path, names in item.get("depends_on", {}).items():
                resource.propertyDependencies[path].urns.extend(self._urns(names))
            sent.append(resource)
        return sent

    def _urns(self, names: list[str]) -> list[str]:
        by_name = {item.get("name", "main"): urn(item) for item in self.resources}
        return [by_name[name] for name in names]


class Pack:
    """The pack as an engine runs it: a process of its own, spoken to over the Analyzer protocol."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(folder)],
            cwd=folder,
            env={**os.environ, "PULUMI_PROJECT": "headroom", "PULUMI_STACK": "test", "PULUMI_DRY_RUN": "true"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self._port()}")
        self.stub = analyzer_pb2_grpc.AnalyzerStub(self.channel)

    def _port(self) -> int:
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        line = self.process.stdout.readline().strip()
        if not line.isdigit():
            self.process.kill()
            raise AssertionError(f"the pack did not start: {line}\n{self.process.stderr.read()}")
        return int(line)

    def policies(self) -> list[analyzer_pb2.PolicyInfo]:
        return list(self.stub.GetAnalyzerInfo(empty_pb2.Empty()).policies)

    def configure(self, levels: Mapping[str, Mapping[str, Any]]) -> None:
        """What an engine sends for a level file."""
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        for rule, entry in levels.items():
            request.policyConfig[rule].enforcementLevel = LEVELS[entry["enforcementLevel"]]
            request.policyConfig[rule].properties.update({k: v for k, v in entry.items() if k != "enforcementLevel"})
        self.stub.Configure(request)

    def analyze(self, resource: analyzer_pb2.AnalyzerResource) -> list[analyzer_pb2.AnalyzeDiagnostic]:
        request = analyzer_pb2.AnalyzeRequest(
            urn=resource.urn, type=resource.type, name=resource.name, properties=resource.properties
        )
        return list(self.stub.Analyze(request).diagnostics)

    def analyze_stack(self, resources: list[analyzer_pb2.AnalyzerResource]) -> list[analyzer_pb2.AnalyzeDiagnostic]:
        return list(self.stub.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=resources)).diagnostics)

    def judge(self, case: Case) -> list[analyzer_pb2.AnalyzeDiagnostic]:
        """What the case's rule says of the resource that is judged, in whichever way the engine would ask."""
        found = self.analyze(case.wire[0]) + self.analyze_stack(case.wire)
        of_rule = [diagnostic for diagnostic in found if diagnostic.policyName == case.rule]
        return [diagnostic for diagnostic in of_rule if diagnostic.urn in ("", case.subject.urn)]

    def stop(self) -> None:
        self.channel.close()
        self.process.kill()
        self.process.communicate()


def urn(item: Mapping[str, Any]) -> str:
    return f"urn:pulumi:test::headroom::{item['type']}::{item.get('name', 'main')}"


def struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    message = struct_pb2.Struct()
    json_format.ParseDict(_on_the_wire(properties), message)
    return message


def _bare(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.value
    if isinstance(value, dict):
        return {key: _bare(member) for key, member in value.items()}
    return [_bare(member) for member in value] if isinstance(value, list) else value


def _secrets(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, Secret):
        yield path
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from _secrets(member, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _secrets(member, f"{path}[{index}]")


def _on_the_wire(value: Any) -> Any:
    if value is UNKNOWN:
        return UNKNOWN_STRING_VALUE
    if isinstance(value, Secret):
        return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value.value}
    if isinstance(value, dict):
        return {key: _on_the_wire(member) for key, member in value.items()}
    return [_on_the_wire(member) for member in value] if isinstance(value, list) else value


class FixtureLoader(yaml_files.CSafeLoader):
    """YAML with `!unknown` and `!secret VALUE`."""


FixtureLoader.add_constructor("!unknown", lambda loader, node: UNKNOWN)
FixtureLoader.add_constructor("!secret", lambda loader, node: Secret(yaml.load(node.value, yaml_files.CSafeLoader)))


def read_cases() -> list[Case]:
    cases = []
    for file in sorted(FIXTURES.glob("*.yaml")):
        content = yaml.load(file.read_text(), FixtureLoader)
        for kind, entries in content.items():
            for entry in entries:
                cases.append(Case(file.stem, kind, entry["case"], entry.get("where", ""), entry["resources"]))
    return cases


CASES = read_cases()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with an argument `case`, `failing_case`, ... runs once for each such case."""
    for argument in metafunc.fixturenames:
        kind = argument.removesuffix("_case")
        if argument == "case" or kind in KINDS:
            chosen = [case for case in CASES if argument == "case" or case.kind == kind]
            metafunc.parametrize(argument, chosen, ids=[f"{case.rule}: {case.name}" for case in chosen])


@pytest.fixture(scope="session")
def start_pack() -> Iterator[Callable[[Path], Pack]]:
    started: list[Pack] = []

    def start(folder: Path = PACK) -> Pack:
        started.append(Pack(folder))
        return started[-1]

    yield start
    for pack in started:
        pack.stop()


@pytest.fixture(scope="session")
def pack(start_pack: Callable[[Path], Pack]) -> Pack:
    return start_pack(PACK)


@pytest.fixture(scope="session")
def levels() -> Callable[[str], dict[str, dict[str, Any]]]:
    """The level file of an environment."""

    def read(environment: str) -> dict[str, dict[str, Any]]:
        content: dict[str, dict[str, Any]] = json.loads((PACK / f"{environment}.json").read_text())
        return content

    return read


@pytest.fixture(scope="session")
def first_preview() -> Callable[..., Graph]:
    """What the real program registers for an environment before anything exists."""
    spec = spec_from_file_location("pretended_engine", PACK.parent / "tests" / "components" / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    engine = sys.modules.setdefault(spec.name, module_from_spec(spec))
    spec.loader.exec_module(engine)

    def preview(environment: str, **changed: object) -> Graph:
        settings = yaml_files.read(PACK.parent / f"Pulumi.{environment}.yaml")["config"]
        settings |= {f"headroom:{name}": value for name, value in changed.items()}
        config, _ = to_config(settings)
        identity = {"accountId": config["headroom:account"], "id": "", "arn": "", "userId": ""}
        drawn = {"id": "", "randomPassword": "K7fQz2vXw9LmTb4RcYpE8sHjN3dGa6Uq"}
        registered = engine.run_program(
            program.main,
            stack=environment,
            preview=True,
            config=config,
            answers={
                "aws:index/getCallerIdentity:getCallerIdentity": identity,
                "aws:secretsmanager/getRandomPassword:getRandomPassword": drawn,
            },
        )
        return Graph([_seen_by_rules(resource, engine.UNKNOWN) for resource in registered.resources])

    return preview


@pytest.fixture(scope="session")
def stack(first_preview: Callable[..., Graph]) -> Callable[..., Graph]:
    """`first_preview`, made once for each environment and its changes; name them the same way everywhere."""
    return cache(first_preview)


def _seen_by_rules(resource: Mapping[str, Any], unknown: str) -> Resource:
    def marked(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: marked(member) for key, member in value.items()}
        if isinstance(value, list):
            return [marked(member) for member in value]
        return UNKNOWN if value == unknown else value

    sources = resource["options"]["property_dependencies"]
    return Resource(
        type=canonical(resource["type"]),
        name=resource["name"],
        parent=resource["parent"],
        protect=bool(resource["options"]["protect"]),
        urn=resource["urn"],
        properties=marked(resource["inputs"]),
        secret_paths=frozenset(resource["secrets"]),
        depends_on={path: tuple(urns) for path, urns in sources.items()},
    )


@pytest.fixture(scope="session")
def all_cases() -> list[Case]:
    return CASES
