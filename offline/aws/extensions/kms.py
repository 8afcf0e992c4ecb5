"""Key rotation: the period that was asked for, and the date of the next rotation; whether a key is of one region."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from typing import Any

from offline.aws.extensions.wrapping import wrap

DEFAULT_PERIOD_DAYS = 365


def install() -> None:
    """Extends moto's EnableKeyRotation, GetKeyRotationStatus and DescribeKey."""
    from moto.kms.responses import KmsResponse

    wrap(KmsResponse, "enable_key_rotation", enable_key_rotation)
    wrap(KmsResponse, "get_key_rotation_status", get_key_rotation_status)
    wrap(KmsResponse, "describe_key", describe_key)


def _key(response: Any) -> Any:
    backend = response.kms_backend
    return backend.keys[backend.get_key_id(response._get_param("KeyId"))]


def enable_key_rotation(original: Callable[..., str], response: Any) -> str:
    """Keeps the period; a second call without one keeps what was set before, as AWS does."""
    answer = original(response)
    key = _key(response)
    period = response._get_param("RotationPeriodInDays") or getattr(key, "rotation_period_in_days", None)
    key.rotation_period_in_days = int(period or DEFAULT_PERIOD_DAYS)
    key.rotation_enabled_at = datetime.datetime.now(datetime.UTC)
    return answer


def get_key_rotation_status(original: Callable[..., str], response: Any) -> str:
    """Adds the period and the next date to moto's answer."""
    answer = json.loads(original(response))
    key = _key(response)
    if answer.get("KeyRotationEnabled"):
        days = getattr(key, "rotation_period_in_days", DEFAULT_PERIOD_DAYS)
        since = getattr(key, "rotation_enabled_at", datetime.datetime.now(datetime.UTC))
        answer["RotationPeriodInDays"] = days
        answer["NextRotationDate"] = (since + datetime.timedelta(days=days)).timestamp()
        answer["KeyId"] = key.id
    return json.dumps(answer)


def describe_key(original: Callable[..., str], response: Any) -> str:
    """AWS says so of a key of one region as well."""
    answer = json.loads(original(response))
    answer["KeyMetadata"]["MultiRegion"] = bool(answer["KeyMetadata"].get("MultiRegion"))
    return json.dumps(answer)
