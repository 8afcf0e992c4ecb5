"""What ECS and Fargate refuse of a service."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from components.constraints import Problem, one_of, within
from components.databases.logins import Login

ECS_GUIDE = "docs.aws.amazon.com/AmazonECS/latest/developerguide"

FARGATE_MEMORY_MIB: Mapping[int, Sequence[int]] = MappingProxyType(
    {
        256: (512, 1024, 2048),
        512: tuple(range(1024, 4096 + 1, 1024)),
        1024: tuple(range(2048, 8192 + 1, 1024)),
        2048: tuple(range(4096, 16384 + 1, 1024)),
        4096: tuple(range(8192, 30720 + 1, 1024)),
        8192: tuple(range(16384, 61440 + 1, 4096)),
        16384: tuple(range(32768, 122880 + 1, 8192)),
    }
)
"""CPU units to the memory sizes that go with them, in MiB."""

FARGATE_SOURCE = f"{ECS_GUIDE}/task-cpu-memory-error.html"


def fargate_size_problems(cpu_units: int, memory_mib: int) -> list[Problem]:
    """Fargate runs a fixed set of pairs of CPU and memory."""
    if cpu_units not in FARGATE_MEMORY_MIB:
        listed = ", ".join(str(cpu) for cpu in FARGATE_MEMORY_MIB)
        reason = f"Fargate has tasks of {listed} CPU units only"
        return one_of("cpu_units", cpu_units, tuple(FARGATE_MEMORY_MIB), reason, FARGATE_SOURCE)
    allowed = FARGATE_MEMORY_MIB[cpu_units]
    step = f" in steps of {allowed[2] - allowed[1]}" if len(allowed) > 3 else ""
    listed = f"{allowed[0]} to {allowed[-1]} MiB{step}" if step else f"{', '.join(str(m) for m in allowed)} MiB"
    return one_of("memory_mib", memory_mib, allowed, f"a task of {cpu_units} CPU units has {listed}", FARGATE_SOURCE)


def task_count_problems(min_count: int, max_count: int) -> list[Problem]:
    """Application Auto Scaling needs a range of tasks."""
    if min_count <= max_count:
        return []
    return [
        Problem(
            key="max_count",
            value=max_count,
            reason=f"it is below min_count, {min_count}, and a scalable target needs a range",
            remedy=f"choose {min_count} or more",
            source="docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html",
        )
    ]


POOL_VARIABLES = ("DATABASE_POOL", "DATABASE_READ_POOL", "WEB_CONCURRENCY")
"""How many connections a process may open to write and to read, and how many processes a task has: what its database's
budget of connections counts with. The last one is what gunicorn, uvicorn and puma look for."""


def variables_given(
    *, port: int | None, database: bool, cache: bool = False, tenants: Collection[str] = ()
) -> list[str]:
    """Environment variables that the stack sets by itself."""
    return [
        *(["PORT"] if port else []),
        *(["DATABASE_URL", "DATABASE_READ_URL"] if database else []),
        *(["REDIS_URL", "REDIS_READ_URL"] if cache else []),
        *(variable for tenant in tenants for variable in Login(service="", tenant=tenant).variables),
    ]


def variable_problems(environment: Collection[str], secrets: Collection[str], given: Collection[str]) -> list[Problem]:
    """ECS refuses a container whose variable stands twice among environment and secrets."""
    source = f"{ECS_GUIDE}/specifying-sensitive-data.html"
    twice = [("secrets", name, "environment") for name in secrets if name in environment]
    twice += [("secrets", name, "the variables that the stack sets") for name in secrets if name in given]
    twice += [("environment", name, "the variables that the stack sets") for name in environment if name in given]
    return [
        Problem(
            key=key,
            value=name,
            reason=f"it is among {other} too, and ECS takes a variable once",
            remedy="give it another name, or leave it out",
            source=source,
        )
        for key, name, other in twice
    ]


def user_problems(user: str) -> list[Problem]:
    """A container that runs as root breaks control ECS.4 and C336; this one AWS would accept."""
    if user.partition(":")[0] not in ("", "0", "root"):
        return []
    return [
        Problem(
            key="user",
            value=user,
            reason="the process would be root",
            remedy="choose another user and group id, such as 10001:10001",
            source="docs.aws.amazon.com/securityhub/latest/userguide/ecs-controls.html",
        )
    ]


def health_command_problems(health_command: Sequence[str]) -> list[Problem]:
    """ECS runs the command itself (CMD), or one text in the image's shell (CMD-SHELL)."""
    kind, *rest = health_command or ("CMD", "")
    if kind not in ("CMD", "CMD-SHELL"):
        reason, remedy = f"it starts with {kind}", "write CMD or CMD-SHELL before the command"
    elif not rest:
        reason, remedy = "no command follows", f"name one after {kind}"
    elif kind == "CMD-SHELL" and len(rest) > 1:
        reason, remedy = "CMD-SHELL takes one text", "write the command as one text in quotes, or CMD before its words"
    else:
        return []
    source = "docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html"
    return [Problem(key="health_command", value=list(health_command), reason=reason, remedy=remedy, source=source)]


def service_problems(
    *, cpu_units: int, memory_mib: int, min_count: int, max_count: int, stop_timeout_seconds: int = 70
) -> list[Problem]:
    """All that AWS would refuse of a service's size."""
    return [
        *fargate_size_problems(cpu_units, memory_mib),
        *task_count_problems(min_count, max_count),
        *within(
            "stop_timeout_seconds",
            stop_timeout_seconds,
            2,
            120,
            "seconds on Fargate",
            f"{ECS_GUIDE}/task_definition_parameters.html#container_definition_timeout",
        ),
    ]


def stop_seconds(drain_seconds: int) -> int:
    """Time between SIGTERM and SIGKILL: a task that leaves finishes its requests, or its message, first.

    Fargate kills after 120 s.
    Source: docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
    """
    return min(120, drain_seconds + 10)
