"""The adapter: the one module that knows pulumi_policy. It serves the rules to an engine.

Descriptions and configuration are the SDK's. The judging is not, for two reasons. The SDK decodes every resource again
for every policy, which takes seconds with a hundred of them; here each is read once. And what the SDK does by itself
would weaken the pack: reading an unknown raises an error that turns a mandatory policy into a remark, and any other
error in a rule ends the run without a finding.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent import futures
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import grpc
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    ResourceValidationPolicy,
    Severity,
    StackValidationPolicy,
)
from pulumi_policy.policy import _GRPC_CHANNEL_OPTIONS, _PolicyAnalyzerServicer

from policies.catalog import RULES
from policies.graph import Graph, Resource
from policies.judging import Finding, Judge
from policies.known_after import read_known_after
from policies.levels import Level, Setting
from policies.reading import plain
from policies.rule import ResourceRule, Rule
from policies.tokens import canonical
from policies.waivers import EXCEPTIONS_POLICY, read_waivers

NAME: Final = "headroom"
DAY_SECONDS: Final = 86_400
VERSION: Final = "0.0.1"
"""What the SDK says, too: engines take the version of PulumiPolicy.yaml."""
FOLDER: Final = Path(__file__).resolve().parent
EXCEPTIONS_TITLE: Final = "Exceptions to rules are known, owned and end"

JUDGED: Final = "x-headroom-judged"
"""Metadata that ends an answer: `no` where no rule judges a resource of such a type by itself, so that the embedded
engine need not ask for the next one. Pulumi's own does not look at it."""

SETTINGS: Final = PolicyConfigSchema(
    properties={
        "undetermined": {"type": "string", "enum": ["advise", "fail"], "default": "advise"},
        "exceptions": {"type": "string", "enum": ["accept", "refuse"], "default": "accept"},
    }
)
"""What a level file may set beside a rule's level: whether "cannot tell" fails, and whether exceptions count."""

_LEVEL_OF: Final[dict[int, Level]] = {
    analyzer_pb2.DISABLED: "disabled",
    analyzer_pb2.ADVISORY: "advisory",
    analyzer_pb2.MANDATORY: "mandatory",
    analyzer_pb2.REMEDIATE: "mandatory",  # nothing is remedied, so a breach stays one
}


def serve(analyzer: Analyzer) -> None:
    """Serve until the engine stops the process, as the SDK's `PolicyPack` does; prints the port for the engine."""
    # To judge is all computing, which threads only get in each other's way with.
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=1), options=_GRPC_CHANNEL_OPTIONS)
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(analyzer, server)
    port = server.add_insecure_port(address="127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    try:
        while True:
            time.sleep(DAY_SECONDS)
    except KeyboardInterrupt:
        server.stop(0)


class Analyzer(_PolicyAnalyzerServicer):
    """The rules, asked by an engine over Pulumi's Analyzer protocol."""

    def __init__(
        self, rules: Sequence[Rule] = RULES, folder: Path = FOLDER, today: Callable[[], date] = date.today
    ) -> None:
        super().__init__(NAME, VERSION, sdk_policies(rules), EnforcementLevel.ADVISORY)
        waivers = read_waivers(folder / "exceptions.yaml", [rule.id for rule in rules], today())
        self._judge = Judge(rules, waivers, read_known_after())
        self._today = today
        self._exceptions_shown = True

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Takes the level file, which an engine has read."""
        settings = {
            rule: Setting.of(_LEVEL_OF[entry.enforcementLevel], json_format.MessageToDict(entry.properties))
            for rule, entry in request.policyConfig.items()
        }
        self._judge = replace(self._judge, settings=settings)
        self._exceptions_shown = settings.get(EXCEPTIONS_POLICY, Setting()).level != "disabled"
        return super().Configure(request, context)  # type: ignore[no-untyped-call]

    def Analyze(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Judges one resource by its inputs, before they are applied."""
        if not self._judge.judges(canonical(request.type)):
            context.set_trailing_metadata(((JUDGED, "no"),))
            return analyzer_pb2.AnalyzeResponse()
        return _answer(self._judge.of_resource(_resource(request)))

    def AnalyzeStack(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Judges a whole stack by its outputs, and says which exceptions there are."""
        answer = _answer(self._judge.of_stack(Graph([_resource(resource) for resource in request.resources])))
        for line in self._judge.exceptions(self._today()) if self._exceptions_shown else ():
            answer.diagnostics.append(
                _diagnostic(EXCEPTIONS_POLICY, EXCEPTIONS_TITLE, line, level="advisory", severity="low")
            )
        return answer


def sdk_policies(rules: Sequence[Rule] = RULES) -> list[Policy]:
    """The rules as an engine hears of them, and one more policy that lists the exceptions."""
    policies = [
        (ResourceValidationPolicy if isinstance(rule, ResourceRule) else StackValidationPolicy)(
            rule.id,
            rule.title,
            validate=_not_asked,
            enforcement_level=EnforcementLevel.MANDATORY,
            config_schema=SETTINGS,
            severity=Severity(rule.severity),
        )
        for rule in rules
    ]
    exceptions = StackValidationPolicy(
        EXCEPTIONS_POLICY,
        EXCEPTIONS_TITLE,
        validate=_not_asked,
        enforcement_level=EnforcementLevel.ADVISORY,
        severity=Severity.LOW,
    )
    return [*policies, exceptions]


def _not_asked(*_: object) -> None:
    raise RuntimeError("these policies are served by policies.pack.Analyzer, which reads every resource once")


def _resource(request: Any) -> Resource:
    """An AnalyzeRequest or an AnalyzerResource."""
    read = plain(_from_struct(request.properties))
    surrounded = isinstance(request, analyzer_pb2.AnalyzerResource)
    return Resource(
        type=canonical(request.type),
        name=request.name,
        urn=request.urn,
        properties=read.properties,
        depends_on={path: tuple(found.urns) for path, found in request.propertyDependencies.items()}
        if surrounded
        else {},
        parent=request.parent if surrounded else "",
        protect=request.options.protect,
        secret_paths=read.secrets,
    )


def _from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    return {key: _from_value(value) for key, value in struct.fields.items()}


def _from_value(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _from_struct(value.struct_value)
    if kind == "list_value":
        return [_from_value(item) for item in value.list_value.values]
    return getattr(value, kind) if kind and kind != "null_value" else None


def _answer(findings: Iterable[Finding]) -> Any:
    return analyzer_pb2.AnalyzeResponse(
        diagnostics=[
            _diagnostic(
                finding.rule.id,
                finding.rule.title,
                finding.message,
                level=finding.level,
                severity=finding.rule.severity,
                urn=finding.urn,
            )
            for finding in findings
            if finding.waiver is None
        ]
    )


def _diagnostic(rule: str, title: str, said: str, *, level: str, severity: str, urn: str = "") -> Any:
    return analyzer_pb2.AnalyzeDiagnostic(
        policyName=rule,
        policyPackName=NAME,
        policyPackVersion=VERSION,
        description=title,
        message=f"{title}\n{said}",
        urn=urn,
        enforcementLevel=analyzer_pb2.EnforcementLevel.Value(level.upper()),
        severity=analyzer_pb2.PolicySeverity.Value(f"POLICY_SEVERITY_{severity.upper()}"),
    )
