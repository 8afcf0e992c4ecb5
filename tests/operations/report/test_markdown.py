"""The report as Markdown: what matters first, within GitHub's limit, and nothing in it is taken for markup."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from operations.report import markdown
from operations.report.build import Base, build
from operations.report.model import CostChange, CostLine, Finding, Item, Line, Loss, Meaning, Report, StackReport
from tests.operations.report.streams import DATABASE, TOPIC, previewed, run, step, urn, violation

LOST = Loss(
    urn="urn:pulumi:prod::headroom::aws:rds/instance:Instance::main",
    label="rds.Instance main",
    holds="the rows of a database",
    danger="replace",
    causes=["engine"],
    protection=["backups of 14 days"],
)


def topic(name: str, after: str = "b") -> dict[str, object]:
    return step("update", TOPIC, name, old={"note": "a"}, new={"note": after}, detail={"note": "update"})


def of(items: list[Item], findings: list[Finding] | None = None) -> Report:
    return Report(stacks=[StackReport(environment="prod", items=items, findings=findings or [])], rows=[])


def item(number: int, **more: object) -> Item:
    made = Item(
        urn=f"urn:pulumi:prod::headroom::{TOPIC}::t{number}",
        type=TOPIC,
        label=f"sns.Topic t{number}",
        component=[],
        op="update",
        lines=[Line(path="note", mark="~", old="x" * 300, new="y" * 300)],
    )
    return replace(made, **more)  # type: ignore[arg-type]


def test_nothing_to_change_is_said_in_few_words() -> None:
    text = markdown.render(build([previewed(stack=name) for name in ("dev", "staging", "prod")]))
    assert text.startswith("## 🟢 Nothing changes\n")
    assert len(text.splitlines()) < 12


def test_an_endangered_database_is_told_with_cause_protection_and_the_line_that_approves_it() -> None:
    text = markdown.render(of([item(1, loss=LOST)]))
    assert text.startswith("## 🔴 Data is endangered\n")
    assert "🔴 **prod**: `rds.Instance main` would be **replaced**, because of `engine`. It holds the rows" in text
    assert "backups of 14 days" in text
    assert f"`{LOST.approval}`" in text
    approved = markdown.render(of([item(1, loss=replace(LOST, approved=True))]))
    assert approved.startswith("## 🟡 Changes\n")
    assert "✅ approved:" in approved


def test_a_failed_preview_is_told_with_the_reason_and_the_others_are_reported() -> None:
    text = markdown.render(build([previewed(topic("t"), stack="dev"), previewed(error="Error: no `account`")]))
    assert "### prod could not be previewed" in text
    assert "Error: no `account`" in text
    assert "sns.Topic t" in text


def test_old_findings_are_folded_apart_from_new_ones() -> None:
    old, new = (violation(name, urn(TOPIC, "t"), level="advisory") for name in ("old-rule", "new-rule"))
    report = build([previewed(old, new)], base=Base(commit="c", runs={"prod": run(old)}))
    text = markdown.render(report)
    assert "### Policies: 1 new, 1 old" in text
    assert text.index("new-rule") < text.index("which the base has as well") < text.index("old-rule")


@pytest.mark.parametrize("count", [10, 300, 3_000])
def test_it_never_grows_beyond_githubs_limit_and_never_sheds_a_loss(count: int) -> None:
    meanings = [Meaning(text=f"role r may now read secret s{number} `x`", wider=True) for number in range(20)]
    items = [item(number, meanings=meanings) for number in range(count)]
    text = markdown.render(of([*items, item(count, loss=LOST)]))
    assert len(text) <= markdown.LIMIT - markdown.ROOM
    assert "rds.Instance main" in text
    assert ("Left out here" in text) is (count > 10)


def test_even_two_thousand_losses_fit() -> None:
    losses = [replace(LOST, label=f"rds.Instance {'n' * 200}{number}") for number in range(2_000)]
    text = markdown.render(of([item(number, loss=loss) for number, loss in enumerate(losses)]))
    assert len(text) <= markdown.LIMIT - markdown.ROOM
    assert "and 1940 more" in text


def test_what_was_left_out_is_said_in_the_order_in_which_it_is_shed() -> None:
    report = of([item(number) for number in range(200)])
    whole = markdown.render(report, 10**9)
    assert "Left out" not in whole
    notes = [re.findall("Left out here, as it would not fit: (.*)\\. The whole", markdown.render(report, limit))
             for limit in (len(whole) - 1, 30_000, 5_000)]  # fmt: skip
    assert all(later[0].startswith(earlier[0]) for earlier, later in pairwise(notes))


@pytest.mark.parametrize(
    "hostile",
    [
        "</details><script>alert(1)</script>",
        "@everyone",
        "| a | b |",
        "[click](https://evil.example)",
        "`` ` ```",
        "a\n# b",
    ],
)
def test_nothing_of_a_stack_is_taken_for_markup(hostile: str) -> None:
    finding = violation("rule", urn(TOPIC, "t"), f"the value {hostile} is wrong", level="advisory")
    text = markdown.render(build([previewed(topic("t", hostile), finding)]))
    outside = re.sub(r"(?ms)^(`{3,}).*?^\1$|(`+)(?!`).*?(?<!`)\2(?!`)", "", text)
    assert "<script>" not in outside
    assert "@everyone" not in outside
    assert not re.search(r"(?<!\\)\]\(", outside)
    assert not re.search("^# b", outside, re.MULTILINE)


def test_a_cost_change_is_told_with_what_has_no_price() -> None:
    cost = CostChange(
        before=100,
        after=112.5,
        lines=[CostLine(what="rds.Instance main", before=50, after=62.5)],
        unpriced=["x.Thing y"],
        by_use=["sqs.Queue: messages"],
    )
    report = Report(stacks=[StackReport(environment="prod", cost=cost, items=[item(1)])], rows=[])
    text = markdown.render(report)
    assert "prod: $100.00 → $112.50 (+$12.50)" in text
    assert "- `rds.Instance main`: $50.00 → $62.50" in text
    assert "- no price is known of `x.Thing y`" in text
    assert "- paid by use: sqs.Queue: messages" in text


def test_the_matrix_puts_alike_resources_into_one_row() -> None:
    changes = [
        previewed(*(step("create", TOPIC, f"t-{n}", stack=s, new={}) for n in "abc"), stack=s) for s in ("dev", "prod")
    ]
    assert "| `sns.Topic t-{a, b, c}` | create | create |" in markdown.render(build(changes))


def test_a_deletion_of_data_is_guarded_in_the_whole_way_from_events() -> None:
    text = markdown.render(build([previewed(step("delete", DATABASE, "main", old={"skipFinalSnapshot": True}))]))
    assert "would be **deleted**" in text
    assert "nothing stands against it, and no copy is kept" in text
