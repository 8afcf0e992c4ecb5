"""What runs in a task beside the service, and whether the task has room for it. Free of Pulumi."""

from components.constraints import Problem
from components.services.calls import SOURCE as CALLS_SOURCE

PROXY_CPU_UNITS, PROXY_MEMORY_MIB = 256, 64
"""What AWS wants to be added to a task for Service Connect's proxy, up to 500 requests a second (`calls.SOURCE`)."""
OWN_MEMORY_MIB = 256
"""What must be left for the service itself (T2)."""
COLLECTOR_SOURCE = "docs/tracing.md"


def room_problems(
    cpu_units: int, memory_mib: int, tmp_mib: int, *, proxy: bool, collector_mib: int = 0
) -> list[Problem]:
    """A task whose size is the service's alone starves it, or is killed for want of memory."""
    problems = []
    if proxy and cpu_units <= PROXY_CPU_UNITS:
        problems.append(
            Problem(
                key="cpu_units",
                value=cpu_units,
                reason=f"{PROXY_CPU_UNITS} of them are for Service Connect's proxy, which carries the calls",
                remedy=f"choose {2 * PROXY_CPU_UNITS} or more",
                source=CALLS_SOURCE,
            )
        )
    taken = {
        "Service Connect's proxy": PROXY_MEMORY_MIB if proxy else 0,
        "the collector of traces": collector_mib,
        "/tmp": tmp_mib,
    }
    left = memory_mib - sum(taken.values())
    if (proxy or collector_mib) and left < OWN_MEMORY_MIB:
        listed = ", ".join(f"{mib} MiB for {what}" for what, mib in taken.items() if mib)
        problems.append(
            Problem(
                key="memory_mib",
                value=memory_mib,
                reason=f"after {listed}, {max(left, 0)} MiB are left for the service, and it needs {OWN_MEMORY_MIB}",
                remedy=f"choose {sum(taken.values()) + OWN_MEMORY_MIB} or more, or less for them",
                source=CALLS_SOURCE if proxy else COLLECTOR_SOURCE,
            )
        )
    return problems
