"""From RegisterResource requests to goals: options inherited, transforms applied, providers resolved."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from pulumi.runtime.proto import resource_pb2

from .context import Context
from .errors import EngineError, UnsupportedError
from .hooks import hook_kind
from .registration import Registrar
from .resource_state import Goal
from .transforms import Draft, Transforms
from .urns import PROVIDER_PREFIX, is_provider_type, make_urn, package_of, qualified_type
from .values import UNKNOWN_TEXT, Secret, without_output_values
from .wire import from_struct, from_value

_INTERNAL = "__internal"
"""Where Pulumi's engine keeps what is its own of a provider; there as soon as the version is known, though empty."""
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def seconds(text: str) -> float:
    """A duration like `1h30m` in seconds."""
    return sum(float(number) * _SECONDS[unit] for number, unit in _DURATION.findall(text))


class Goals:
    """Turns requests into goals; knows the program's packages, transforms and components' providers."""

    def __init__(self, context: Context, registrar: Registrar, transforms: Transforms) -> None:
        self._context = context
        self._registrar = registrar
        self._transforms = transforms
        self._packages: dict[str, resource_pb2.RegisterPackageRequest] = {}
        self._component_providers: dict[str, dict[str, str]] = {}
        self._defaults: dict[str, asyncio.Task[str]] = {}

    def register_package(self, request: resource_pb2.RegisterPackageRequest) -> str:
        """A reference by which later requests name a package."""
        extra = request.parameterization
        reference = f"{request.name}-{request.version}-{extra.name}-{extra.version}"
        if request.HasField("parameterization"):
            raise UnsupportedError(f"parameterized providers ({extra.name} by {request.name})")
        self._packages[reference] = request
        return reference

    async def resource(self, request: resource_pb2.RegisterResourceRequest) -> Goal:
        """The goal of a RegisterResource request."""
        refuse_unsupported(request)
        try:
            draft = self._draft(request)
        except EngineError as error:
            raise EngineError(f"{request.type} resource '{request.name}': {error}") from None
        await self._transforms.apply(draft, request.transforms)
        options = draft.options
        properties: dict[str, Any] = without_output_values(draft.properties)
        providers = dict(options.providers)
        provider = ""
        if not draft.custom:
            providers = self._component_providers.get(draft.parent, {}) | providers
        elif is_provider_type(draft.type):
            if options.version:
                properties |= {"version": options.version, _INTERNAL: properties.get(_INTERNAL, {})}
        else:
            provider = await self.provider(
                draft.type, options.provider, providers, draft.parent, options.version, request.packageRef
            )
        goal = self._goal(request, draft, properties, provider)
        self._transforms.parents[goal.urn] = goal.parent
        self._transforms.of_resource[goal.urn] = list(request.transforms)
        if not draft.custom:
            self._component_providers[goal.urn] = providers
        return goal

    def _draft(self, request: resource_pb2.RegisterResourceRequest) -> Draft:
        parent = self._context.resources.goals.get(request.parent)
        protect = request.protect if request.HasField("protect") else parent.protect if parent else None
        inherited = parent.retain_on_delete if parent else None
        retain = request.retainOnDelete if request.HasField("retainOnDelete") else inherited
        options = resource_pb2.TransformResourceOptions(
            depends_on=sorted(request.dependencies),
            ignore_changes=request.ignoreChanges,
            replace_on_changes=request.replaceOnChanges,
            version=request.version,
            aliases=request.aliases,
            provider=request.provider,
            custom_timeouts=request.customTimeouts,
            plugin_download_url=request.pluginDownloadURL,
            deleted_with=request.deletedWith or (parent.deleted_with if parent else ""),
            replace_with=request.replace_with,
            additional_secret_outputs=request.additionalSecretOutputs,
            providers=request.providers,
            hooks=request.hooks,
            **{"import": request.importId},  # type: ignore[arg-type]
        )
        if protect is not None:
            options.protect = protect
        if retain is not None:
            options.retain_on_delete = retain
        if request.deleteBeforeReplaceDefined or request.deleteBeforeReplace:
            options.delete_before_replace = request.deleteBeforeReplace
        return Draft(
            type=request.type,
            name=request.name,
            custom=request.custom,
            parent=request.parent,
            properties=from_struct(request.object, self._context.target.folder),
            dependencies=set(request.dependencies),
            property_dependencies={key: set(value.urns) for key, value in request.propertyDependencies.items()},
            options=options,
        )

    def _goal(
        self,
        request: resource_pb2.RegisterResourceRequest,
        draft: Draft,
        properties: dict[str, Any],
        provider: str,
    ) -> Goal:
        options, target = draft.options, self._context.target
        timeouts = options.custom_timeouts
        given = request.replacement_trigger if request.HasField("replacement_trigger") else None
        trigger = from_value(given, target.folder) if given is not None else None
        return Goal(
            urn=make_urn(target.stack, target.project, draft.parent, draft.type, draft.name),
            type=draft.type,
            custom=draft.custom,
            inputs=properties,
            parent=draft.parent,
            provider=provider,
            dependencies=sorted(draft.dependencies),
            property_dependencies={k: sorted(v) for k, v in sorted(draft.property_dependencies.items()) if v},
            protect=options.protect if options.HasField("protect") else None,
            retain_on_delete=options.retain_on_delete if options.HasField("retain_on_delete") else None,
            delete_before_replace=options.delete_before_replace if options.HasField("delete_before_replace") else None,
            additional_secret_outputs=sorted(options.additional_secret_outputs),
            alias_urns=self._alias_urns(options, request, draft),
            import_id=getattr(options, "import"),
            custom_timeouts={
                kind: seconds(getattr(timeouts, kind))
                for kind in ("create", "update", "delete")
                if getattr(timeouts, kind)
            },
            deleted_with=options.deleted_with,
            replace_with=list(options.replace_with),
            replacement_trigger=without_output_values(trigger),
            ignore_changes=list(options.ignore_changes),
            replace_on_changes=list(options.replace_on_changes),
            hide_diffs=list(request.hideDiffs),
            resource_hooks={hook_kind(kind.name): list(names) for kind, names in options.hooks.ListFields()},
            source_position=_position(request, target.root),
        )

    def _alias_urns(
        self,
        options: resource_pb2.TransformResourceOptions,
        request: resource_pb2.RegisterResourceRequest,
        draft: Draft,
    ) -> list[str]:
        target, found = self._context.target, list(request.aliasURNs)
        for alias in options.aliases:
            if alias.WhichOneof("alias") == "urn":
                found.append(alias.urn)
                continue
            spec = alias.spec
            parent = spec.parentUrn or draft.parent
            if spec.parentUrn:  # the parent may be known under an older name itself
                parent = self._context.resources.aliases.get(parent, parent)
            if spec.noParent or (parent and qualified_type(parent) == "pulumi:pulumi:Stack"):
                parent = ""
            found.append(
                make_urn(
                    spec.stack or target.stack,
                    spec.project or target.project,
                    parent,
                    spec.type or draft.type,
                    spec.name or draft.name,
                )
            )
        return found

    # ------------------------------------------------------------ providers
    async def provider(
        self, token: str, given: str, providers: dict[str, str], parent: str, version: str, package: str
    ) -> str:
        """The reference of a resource's or a function's provider: given, inherited, or the default one."""
        name = package_of(token)
        found = given or providers.get(name) or self._component_providers.get(parent, {}).get(name)
        if found:
            return found
        if package:
            version = self._packages[package].version
        return await self._default(name, version)

    async def _default(self, package: str, version: str) -> str:
        """A package's default provider, registered at its first use."""
        key = f"{package}-{version}"
        if key not in self._defaults:
            self._defaults[key] = asyncio.create_task(self._register_default(package, version))
        return await asyncio.shield(self._defaults[key])

    async def _register_default(self, package: str, version: str) -> str:
        target = self._context.target
        inputs: dict[str, Any] = {}
        for key, value in target.config.items():
            namespace, _, name = key.partition(":")
            if namespace == package:
                inputs[name] = Secret(value.text) if value.secret else value.text
        name = "default"
        if version:
            name += "_" + re.sub(r"[.+-]", "_", version)
            inputs |= {"version": version, _INTERNAL: {}}
        kind = PROVIDER_PREFIX + package
        urn = make_urn(target.stack, target.project, "", kind, name)
        state = (await self._registrar.register(Goal(urn=urn, type=kind, custom=True, inputs=inputs))).state
        return f"{state.urn}::{state.id if isinstance(state.id, str) and state.id else UNKNOWN_TEXT}"


def refuse_unsupported(request: resource_pb2.RegisterResourceRequest) -> None:
    """Raises UnsupportedError for options that this engine would otherwise drop."""
    if request.remote:
        raise UnsupportedError(f"remote components ({request.type} {request.name!r}): they are made by another process")
    if request.envVarMappings:
        raise UnsupportedError(f"the option env_var_mappings ({request.type} {request.name!r})")
    if request.state_migrations:
        raise UnsupportedError(f"the option state_migrations ({request.type} {request.name!r})")
    if request.hooks.on_error:
        raise UnsupportedError(f"error hooks ({request.type} {request.name!r})")


def _position(request: resource_pb2.RegisterResourceRequest, root: str) -> str:
    source = request.sourcePosition
    path = source.uri.removeprefix("file://")
    if path == source.uri or not path.startswith(root):
        return ""
    return f"project://{path[len(root) :]}#{source.line}"
