"""The connections of a database at worst, against what it accepts. D3."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.databases.connection_budget import (
    RESERVE,
    Capacity,
    Consumer,
    budget_problems,
    first_class_that_fits,
    pool_clients,
    pool_shares,
    replica_budget,
    ways_out,
    writer_budget,
)
from components.sizing import RDS_CLASSES, max_connections

API = Consumer(name="api", tasks=10, workers=2, pool=10, read_pool=5)
WORKER = Consumer(name="worker", tasks=4, pool=5)
MIGRATION = Consumer(name="migration of api", tasks=1, pool=2, rolls=False, direct=True)


def capacity(**changed: Any) -> Capacity:
    given: dict[str, Any] = {"engine": "postgres", "instance_class": "db.m7g.large", "replicas": 2}
    return Capacity(**(given | changed))


consumers = st.lists(
    st.builds(
        Consumer,
        name=st.sampled_from(["api", "web", "jobs"]),
        tasks=st.integers(1, 20),
        workers=st.integers(1, 8),
        pool=st.integers(1, 20),
        read_pool=st.integers(0, 20),
        rolls=st.booleans(),
        direct=st.booleans(),
    ),
    max_size=4,
)
capacities = st.builds(
    Capacity,
    engine=st.sampled_from(["postgres", "mysql"]),
    instance_class=st.sampled_from(["db.t4g.micro", "db.t4g.medium", "db.m7g.large", "db.r7g.4xlarge"]),
    replicas=st.integers(0, 2),
    pooling=st.sampled_from(["none", "proxy"]),
    pool_percent=st.integers(1, 100),
)


def test_a_deploy_runs_every_task_of_a_service_twice() -> None:
    assert writer_budget([API], capacity()).lines[0] == (
        "api: 10 tasks x 2 in a deploy x 2 workers x 10 = 400",
        10 * 2 * 2 * 10,
    )


def test_each_tenant_has_pools_of_its_own() -> None:
    tenants = Consumer(name="api", tasks=2, databases=3, pool=5, read_pool=1)
    assert writer_budget([tenants], capacity()).lines[0] == ("api: 2 tasks x 2 in a deploy x 3 databases x 5 = 60", 60)
    assert pool_clients([tenants], capacity(pooling="pgbouncer", replicas=0)) == 72


def test_a_migration_runs_once() -> None:
    assert writer_budget([MIGRATION], capacity()).lines[0] == ("migration of api: 1 task x 2 = 2", 2)


def test_reads_are_counted_apart_on_every_replica() -> None:
    writer, replica = writer_budget([API, WORKER], capacity()), replica_budget([API, WORKER], capacity())
    assert replica is not None
    assert writer.total == 400 + 40 + RESERVE
    assert replica.total == 200 + RESERVE
    assert [line for line, _ in replica.lines] == [
        "api: 10 tasks x 2 in a deploy x 2 workers x 5 = 200",
        f"reserve: {RESERVE}",
    ]


def test_without_a_replica_the_writer_serves_the_reads_as_well() -> None:
    assert writer_budget([API], capacity(replicas=0)).total == 600 + RESERVE
    assert replica_budget([API], capacity(replicas=0)) is None


def test_behind_a_pool_the_database_sees_the_pool_and_whoever_goes_past_it() -> None:
    budget = writer_budget([API, WORKER, MIGRATION], capacity(pooling="proxy"))
    assert budget.lines == (
        ("proxy: 80 % of 873 = 698", 698),
        ("migration of api: 1 task x 2 = 2, past the pool", 2),
        (f"reserve: {RESERVE}", RESERVE),
    )
    assert budget.fits


def test_replicas_of_rds_are_read_past_the_proxy_and_those_of_aurora_through_it() -> None:
    on_rds, on_aurora = capacity(pooling="proxy"), capacity(pooling="proxy", engine="aurora-postgresql")
    rds, aurora = replica_budget([API], on_rds), replica_budget([API], on_aurora)
    assert rds is not None and rds.lines[0][1] == 200
    assert aurora is not None and aurora.lines[0][0].startswith("proxy: 80 % of")
    assert (pool_clients([API], on_rds), pool_clients([API], on_aurora)) == (400, 600)


def test_replicas_of_another_class_accept_another_number() -> None:
    other = capacity(engine="mysql", instance_class="db.m7g.large", replica_class="db.t4g.micro")
    budget = replica_budget([API], other)
    assert budget is not None
    assert (budget.limit, budget.fits) == (64, False)
    (problem,) = [p for p in budget_problems([API], other) if p.reason.startswith("each replica")]
    assert (problem.key, problem.value) == ("replica_class", "db.t4g.micro")
    assert "replica_class: db.t4g.medium (the first that fits)" in problem.remedy


def test_a_replica_of_postgresql_never_accepts_fewer_than_its_writer() -> None:
    budget = replica_budget([API], capacity(replica_class="db.t4g.micro"))
    assert budget is not None
    assert budget.limit == max_connections("db.m7g.large")


def test_clients_of_a_pool_include_reads_where_there_is_no_replica() -> None:
    assert pool_clients([API, MIGRATION], capacity(pooling="proxy", replicas=0)) == 600


def test_an_overflow_shows_the_arithmetic_and_the_ways_out() -> None:
    (problem,) = budget_problems([API, WORKER], capacity(instance_class="db.t4g.small"))[:1]
    assert str(problem) == (
        "class is db.t4g.small: the writer accepts 197 connections (db.t4g.small), and these may come at once:\n"
        "    api: 10 tasks x 2 in a deploy x 2 workers x 10 = 400\n"
        "    worker: 4 tasks x 2 in a deploy x 5 = 40\n"
        "    reserve: 15\n"
        "    400 + 40 + 15 = 455, 258 too many; "
        "ways out: database_pool: 3 at most; class: db.t4g.large (the first that fits); pooling: proxy, or pgbouncer "
        "(docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections)"
    )


def test_mysql_has_no_pgbouncer_to_go_to() -> None:
    small = capacity(engine="mysql", instance_class="db.t4g.micro")
    assert ways_out([API], small, writer_budget([API], small))[-1] == "pooling: proxy"


def test_a_pool_with_too_large_a_share_is_told_which_share_fits() -> None:
    greedy = capacity(pooling="proxy", pool_percent=100)
    found = ways_out([API, MIGRATION], greedy, writer_budget([API, MIGRATION], greedy))
    assert found == ["pool.max_connections_percent: 98"]
    assert writer_budget([API, MIGRATION], capacity(pooling="proxy", pool_percent=98)).fits


def test_a_serverless_cluster_is_told_the_capacity_that_fits() -> None:
    small = capacity(engine="aurora-postgresql", instance_class="db.serverless", replicas=0, min_acu=0.5, max_acu=2)
    assert "serverless.max_acu: 4 with min_acu: 1 or more" in ways_out([API], small, writer_budget([API], small))


@pytest.mark.parametrize(
    ("engine", "instance_class", "connections", "expected"),
    [
        ("postgres", "db.t4g.micro", 150, "db.t4g.small"),
        ("postgres", "db.t4g.micro", 2000, "db.r7g.xlarge"),
        ("postgres", "db.m7g.large", 1500, "db.r7g.large"),
        ("mysql", "db.t4g.micro", 600, "db.t4g.large"),
        ("aurora-mysql", "db.t4g.medium", 900, "db.r7g.large"),
        ("postgres", "db.m7g.large", 6000, None),
    ],
)
def test_the_first_larger_class_that_fits(
    engine: Any, instance_class: str, connections: int, expected: str | None
) -> None:
    assert first_class_that_fits(engine, instance_class, connections) == expected


@settings(max_examples=100)
@given(clients=consumers, database=capacities)
def test_a_database_is_refused_exactly_if_its_worst_case_is_more_than_it_accepts(
    clients: list[Consumer], database: Capacity
) -> None:
    per_process = [c.pool + (0 if database.replicas else c.read_pool) for c in clients]
    everyone = sum(c.most_tasks * c.workers * pool for c, pool in zip(clients, per_process, strict=True))
    past = sum(c.most_tasks * c.workers * c.pool for c in clients if c.direct)
    worst = everyone if database.pooling == "none" else database.pooled + past
    refused = any(problem.reason.startswith("the writer") for problem in budget_problems(clients, database))
    assert refused is (worst + RESERVE > max_connections(database.instance_class, database.engine))


@settings(max_examples=100)
@given(clients=consumers, database=capacities)
def test_more_connections_never_make_a_budget_fit(clients: list[Consumer], database: Capacity) -> None:
    more = [*clients, Consumer(name="one more", tasks=1, pool=1, direct=True)]
    if not writer_budget(clients, database).fits:
        assert not writer_budget(more, database).fits


@settings(max_examples=100)
@given(
    clients=consumers.filter(bool),
    name=st.sampled_from(sorted(c for c in RDS_CLASSES if c.startswith(("db.t4g.", "db.m7g.", "db.r7g.")))),
)
def test_a_class_that_is_named_does_fit_and_is_no_smaller(clients: list[Consumer], name: str) -> None:
    needed = writer_budget(clients, capacity(instance_class=name)).total
    found = first_class_that_fits("postgres", name, needed)
    if found is not None:
        assert max_connections(found) >= needed
        assert RDS_CLASSES[found].memory_gib >= RDS_CLASSES[name].memory_gib


@settings(max_examples=100)
@given(
    limit=st.integers(1, 5000),
    tasks=st.integers(1, 4),
    clients=st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 500), min_size=1, max_size=6),
)
def test_shares_of_a_pool_never_exceed_it_and_leave_nobody_without(
    limit: int, tasks: int, clients: dict[str, int]
) -> None:
    if limit // tasks < len(clients):
        with pytest.raises(ValueError, match="too few"):
            pool_shares(limit, tasks, clients)
        return
    shares = pool_shares(limit, tasks, clients)
    assert sum(shares.values()) * tasks <= limit
    assert set(shares) == set(clients)
    assert min(shares.values()) >= 1
    assert all(shares[a] >= shares[b] for a in clients for b in clients if clients[a] > clients[b])
