"""Functions that CloudFront runs, run by node. T4."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from components.edge.cdn_functions import function_problems

FOLDER = Path(__file__).parents[2] / "functions" / "edge"
NODE = shutil.which("node")


def answer(name: str, host: str, uri: str, querystring: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a function makes of a request, in CloudFront's form."""
    if NODE is None:
        pytest.skip("node is not on PATH: it runs CloudFront's functions here")
    request = {"method": "GET", "uri": uri, "querystring": querystring or {}, "headers": {"host": {"value": host}}}
    program = (
        FOLDER / name
    ).read_text() + f"\nconsole.log(JSON.stringify(handler({{request: {json.dumps(request)}}})));"
    printed = subprocess.run([NODE, "-e", program], capture_output=True, text=True, check=True).stdout
    return dict(json.loads(printed))


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.js")), ids=lambda file: file.name)
def test_cloudfront_takes_each_function(file: Path) -> None:
    assert function_problems(file.read_text(), "files") == []


def test_www_leads_to_the_domain_itself_with_path_and_query() -> None:
    query = {"page": {"value": "2"}, "tag": {"value": "a", "multiValue": [{"value": "a"}, {"value": "b"}]}}
    found = answer("redirect-www.js", "www.example.com", "/shop", query)
    assert found["statusCode"] == 301
    assert found["headers"]["location"]["value"] == "https://example.com/shop?page=2&tag=a&tag=b"


def test_the_domain_itself_is_not_redirected() -> None:
    assert answer("redirect-www.js", "example.com", "/shop")["uri"] == "/shop"
