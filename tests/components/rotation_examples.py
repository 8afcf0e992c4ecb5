"""A function that rotates, as components are given it, and a secret that it rotates."""

from __future__ import annotations

from typing import Any

from components.keys.names import Rotated
from components.links import FunctionLink, KeyLink, PooledUser, RotatorLink

ARN = "arn:aws:lambda:eu-central-1:111111111111:function:headroom-dev-rotate-secret"
ROTATOR = RotatorLink(
    name="rotate-secret",
    function=FunctionLink(name="headroom-dev-rotate-secret", arn=ARN, made_arn=ARN),
    ready=[],
)
REDIS = Rotated(
    kind="redis-user", owner="backend", period_days=90, overlap_days=7, readers=["worker", "api"], user="dev-main"
)


def api_key(consumer: str, access: str, *services: str, period_days: int = 90) -> Rotated:
    """The key of a consumer."""
    return Rotated(
        kind="api-key",
        owner="backend",
        period_days=period_days,
        overlap_days=7,
        verifiers=services,
        consumer=consumer,
        access=access,  # type: ignore[arg-type]
    )


SECRETS = "arn:aws:secretsmanager:eu-central-1:111111111111:secret"


def database_user(service: str, **changed: Any) -> Rotated:
    """The login of a service."""
    known: dict[str, Any] = {"owner": "backend", "period_days": 90, "overlap_days": 7, "readers": [service]}
    name = service.replace("-", "_")
    return Rotated(**({"kind": "postgres-user", "user": name, "database": "main", **known} | changed))


def pooled_user(service: str, key: KeyLink) -> PooledUser:
    """The same as a pool of database main is told of it."""
    document = "headroom/dev/database/main/logins"
    proxied = [f"headroom/dev/database/main/proxy/{service}{second}" for second in ("", "__2")]
    return PooledUser(
        label=service,
        service=service,
        database_name=service.replace("-", "_"),
        document_arn=f"{SECRETS}:{document}-AbCdEf",
        document_name=document,
        secret_arns=[f"{SECRETS}:{name}-AbCdEf" for name in proxied],
        secret_names=proxied,
        key=key,
    )
