"""The Engine protocol: what the program and the plugins log."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from .errors import EngineError
from .reporter import Reporter
from .versions import sdk_version

MONITOR_GONE = "Resource monitor has terminated, shutting down"
"""What the SDK logs when the engine stops an operation; the cause has been told by then."""
_SEVERITIES = ("debug", "info", "warning", "error")


class EngineService(engine_pb2_grpc.EngineServicer):
    """Implements pulumirpc.Engine; debug messages are dropped."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._root = ""

    async def Log(self, request: engine_pb2.LogRequest, context: Any) -> empty_pb2.Empty:  # noqa: N802
        severity = _SEVERITIES[request.severity]
        if severity != "debug" and not request.ephemeral and request.message != MONITOR_GONE:
            self._reporter.diagnose(severity, request.message, request.urn, fails=False)
        return empty_pb2.Empty()

    async def GetRootResource(self, request: Any, context: Any) -> engine_pb2.GetRootResourceResponse:  # noqa: N802
        return engine_pb2.GetRootResourceResponse(urn=self._root)

    async def SetRootResource(  # noqa: N802
        self, request: engine_pb2.SetRootResourceRequest, context: Any
    ) -> engine_pb2.SetRootResourceResponse:
        self._root = request.urn
        return engine_pb2.SetRootResourceResponse()

    async def RequirePulumiVersion(  # noqa: N802
        self, request: engine_pb2.RequirePulumiVersionRequest, context: Any
    ) -> engine_pb2.RequirePulumiVersionResponse:
        try:
            met = version_in_range(sdk_version(), request.pulumi_version_range)
        except EngineError as error:
            return await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))  # type: ignore[no-any-return]
        if not met:
            await context.abort(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"Pulumi CLI version {sdk_version()} does not satisfy the version range "
                f'"{request.pulumi_version_range}"',
            )
        return engine_pb2.RequirePulumiVersionResponse()


def version_in_range(version: str, wanted: str) -> bool:
    """True when a version meets a range like `>=3.100.0 !3.120.1 || 4.0.0`; raises EngineError for another form."""
    return any(all(_meets(version, term) for term in part.split()) for part in wanted.split("||"))


def _meets(version: str, term: str) -> bool:
    operator = next((sign for sign in (">=", "<=", "!=", "==", ">", "<", "!", "=") if term.startswith(sign)), "")
    try:
        limit = tuple(int(part) for part in term.removeprefix(operator).split("."))
        own = tuple(int(part) for part in version.split("."))
    except ValueError:
        raise EngineError(f"the version range term {term!r} is not understood") from None
    checks = {
        ">=": own >= limit,
        "<=": own <= limit,
        ">": own > limit,
        "<": own < limit,
        "!": own != limit,
        "!=": own != limit,
    }
    return checks.get(operator, own == limit)
