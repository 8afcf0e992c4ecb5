"""Alarms of RDS Proxy and PgBouncer. D3, O1."""

from components.databases.pool_alarms import THRESHOLDS, pgbouncer_conditions, proxy_conditions, waited_metric

CONDITIONS = {condition.name: condition for condition in proxy_conditions("headroom-prod-main", 400)}


def test_a_proxy_is_watched_for_waits_lack_of_connections_strangers_and_its_database() -> None:
    assert set(CONDITIONS) == {
        "proxy-borrow-slow",
        "proxy-pool-high",
        "proxy-pinned",
        "proxy-clients-high",
        "proxy-unavailable",
    }
    assert {name for name, condition in CONDITIONS.items() if condition.severity == "page"} == {"proxy-unavailable"}


def test_waits_are_counted_in_microseconds() -> None:
    wait = CONDITIONS["proxy-borrow-slow"]
    assert (wait.metrics["wait"].name, wait.threshold) == ("DatabaseConnectionsBorrowLatency", 500_000)
    assert "0.5 s" in wait.what


def test_more_clients_than_the_settings_allow_for_are_told() -> None:
    assert CONDITIONS["proxy-clients-high"].threshold == 400
    assert "400" in CONDITIONS["proxy-clients-high"].what


def test_availability_is_asked_for_by_the_dimensions_it_is_reported_by() -> None:
    (metric,) = CONDITIONS["proxy-unavailable"].metrics.values()
    assert metric.dimensions == {
        "ProxyName": "headroom-prod-main",
        "TargetGroup": "default",
        "TargetRole": "READ_WRITE",
    }
    assert CONDITIONS["proxy-unavailable"].above is False


def test_a_client_that_pgbouncer_sent_away_is_told_within_minutes() -> None:
    (waits,) = pgbouncer_conditions(waited_metric("headroom-dev-main"))
    assert waits.metrics["waited"].name == "WaitedInVain-headroom-dev-main"
    assert (waits.threshold, waits.breaching_periods) == (0, 1)


def test_each_limit_says_where_it_comes_from() -> None:
    assert all(threshold.source for threshold in THRESHOLDS.values())
