"""The code that leads the site's addresses to files, run by node. T4."""

import json
import shutil
import subprocess

import pytest

from components.edge.cdn_functions import MOST_BYTES, Pages, function_problems, page_function

NODE = shutil.which("node")
CALL = "\nconsole.log(JSON.stringify(%s.map(uri => handler({request: {method: 'GET', uri: uri, headers: {}}}).uri)));"


def led(pages: Pages, *addresses: str) -> list[str]:
    """Where the function leads addresses."""
    if NODE is None:
        pytest.skip("node is not on PATH: it runs CloudFront's functions here")
    code = page_function(pages)
    assert code is not None
    program = code + CALL % json.dumps(addresses)
    printed = subprocess.run([NODE, "-e", program], capture_output=True, text=True, check=True).stdout
    return list(json.loads(printed))


def test_a_single_page_answers_for_all_that_is_no_file() -> None:
    assert led("single", "/", "/orders", "/orders/17", "/a.b/c") == ["/index.html"] * 4


def test_a_single_page_leaves_files_alone() -> None:
    files = ["/index.html", "/assets/app.4f2a.js", "/favicon.ico", "/.well-known/apple-app-site-association"]
    assert led("single", *files) == files


def test_folders_have_a_page_of_their_own() -> None:
    assert led("folders", "/", "/about", "/about/", "/a.b/c") == [
        "/index.html",
        "/about/index.html",
        "/about/index.html",
        "/a.b/c/index.html",
    ]


def test_folders_leave_files_alone() -> None:
    assert led("folders", "/about/me.html", "/a.css") == ["/about/me.html", "/a.css"]


def test_files_need_no_function() -> None:
    assert page_function("files") is None


@pytest.mark.parametrize("pages", ["folders", "single"])
def test_our_functions_are_far_below_the_limit(pages: Pages) -> None:
    assert len((page_function(pages) or "").encode()) < MOST_BYTES / 10


@pytest.mark.parametrize(
    ("code", "pages", "said"),
    [
        ("x" * 10_241, "files", "function is 10,241 bytes long: CloudFront takes 10,240 bytes at most"),
        ("export default 1", "files", "CloudFront calls the function that is named handler"),
        ("function handler(event) {}", "single", "pages is single: it needs a function of its own"),
    ],
)
def test_a_function_that_cloudfront_refuses_is_refused_here(code: str, pages: Pages, said: str) -> None:
    (problem,) = function_problems(code, pages)
    assert said in str(problem)


def test_a_teams_function_stands_where_pages_are_files() -> None:
    assert function_problems("function handler(event) { return event.request; }", "files") == []
