"""The picture of a change's life: what it says is what the stack files, the workflows and the commands do. W2, W5."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import typer

from operations.cli import app
from operations.life_picture import GATES, Life, life, main, render
from operations.project import Project
from operations.promotion.settings.wishes import wishes

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "life-of-a-change.svg"
PROJECT = Project(ROOT)


def texts(drawn: Life) -> list[str]:
    return [(node.text or "").strip() for node in ElementTree.fromstring(render(drawn)).iter()]


def test_the_docs_have_the_picture_as_it_is_drawn_now(tmp_path: Path) -> None:
    main(str(tmp_path / "life.svg"))
    assert (tmp_path / "life.svg").read_text() == PICTURE.read_text()
    assert "](life-of-a-change.svg)" in (ROOT / "docs" / "ci.md").read_text()


def test_it_has_a_lane_for_each_environment_in_the_order_in_which_releases_pass() -> None:
    drawn = life(PROJECT)
    assert [lane.name for lane in drawn.lanes] == ["pull request", *PROJECT.environments]
    assert {lane.name for lane in drawn.lanes} <= set(texts(drawn))


def test_its_times_are_the_stack_files(tmp_path: Path) -> None:
    said = texts(life(PROJECT))
    for name in PROJECT.environments:
        wish = wishes(PROJECT, name)
        if wish.source:
            assert f"bake {wish.bake_minutes} min" in said
            assert f"soak {wish.soak_minutes} min" in said
            assert f"{wish.source} to {name}" in said
    for path in ROOT.glob("Pulumi.*.yaml"):
        (tmp_path / path.name).write_text(re.sub(r"soak_minutes: \d+", "soak_minutes: 77", path.read_text()))
    assert texts(life(Project(tmp_path))).count("soak 77 min") == 2


def test_whoever_takes_releases_has_gates_a_report_and_an_approval_before_anything_is_applied() -> None:
    for lane in life(PROJECT).lanes[1:]:
        titles = [step.title for step in lane.steps]
        if wishes(PROJECT, lane.name).source:
            assert titles[0].startswith("gates on ")
            assert titles[1:4] == ["report and hash", "approval", "commit, apply"]
        else:
            assert titles[0] == f"headroom up {lane.name}"
    assert [lane.steps[-1].kind for lane in life(PROJECT).lanes[1:]] == ["wait", "wait", "end"]


def test_the_workflows_commands_and_gates_that_it_names_exist() -> None:
    said = " ".join(texts(life(PROJECT)))
    workflows = set(re.findall(r"\b(\w+\.yml)\b", said))
    assert len(workflows) == 5
    assert {name for name in workflows if not (ROOT / ".github" / "workflows" / name).is_file()} == set()
    commands = set(re.findall(r"headroom (\w+)", said))
    assert commands == {"report", "up", "rollback"}
    assert commands <= set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    looked_at = set(re.findall(r"^  [✓✗] (.+?)(?: of \w+)?  ", (ROOT / "docs" / "walk.md").read_text(), re.MULTILINE))
    assert looked_at >= set(GATES), "the recorded walk shows every gate that a promotion looks at"


def test_what_is_written_into_a_box_fits_into_it() -> None:
    for lane in life(PROJECT).lanes:
        for step in lane.steps:
            assert len(step.title) <= 18, step.title
            assert len(step.lines) <= 2
            assert max(map(len, step.lines)) <= 24, step.lines


def test_it_is_drawn_for_light_and_for_dark_pages() -> None:
    svg = render(life(PROJECT))
    light, dark = svg.split("@media (prefers-color-scheme: dark)")
    classes = set(re.findall(r'class="(\w+)"', svg))
    for style in (light, dark.split("</style>")[0]):
        assert {name for name in classes if f".{name} {{" not in style} == set()


def test_a_name_cannot_break_out_of_the_picture() -> None:
    drawn = life(PROJECT)
    [first, *_] = drawn.lanes
    broken = replace(drawn, lanes=(replace(first, name="<script>&"),))
    assert "&lt;script&gt;&amp;" in render(broken)
