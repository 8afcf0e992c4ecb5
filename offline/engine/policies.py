"""Runs the policy packs on every resource before its step, and on the whole stack at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from pulumi.runtime.proto import analyzer_pb2

from .analyzer import Analyzer
from .context import Context
from .reporter import Violation
from .resource_state import Goal, ResourceState
from .serialize import masked
from .urns import reference_urn
from .values import without_output_values
from .wire import Accepts, to_struct

_ACCEPTS = Accepts(references=False, outputs=False)


class Policies:
    """The packs of one operation; they start while the program does."""

    def __init__(self, context: Context, analyzers: Sequence[Analyzer]) -> None:
        self._context = context
        self.analyzers = list(analyzers)
        self._starting: asyncio.Future[Any] | None = None
        self._providers: dict[str, tuple[dict[str, Any], analyzer_pb2.AnalyzerProviderResource]] = {}
        """By URN: the inputs that a message was made of, and the message; nearly every resource has the same one."""
        self._asked: asyncio.Task[list[list[dict[str, Any]]]] | None = None

    def start(self, engine: str, environment: dict[str, str]) -> None:
        """Starts every pack; the first resource waits for them."""
        options = self._context.options
        self._starting = asyncio.ensure_future(
            asyncio.gather(
                *(
                    analyzer.start(engine, self._context.target, environment, dry_run=options.dry_run)
                    for analyzer in self.analyzers
                )
            )
        )

    async def ready(self) -> None:
        """Returns once every pack is configured; raises EngineError when one cannot be."""
        if self._starting is not None:
            await asyncio.shield(self._starting)

    async def check_resource(self, goal: Goal, new: ResourceState) -> None:
        """Remedies a resource's inputs and reports violations; a mandatory one stops an update before the step."""
        if not self.analyzers:
            return
        await self.ready()
        for analyzer in self.analyzers:  # one after the other: a later pack sees what an earlier one changed
            if analyzer.remedies:
                for remedy in await analyzer.remediate(self._request(new, goal)):
                    self._remedy(remedy, new)
        asked = [analyzer for analyzer in self.analyzers if analyzer.judges(new.type)]
        if not asked:
            return
        request = self._request(new, goal)
        blocked = False
        for found in await asyncio.gather(*(analyzer.analyze(request) for analyzer in asked)):
            for diagnostic in found:
                blocked |= self._violate(diagnostic, diagnostic["urn"] or new.urn)
        if blocked and not self._context.dry_run:
            raise self._context.bail("", new.urn)

    def ask_ahead(self) -> None:
        """Asks of the stack while the program comes to its end; to be called once it has registered everything."""
        self._asked = asyncio.create_task(self._ask_of_stack())

    async def _ask_of_stack(self) -> list[list[dict[str, Any]]]:
        if not self.analyzers:
            return []
        await self.ready()
        whole = [self._stack_resource(state) for state in self._context.resources.news.values()]
        return await asyncio.gather(*(analyzer.analyze_stack(whole) for analyzer in self.analyzers))

    async def check_stack(self) -> None:
        """Reports what the stack policies say of the outcome."""
        news = self._context.resources.news
        for found in await (self._asked or self._ask_of_stack()):
            for diagnostic in found:
                known = diagnostic["urn"] in news
                self._violate(diagnostic, diagnostic["urn"] if known else self._context.target.stack_urn)

    def packs(self) -> dict[str, str]:
        """Version by name, as the summary lists them."""
        return {analyzer.name: analyzer.version for analyzer in self.analyzers}

    async def stop(self) -> None:
        """Ends every pack."""
        for task in (self._asked, self._starting):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        await asyncio.gather(*(analyzer.stop() for analyzer in self.analyzers))

    def _remedy(self, remedy: dict[str, Any], new: ResourceState) -> None:
        if remedy["diagnostic"]:  # it asked for what a preview does not know yet
            advice = {"level": "advisory", "severity": "", "message": remedy["diagnostic"]}
            self._violate({**remedy, **advice}, new.urn)
            return
        before = new.inputs
        internal = {key: value for key, value in before.items() if key.startswith("__")}
        new.inputs = internal | without_output_values(remedy["properties"])
        shown = {key: value for key, value in remedy.items() if key not in ("diagnostic", "properties")}
        self._context.reporter.remediate(
            shown | {"resourceUrn": new.urn, "color": "never", "before": masked(before), "after": masked(new.inputs)}
        )

    def _violate(self, diagnostic: dict[str, Any], urn: str) -> bool:
        mandatory = diagnostic["level"] in ("mandatory", "remediate")
        self._context.reporter.violate(
            Violation(
                policy=diagnostic["policyName"],
                pack=diagnostic["policyPackName"],
                pack_version=diagnostic["policyPackVersion"],
                level="mandatory" if mandatory else "advisory",
                severity=diagnostic["severity"],
                message=diagnostic["message"],
                urn=urn,
            )
        )
        return mandatory

    def _request(self, state: ResourceState, goal: Goal) -> analyzer_pb2.AnalyzeRequest:
        request = analyzer_pb2.AnalyzeRequest(
            urn=state.urn,
            type=state.type,
            name=state.name,
            properties=to_struct(state.inputs, _ACCEPTS, internal=False),
            options=_options(state, goal),
        )
        provider = self._provider(state)
        if provider is not None:
            request.provider.CopyFrom(provider)
        return request

    def _stack_resource(self, state: ResourceState) -> analyzer_pb2.AnalyzerResource:
        resource = analyzer_pb2.AnalyzerResource(
            urn=state.urn,
            type=state.type,
            name=state.name,
            properties=to_struct(state.outputs, _ACCEPTS, internal=False),
            options=_options(state, self._context.resources.goals.get(state.urn)),
            parent=state.parent,
            dependencies=state.dependencies,
        )
        provider = self._provider(state)
        if provider is not None:
            resource.provider.CopyFrom(provider)
        for key, urns in state.property_dependencies.items():
            resource.propertyDependencies[key].urns.extend(urns)
        return resource

    def _provider(self, state: ResourceState) -> analyzer_pb2.AnalyzerProviderResource | None:
        found = self._context.resources.current(reference_urn(state.provider)) if state.provider else None
        if found is None:
            return None
        inputs, message = self._providers.get(found.urn, (None, None))
        if message is None or inputs is not found.inputs:
            message = analyzer_pb2.AnalyzerProviderResource(
                urn=found.urn,
                type=found.type,
                name=found.name,
                properties=to_struct(found.inputs, _ACCEPTS, internal=False),
            )
            self._providers[found.urn] = found.inputs, message
        return message


def _options(state: ResourceState, goal: Goal | None) -> analyzer_pb2.AnalyzerResourceOptions:
    before = goal.delete_before_replace if goal else None
    return analyzer_pb2.AnalyzerResourceOptions(
        protect=state.protect,
        ignoreChanges=state.ignore_changes,
        deleteBeforeReplace=bool(before),
        deleteBeforeReplaceDefined=before is not None,
        parent=state.parent,
        aliases=goal.alias_urns if goal else [],
        additionalSecretOutputs=state.additional_secret_outputs,
        customTimeouts=analyzer_pb2.AnalyzerResourceOptions.CustomTimeouts(**state.custom_timeouts),
    )
