"""The report as a page: one file, read in a real browser by eye, by keyboard and by ear, in light and in dark."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from operations.report import page
from operations.report.build import build
from operations.report.model import Node, StackReport
from tests.operations.report import recordings
from tests.operations.report.streams import TOPIC, previewed, step, urn, violation

CHROMIUM = shutil.which("chromium")
QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync")
pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Reports of the example environments as files."""
    folder = tmp_path_factory.mktemp("pages")
    reports = {
        "first": [recordings.previewed(name, "first") for name in recordings.ENVIRONMENTS],
        "cache": recordings.three(staging="another-cache-engine"),
    }
    for name, found in reports.items():
        (folder / f"{name}.html").write_text(page.render(build(found)), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in reports}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield started
        started.close()


@pytest.fixture
def look(browser: Any, pages: dict[str, Path]) -> Iterator[Any]:
    """Opens a page; fails where it asks the network for anything, or says something on the console."""
    contexts, said, asked = [], [], []

    def open_page(name: str, *, scheme: str = "light", width: int = 1280, bypass_csp: bool = False) -> Any:
        context = browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=bypass_csp
        )
        contexts.append(context)
        tab = context.new_page()
        tab.set_default_timeout(10_000)
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(pages[name].as_uri())
        return tab

    yield open_page
    for context in contexts:
        context.close()
    assert said == []
    assert all(url.startswith("file://") for url in asked)


def test_three_first_previews_are_one_file_below_two_megabytes(pages: dict[str, Path]) -> None:
    text = pages["first"].read_text(encoding="utf-8")
    assert len(text.encode()) < 2_000_000
    assert re.findall(r"""(?:src|href)=["'](?!#)""", text) == []


def test_every_resource_of_a_stack_is_in_its_picture(pages: dict[str, Path]) -> None:
    report = build([recordings.previewed("prod", "first")])
    [stack] = report.stacks
    drawn = page.picture(stack)
    assert drawn.size == sum(node.physical for node in stack.nodes) > 400
    assert sum(drawn.counts.values()) == drawn.size


def test_resources_whose_parents_lead_in_a_circle_are_drawn_at_the_top() -> None:
    nodes = [
        Node(urn=name, parent=parent, label=name, op="create", physical=True) for name, parent in ("ab", "ba", "cx")
    ]
    drawn = page.picture(StackReport(environment="prod", nodes=nodes))
    assert {chip.label for chip in drawn.chips} == {"a", "b", "c"}


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style><b>"])
def test_nothing_of_a_stack_is_taken_for_markup(hostile: str) -> None:
    finding = violation("rule", urn(TOPIC, hostile), hostile)
    change = step("update", TOPIC, hostile, old={"note": "a"}, new={"note": hostile}, detail={"note": "update"})
    text = page.render(build([previewed(change, finding, error=hostile), previewed(change, finding, stack="dev")]))
    assert hostile not in text


@pytest.mark.browser
def test_finding_a_resource_shows_it_and_says_how_many_were_found(look: Any) -> None:
    tab = look("first")
    picture = tab.locator(".picture").first
    total = picture.locator(".chip:visible").count()
    assert total > 350
    tab.get_by_label("Find").first.fill("rds instance")
    found = picture.locator(".chip:visible")
    assert 0 < found.count() < 10
    assert "rds.Instance main" in found.all_text_contents()[0]
    assert tab.locator("output").first.text_content() == f"{found.count()} shown"
    tab.get_by_label("Find").first.fill("")
    assert picture.locator(".chip:visible").count() == total


@pytest.mark.browser
def test_what_changes_can_be_shown_alone(look: Any) -> None:
    tab = look("cache")
    picture = tab.locator("#env-staging ~ .picture")
    tab.locator("section:has(#env-staging)").get_by_label("only what changes").check()
    assert picture.locator(".chip.op-same:visible").count() == 0
    assert picture.locator(".chip.op-replace:visible").count() == 3
    # the cache, and the secret with its users' passwords, which loses its protection with it
    assert picture.locator(".chip.endangered").count() == 2


@pytest.mark.browser
def test_a_resource_leads_to_what_differs_in_it_by_keyboard_alone(look: Any) -> None:
    tab = look("cache")
    link = tab.get_by_role("link", name=re.compile(r"Dashboard overview\s*, to be updated"))
    link.focus()
    tab.keyboard.press("Enter")
    opened = tab.locator("details.item:target")
    assert opened.evaluate("item => item.open") is True
    assert tab.evaluate("document.activeElement.closest('details') === document.querySelector(':target')") is True
    assert "dashboardBody" in opened.inner_text()


@pytest.mark.browser
def test_components_fold_and_unfold_by_keyboard(look: Any) -> None:
    tab = look("first")
    box = tab.locator(".picture .box .box").first
    box.locator("summary").first.focus()
    tab.keyboard.press("Enter")
    assert box.evaluate("box => box.open") is False
    tab.keyboard.press("Enter")
    assert box.evaluate("box => box.open") is True
    tab.get_by_role("button", name="Fold all", exact=True).first.click()
    assert tab.locator(".picture").first.locator(".box .box[open]").count() == 0


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_screen_reader_misses_nothing_and_everything_has_contrast(look: Any, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    tab = look("cache", scheme=scheme, bypass_csp=True)
    tab.evaluate("for (const one of document.querySelectorAll('details')) one.open = one.closest('.picture') === null")
    found = Axe().run(tab, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]})
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found.response["violations"]] == []


@pytest.mark.browser
def test_it_fits_a_telephone(look: Any) -> None:
    tab = look("cache", width=400)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 400


@pytest.mark.browser
def test_a_picture_of_a_thousand_resources_is_painted_at_once(look: Any) -> None:
    tab = look("first")
    painted = tab.evaluate("performance.getEntriesByType('paint').map((entry) => entry.startTime)")
    assert painted, "nothing was painted"
    assert tab.evaluate("document.querySelectorAll('.chip').length") > 1_000
