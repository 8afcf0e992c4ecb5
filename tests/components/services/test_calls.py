"""Calls among services, without AWS. C4, E5."""

import pytest

from components.services.calls import call_order, call_variable, called, circle, ecs_url, eks_url
from components.services.sidecars import room_problems


def test_a_called_service_is_told_by_its_name():
    assert call_variable("user-profiles") == "SERVICE_URL_USER_PROFILES"
    assert ecs_url("api", 5000) == "http://api:5000"
    assert eks_url("api", 5000) == "http://api.api.svc.cluster.local:5000"


def test_who_is_called_starts_first():
    calls = {"web": ["api"], "api": ["users", "mails"], "users": [], "mails": ["users"], "worker": []}
    order = call_order(calls)
    assert sorted(order) == sorted(calls)
    for caller, wanted in calls.items():
        assert all(order.index(name) < order.index(caller) for name in wanted)
    assert called(calls) == {"api", "users", "mails"}


def test_services_that_call_each_other_around_have_no_order():
    calls = {"web": ["api"], "api": ["web"], "worker": []}
    assert circle(calls)[0] == circle(calls)[-1]
    assert set(circle(calls)) == {"web", "api"}
    with pytest.raises(ValueError, match="none of them can be deployed after those that it calls"):
        call_order(calls)


def test_a_task_must_hold_the_proxy_beside_the_service():
    [problem] = room_problems(256, 1024, 64, proxy=True)
    assert str(problem).startswith(
        "cpu_units is 256: 256 of them are for Service Connect's proxy, which carries the calls; choose 512 or more"
    )
    assert room_problems(512, 1024, 64, proxy=True) == []


def test_a_task_must_hold_the_collector_beside_the_service():
    assert room_problems(256, 512, 64, proxy=False, collector_mib=128) == []
    [problem] = room_problems(256, 512, 256, proxy=False, collector_mib=128)
    assert "after 128 MiB for the collector of traces, 256 MiB for /tmp, 128 MiB are left" in str(problem)
    assert "choose 640 or more, or less for them" in str(problem)


def test_a_task_of_the_service_alone_is_its_own_business():
    assert room_problems(256, 512, 256, proxy=False) == []
