"""Property values as JSON: for the state, for events and for people."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .values import (
    ARCHIVE_SIGNATURE,
    ASSET_SIGNATURE,
    MASK,
    RESOURCE_SIGNATURE,
    SECRET_SIGNATURE,
    SIGNATURE,
    UNKNOWN,
    UNKNOWN_TEXT,
    UNKNOWN_TEXTS,
    Asset,
    OutputValue,
    ResourceReference,
    Secret,
    rewrite,
    without_output_values,
)

Encrypt = Callable[[str], str]
Decrypt = Callable[[str], str]


def masked(value: Any) -> Any:
    """JSON for displays and events: secrets are blinded."""

    def change(item: Any) -> Any:
        if isinstance(item, Secret):
            return MASK
        return _special(item, change)

    return rewrite(value, change)


def plain(value: Any) -> Any:
    """JSON with the secrets shown; only for those who ask for it by `--show-secrets`."""

    def change(item: Any) -> Any:
        if isinstance(item, Secret):
            return rewrite(item.value, change)
        return _special(item, change)

    return rewrite(value, change)


def to_state(value: Any, encrypt: Encrypt | None) -> Any:
    """JSON for a checkpoint; without a cipher secrets stand in plain text, as `stack export --show-secrets` wants."""

    def change(item: Any) -> Any:
        if not isinstance(item, Secret):
            return _special(item, change)
        text = json.dumps(rewrite(item.value, change), separators=(",", ":"))
        if encrypt is None:
            return {SIGNATURE: SECRET_SIGNATURE, "plaintext": text}
        return {SIGNATURE: SECRET_SIGNATURE, "ciphertext": encrypt(text)}

    return rewrite(value, change)


def from_state(value: Any, decrypt: Decrypt) -> Any:
    """Property values out of a checkpoint's JSON."""
    if isinstance(value, list):
        return [from_state(item, decrypt) for item in value]
    if not isinstance(value, dict):
        return UNKNOWN if isinstance(value, str) and value in UNKNOWN_TEXTS else value
    signature = value.get(SIGNATURE)
    if signature == SECRET_SIGNATURE:
        text = value["plaintext"] if "plaintext" in value else decrypt(value["ciphertext"])
        return Secret(from_state(json.loads(text), decrypt))
    if signature in (ASSET_SIGNATURE, ARCHIVE_SIGNATURE):
        source = {k: from_state(v, decrypt) for k, v in value.items() if k not in (SIGNATURE, "hash")}
        return Asset(signature, source, value.get("hash", ""))
    if signature == RESOURCE_SIGNATURE:
        return ResourceReference(value["urn"], value.get("id"), value.get("packageVersion", ""))
    return {key: from_state(item, decrypt) for key, item in value.items()}


def _special(item: Any, change: Callable[[Any], Any]) -> Any:
    if item is UNKNOWN:
        return UNKNOWN_TEXT
    if isinstance(item, Asset):
        head = {SIGNATURE: item.signature, **({"hash": item.hash} if item.hash else {})}
        return head | {key: rewrite(part, change) for key, part in item.source.items()}
    if isinstance(item, ResourceReference):
        reference = {SIGNATURE: RESOURCE_SIGNATURE, "urn": item.urn}
        if item.id is not None:
            reference["id"] = UNKNOWN_TEXT if item.id is UNKNOWN else item.id
        if item.version:
            reference["packageVersion"] = item.version
        return reference
    if isinstance(item, OutputValue):
        return rewrite(without_output_values(item), change)
    return item
