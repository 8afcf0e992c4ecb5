"""Bucket policies as S3 reads them, for what is done to objects; and the sizes that a signed form allows.

moto takes a statement whose conditions do not hold for a refusal, so that "deny what comes without TLS" refuses all;
and it stores whatever a form brings. Conditions are read here for the operators that buckets use; a statement with
another one, or about a principal that is an AWS service, says nothing about the request.
"""

from __future__ import annotations

import base64
import contextvars
import fnmatch
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from offline.aws.extensions.wrapping import wrap

LOOPBACK = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
"""The emulator stands for an endpoint with TLS, though it needs none itself."""

NO_OBJECT = {"uploads", "partNumber", "retention", "legal-hold", "tagging", "acl"}
"""Parts of a query with which nothing is made yet, or no more: moto asks for PutObject with all of them."""

_about: contextvars.ContextVar[Mapping[str, str]] = contextvars.ContextVar("about", default=LOOPBACK)
"""Condition keys of the request under way."""


def install() -> None:
    """Extends moto's decision about objects, and its answer to a form."""
    from moto.s3.models import FakeBucket
    from moto.s3.responses import S3Response

    wrap(FakeBucket, "get_permission", get_permission)
    wrap(FakeBucket, "_log_permissions_enabled_policy", log_permissions_enabled_policy)
    wrap(S3Response, "_key_response", key_response)
    wrap(S3Response, "_bucket_response_post", bucket_response_post)


def key_response(original: Callable[..., Any], response: Any, request: Any, full_url: str) -> Any:
    """Notes how the request is signed."""
    signed_url = any(name in request.args for name in ("X-Amz-Signature", "Signature"))
    about = {**LOOPBACK, "s3:authType": "REST-QUERY-STRING" if signed_url else "REST-HEADER"}
    token = _about.set({**about, **_writing(request)})
    try:
        return original(response, request, full_url)
    finally:
        _about.reset(token)


def _writing(request: Any) -> Mapping[str, str]:
    """Condition keys of a write: whether an object comes of it, and on which condition.

    Source: docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    """
    without = bool(NO_OBJECT & set(request.args))
    headers = {f"s3:{name}": request.headers[name] for name in ("if-match", "if-none-match") if name in request.headers}
    return {**headers, "s3:ObjectCreationOperation": "false" if without else "true"}


def bucket_response_post(original: Callable[..., Any], response: Any, request: Any, bucket_name: str) -> Any:
    """A browser's form: the bucket's policy is asked, and the size that the form's own policy allows."""
    if "key" not in request.form:
        return original(response, request, bucket_name)
    token = _about.set({**LOOPBACK, "s3:authType": "POST"})
    try:
        bucket = response.backend.get_bucket(bucket_name)
        resource = f"arn:{bucket.partition}:s3:::{bucket_name}/{request.form['key']}"
        if str(bucket.get_permission("s3:PutObject", resource)).endswith("DENIED"):
            return 403, {}, _error("AccessDenied", "Access Denied")
        return _refusal(request.form.get("policy"), len(response.body)) or original(response, request, bucket_name)
    finally:
        _about.reset(token)


def _refusal(policy: str | None, size: int) -> Any:
    """What S3 says of a file outside the form's range, or nothing."""
    conditions = json.loads(base64.b64decode(policy))["conditions"] if policy else []
    for condition in conditions:
        if isinstance(condition, list) and condition[0] == "content-length-range":
            low, high = int(condition[1]), int(condition[2])
            if size < low:
                return 400, {}, _error("EntityTooSmall", f"Your proposed upload is smaller than {low} bytes")
            if size > high:
                return 400, {}, _error("EntityTooLarge", f"Your proposed upload is larger than {high} bytes")
    return None


def _error(code: str, message: str) -> str:
    return f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"


def get_permission(original: Callable[..., Any], bucket: Any, action: str, resource: str) -> Any:
    """Denied if one statement denies, else permitted if one allows everybody, else undecided."""
    from moto.iam.access_control import PermissionResult

    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    # moto names the action by HTTP's method; the calls of an upload in parts are POSTs, and need PutObject.
    action = "s3:PutObject" if action == "s3:PostObject" else action
    statements = json.loads(bucket.policy).get("Statement", [])
    effects = {s["Effect"] for s in _list(statements) if _concerns(s, action, resource) and _holds(s)}
    if "Deny" in effects:
        return PermissionResult.DENIED
    return PermissionResult.PERMITTED if "Allow" in effects else PermissionResult.NEUTRAL


def log_permissions_enabled_policy(
    original: Callable[..., bool], bucket: Any, target_bucket: Any, target_prefix: str | None
) -> bool:
    """Whether a policy lets S3 put a bucket's logs: moto knows a resource that is one text, and no refusals."""
    statements = json.loads(target_bucket.policy)["Statement"] if target_bucket.policy else []
    resource = f"arn:{target_bucket.partition}:s3:::{target_bucket.name}/{target_prefix or ''}any"
    return any(
        statement["Effect"] == "Allow"
        and statement.get("Principal") == {"Service": "logging.s3.amazonaws.com"}
        and _matches(statement.get("Action", []), "s3:PutObject")
        and _matches(statement.get("Resource", []), resource)
        for statement in _list(statements)
    )


def _concerns(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    everybody = statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
    return (
        everybody
        and _matches(statement.get("Action", []), action)
        and _matches(statement.get("Resource", []), resource)
    )


def _holds(statement: Mapping[str, Any]) -> bool:
    conditions = statement.get("Condition") or {}
    return all(
        _compare(operator, _about.get().get(key), [str(value) for value in _list(values)])
        for operator, keys in conditions.items()
        for key, values in keys.items()
    )


def _compare(operator: str, actual: str | None, wanted: list[str]) -> bool:
    if operator == "Null":
        return str(actual is None).lower() in wanted
    if actual is None:
        return False
    if operator in ("StringEquals", "Bool"):
        return actual in wanted
    if operator == "StringNotEquals":
        return actual not in wanted
    if operator in ("StringLike", "ArnLike", "ArnEquals"):
        return _matches(wanted, actual)
    if operator == "NumericLessThan":
        return any(float(actual) < float(value) for value in wanted)
    return False


def _matches(patterns: Any, value: str) -> bool:
    return any(fnmatch.fnmatchcase(value, pattern) for pattern in _list(patterns))


def _list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else [value]
