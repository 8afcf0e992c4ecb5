"""docs/contract.md, made from the table in components/contract.py: `python -m operations.contract_page`."""

from __future__ import annotations

from pathlib import Path

from components.contract import VARIABLES
from components.services.constraints import stop_seconds
from infra.settings.services import Service

PAGE = Path(__file__).resolve().parents[1] / "docs" / "contract.md"

INTRODUCTION = """# What a service is given

And what it gives in return. The variables are the stack's; a service's own stand under its `secrets` and `environment`.
Names of the settings are written in capitals, with `_` for `-`: the bucket `user-uploads` is `BUCKET_USER_UPLOADS`.

This page is made from the code by `make docs`.

## Variables

| variable | comes with the setting | what it holds | secret |
|---|---|---|---|
"""

MANNERS = """
Secrets are read when a task starts: a task that runs keeps what it has. When a database, a replica or a cache is
replaced, the stack starts new tasks; after a value was changed by hand, start them by
`aws ecs update-service --force-new-deployment`.

## Manners

| what | how it is |
|---|---|
"""


def contract_page() -> str:
    """The page as Markdown."""
    rows = [
        f"| `{entry.name}` | `{entry.given}` | {entry.holds} | {'yes' if entry.secret else ''} |" for entry in VARIABLES
    ]
    manners = [f"| {what} | {how} |" for what, how in _manners().items()]
    return INTRODUCTION + "\n".join(rows) + "\n" + MANNERS + "\n".join(manners) + "\n"


def _default(setting: str) -> str:
    return str(Service.model_fields[setting].default)


def _manners() -> dict[str, str]:
    """What is not a variable, with the defaults of the settings."""
    drain = int(_default("drain_seconds"))
    return {
        "health": f"`GET {_default('health_path')}` answers {_default('health_codes')} while the task can serve "
        "(`health_path`, `health_codes`); it looks at the process itself, not at databases, or one slow database takes "
        "every task down. On ECS `health_command` looks inside the container, too: "
        "[a service](service.md#whether-it-is-healthy)",
        "process": f"user and group {_default('user')} (`user`), no root, no capabilities, a read-only file system; "
        f"`/tmp` is writable, {_default('tmp_mib')} MiB of memory (`tmp_mib`)",
        "size": f"{_default('cpu_units')} CPU units and {_default('memory_mib')} MiB (`cpu_units`, `memory_mib`), "
        f"{_default('min_count')} to {_default('max_count')} tasks (`min_count`, `max_count`)",
        "stop": f"SIGTERM, then {stop_seconds(drain)} s until SIGKILL; the load balancer sends nothing new meanwhile, "
        f"and open requests have {drain} s (`drain_seconds`)",
        "requests": "HTTP/1.1 on PORT, plain inside the VPC; the caller's address is the first of X-Forwarded-For, the "
        "scheme X-Forwarded-Proto. No session sticks to a task",
        "log": "standard output, one JSON object a line: [logs](logs.md)",
        "metrics": "of its own by the log, in namespace `Headroom/Services`: [logs](logs.md#metrics-in-the-log)",
        "AWS": "credentials of the service's own role, by the SDK's default chain; it reaches its own secrets, and the "
        "buckets and queues that its settings name: `headroom access ENV`",
        "migrations": "`migrate` runs in the new image before any task of it starts; the old version must not mind",
    }


if __name__ == "__main__":
    PAGE.write_text(contract_page(), encoding="utf-8")
