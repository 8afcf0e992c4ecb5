"""One cause pages once. O1."""

import re

from components.alarms.incidents import (
    MOST_IN_A_RULE,
    SERVICES_FAILING,
    Incident,
    balancer_incident,
    database_incident,
    queue_incidents,
    service_incident,
    services_incidents,
)

P = "headroom-prod"


def named(rule: str) -> set[str]:
    return set(re.findall(r'ALARM\("headroom-prod-([a-z0-9-]+)"\)', rule))


def failing(name: str, database: str | None = None) -> Incident:
    found = service_incident(P, name, ["cpu-high", "errors-page", "down"], database)
    assert found is not None
    return found


def test_a_service_fails_by_errors_or_because_nobody_is_there() -> None:
    rule = '(ALARM("headroom-prod-api-errors-page") OR ALARM("headroom-prod-api-down"))'
    assert failing("api").rule == rule


def test_a_service_without_a_route_fails_by_having_no_tasks() -> None:
    found = service_incident(P, "worker", ["cpu-high", "no-tasks", "errors-logged"], None)
    assert found is not None
    assert named(found.rule) == {"worker-no-tasks"}


def test_a_service_is_not_told_to_be_gone_while_nobody_counts_its_pods() -> None:
    found = service_incident(P, "worker", ["no-tasks"], None, "cluster-silent")
    assert found is not None
    assert found.rule == '(ALARM("headroom-prod-worker-no-tasks") AND NOT ALARM("headroom-prod-cluster-silent"))'
    routed = service_incident(P, "api", ["errors-page", "down"], None, "cluster-silent")
    assert routed is not None
    assert "silent" not in routed.rule


def test_a_service_keeps_quiet_beside_its_database() -> None:
    assert failing("api", "main-database-saturated").suppressor == "main-database-saturated"
    assert failing("web").suppressor is None


def test_nothing_pages_for_a_thing_without_alarms_that_page() -> None:
    assert service_incident(P, "api", ["cpu-high"], None) is None
    assert database_incident(P, "main", {"main": ["database-storage-low"]}) is None


def test_a_database_is_saturated_when_connections_run_out_and_the_instance_is_strained() -> None:
    instance = ["database-cpu-high", "database-connections-high", "database-memory-low", "database-storage-low"]
    found = database_incident(P, "main", {"main": instance, "main-1": instance})
    assert found is not None
    one, other = found.rule[1:-1].split(" OR (ALARM(")
    assert one == (
        '(ALARM("headroom-prod-main-database-connections-high") AND '
        '(ALARM("headroom-prod-main-database-cpu-high") OR ALARM("headroom-prod-main-database-memory-low")))'
    )
    assert named(f"ALARM({other}") >= {"main-1-database-connections-high", "main-1-database-cpu-high"}
    assert "storage" not in found.rule


def test_a_database_that_reports_nothing_serves_nobody() -> None:
    found = database_incident(P, "main", {"main": ["database-silent", "database-storage-low"]})
    assert found is not None
    assert found.rule == 'ALARM("headroom-prod-main-database-silent")'


def test_a_serverless_database_is_strained_at_the_end_of_its_capacity() -> None:
    found = database_incident(P, "main", {"main-1": ["database-connections-high", "database-capacity-high"]})
    assert found is not None
    assert named(found.rule) == {"main-1-database-connections-high", "main-1-database-capacity-high"}


def test_a_pool_that_is_gone_or_empty_saturates_its_database() -> None:
    proxy = database_incident(P, "main", {"main": ["proxy-unavailable", "proxy-borrow-slow", "proxy-pool-high"]})
    bouncer = database_incident(P, "main", {"main-pgbouncer": ["cpu-high", "no-tasks"]})
    assert proxy is not None
    assert bouncer is not None
    assert named(proxy.rule) == {"main-proxy-unavailable", "main-proxy-borrow-slow", "main-proxy-pool-high"}
    assert named(bouncer.rule) == {"main-pgbouncer-no-tasks"}


def test_a_service_of_the_databases_name_does_not_saturate_it() -> None:
    assert database_incident(P, "main", {"main": ["no-tasks"]}) is None


def test_the_load_balancer_keeps_quiet_while_a_service_says_why() -> None:
    (together,) = services_incidents(P, [failing("api"), failing("web")])
    assert (together.name, together.tells) == (SERVICES_FAILING, False)
    assert named(together.rule) == {"api-failing", "web-failing"}
    assert balancer_incident(P, "alb", together.name).suppressor == SERVICES_FAILING


def test_no_rule_names_more_alarms_than_aws_takes() -> None:
    many = services_incidents(P, [failing(f"service-{number}") for number in range(250)])
    assert [len(named(one.rule)) for one in many] == [100, 100, 50, 3]
    assert many[-1].name == SERVICES_FAILING
    assert max(len(one.rule) for one in many) <= 10_240
    assert MOST_IN_A_RULE == 100
    assert services_incidents(P, []) == services_incidents(P, [failing("api")]) == []


def test_a_queue_is_stuck_when_messages_wait_and_none_is_done() -> None:
    (stuck,) = queue_incidents(P, "jobs")
    assert stuck.rule == '(ALARM("headroom-prod-jobs-queue-age") AND ALARM("headroom-prod-jobs-queue-idle"))'
    assert stuck.suppressor is None


def test_a_queue_keeps_quiet_beside_its_consumer() -> None:
    (stuck,) = queue_incidents(P, "jobs", [failing("worker")])
    assert stuck.suppressor == "worker-failing"


def test_a_queue_keeps_quiet_beside_any_of_several_that_say_why() -> None:
    together, stuck = queue_incidents(P, "jobs", [failing("worker"), failing("mailer")])
    assert (together.name, together.tells) == ("jobs-work-failing", False)
    assert named(together.rule) == {"worker-failing", "mailer-failing"}
    assert stuck.suppressor == together.name
