"""What RDS refuses of storage: sizes, growing, and performance beyond what is included."""

from components.constraints import Problem, within
from components.databases.engines import RELEASES, RdsEngine

STORAGE = f"{RELEASES}/UserGuide/CHAP_Storage.html"
GP3 = f"{STORAGE}#gp3-storage"
SMALLEST_GIB, LARGEST_GIB = 20, 65_536
STRIPED_GIB = 400
"""From here on storage is striped over four volumes: 12,000 IOPS and 500 MiB/s are included, and more can be bought.
Below, 3,000 IOPS and 125 MiB/s are all there is."""
LEAST_IOPS, MOST_IOPS = 12_000, 64_000
LEAST_THROUGHPUT, MOST_THROUGHPUT = 500, 4_000
IOPS_PER_GIB = 500
IOPS_PER_THROUGHPUT = 4
"""At most 0.25 MiB/s an IOPS."""
MYSQL_IOPS_PER_THROUGHPUT = 64
"""MySQL's throughput is raised with IOPS above 32,000: 40,000 need 625 MiB/s."""


def storage_problems(storage_gib: int, max_storage_gib: int) -> list[Problem]:
    """gp3 has a floor and a ceiling, and growing needs room."""
    problems = within("storage_gib", storage_gib, SMALLEST_GIB, LARGEST_GIB, "GiB of gp3", STORAGE)
    if max_storage_gib == 0:
        return problems
    needed = -(-storage_gib * 11 // 10)
    if max_storage_gib < needed:
        problems.append(
            Problem(
                key="max_storage_gib",
                value=max_storage_gib,
                reason=f"it must be at least 10 % above storage_gib, {storage_gib}",
                remedy=f"choose {needed} or more (26 % more, {-(-storage_gib * 126 // 100)}, avoids a notice), "
                "or 0 to turn growing off",
                source=f"{RELEASES}/UserGuide/USER_PIOPS.Autoscaling.html",
            )
        )
    return problems + within("max_storage_gib", max_storage_gib, 0, LARGEST_GIB, "GiB of gp3", STORAGE)


def performance_problems(engine: RdsEngine, storage_gib: int, iops: int, throughput_mib: int) -> list[Problem]:
    """More IOPS and throughput can be bought from 400 GiB on, in ranges that depend on each other; 0 buys none."""
    asked = {"iops": iops, "throughput_mib": throughput_mib}
    if storage_gib < STRIPED_GIB:
        return [_too_small(key, value, storage_gib) for key, value in asked.items() if value]
    problems = []
    if iops:
        problems += within("iops", iops, LEAST_IOPS, MOST_IOPS, "IOPS of gp3, or 0 for what is included", GP3)
    if iops > IOPS_PER_GIB * storage_gib:
        reason = f"gp3 has {IOPS_PER_GIB} IOPS at most for each GiB, and storage_gib is {storage_gib}"
        problems.append(_problem("iops", iops, reason, f"choose {IOPS_PER_GIB * storage_gib} or less"))
    if throughput_mib:
        unit = "MiB/s of gp3, or 0 for what is included"
        problems += within("throughput_mib", throughput_mib, LEAST_THROUGHPUT, MOST_THROUGHPUT, unit, GP3)
        problems += _ratio_problems(engine, iops or LEAST_IOPS, throughput_mib)
    return problems


def _ratio_problems(engine: RdsEngine, iops: int, throughput_mib: int) -> list[Problem]:
    needed = throughput_mib * IOPS_PER_THROUGHPUT
    if needed > iops:
        reason = f"gp3 has a quarter of a MiB/s at most for each IOPS, and there are {iops}"
        return [_problem("throughput_mib", throughput_mib, reason, f"choose iops {needed} or more, or less throughput")]
    least = -(-iops // MYSQL_IOPS_PER_THROUGHPUT)
    if engine == "mysql" and throughput_mib < least:
        reason = f"with {iops} IOPS RDS for MySQL wants {least} MiB/s at least"
        return [_problem("throughput_mib", throughput_mib, reason, f"choose {least} or more, or 0 to leave it to RDS")]
    return []


def _too_small(key: str, value: int, storage_gib: int) -> Problem:
    reason = f"below {STRIPED_GIB} GiB gp3 has 3,000 IOPS and 125 MiB/s and sells no more; storage_gib is {storage_gib}"
    return _problem(key, value, reason, f"choose 0, or storage_gib {STRIPED_GIB} or more")


def _problem(key: str, value: int, reason: str, remedy: str) -> Problem:
    return Problem(key=key, value=value, reason=reason, remedy=remedy, source=GP3)
