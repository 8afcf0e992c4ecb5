"""Create, read, update and delete of any described type."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from offline.aws import importing, mapping, outputs, paths
from offline.aws.checks import prefixed_name
from offline.aws.connection import (
    AwsError,
    Connection,
    NotEmulatedError,
    Tokens,
    idempotent,
    operation_name,
    validate,
)
from offline.aws.consistency import PATIENCE_SECONDS, found_soon, is_not_found, known_soon
from offline.aws.differ import difference
from offline.aws.model import Call, Find, ResourceType, Scope, Tagging
from offline.aws.shapes import MappingError, pairs
from offline.aws.values import Properties, plain


class HalfMadeError(Exception):
    """The resource exists, and a later call of its making failed: it is kept, and a next run goes on with it."""

    def __init__(self, identifier: str, properties: Properties, reason: str) -> None:
        super().__init__(reason)
        self.identifier = identifier
        self.properties = properties
        self.reason = reason


class Lifecycle:
    """What the provider does in one account and region."""

    def __init__(self, connection: Connection, context: Mapping[str, Any]) -> None:
        self._aws = connection
        self._context = context

    def context(self, inputs: Properties) -> dict[str, Any]:
        """Account, partition, and the region of these inputs."""
        return {**self._context, "region": plain(inputs.get("region")) or self._context["region"]}

    def preview(self, kind: ResourceType, inputs: Properties) -> Properties:
        """What is known of a resource before it is made: inputs, and what follows from them."""
        given = {name: value for name, value in inputs.items() if name not in kind.completed}
        known = {**given, **outputs.predicted(kind, self._scope(kind, inputs, {}))}
        return self._with_region(kind, known)

    def create(self, kind: ResourceType, inputs: Properties, tokens: Tokens | None) -> tuple[str, Properties]:
        """The id and all properties. Raises AwsError if nothing was made, HalfMadeError if something was."""
        given = self._named(kind, inputs)
        bare = _bare(given)
        scope = self._scope(kind, bare, {})
        calls = list(mapping.applicable(kind.create, scope))
        scope["answer"] = self._make(kind, calls[0], scope, bare, tokens)
        identifier = self._identify(kind, scope)
        scope["id"] = identifier
        if tokens:
            tokens.made = True
        try:
            for call in calls[1:]:
                if self._is_needed(kind, call, bare):
                    self._make(kind, call, scope, bare, tokens)
            self._first_tags(kind, calls, scope, bare, tokens)
            return identifier, self._state(kind, identifier, given, scope["answer"], made=True)
        except (AwsError, MappingError) as error:
            half = self._with_region(kind, {**given, **outputs.predicted(kind, scope)})
            raise HalfMadeError(identifier, half, str(error)) from error

    def _named(self, kind: ResourceType, inputs: Properties) -> Properties:
        rule = kind.autoname
        prefix = inputs.get(rule.prefix_property) if rule and rule.prefix_property else None
        if rule and prefix and rule.property not in inputs:
            return {**inputs, rule.property: prefixed_name(rule, plain(prefix))}
        return inputs

    def _is_needed(self, kind: ResourceType, call: Call, inputs: Properties) -> bool:
        """A later call is made for its properties; one that carries none is always made."""
        names = mapping.carried(kind, call)
        return not names or any(inputs.get(name) is not None for name in names)

    def _identify(self, kind: ResourceType, scope: Scope) -> str:
        made = kind.id(scope) if callable(kind.id) else paths.formatted(kind.id, scope)
        if made is not paths.MISSING and made:
            return str(made)
        if scope["answer"]:
            name = operation_name(kind.service, kind.create[0].operation)
            raise AwsError(name, "EmulatorFailure", "the answer holds no id")
        return f"checked-only-{uuid.uuid4()}"  # moto lacks the operation: validated, and kept in the state

    def _make(
        self, kind: ResourceType, call: Call, scope: Scope, inputs: Properties, tokens: Tokens | None
    ) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        for params in mapping.requests(kind, call, scope, inputs):
            answer = self._send(kind, call, params, scope, tokens)
        return answer

    def _send(
        self, kind: ResourceType, call: Call, params: Mapping[str, Any], scope: Scope, tokens: Tokens | None = None
    ) -> dict[str, Any]:
        """One request; what moto lacks is validated and answered by nothing."""
        report = validate(kind.service, call.operation, params)
        if report:
            raise AwsError(operation_name(kind.service, call.operation), "ParamValidation", report)
        if call.checked:
            return {}

        def send() -> dict[str, Any]:
            return self._aws.call(kind.service, call.operation, params, str(scope["region"]))

        try:
            with idempotent(tokens):
                return known_soon(send, scope["id"], params) if tokens and tokens.made else send()
        except NotEmulatedError:
            return {}
        except AwsError as error:
            if error.code in call.ignore:
                return {}
            raise

    def _first_tags(
        self, kind: ResourceType, calls: list[Call], scope: dict[str, Any], inputs: Properties, tokens: Tokens | None
    ) -> None:
        sent = any("tags" in mapping.carried(kind, call) or "$tags" in str(call.params) for call in calls)
        if kind.tagging and inputs.get("tags") and not sent:
            self._change_tags(kind, kind.tagging, scope, {}, inputs["tags"], tokens)

    def _change_tags(
        self,
        kind: ResourceType,
        tagging: Tagging,
        scope: dict[str, Any],
        before: Mapping[str, str],
        after: Mapping[str, str],
        tokens: Tokens | None = None,
    ) -> None:
        try:
            found = outputs.from_item(kind, self._find(kind, scope) or {}, scope)
        except NotEmulatedError:
            found = {}
        local = {**found, **scope}
        gone = sorted(set(before) - set(after))
        changed = {key: value for key, value in after.items() if before.get(key) != value}
        if tagging.remove is None:
            changed, gone = dict(after), []
        if gone and tagging.remove is not None:
            local["tags_removed"] = gone
            local["tags_removed_list"] = [{"Key": key} for key in gone]
            self._send(kind, tagging.remove, paths.fill(tagging.remove.params, local), scope, tokens)
        if changed or tagging.remove is None:
            local["tags_added"] = [{"Key": key, "Value": value} for key, value in sorted(changed.items())]
            local["tags_added_named"] = [{"TagKey": key, "TagValue": value} for key, value in sorted(changed.items())]
            local["tags_added_lower"] = [{"key": key, "value": value} for key, value in sorted(changed.items())]
            local["tags_added_map"] = dict(sorted(changed.items()))
            self._send(kind, tagging.add, paths.fill(tagging.add.params, local), scope, tokens)

    def _state(
        self,
        kind: ResourceType,
        identifier: str,
        inputs: Properties,
        answer: Mapping[str, Any] | None = None,
        *,
        made: bool = False,
    ) -> Properties:
        """All properties after a create (`made`) or an update: what was given, and what AWS says besides."""
        scope = self._scope(kind, inputs, {"id": identifier, "answer": answer or {}})
        try:
            item = self._find_new(kind, scope) if made and kind.find else self._find(kind, scope)
        except NotEmulatedError:
            item = None
        found = outputs.from_item(kind, item, scope, inputs) if item is not None else {}
        computed = {**outputs.predicted(kind, {**scope, **found}), **found}
        added = {name: value for name, value in computed.items() if name not in inputs or name in kind.completed}
        state = {**inputs, **added}
        if mapping.sdk(kind).tagged:
            state["tagsAll"] = inputs.get("tags") or {}
        return self._with_region(kind, outputs.with_secrets(kind, state))

    def _with_region(self, kind: ResourceType, properties: Properties) -> Properties:
        clean = {name: value for name, value in properties.items() if not name.startswith("__")}
        if mapping.sdk(kind).tagged:
            clean.setdefault("tagsAll", clean.get("tags") or {})
        if kind.regional and "region" in mapping.sdk(kind).outputs:
            clean.setdefault("region", self._context["region"])
        return clean

    def _scope(self, kind: ResourceType, properties: Properties, more: Mapping[str, Any]) -> dict[str, Any]:
        return mapping.scope_of(kind, _bare(properties), {**self.context(properties), **more})

    def _find(self, kind: ResourceType, scope: dict[str, Any]) -> Any:
        """What AWS says of the resource, or None if there is none (or the type has no reading)."""
        merged: dict[str, Any] | None = None
        for find in kind.find:
            try:
                found = self._ask(kind, find, {**scope, "item": merged})
            except NotEmulatedError:
                if merged is None:
                    raise
                continue
            if found is None:
                if merged is None:
                    return None
                continue
            if merged is None:
                merged = dict(found)
            elif find.into:
                merged[find.into] = found
            else:
                merged.update(found)
        return merged

    def _find_new(self, kind: ResourceType, scope: dict[str, Any]) -> Any:
        """What AWS says of what was just made, once it knows of it."""
        item = found_soon(lambda: self._find(kind, scope))
        if item is None:
            name = operation_name(kind.service, kind.find[0].operation)
            raise AwsError(name, "NotFound", f"{scope['id']} was made, and is unknown {PATIENCE_SECONDS:.0f} s later")
        return item

    def _ask(self, kind: ResourceType, find: Find, scope: Scope) -> Any:
        try:
            answer = self._aws.call(kind.service, find.operation, paths.fill(find.params, scope), str(scope["region"]))
        except AwsError as error:
            if is_not_found(error):
                return None
            raise
        found = paths.get(answer, find.path) if find.path else answer
        if found is paths.MISSING or found is None:
            return None
        if find.pick:
            found = find.pick(found, scope)
        return None if found is None or (find.gone and find.gone(found)) else found

    def read(
        self, kind: ResourceType, identifier: str, inputs: Properties, state: Properties
    ) -> tuple[Properties, Properties] | None:
        """(inputs, properties) as AWS has them now; None if the resource is gone."""
        scope = self._scope(kind, {**state, **inputs}, {"id": identifier})
        if importing.MARK not in inputs:
            return self._read(kind, inputs, state, scope)
        found = self._read(kind, {}, state, scope)
        return found and ({**found[0], **importing.kept(kind, inputs, found[0])}, found[1])

    def imported(self, kind: ResourceType, given: str) -> tuple[str, Properties, Properties] | None:
        """(id, inputs, properties) of what exists under the id by which it is imported; None if there is nothing."""
        known = importing.parts(kind, given)
        named = "id" not in known
        identifier = str(known.pop("id", given))
        scope = self._scope(kind, known, {"id": identifier, "answer": {}})
        if kind.id_by_asking and named:
            scope["id"] = identifier = kind.id_by_asking(self._aws, scope)
        elif named and not kind.id_after_import:
            made = kind.id(scope) if callable(kind.id) else paths.formatted(kind.id, scope)
            scope["id"] = identifier = identifier if made is paths.MISSING else str(made)
        found = self._read(kind, {}, {}, scope) if kind.find or not named else ({}, {})
        if found is None:
            return None
        inputs, properties = found
        if kind.id_after_import:
            identifier = str(properties[kind.id_after_import])
        asked = {name: value for name, value in known.items() if name in mapping.sdk(kind).inputs}
        where = {"region": known["region"]} if "region" in known else {}
        return identifier, {**asked, **inputs, importing.MARK: True}, {**asked, **properties, **where}

    def as_asked(
        self, kind: ResourceType, identifier: str, olds: Properties, old_inputs: Properties, news: Properties
    ) -> Properties:
        """The old inputs to compare new ones with: of what was imported, as AWS has what the program asks for."""
        if importing.MARK not in old_inputs or not identifier:
            return old_inputs
        if not kind.find:
            return importing.told(kind, old_inputs)
        scope = self._scope(kind, {**news, **olds}, {"id": identifier})
        found = self._read(kind, news, {}, {**scope, **_bare(news)})
        return importing.as_asked(kind, old_inputs, found[0], news) if found else old_inputs

    def _read(
        self, kind: ResourceType, inputs: Properties, state: Properties, scope: dict[str, Any]
    ) -> tuple[Properties, Properties] | None:
        if kind.checked_only or not kind.find:
            return (inputs, state) if state or inputs else None
        try:
            item = self._find(kind, scope)
        except NotEmulatedError:
            return inputs, state
        if item is None:
            return None
        found = outputs.from_item(kind, item, scope, inputs)
        tags = self._tags(kind, item, {**found, **scope})
        if inputs:
            current = outputs.drifted(kind, inputs, item, tags, scope)
        else:
            current = outputs.imported(kind, item, tags, scope)
        kept = {name: value for name, value in state.items() if name not in mapping.sdk(kind).inputs}
        completed = {name: found[name] for name in kind.completed if name in found}
        properties = {**kept, **found, **current, **completed}
        if mapping.sdk(kind).tagged:
            properties["tagsAll"] = current.get("tags") or {}
        return current, self._with_region(kind, outputs.with_secrets(kind, properties))

    def _tags(self, kind: ResourceType, item: Any, scope: Scope) -> dict[str, str] | None:
        if kind.tagging is None:
            return None
        separate = kind.tagging.find
        try:
            found = self._ask(kind, separate, scope) if separate else paths.get(item, kind.tagging.path)
        except NotEmulatedError:
            return None
        tags = pairs(found) if found and found is not paths.MISSING else {}
        ignored = self._context.get("ignoreTags") or {}
        starts = ("aws:", *(ignored.get("keyPrefixes") or ()))
        named = ignored.get("keys") or ()
        return {key: value for key, value in tags.items() if not key.startswith(starts) and key not in named}

    def update(
        self, kind: ResourceType, identifier: str, olds: Properties, old_inputs: Properties, news: Properties
    ) -> Properties:
        """All properties after the update."""
        given = self._kept_name(kind, news, olds)
        bare, before = _bare(given), _bare(old_inputs or olds)
        region = self.context(given)["region"]
        changed = {name for name in difference(kind, before, bare, {}, region).changed if name != "region"}
        computed = {name: value for name, value in olds.items() if name not in before}
        scope = self._scope(kind, {**computed, **given}, {"id": identifier, "before": before, "changed": changed})
        for call in mapping.applicable(kind.update, scope):
            carries = set(mapping.carried(kind, call))
            if carries & changed:
                sent = self._sent(kind, call, carries, changed, bare)
                for params in mapping.requests(kind, call, scope, sent):
                    self._send(kind, call, params, scope)
        if kind.tagging and "tags" in changed:
            self._change_tags(kind, kind.tagging, scope, before.get("tags") or {}, bare.get("tags") or {})
        return self._state(kind, identifier, given)

    def _kept_name(self, kind: ResourceType, news: Properties, olds: Properties) -> Properties:
        rule = kind.autoname
        if rule and rule.property not in news and rule.property in olds:
            return {**news, rule.property: olds[rule.property]}
        return news

    def _sent(
        self, kind: ResourceType, call: Call, carries: set[str], changed: set[str], inputs: Properties
    ) -> Properties:
        """The values that an update's call sends; a removed input goes back to what it is without it."""
        sent = {name: value for name, value in inputs.items() if name in carries and (call.full or name in changed)}
        for name in (carries & changed) - set(inputs):
            if name in kind.on_removal:
                sent[name] = kind.on_removal[name]
            elif not call.full:
                empty: dict[str, Any] = {"bool": False, "list": [], "map": {}}
                sent[name] = empty.get(mapping.sdk(kind).inputs[name])
        return sent

    def preview_update(self, kind: ResourceType, olds: Properties, news: Properties) -> Properties:
        """What is known before the update: outputs stay as they are."""
        schema = mapping.sdk(kind)
        kept = {name: value for name, value in olds.items() if name not in schema.inputs or self._computed(name, news)}
        completed = {
            name: {**plain(olds[name]), **plain(news[name])}
            for name in kind.completed
            if isinstance(plain(olds.get(name)), Mapping) and isinstance(plain(news.get(name)), Mapping)
        }
        properties = {**kept, **news, **completed}
        if schema.tagged:
            properties["tagsAll"] = news.get("tags") or {}
        return self._with_region(kind, outputs.with_secrets(kind, properties))

    def _computed(self, name: str, news: Properties) -> bool:
        return name not in news

    def delete(self, kind: ResourceType, identifier: str, olds: Properties) -> None:
        """What is gone already counts as deleted."""
        scope = self._scope(kind, olds, {"id": identifier})
        if kind.settle:
            try:
                kind.settle(self._aws, scope)
            except AwsError as error:
                if not is_not_found(error):
                    raise
        for call in mapping.applicable(kind.delete, scope):
            bases = list(call.each(scope)) if call.each else [{}]
            for extra in bases:
                try:
                    self._send(kind, call, {**paths.fill(call.params, scope), **extra}, scope)
                except AwsError as error:
                    if not is_not_found(error):
                        raise


def _bare(properties: Properties) -> Properties:
    return {name: plain(value) for name, value in properties.items() if value is not None and not name.startswith("__")}
