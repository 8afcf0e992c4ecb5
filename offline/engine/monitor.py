"""The ResourceMonitor protocol: the engine's face towards the program."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import callback_pb2, engine_pb2_grpc, provider_pb2, resource_pb2, resource_pb2_grpc

from .context import Context
from .engine_service import EngineService
from .errors import BailError, EngineError, ProviderError, UnsupportedError
from .goals import Goals
from .hooks import Hook
from .provider import CheckError
from .registration import Registrar
from .resource_state import Goal, ResourceState
from .transforms import Callbacks, Transforms
from .urns import make_urn
from .values import UNKNOWN, UNKNOWN_TEXT, has_unknown, unwrap, without_output_values
from .wire import GRPC_OPTIONS, from_struct, to_struct

T = TypeVar("T")
_FEATURES = (
    "SECRETS",
    "RESOURCE_REFERENCES",
    "OUTPUT_VALUES",
    "ALIAS_SPECS",
    "REPLACEMENT_TRIGGER",
    "DELETED_WITH",
    "REPLACE_WITH",
    "TRANSFORMS",
    "INVOKE_TRANSFORMS",
    "RESOURCE_HOOKS",
    "INVOKE_DEPENDS_ON",
    "INVOKE_PARENT",
)
FEATURE_NUMBERS = [resource_pb2.ResourceMonitorFeature.Value(f"RESOURCE_MONITOR_FEATURE_{name}") for name in _FEATURES]
FEATURE_NAMES = frozenset(
    part[0].lower() + "".join(word.capitalize() for word in part.split("_"))[1:] for part in _FEATURES
)
"""As SupportsFeature asks for them: `aliasSpecs`, ..."""


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Implements pulumirpc.ResourceMonitor."""

    def __init__(self, context: Context, registrar: Registrar) -> None:
        self._context = context
        self._registrar = registrar
        self._callbacks = Callbacks()
        self._transforms = Transforms(callbacks=self._callbacks, folder=context.target.folder)
        self._goals = Goals(context, registrar, self._transforms)
        self.program_done = asyncio.Event()
        """The program has registered all that it will."""
        self.release = asyncio.Event()
        """The engine needs the program no more (its delete hooks have run)."""

    # ------------------------------------------------------------ about the deployment
    async def GetDeploymentInfo(self, request: Any, context: Any) -> resource_pb2.DeploymentInfo:  # noqa: N802
        target, options = self._context.target, self._context.options
        return resource_pb2.DeploymentInfo(
            project=target.project,
            stack=target.stack,
            organization=target.organization,
            config=target.config_texts(),
            configSecretKeys=target.secret_keys(),
            dryRun=options.dry_run,
            parallel=options.parallel,
            supportedFeatures=FEATURE_NUMBERS,
        )

    async def SupportsFeature(  # noqa: N802
        self, request: resource_pb2.SupportsFeatureRequest, context: Any
    ) -> resource_pb2.SupportsFeatureResponse:
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in FEATURE_NAMES)

    async def RegisterPackage(  # noqa: N802
        self, request: resource_pb2.RegisterPackageRequest, context: Any
    ) -> resource_pb2.RegisterPackageResponse:
        async def work() -> resource_pb2.RegisterPackageResponse:
            return resource_pb2.RegisterPackageResponse(ref=self._goals.register_package(request))

        return await self._answer(context, work())

    async def SignalAndWaitForShutdown(self, request: Any, context: Any) -> empty_pb2.Empty:  # noqa: N802
        self.program_done.set()
        await self.release.wait()
        return empty_pb2.Empty()

    # ------------------------------------------------------------ callbacks
    async def RegisterStackTransform(self, request: callback_pb2.Callback, context: Any) -> empty_pb2.Empty:  # noqa: N802
        self._transforms.of_stack.append(request)
        return empty_pb2.Empty()

    async def RegisterStackInvokeTransform(  # noqa: N802
        self, request: callback_pb2.Callback, context: Any
    ) -> empty_pb2.Empty:
        self._transforms.of_invokes.append(request)
        return empty_pb2.Empty()

    async def RegisterResourceHook(  # noqa: N802
        self, request: resource_pb2.RegisterResourceHookRequest, context: Any
    ) -> empty_pb2.Empty:
        async def call(when: str, old: ResourceState | None, new: ResourceState | None) -> str:
            try:
                message = _hook_request(when, old, new)
                answer = await self._callbacks.call(request.callback, message, resource_pb2.ResourceHookResponse)
            except grpc.aio.AioRpcError as error:
                return str(error.details() or error.code().name)
            return str(answer.error)

        hook = Hook(call=call, on_dry_run=request.on_dry_run, ignore_errors=request.ignore_errors)
        self._context.hooks.add(request.name, hook)
        return empty_pb2.Empty()

    async def close(self) -> None:
        """Closes the connections to the program."""
        await self._callbacks.close()

    # ------------------------------------------------------------ resources
    async def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest, context: Any
    ) -> resource_pb2.RegisterResourceResponse:
        async def work() -> resource_pb2.RegisterResourceResponse:
            registered = await self._registrar.register(await self._goals.resource(request))
            state = registered.state
            failed = registered.result == "fail"
            return resource_pb2.RegisterResourceResponse(
                urn=state.urn,
                id=UNKNOWN_TEXT if state.id is UNKNOWN else state.id or "",
                object=to_struct(state.outputs if request.custom else {}),
                result=resource_pb2.FAIL if failed else resource_pb2.SUCCESS,
                unknown=registered.result == "skip",
            )

        return await self._answer(context, work())

    async def RegisterResourceOutputs(  # noqa: N802
        self, request: resource_pb2.RegisterResourceOutputsRequest, context: Any
    ) -> empty_pb2.Empty:
        async def work() -> empty_pb2.Empty:
            outputs = without_output_values(from_struct(request.outputs, self._context.target.folder))
            await self._registrar.register_outputs(request.urn, outputs)
            return empty_pb2.Empty()

        return await self._answer(context, work())

    async def ReadResource(  # noqa: N802
        self, request: resource_pb2.ReadResourceRequest, context: Any
    ) -> resource_pb2.ReadResourceResponse:
        async def work() -> resource_pb2.ReadResourceResponse:
            target = self._context.target
            provider = await self._goals.provider(
                request.type, request.provider, {}, request.parent, request.version, request.packageRef
            )
            goal = Goal(
                urn=make_urn(target.stack, target.project, request.parent, request.type, request.name),
                type=request.type,
                custom=True,
                inputs=without_output_values(from_struct(request.properties, target.folder)),
                parent=request.parent,
                provider=provider,
                dependencies=sorted(request.dependencies),
                additional_secret_outputs=sorted(request.additionalSecretOutputs),
            )
            state = await self._registrar.read(goal, UNKNOWN if request.id == UNKNOWN_TEXT else request.id)
            self._transforms.parents[state.urn] = request.parent
            return resource_pb2.ReadResourceResponse(urn=state.urn, properties=to_struct(state.outputs))

        return await self._answer(context, work())

    # ------------------------------------------------------------ functions
    async def Invoke(  # noqa: N802
        self, request: resource_pb2.ResourceInvokeRequest, context: Any
    ) -> resource_pb2.ResourceInvokeResponse:
        return await self._answer(context, self._invoke(request))

    async def _invoke(self, request: resource_pb2.ResourceInvokeRequest) -> resource_pb2.ResourceInvokeResponse:
        arguments = without_output_values(from_struct(request.args, self._context.target.folder))
        if request.tok == "pulumi:pulumi:getResource":
            return self._get_resource(arguments)
        if has_unknown(arguments) or self._context.resources.planned.intersection(request.dependsOn):
            return resource_pb2.ResourceInvokeResponse(unknown=True)
        arguments, given = await self._transforms.apply_to_invoke(request, arguments)
        try:
            reference = await self._goals.provider(
                request.tok, given, {}, request.parent, request.version, request.packageRef
            )
            found = await self._context.registry.get(reference).invoke(
                request.tok, without_output_values(arguments), self._context.dry_run
            )
        except CheckError as error:
            return resource_pb2.ResourceInvokeResponse(
                failures=[provider_pb2.CheckFailure(property=key, reason=text) for key, text in error.failures]
            )
        except ProviderError as error:
            text = self._context.reporter.redactor.clean(str(error))
            return resource_pb2.ResourceInvokeResponse(failures=[provider_pb2.CheckFailure(reason=text)])
        if found is None:
            return resource_pb2.ResourceInvokeResponse(unknown=True)
        self._context.reporter.redactor.learn(found)
        return resource_pb2.ResourceInvokeResponse(**{"return": to_struct(found)})  # type: ignore[arg-type]

    def _get_resource(self, arguments: dict[str, Any]) -> resource_pb2.ResourceInvokeResponse:
        urn = unwrap(arguments.get("urn"))
        state = self._context.resources.current(urn)
        if state is None:
            failure = provider_pb2.CheckFailure(property="urn", reason=f"unknown resource {urn}")
            return resource_pb2.ResourceInvokeResponse(failures=[failure])
        found = {"urn": state.urn, "id": state.id if state.id not in ("", UNKNOWN) else UNKNOWN, "state": state.outputs}
        return resource_pb2.ResourceInvokeResponse(**{"return": to_struct(found)})  # type: ignore[arg-type]

    async def Call(self, request: resource_pb2.ResourceCallRequest, context: Any) -> Any:  # noqa: N802
        async def work() -> NoReturn:
            raise UnsupportedError(f"methods of resources ({request.tok})")

        return await self._answer(context, work())

    # ------------------------------------------------------------ errors
    async def _answer(self, context: Any, work: Coroutine[Any, Any, T]) -> T:
        """Runs the work to its end even if the program goes away; a failure stops the operation."""
        try:
            return await self._context.run(work)
        except BailError:
            pass
        except (EngineError, ProviderError) as error:
            self._context.bail(str(error))
        except grpc.aio.AioRpcError as error:
            self._context.bail(f"a callback into the program failed: {error.details()}")
        except Exception as error:
            self._context.bail(f"the offline engine failed: {type(error).__name__}: {error}")
            if self._context.options.debug:
                raise
        # the SDK ends the program quietly when the monitor is unavailable
        return await context.abort(grpc.StatusCode.UNAVAILABLE, "resource monitor shut down")  # type: ignore[no-any-return]


def _hook_request(when: str, old: ResourceState | None, new: ResourceState | None) -> resource_pb2.ResourceHookRequest:
    resource = new or old
    assert resource is not None
    request = resource_pb2.ResourceHookRequest(
        urn=resource.urn,
        id=resource.id if isinstance(resource.id, str) else "",
        name=resource.name,
        type=resource.type,
    )
    if new is not None:
        request.new_inputs.CopyFrom(to_struct(new.inputs))
        if when.startswith("after"):
            request.new_outputs.CopyFrom(to_struct(new.outputs))
    if old is not None:
        request.old_inputs.CopyFrom(to_struct(old.inputs))
        request.old_outputs.CopyFrom(to_struct(old.outputs))
    return request


async def serve(monitor: Monitor, service: EngineService) -> tuple[grpc.aio.Server, str]:
    """Serves both protocols on one loopback port: (server, address)."""
    server = grpc.aio.server(options=GRPC_OPTIONS)
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
    engine_pb2_grpc.add_EngineServicer_to_server(service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    return server, f"127.0.0.1:{port}"
