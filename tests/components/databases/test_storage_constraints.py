"""Storage that RDS refuses, with its message word for word. D4."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.databases.storage_constraints import performance_problems, storage_problems

GUIDE = "docs.aws.amazon.com/AmazonRDS/latest/UserGuide"
GP3 = f"{GUIDE}/CHAP_Storage.html#gp3-storage"


def performance(engine: Any, storage_gib: int, iops: int = 0, throughput_mib: int = 0) -> list[str]:
    return [str(problem) for problem in performance_problems(engine, storage_gib, iops, throughput_mib)]


def test_storage_has_a_floor() -> None:
    assert [str(problem) for problem in storage_problems(10, 0)] == [
        "storage_gib is 10: AWS takes 20 to 65536 GiB of gp3; choose 20 to 65536 GiB of gp3 "
        f"({GUIDE}/CHAP_Storage.html)"
    ]


def test_growing_needs_a_tenth_of_room() -> None:
    assert [str(problem) for problem in storage_problems(100, 105)] == [
        "max_storage_gib is 105: it must be at least 10 % above storage_gib, 100; choose 110 or more (26 % more, 126, "
        f"avoids a notice), or 0 to turn growing off ({GUIDE}/USER_PIOPS.Autoscaling.html)"
    ]


def test_growing_may_be_turned_off() -> None:
    assert storage_problems(100, 0) == []


@settings(max_examples=60)
@given(st.integers(20, 65_536))
def test_what_the_remedy_says_is_accepted(storage_gib: int) -> None:
    for problem in storage_problems(storage_gib, storage_gib):
        needed = int(problem.remedy.split(" ")[1])
        assert [p for p in storage_problems(storage_gib, needed) if "at least" in p.reason] == []


def test_what_is_included_is_asked_for_by_0() -> None:
    assert performance("postgres", 20) == performance("mysql", 65_536) == []


@pytest.mark.parametrize("key", ["iops", "throughput_mib"])
def test_small_storage_has_nothing_to_sell(key: str) -> None:
    value = {"iops": 12_000, "throughput_mib": 500}[key]
    assert performance("postgres", 399, **{key: value}) == [
        f"{key} is {value}: below 400 GiB gp3 has 3,000 IOPS and 125 MiB/s and sells no more; storage_gib is 399; "
        f"choose 0, or storage_gib 400 or more ({GP3})"
    ]
    assert performance("postgres", 400, **{key: value}) == []


@pytest.mark.parametrize(
    ("iops", "throughput", "message"),
    [
        (
            11_999,
            0,
            "iops is 11999: AWS takes 12000 to 64000 IOPS of gp3, or 0 for what is included; choose 12000 to 64000 "
            f"IOPS of gp3, or 0 for what is included ({GP3})",
        ),
        (
            0,
            5_000,
            "throughput_mib is 5000: AWS takes 500 to 4000 MiB/s of gp3, or 0 for what is included; choose 500 to 4000 "
            f"MiB/s of gp3, or 0 for what is included ({GP3})",
        ),
        (
            0,
            3_500,
            "throughput_mib is 3500: gp3 has a quarter of a MiB/s at most for each IOPS, and there are 12000; choose "
            f"iops 14000 or more, or less throughput ({GP3})",
        ),
    ],
)
def test_more_is_sold_in_ranges(iops: int, throughput: int, message: str) -> None:
    assert message in performance("postgres", 1000, iops, throughput)


def test_mysql_wants_throughput_with_many_operations() -> None:
    assert performance("mysql", 1000, 40_000, 500) == [
        "throughput_mib is 500: with 40000 IOPS RDS for MySQL wants 625 MiB/s at least; choose 625 or more, or 0 to "
        f"leave it to RDS ({GP3})"
    ]
    assert performance("mysql", 1000, 40_000, 625) == performance("postgres", 1000, 40_000, 500) == []


NUMBERS = st.integers(-(10**6), 10**6)


@settings(max_examples=100)
@given(storage=NUMBERS, most=NUMBERS, iops=NUMBERS, throughput=NUMBERS, engine=st.sampled_from(["postgres", "mysql"]))
def test_no_value_makes_the_rules_fail(storage: int, most: int, iops: int, throughput: int, engine: Any) -> None:
    problems = [*storage_problems(storage, most), *performance_problems(engine, storage, iops, throughput)]
    assert all(" is " in str(problem) and problem.source for problem in problems)


@settings(max_examples=100)
@given(
    storage=st.integers(400, 65_536),
    iops=st.integers(12_000, 64_000),
    throughput=st.integers(1_000, 3_000),
    engine=st.sampled_from(["postgres", "mysql"]),
)
def test_ordinary_performance_passes(storage: int, iops: int, throughput: int, engine: Any) -> None:
    assert performance(engine, storage, iops, throughput) == [] or throughput * 4 > iops
