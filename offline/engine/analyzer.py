"""A policy pack in its own process, started as Pulumi's CLI starts it and spoken to over the Analyzer protocol."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import yaml
from google.protobuf import empty_pb2, json_format
from google.protobuf.message import Message
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from . import children
from .errors import EngineError
from .options import Target
from .policy_config import LEVELS, PolicySchema, PolicySetting, merge, read_user_config
from .wire import GRPC_OPTIONS, from_struct, to_struct

SEVERITIES = ("", "low", "medium", "high", "critical")
"""By the protocol's number."""
JUDGED = "x-headroom-judged"
"""Metadata that ends a pack's answer: `no` where it has no resource policy for the resource's type."""
START_SECONDS = 60.0
"""How long a pack may take to print its port."""


@dataclass(frozen=True, kw_only=True)
class PackSource:
    """A `--policy-pack` with its `--policy-pack-config`."""

    path: str
    config_file: str | None = None


class Analyzer:
    """One policy pack."""

    def __init__(self, source: PackSource) -> None:
        self.path = os.path.abspath(source.path)
        manifest = Path(self.path) / "PulumiPolicy.yaml"
        if not manifest.exists():
            raise EngineError(f"there is no policy pack in {self.path}: PulumiPolicy.yaml is missing")
        self._manifest: dict[str, Any] = yaml.safe_load(manifest.read_text(encoding="utf-8")) or {}
        self._user = read_user_config(source.config_file) if source.config_file else {}
        self.name = Path(self.path).name
        self.version = str(self._manifest.get("version") or "")
        self.settings: dict[str, PolicySetting] = {}
        self.broken = True
        """It has not started, or it failed: then that it says nothing means nothing."""
        self._child: children.Child | None = None
        self._unjudged: set[str] = set()

    def _python(self) -> str:
        runtime = self._manifest.get("runtime")
        environment = (runtime.get("options") or {}).get("virtualenv") if isinstance(runtime, dict) else None
        found = os.path.join(self.path, environment, "bin", "python") if environment else sys.executable
        if not os.access(found, os.X_OK):
            raise EngineError(
                f"the policy pack {self.path} names the virtual environment {environment}, which has no {found}"
            )
        return found

    async def start(self, engine: str, target: Target, environment: dict[str, str], *, dry_run: bool) -> None:
        """Starts and configures the pack; raises EngineError when it cannot."""
        variables = {
            "PULUMI_PROJECT": target.project,
            "PULUMI_STACK": target.stack,
            "PULUMI_ORGANIZATION": target.organization,
            "PULUMI_DRY_RUN": "true" if dry_run else "false",
            "PULUMI_CONFIG": json.dumps(target.config_texts()),
        }
        runner = str(Path(__file__).with_name("later_sdk.py"))
        command = [self._python(), "-u", runner, "pulumi.policy", engine, self.path]
        child = await children.start(
            f"policy pack {self.path}", command, folder=self.path, environment=environment | variables
        )
        self._child = child
        child.remember_stderr()
        assert child.process.stdout is not None
        try:
            line = (await asyncio.wait_for(child.process.stdout.readline(), START_SECONDS)).decode().strip()
        except TimeoutError:
            line = ""
        if not line.isdigit():
            await child.process.wait()
            await child.drained()
            raise EngineError(f"policy pack {self.path} did not start: {child.story()}")
        child.read_lines(child.process.stdout, lambda _: None)
        self._channel = grpc.aio.insecure_channel(f"127.0.0.1:{line}", options=GRPC_OPTIONS)
        self._stub = analyzer_pb2_grpc.AnalyzerStub(self._channel)
        await self._introduce(target, dry_run=dry_run)
        await self._configure()
        self.broken = False

    async def _introduce(self, target: Target, *, dry_run: bool) -> None:
        request = analyzer_pb2.AnalyzerStackConfigureRequest(
            stack=target.stack,
            project=target.project,
            organization=target.organization,
            dry_run=dry_run,
            config=target.config_texts(),
            config_secret_keys=target.secret_keys(),
        )
        try:
            await self._stub.ConfigureStack(request)
        except grpc.aio.AioRpcError as error:
            if error.code() != grpc.StatusCode.UNIMPLEMENTED:  # an older pack does not have it
                raise self._explain(error) from None

    async def _configure(self) -> None:
        info = await self._call("GetAnalyzerInfo", empty_pb2.Empty())
        self.name = info.name
        self.version = self.version or info.version
        self._descriptions = {policy.name: policy.description for policy in info.policies}
        schemas = [
            PolicySchema(
                name=policy.name,
                level=LEVELS[policy.enforcementLevel],
                properties=json_format.MessageToDict(policy.configSchema.properties),
                required=list(policy.configSchema.required),
            )
            for policy in info.policies
        ]
        initial = {
            name: {**json_format.MessageToDict(given.properties), "enforcementLevel": LEVELS[given.enforcementLevel]}
            for name, given in info.initialConfig.items()
        }
        self.settings = merge(self.name, schemas, initial, self._user)
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        for name, setting in self.settings.items():
            request.policyConfig[name].enforcementLevel = LEVELS.index(setting.level)  # type: ignore[assignment]
            request.policyConfig[name].properties.CopyFrom(to_struct(setting.properties))
        await self._call("Configure", request)

    async def _call(self, method: str, request: Message) -> Any:
        try:
            return await getattr(self._stub, method)(request)
        except grpc.aio.AioRpcError as error:
            raise self._explain(error) from None

    def _explain(self, error: grpc.aio.AioRpcError) -> EngineError:
        words, self.broken = "", True
        if self._child is not None and error.code() == grpc.StatusCode.UNAVAILABLE:
            words = f". {self._child.story()}"
        return EngineError(f"policy pack '{self.name}' failed: {error.details() or error.code().name}{words}")

    def judges(self, token: str) -> bool:
        """False once the pack has said that it has no resource policy for a type."""
        return token not in self._unjudged

    async def analyze(self, request: analyzer_pb2.AnalyzeRequest) -> list[dict[str, Any]]:
        """What the pack's resource policies say of one resource."""
        call = self._stub.Analyze(request)
        try:
            answer = await call
            if (JUDGED, "no") in tuple(await call.trailing_metadata()):
                self._unjudged.add(request.type)
        except grpc.aio.AioRpcError as error:
            raise self._explain(error) from None
        return self._diagnostics(answer)

    async def analyze_stack(self, resources: list[analyzer_pb2.AnalyzerResource]) -> list[dict[str, Any]]:
        """What the pack's stack policies say of all resources."""
        request = analyzer_pb2.AnalyzeStackRequest(resources=resources)
        return self._diagnostics(await self._call("AnalyzeStack", request))

    @property
    def remedies(self) -> bool:
        """Whether a policy is to remedy what it finds; else to ask would be a call in vain for each resource."""
        return any(setting.level == "remediate" for setting in self.settings.values())

    async def remediate(self, request: analyzer_pb2.AnalyzeRequest) -> list[dict[str, Any]]:
        """The inputs as the pack would have them; empty when it has nothing to remedy."""
        answer = await self._call("Remediate", request)
        return [
            {
                "policyName": remedy.policyName,
                "policyPackName": self.name,
                "policyPackVersion": self.version,
                "policyPackVersionTag": self.version,
                "diagnostic": remedy.diagnostic,
                "properties": from_struct(remedy.properties),
            }
            for remedy in answer.remediations
        ]

    def _diagnostics(self, answer: analyzer_pb2.AnalyzeResponse) -> list[dict[str, Any]]:
        return [
            {
                "policyName": found.policyName,
                "policyPackName": found.policyPackName or self.name,
                "policyPackVersion": self.version,
                "description": found.description,
                "message": found.message,
                "urn": found.urn,
                "level": LEVELS[found.enforcementLevel],
                "severity": SEVERITIES[found.severity],
            }
            for found in answer.diagnostics
            if LEVELS[found.enforcementLevel] != "disabled"
        ]

    async def stop(self) -> None:
        """Ends the pack's process."""
        if self._child is not None:
            await self._child.stop()
