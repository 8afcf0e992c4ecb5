"""Requirements D2, D3, O1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.sizing import (
    RDS_CLASSES,
    DatabaseEngine,
    free_storage_floor_bytes,
    max_connections,
    replica_zones,
    serverless_max_connections,
)

ZONES = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]

zone_lists = st.lists(st.sampled_from([f"eu-central-1{letter}" for letter in "abcdef"]), min_size=2, unique=True)


def test_replicas_take_the_zones_that_the_writer_does_not_have() -> None:
    assert replica_zones("eu-central-1b", ZONES, 2) == ("eu-central-1a", "eu-central-1c")


def test_a_replica_without_a_second_zone_is_refused() -> None:
    with pytest.raises(ValueError, match=r"zones is \['x'\]; a replica needs a zone other than the writer's, x"):
        replica_zones("x", ["x"], 1)


def test_no_replicas_need_no_second_zone() -> None:
    assert replica_zones("x", ["x"], 0) == ()


@given(zones=zone_lists, count=st.integers(0, 15), data=st.data())
def test_replicas_never_share_the_writers_zone_and_spread_evenly(
    zones: list[str], count: int, data: st.DataObject
) -> None:
    writer = data.draw(st.sampled_from(zones))
    chosen = replica_zones(writer, zones, count)
    per_zone = [chosen.count(zone) for zone in zones if zone != writer]
    assert len(chosen) == count
    assert writer not in chosen
    assert max(per_zone) - min(per_zone) <= 1


@given(zones=zone_lists, count=st.integers(1, 15), data=st.data())
def test_one_more_replica_moves_none_of_the_others(zones: list[str], count: int, data: st.DataObject) -> None:
    writer = data.draw(st.sampled_from(zones))
    assert replica_zones(writer, zones, count)[:-1] == replica_zones(writer, zones, count - 1)


@pytest.mark.parametrize(
    ("instance_class", "vcpu", "memory_gib"),
    [
        ("db.t4g.micro", 2, 1),
        ("db.t4g.medium", 2, 4),
        ("db.m7g.large", 2, 8),
        ("db.r7g.4xlarge", 16, 128),
        ("db.x2g.large", 2, 32),
        ("db.r8g.48xlarge", 192, 1536),
    ],
)
def test_classes_have_the_size_that_aws_lists(instance_class: str, vcpu: int, memory_gib: int) -> None:
    size = RDS_CLASSES[instance_class]
    assert (size.vcpu, size.memory_gib) == (vcpu, memory_gib)


def test_the_whole_class_ladder_of_d4_is_there() -> None:
    ladder = ["db.t4g.micro", "db.t4g.small", "db.t4g.medium", "db.t4g.large", "db.m7g.large", "db.r7g.large"]
    assert set(ladder) <= set(RDS_CLASSES)


@pytest.mark.parametrize(
    ("instance_class", "connections"),
    [("db.t4g.micro", 84), ("db.t4g.small", 197), ("db.m7g.large", 873), ("db.r7g.16xlarge", 5000)],
)
def test_connections_follow_from_memory_up_to_5000(instance_class: str, connections: int) -> None:
    assert max_connections(instance_class) == connections


@pytest.mark.parametrize(
    ("engine", "instance_class", "connections"),
    [
        ("mysql", "db.t4g.micro", 64),
        ("mysql", "db.m7g.large", 661),
        ("aurora-postgresql", "db.r7g.large", 1774),
        ("aurora-mysql", "db.t4g.medium", 90),
        ("aurora-mysql", "db.r7g.large", 1000),
        ("aurora-mysql", "db.r7g.16xlarge", 6000),
    ],
)
def test_connections_follow_the_formula_of_each_engine(
    engine: DatabaseEngine, instance_class: str, connections: int
) -> None:
    assert max_connections(instance_class, engine) == connections


@pytest.mark.parametrize(
    ("engine", "min_acu", "max_acu", "connections"),
    [
        ("aurora-postgresql", 0.5, 1, 189),
        ("aurora-postgresql", 0, 64, 2000),
        ("aurora-postgresql", 1, 64, 5000),
        ("aurora-postgresql", 1, 6, 823),
        ("aurora-mysql", 0, 64, 4000),
    ],
)
def test_connections_of_serverless_follow_from_its_maximum_capacity(
    engine: DatabaseEngine, min_acu: float, max_acu: float, connections: int
) -> None:
    assert serverless_max_connections(min_acu, max_acu, engine) == connections


def test_connections_never_exceed_what_rds_gives_by_default() -> None:
    for name, size in RDS_CLASSES.items():
        assert max_connections(name) <= min(size.memory_gib * 1024**3 // 9_531_392, 5000), name


def test_storage_is_low_below_a_tenth_of_its_initial_size() -> None:
    assert free_storage_floor_bytes(100) == 10 * 1024**3
