"""An object's life: kept in the provider's state, or in an API server where there is one."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from typing import Any

from offline.aws.values import Properties, as_secret, plain
from offline.kubernetes.apiserver import ApiError, ApiServer
from offline.kubernetes.checks import SECRET_FIELDS
from offline.kubernetes.kinds import Kind
from offline.kubernetes.pod_rules import quantity
from offline.kubernetes.schemas import find

SERVERS_OWN = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "uid")
"""Metadata that an API server adds."""
QUANTITIES = ("cpu", "memory", "ephemeral-storage", "storage", "sizeLimit")
"""Fields whose values a server writes in its own way."""


def identifier(manifest: Mapping[str, Any]) -> str:
    """As pulumi-kubernetes has it: `namespace/name`, or the name alone."""
    metadata = manifest["metadata"]
    namespace = metadata.get("namespace")
    return f"{namespace}/{metadata['name']}" if namespace else str(metadata["name"])


def split(id_: str) -> tuple[str, str]:
    """Namespace (or nothing) and name of an id."""
    namespace, _, name = id_.rpartition("/")
    return namespace, name


def named(inputs: Properties) -> Properties:
    """The inputs with a name, where they ask for a generated one."""
    metadata = plain(inputs["metadata"])
    if "name" in metadata:
        return inputs
    return {**inputs, "metadata": {**metadata, "name": metadata["generateName"] + os.urandom(3).hex()[:5]}}


class Objects:
    """What the provider does with objects of one cluster."""

    def __init__(self, server: ApiServer | None) -> None:
        self._server = server

    @property
    def real(self) -> bool:
        """Whether an API server holds them."""
        return self._server is not None

    def preview(self, kind: Kind, inputs: Properties) -> Properties:
        """What is known of an object before it is made."""
        return self._state(kind, inputs, inputs)

    def create(self, kind: Kind, inputs: Properties) -> tuple[str, Properties]:
        """The id and all properties. Applying the same twice makes one object, so a broken run can be repeated."""
        given = named(inputs)
        if self._server is None:
            return identifier(plain(given)), self._state(kind, given, given)
        found = self._server.apply(kind, plain(given))
        return identifier(found), self._state(kind, inputs, found)

    def update(self, kind: Kind, id_: str, news: Properties) -> Properties:
        """The properties after a change in place."""
        namespace, name = split(id_)
        metadata = {**plain(news["metadata"]), "name": name, **({"namespace": namespace} if namespace else {})}
        given = {**news, "metadata": metadata}
        if self._server is None:
            return self._state(kind, given, given)
        return self._state(kind, news, self._server.apply(kind, plain(given)))

    def read(self, kind: Kind, id_: str, inputs: Properties, state: Properties) -> tuple[Properties, Properties] | None:
        """Inputs and properties as they are now; None when the object is gone."""
        if self._server is None:
            return (inputs, state) if state else None
        found = self._server.read(kind, *split(id_))
        if found is None or found["metadata"].get("deletionTimestamp"):
            return None
        current = as_declared(plain(inputs), _with_text(plain(inputs), found)) if inputs else declared(found)
        return self._marked(kind, current), self._state(kind, inputs, found)

    def delete(self, kind: Kind, id_: str) -> None:
        """Deletes it, in the background; waiting would need the controllers that a bare API server lacks."""
        if self._server is not None:
            try:
                self._server.delete(kind, *split(id_))
            except ApiError as error:
                # Its kind went first, and took every object along.
                if error.status != 404:
                    raise

    def _state(self, kind: Kind, inputs: Properties, found: Mapping[str, Any]) -> Properties:
        state = dict(found)
        if find(kind).has_status:
            state.setdefault("status", {})
        return self._marked(kind, state)

    def _marked(self, kind: Kind, properties: Mapping[str, Any]) -> Properties:
        if kind != Kind("v1", "Secret"):
            return dict(properties)
        return {name: as_secret(value) if name in SECRET_FIELDS else value for name, value in properties.items()}


def _with_text(inputs: Mapping[str, Any], found: Mapping[str, Any]) -> Mapping[str, Any]:
    """A Secret's text as it was written: a server takes `stringData`, and tells it in `data`, encoded."""
    text, data = inputs.get("stringData"), found.get("data") or {}
    if not isinstance(text, Mapping):
        return found
    decoded = {key: base64.b64decode(data[key]).decode("utf-8", "replace") for key in text if key in data}
    return {**found, "stringData": decoded}


def as_declared(inputs: Any, found: Any, name: str = "") -> Any:
    """Of what the server holds, the part that the inputs speak of: what it added by itself is no drift, nor is what it
    leaves out because it is empty. `name` is the field that both stand in."""
    if isinstance(inputs, Mapping) and isinstance(found, Mapping):
        return {
            field: as_declared(value, found[field], field) if field in found else value
            for field, value in inputs.items()
            if field in found or not value
        }
    if isinstance(inputs, list) and isinstance(found, list) and len(inputs) == len(found):
        return [as_declared(one, other, name) for one, other in zip(inputs, found, strict=True)]
    return inputs if _same(inputs, found, name) else found


def _same(declared_value: Any, found: Any, name: str) -> bool:
    """Equal, or the same port or quantity written in another way: a server makes 1Gi of 1024Mi."""
    if declared_value == found or str(declared_value) == str(found):
        return True
    amount = quantity(declared_value) if name in QUANTITIES else None
    return amount is not None and amount == quantity(found)


def declared(found: Mapping[str, Any]) -> Properties:
    """Inputs of an object that is imported: all but what the server made."""
    metadata = {name: value for name, value in found["metadata"].items() if name not in SERVERS_OWN}
    return {**{name: value for name, value in found.items() if name != "status"}, "metadata": metadata}
