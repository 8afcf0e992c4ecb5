"""What is found is told in full, in words of the settings, and nothing of it is taken for markup."""

from __future__ import annotations

import json
from dataclasses import replace

from operations.drift import writing
from operations.drift.model import Difference, Drift, Patch
from operations.findings.origin import Origin

ALB = Difference(
    urn="a",
    label="lb.LoadBalancer alb",
    kind="changed",
    verdict="real",
    path="idleTimeout",
    asked="60",
    found="90",
    origin=Origin("Pulumi.dev.yaml", 119, "headroom:load_balancer"),
    by="ModifyLoadBalancerAttributes by ada, 2026-11-20 14:02",
)
GONE = Difference(urn="b", label="cloudwatch.MetricAlarm cpu", kind="gone", verdict="real")
SLEEPS = replace(
    ALB, urn="c", label="appautoscaling.Target web", verdict="benign", path="maxCapacity", why="it sleeps", by=""
)
WAITS = replace(
    ALB, urn="d", label="rds.Instance main", verdict="pending", path="iops", why="AWS applies it later", by=""
)
DRIFT = Drift(
    environment="dev",
    differences=[ALB, GONE, replace(SLEEPS, path="minCapacity"), SLEEPS, WAITS],
    stale=["drift.yaml: x matches nothing: take it out"],
    resources=463,
    patch=Patch(
        settings={"headroom:a": "90"}, text="--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a: 60\n+a: 90\n", remarks=["headroom:b: 7"]
    ),
    notes=["something can't be told"],
)


def shown(drift: Drift) -> str:
    return "".join(f"{line.plain}\n" for line in writing.text([drift], offline=True))


def test_a_terminal_tells_what_differs_where_it_comes_from_who_did_it_and_what_to_do() -> None:
    text = shown(DRIFT)
    assert text.startswith("dev: 3 real differences, 1 pending and 2 benign in 463 resources\n")
    for expected in (
        "lb.LoadBalancer alb  Pulumi.dev.yaml:119 headroom:load_balancer\n",
        "      idleTimeout: asked for 60, AWS has 90\n",
        "changed last: ModifyLoadBalancerAttributes by ada",
        "cloudwatch.MetricAlarm cpu\n      is gone\n",
        "appautoscaling.Target web minCapacity and maxCapacity: it sleeps\n",
        "iops: asked for 60, AWS has 90 (AWS applies it later)",
        "matches nothing: take it out",
        "headroom up dev --offline --refresh  puts back what was asked for",
        "    +a: 90\n",
        "Note: headroom:b: 7",
        "Note: something can't be told",
    ):
        assert expected in text, text


def test_nothing_is_one_line() -> None:
    assert shown(Drift(environment="dev", resources=463)) == "dev: AWS has what was asked for, in all 463 resources\n\n"


def test_where_nothing_is_real_nothing_is_advised() -> None:
    assert "puts back" not in shown(replace(DRIFT, differences=[SLEEPS, WAITS], stale=[]))


def test_an_error_takes_the_place_of_everything() -> None:
    text = shown(Drift(environment="dev", error="no stack\n- headroom up dev"))
    assert text == "dev: nothing can be told of its drift\n  no stack\n  - headroom up dev\n\n"
    assert "no stack" in writing.markdown([Drift(environment="dev", error="no stack")])


def test_markdown_has_a_table_a_diff_and_folds_what_is_harmless() -> None:
    text = writing.markdown([DRIFT])
    for expected in (
        "## 🔴 dev",
        "| `lb.LoadBalancer alb` | `idleTimeout` | `60` | `90` | `Pulumi.dev.yaml:119 headroom:load_balancer` |",
        "**gone**",
        "```diff\n--- a/x",
        "`headroom up dev --refresh` puts back",
        "<summary>Benign: 2</summary>",
    ):
        assert expected in text, text


def test_nothing_of_a_stack_is_markup() -> None:
    evil = replace(ALB, found='"a | b `x` <!-- @team -->"', by="@team | <img>")
    [row] = [
        line for line in writing.markdown([replace(DRIFT, differences=[evil])]).splitlines() if "idleTimeout" in line
    ]
    assert "@team \\|" not in row
    assert "<img>" not in row
    assert row.replace("\\|", "").count("|") == 7


def test_an_issue_never_grows_longer_than_github_takes() -> None:
    many = [replace(ALB, urn=str(n), label=f"lb.LoadBalancer {n}", found="x" * 80) for n in range(2000)]
    text = writing.markdown([replace(DRIFT, differences=many)])
    assert len(text) < 65_536
    assert "and 1900 more" in text


def test_json_has_all_of_it_with_the_exit_code() -> None:
    document = json.loads(writing.document([DRIFT, Drift(environment="prod")]))
    assert (document["ending"], document["exit_code"]) == ("real", 2)
    assert [one["ending"] for one in document["environments"]] == ["real", "nothing"]
    assert document["environments"][0]["real"] == DRIFT.real
    assert document["environments"][0]["patch"]["settings"] == {"headroom:a": "90"}
