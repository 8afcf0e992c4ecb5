"""Registrations become steps: each resource of the program is compared with what exists, and brought there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .aliases import find_old
from .cascade import Cascade
from .context import Context
from .deletions import Deletions
from .errors import EngineError, ProviderError
from .planner import Planner
from .policies import Policies
from .property_diff import ignore_changes
from .provider import NO_DIFF, CheckError, Diff, Provider, check_config
from .reporter import Step
from .resource_state import Goal, ResourceState
from .step_runner import StepRunner, created, mark_secrets
from .targets import Targets
from .urns import PROVIDER_PREFIX, STACK_TYPE, is_provider_type, matches, package_of
from .values import UNKNOWN, carry_secrets, has_unknown


@dataclass(frozen=True, kw_only=True)
class Registered:
    """What a registration came to."""

    state: ResourceState
    result: str = "success"
    """success, fail (the resource's step failed and the operation goes on), or skip (targets leave it out)."""


class Registrar:
    """Takes the program's registrations, in any order and many at once."""

    def __init__(self, context: Context, policies: Policies) -> None:
        self._context = context
        self._resources = context.resources
        self._policies = policies
        self._runner = StepRunner(context)
        self._planner = Planner(context)
        self._cascade = Cascade(context, self._runner)
        self._targets = Targets(context.options)
        self.deletions = Deletions(context, self._runner)

    async def register(self, goal: Goal) -> Registered:
        """One resource; raises BailError where the operation cannot go on."""
        self._admit(goal)
        try:
            return await self._register(goal)
        except CheckError as error:
            raise self._refuse(goal, error) from None
        except ProviderError as error:
            raise self._context.bail(str(error), goal.urn) from None
        except EngineError as error:
            raise self._context.bail(str(error), goal.urn) from None

    def _admit(self, goal: Goal) -> None:
        """Refuses what cannot be registered at all."""
        if self._context.stop.is_set():
            raise self._context.bail("")
        if goal.urn in self._resources.goals:
            raise self._context.bail(f"Duplicate resource URN '{goal.urn}'; try giving it a unique name", goal.urn)
        self._resources.goals[goal.urn] = goal
        if goal.parent and goal.parent not in self._resources.goals:
            raise self._context.bail(f"could not find parent resource {goal.parent}", goal.urn)

    def _refuse(self, goal: Goal, error: CheckError) -> Exception:
        for key, reason in error.failures:
            where = f". Examine values at '{goal.name}.{key}'." if key else ""
            text = f"{goal.type} resource '{goal.name}' has a problem: {reason}{where}"
            self._context.reporter.diagnose("error", text, goal.urn)
        return self._context.bail("", goal.urn)

    async def _register(self, goal: Goal) -> Registered:
        old = find_old(self._context, goal)
        recreated = old is not None and await self._cascade.wait_for(old)
        new = goal.new_state()
        if old is not None:
            new.created, new.modified = old.created, old.modified
        is_provider = is_provider_type(goal.type)
        provider = self._context.registry.get(goal.provider) if goal.custom and not is_provider else None
        if is_provider:
            self._resources.news.setdefault(goal.urn, new)  # so that its reference leads to these inputs
        if self._resources.failed.intersection(new.references()):
            self._resources.failed.add(goal.urn)  # what it needs could not be brought about
            return Registered(state=new, result="fail")
        if not self._included(goal, new) and not recreated:
            return await self._leave_alone(goal, old, new)
        if goal.import_id and provider and _is_import(goal, old):
            return await self._import(goal, old, new, provider)
        fresh = recreated or self._asked_to_replace(goal) or (old is not None and old.external)
        await self._check(goal, old, new, provider, fresh=fresh)
        await self._policies.check_resource(goal, new)
        return await self._act(goal, old, new, provider, recreated)

    async def _act(
        self, goal: Goal, old: ResourceState | None, new: ResourceState, provider: Provider | None, recreated: bool
    ) -> Registered:
        if self._context.stop.is_set():
            raise self._context.bail("")
        if old is None:
            done = await self._runner.create(new, provider)
            return self._result(new, done)
        if recreated:
            diff = Diff(changed=self._cascade.keys[old], replaced_by=self._cascade.keys[old])
            return await self._recreate(old, new, provider, diff)
        if old.external:  # it was only read until now; the stack makes one of its own
            return await self._recreate(old, new, provider, NO_DIFF)
        diff = await self._planner.diff(goal, old, new, provider)
        if diff.replaced_by or old.pending_replacement:
            return await self._replace(goal, old, new, provider, diff)
        if diff.any:
            done = await self._runner.update(old, new, provider, diff, goal.ignore_changes)
            if is_provider_type(new.type):
                self._context.registry.forget(f"{new.urn}::{new.id}")
            return self._result(new, done)
        await self._runner.same(old, new)
        return Registered(state=self._resources.news[new.urn])

    def _result(self, new: ResourceState, done: bool) -> Registered:
        if done:
            return Registered(state=new)
        if self._context.options.continue_on_error:
            self._resources.failed.add(new.urn)
            return Registered(state=new, result="fail")
        raise self._context.bail("", new.urn)

    # ------------------------------------------------------------ targets
    def _included(self, goal: Goal, new: ResourceState) -> bool:
        included = self._targets.include(goal.urn, new.references())
        if included and self._targets.limited:
            missing = sorted(self._resources.skipped & new.references())
            if missing and goal.type != STACK_TYPE:
                raise self._context.bail(
                    f"Resource '{goal.urn}' depends on '{missing[0]}' which was not specified in --target list.",
                    goal.urn,
                )
        return included

    async def _leave_alone(self, goal: Goal, old: ResourceState | None, new: ResourceState) -> Registered:
        """An untargeted resource stays as it is; one that does not exist yet is passed over."""
        if old is None:
            self._resources.skipped.add(goal.urn)
            self._context.reporter.done(self._context.reporter.begin("same", None, new))
            return Registered(state=new, result="skip")
        await self._runner.same(old, old)
        return Registered(state=old)

    def _asked_to_replace(self, goal: Goal) -> bool:
        return any(matches(pattern, goal.urn) for pattern in self._context.options.replaces)

    # ------------------------------------------------------------ inputs
    async def _check(
        self, goal: Goal, old: ResourceState | None, new: ResourceState, provider: Provider | None, *, fresh: bool
    ) -> None:
        """Inputs as the provider takes them; `fresh` computes defaults, such as names, anew, and ignores no change."""
        before = old.inputs if old is not None and not fresh else None
        if before is not None:
            new.inputs, lost = ignore_changes(new.inputs, before, goal.ignore_changes)
            if lost:
                text = f'cannot ignore changes in added or removed elements of the path: "{", ".join(lost)}"'
                self._context.reporter.diagnose("info", text, goal.urn)
        if provider is not None:
            replaced = str(old.id) if old is not None and fresh else ""
            new.inputs = await provider.check(goal.urn, before, new.inputs, goal.ignore_changes, replaced)
        elif goal.type.startswith(PROVIDER_PREFIX) and not has_unknown(new.inputs):
            package = package_of(goal.type)
            if package != "pulumi":
                plugin = await self._context.registry.checker(package)
                new.inputs = await check_config(plugin, new, before)

    # ------------------------------------------------------------ replacements
    async def _replace(
        self, goal: Goal, old: ResourceState, new: ResourceState, provider: Provider | None, diff: Diff
    ) -> Registered:
        self._refuse_replacement(goal, old, new, diff)
        self._resources.replaced.add(new.urn)
        if provider is not None and not self._asked_to_replace(goal):
            new.inputs = await provider.check(new.urn, None, goal.inputs, goal.ignore_changes, str(old.id))
        before = goal.delete_before_replace if goal.delete_before_replace is not None else diff.delete_before_replace
        if before and not await self._cascade.delete(old):
            return self._result(new, False)
        return await self._recreate(old, new, provider, diff)

    async def _recreate(
        self, old: ResourceState, new: ResourceState, provider: Provider | None, diff: Diff
    ) -> Registered:
        reporter, deleted_first = self._context.reporter, old.pending_replacement
        self._resources.replaced.add(new.urn)
        if deleted_first:
            reporter.done(reporter.begin("replace", old, new, diff))
        done = await self._runner.create(new, provider, replaced=old, diff=diff)
        if done and not deleted_first:
            reporter.done(reporter.begin("replace", old, new, diff))
        return self._result(new, done)

    def _refuse_replacement(self, goal: Goal, old: ResourceState, new: ResourceState, diff: Diff) -> None:
        if new.protect and old.protect:
            text = (
                f'unable to replace resource "{new.urn}"\nas it is currently marked for protection. To unprotect the '
                "resource, remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`"
            )
            if not self._context.dry_run:
                raise self._context.bail(text, new.urn)
            self._context.reporter.diagnose("error", text, new.urn)
        if goal.import_id:
            text = (
                "previously-imported resources that still specify an ID may not be replaced; please remove the "
                f"`import` declaration from your program (changed: {', '.join(diff.replaced_by)})"
            )
            if not self._context.dry_run:
                raise self._context.bail(text, new.urn)
            self._context.reporter.diagnose("warning", text, new.urn)

    # ------------------------------------------------------------ import and read
    async def _import(
        self, goal: Goal, old: ResourceState | None, new: ResourceState, provider: Provider
    ) -> Registered:
        """Adopts what exists, then changes it where the program describes it otherwise."""
        reporter = self._context.reporter
        operation = "import-replacement" if old is not None else "import"
        step = reporter.begin(operation, old, new)
        found = await self._found(step, goal, goal.import_id, {})
        new.id, new.inputs, new.outputs = found
        new.inputs = carry_secrets(goal.inputs, new.inputs)  # AWS does not know what is a secret of the program's
        created(new)
        begun = await self._context.ledger.begin(operation, new)
        await self._context.ledger.finish(begun, put=[new, *self._superseded(old, new)], drop=_forgotten(old))
        self._resources.news[new.urn] = new
        reporter.done(step)
        if old is not None:
            reporter.done(reporter.begin("replace", old, new))
        return await self._adjust(goal, new, provider)

    async def _found(
        self, step: Step, goal: Goal, resource_id: str, known: dict[str, Any]
    ) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """What exists under an id; fails the step when nothing does."""
        try:
            found = await self._context.registry.get(goal.provider).read(goal.urn, resource_id, {}, known)
        except (ProviderError, EngineError) as error:
            self._context.reporter.fail(step, f"reading {goal.urn}: {error}")
            raise self._context.bail("", goal.urn) from None
        if found is None:
            self._context.reporter.fail(step, f"resource '{resource_id}' does not exist")
            raise self._context.bail("", goal.urn)
        return found

    async def _adjust(self, goal: Goal, imported: ResourceState, provider: Provider) -> Registered:
        new = goal.new_state()
        new.created, new.modified = imported.created, imported.modified
        await self._check(goal, imported, new, provider, fresh=False)
        await self._policies.check_resource(goal, new)
        diff = await self._planner.diff(goal, imported, new, provider)
        if diff.replaced_by:
            return await self._replace(goal, imported, new, provider, diff)
        if diff.any:
            return self._result(new, await self._runner.update(imported, new, provider, diff, goal.ignore_changes))
        return Registered(state=imported)

    async def read(self, goal: Goal, resource_id: Any) -> ResourceState:
        """An external resource (`X.get(...)`, a StackReference): read, never owned."""
        self._admit(goal)
        reporter, new, old = self._context.reporter, goal.new_state(), find_old(self._context, goal)
        new.external, new.id = True, resource_id
        replaces = old is not None and not old.external and old.id != resource_id
        step = reporter.begin("read-replacement" if replaces else "read", old, new)
        if resource_id is not UNKNOWN and not has_unknown(goal.inputs):
            found = await self._found(step, goal, str(resource_id), goal.inputs)
            new.id, _, new.outputs = found
            mark_secrets(new)
        if replaces:
            self._context.ledger.record(put=[new, *self._superseded(old, new)])
        else:  # what was read before, or what the stack hands over under the same id
            self._context.ledger.record(put=[new], drop=[old] if old is not None else [])
        if old is not None:
            self._resources.taken.add(old)
        self._resources.news[new.urn] = new
        reporter.done(step)
        if replaces:
            reporter.done(reporter.begin("replace", old, new))
        return new

    def _superseded(self, old: ResourceState | None, new: ResourceState) -> list[ResourceState]:
        """What the stack owned until now under this name is deleted at the end."""
        if old is None or old.pending_replacement:
            return []
        old.delete = True
        self._resources.replaced.add(new.urn)
        self._resources.taken.add(old)
        self._resources.condemned.append(old)
        return [old]

    # ------------------------------------------------------------ outputs
    async def register_outputs(self, urn: str, outputs: dict[str, Any]) -> None:
        """A component's outputs, or the stack's."""
        state = self._resources.news.get(urn)
        if state is None:
            raise self._context.bail(f"outputs for an unknown resource {urn}")
        if state.outputs != outputs:
            state.outputs = outputs
            self._context.ledger.record(put=[state])
            self._context.reporter.redactor.learn(outputs)
        old = self._resources.olds.get(self._resources.aliases.get(urn, urn))
        self._context.reporter.outputs_changed("same" if old else "create", old, state)
        await self._runner.end(state)

    def keep_outputs(self, stack_urn: str) -> None:
        """A failed program may not have come to all outputs: those of the last operation stay."""
        state = self._resources.news.get(stack_urn)
        kept = {**self._resources.stack_outputs, **(state.outputs if state else {})}
        if state is not None and state.outputs != kept:
            state.outputs = kept
            self._context.ledger.record(put=[state])


def _is_import(goal: Goal, old: ResourceState | None) -> bool:
    """True until the resource has been adopted under the id that the program gives."""
    return old is None or old.external or (old.import_id or old.id) != goal.import_id


def _forgotten(old: ResourceState | None) -> list[ResourceState]:
    """What was deleted ahead of its replacement leaves the state with it."""
    return [old] if old is not None and old.pending_replacement else []
