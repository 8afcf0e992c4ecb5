"""Who still uses an old API key, before it ends: by its id, which is no secret."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from operations.keys.credential import Credential
from operations.keys.inventory import consumer
from operations.keys.uses import last_uses

DAY = timedelta(days=1)


def last_use_of_previous(aws: Any, one: Credential, now: datetime) -> str:
    """`2026-11-21 12:00 UTC, in api`; empty where nobody has used it for a day, or nobody tells."""
    if one.kind != "api-key":
        return ""
    namespace = one.arn.partition(":secret:")[2].partition("/keys/")[0]
    found: list[tuple[datetime, str]] = []
    for service in one.verifiers:
        try:
            previous = _previous_id(aws("secretsmanager"), namespace, service, consumer(one))
            uses = last_uses(aws("logs"), namespace, {service: [consumer(one)]}, now)
        except (ClientError, BotoCoreError, ValueError):
            continue
        if previous in uses.of_keys:
            found.append((uses.of_keys[previous], service))
    if not found:
        return ""
    when, service = max(found)
    return f"{when:%Y-%m-%d %H:%M} UTC, in {service}" if now - when < DAY else ""


def _previous_id(secrets: Any, namespace: str, service: str, holder: str) -> str:
    """The digests name the ids of what is valid; nothing in them opens anything."""
    digests = secrets.get_secret_value(SecretId=f"{namespace}/service/{service}/key-digests")["SecretString"]
    return str(((json.loads(digests).get(holder) or {}).get("previous") or {}).get("id") or "")
