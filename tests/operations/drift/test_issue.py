"""An environment that drifts has one issue, whatever goes wrong on the way; GitHub is a fake on loopback."""

from __future__ import annotations

import pytest

from operations.drift.issue import OVER, access, keep, marker
from operations.drift.model import Difference, Drift
from operations.errors import Failure
from operations.github import Access
from tests.operations.github import Fault, Hub

TOKEN = "ghp_canary0123456789"


def real(found: str = "90", environment: str = "dev") -> Drift:
    difference = Difference(
        urn="u",
        label="lb.LoadBalancer alb",
        kind="changed",
        verdict="real",
        path="idleTimeout",
        asked="60",
        found=found,
    )
    return Drift(environment=environment, differences=[difference], resources=10)


def kept(hub: Hub, drift: Drift) -> str:
    return keep(drift, Access(repository="team/backend", token=TOKEN, api=hub.address), wait=lambda seconds: None)


def test_drift_opens_an_issue(hub: Hub) -> None:
    assert kept(hub, real()) == "Opened: https://x/1"
    [issue] = hub.open
    assert issue["title"] == "Drift in dev"
    assert "idleTimeout" in issue["body"]
    assert issue["body"].startswith(marker("dev"))


def test_the_same_drift_again_writes_nothing(hub: Hub) -> None:
    kept(hub, real())
    hub.calls.clear()
    assert kept(hub, real()) == "Unchanged: https://x/1"
    assert hub.writes == []


def test_other_drift_takes_its_place(hub: Hub) -> None:
    kept(hub, real())
    assert kept(hub, real("120")) == "Updated: https://x/1"
    assert len(hub.issues) == 1
    assert "120" in hub.issues[0]["body"]


@pytest.mark.parametrize("verdict", ["benign", "pending"])
def test_it_closes_when_nothing_real_is_left(hub: Hub, verdict: str) -> None:
    kept(hub, real())
    over = Drift(environment="dev", differences=[Difference(urn="u", label="x", kind="changed", verdict=verdict)])  # type: ignore[arg-type]
    assert kept(hub, over) == "Closed: https://x/1"
    assert hub.open == []
    assert OVER in hub.issues[0]["body"]
    assert "idleTimeout" in hub.issues[0]["body"]
    assert kept(hub, over) == ""


def test_drift_that_comes_back_opens_a_new_one(hub: Hub) -> None:
    kept(hub, real())
    kept(hub, Drift(environment="dev"))
    assert kept(hub, real()) == "Opened: https://x/2"


def test_where_nothing_is_known_the_issue_stays(hub: Hub) -> None:
    kept(hub, real())
    hub.calls.clear()
    assert kept(hub, Drift(environment="dev", error="no credentials")) == ""
    assert kept(hub, Drift(environment="dev", absent="there is no stack")) == ""
    assert hub.calls == []


def test_each_environment_has_its_own(hub: Hub) -> None:
    kept(hub, real())
    kept(hub, real(environment="prod"))
    assert [issue["title"] for issue in hub.open] == ["Drift in dev", "Drift in prod"]


def test_it_is_found_behind_hundreds_of_others(hub: Hub) -> None:
    for number in range(250):
        hub.add_issue(f"issue {number}", "something")
    kept(hub, real())
    assert kept(hub, real("120")) == "Updated: https://x/251"
    assert len(hub.issues) == 251


def test_somebody_elses_issue_is_left_alone_whatever_it_says(hub: Hub) -> None:
    hub.add_issue("Drift in dev", f"{marker('dev')}\nnothing to see", login="mallory")
    assert kept(hub, real()) == "Opened: https://x/2"
    assert hub.issues[0]["body"].endswith("nothing to see")


def test_of_two_that_two_runs_made_one_stays_open(hub: Hub) -> None:
    hub.add_issue("Drift in dev", f"{marker('dev')}\none")
    hub.add_issue("Drift in dev", f"{marker('dev')}\ntwo")
    assert kept(hub, real()) == "Updated: https://x/1"
    assert [issue["number"] for issue in hub.open] == [1]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_moment_of_trouble_is_waited_out(hub: Hub, method: str) -> None:
    hub.faults += [Fault(method, 502, "trouble")] * 2
    kept(hub, real())
    assert len(hub.issues) == 1


def test_an_issue_whose_answer_was_lost_is_not_opened_twice(hub: Hub) -> None:
    hub.faults.append(Fault("POST", 0))
    kept(hub, real())
    assert len(hub.issues) == 1


@pytest.mark.parametrize(("status", "message"), [(403, "Resource not accessible"), (410, "Issues are disabled")])
def test_a_refusal_is_one_error_in_githubs_words_without_the_token(hub: Hub, status: int, message: str) -> None:
    hub.faults += [Fault("POST", status, message)] * 5
    with pytest.raises(Failure) as failure:
        kept(hub, real())
    assert f"{status}, {message}" in failure.value.message
    assert failure.value.remedies
    assert TOKEN not in str(failure.value)


def test_in_a_workflow_the_repository_is_known() -> None:
    found = access(None, {"GITHUB_REPOSITORY": "team/backend", "GITHUB_TOKEN": TOKEN})
    assert (found.repository, found.api) == ("team/backend", "https://api.github.com")
    with pytest.raises(Failure, match="GITHUB_TOKEN is not set"):
        access("team/backend", {})
