"""Rotation by a function: Secrets Manager's four steps one after the other, each run for real, outside of the lock."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from offline.aws.extensions.lambda_ import invocation_of
from offline.aws.extensions.wrapping import wrap
from offline.aws.invocations import CHAINS

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"
DAY_SECONDS = 86400


def install() -> None:
    """Extends moto's rotation, which calls all steps at once and never moves a label."""
    from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend

    wrap(SecretsManagerBackend, "rotate_secret", rotate_secret)
    wrap(SecretsManagerBackend, "update_secret_version_stage", update_secret_version_stage)
    wrap(FakeSecret, "to_dict", to_dict)


def rotate_secret(
    original: Callable[..., Any],
    backend: Any,
    secret_id: str,
    client_request_token: str | None = None,
    rotation_lambda_arn: str | None = None,
    rotation_rules: Mapping[str, Any] | None = None,
    rotate_immediately: bool | None = True,
) -> str:
    """Keeps the schedule, and starts a rotation unless it is to wait. The trial that AWS makes in place of a rotation
    is not made; whether the function may be called is looked at, as there.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
    """
    from moto.secretsmanager.exceptions import InvalidRequestException, SecretNotFoundException

    if secret_id not in backend.secrets:
        raise SecretNotFoundException()
    secret = backend.secrets[secret_id]
    if secret.is_deleted():
        raise InvalidRequestException(
            "You can't perform this operation on the secret because it was marked for deletion."
        )
    arn = rotation_lambda_arn or secret.rotation_lambda_arn
    if not arn:
        raise InvalidRequestException("No Lambda rotation function ARN is associated with this secret.")
    function = _callable_function(backend, arn)
    if rotation_rules:
        secret.headroom_rules = {key: value for key, value in rotation_rules.items() if value is not None}
    secret.rotation_requested = secret.rotation_enabled = True
    secret.rotation_lambda_arn = arn
    secret.next_rotation_date = int(time.time()) + DAY_SECONDS * int(_rules(secret).get("AutomaticallyAfterDays", 0))
    if rotate_immediately is False:
        return str(secret.to_short_dict())
    begun = _begun(secret)
    token = begun or client_request_token or str(uuid.uuid4())
    CHAINS.append(
        [
            invocation_of(function, json.dumps({"Step": step, "SecretId": secret.arn, "ClientRequestToken": token}))
            for step in STEPS
        ]
    )
    if begun and begun != client_request_token:
        raise InvalidRequestException("A previous rotation isn't complete. That rotation will be reattempted.")
    if not begun:
        secret.remove_version_stages_from_old_versions([PENDING])
        empty = {"createdate": int(time.time()), "version_id": token, "version_stages": []}
        secret.versions.setdefault(token, empty)["version_stages"].append(PENDING)
    return str(secret.to_short_dict(version_id=token))


def _rules(secret: Any) -> Mapping[str, Any]:
    return dict(getattr(secret, "headroom_rules", {}))


def _callable_function(backend: Any, arn: str) -> Any:
    """The function. AWS refuses one that is not there, or that Secrets Manager may not call."""
    from moto.awslambda.utils import get_backend
    from moto.secretsmanager.exceptions import ResourceNotFoundException, SecretsManagerClientError

    try:
        function = get_backend(backend.account_id, backend.region_name).get_function(arn)
    except Exception:
        raise ResourceNotFoundException(f"Lambda {arn} could not be found.") from None
    admitted = [statement.get("Principal") for statement in function.policy.statements]
    if {"Service": "secretsmanager.amazonaws.com"} not in admitted:
        raise SecretsManagerClientError(
            "AccessDeniedException",
            "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants "
            "access to the principal secretsmanager.amazonaws.com.",
        )
    return function


def _begun(secret: Any) -> str | None:
    """The version in the making of a rotation that did not get to its end."""
    for version, content in secret.versions.items():
        if PENDING in content["version_stages"] and CURRENT not in content["version_stages"]:
            return str(version)
    return None


def update_secret_version_stage(
    original: Callable[..., Any], backend: Any, secret_id: str, version_stage: str, *rest: Any, **arguments: Any
) -> Any:
    """moto goes on reading the version that was current; and a rotation that ends has a date."""
    answer = original(backend, secret_id, version_stage, *rest, **arguments)
    secret = backend.secrets[secret_id]
    for version, content in secret.versions.items():
        if CURRENT in content["version_stages"] and secret.default_version_id != version:
            secret.set_default_version_id(version)
            if PENDING in content["version_stages"]:
                secret.last_rotation_date = int(time.time())
    return answer


def to_dict(original: Callable[..., dict[str, Any]], secret: Any) -> dict[str, Any]:
    """The whole rules, and no labels of versions that have none."""
    found = original(secret)
    if "RotationRules" in found:
        found["RotationRules"] = _rules(secret)
        found["LastRotatedDate"] = secret.last_rotation_date
    for key in ("VersionIdsToStages", "SecretVersionsToStages"):
        if key in found:
            found[key] = {version: labels for version, labels in found[key].items() if labels}
    return found
