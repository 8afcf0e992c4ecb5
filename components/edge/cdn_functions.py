"""CloudFront Functions: JavaScript that runs on each request before the cache is asked. Free of Pulumi."""

from typing import Literal

from components.constraints import Problem
from components.edge.cdn_behaviors import CLOUDFRONT_GUIDE

RUNTIME = "cloudfront-js-2.0"
"""The newer of two runtimes; AWS recommends it (functions-javascript-runtime-features.html)."""
MOST_BYTES = 10_240
"""Size of a function, 10 KB (cloudfront-limits.html, Quotas on CloudFront Functions)."""

Pages = Literal["files", "folders", "single"]
"""How the site's addresses lead to its files: `files`: the path is the file's name; `folders`: `/about` and `/about/`
lead to `/about/index.html`; `single`: all that is no file leads to `/index.html`, whose script does the rest."""

FOLDERS = """\
function handler(event) {
  var request = event.request;
  if (request.uri.endsWith('/')) request.uri += 'index.html';
  else if (!/\\.[^/]*$/.test(request.uri)) request.uri += '/index.html';
  return request;
}
"""
"""A last part without a dot is a folder."""

SINGLE = """\
function handler(event) {
  var request = event.request;
  var file = /\\.[^/]*$/.test(request.uri) || request.uri.startsWith('/.well-known/');
  if (!file) request.uri = '/index.html';
  return request;
}
"""
"""A last part without a dot is a page of the application. Files under /.well-known/ often have no extension."""


def page_function(pages: Pages) -> str | None:
    """The code that leads addresses to files; None where they are the same.

    A distribution's custom error responses could do the same for `single`, by answering 404 with `/index.html`. But
    they hold for the whole distribution: a service's 404 would become a page with status 200 as well. A function runs
    for the site's behaviors alone, and costs no second request to the bucket.
    Source: custom-error-pages.html of the CloudFront guide
    """
    return {"files": None, "folders": FOLDERS, "single": SINGLE}[pages]


def function_problems(code: str, pages: Pages) -> list[Problem]:
    """A function has a handler and 10 KB at most, and a behavior has one function for viewers' requests."""
    source = f"{CLOUDFRONT_GUIDE}/functions-javascript-runtime-20.html"
    size = len(code.encode())
    if size > MOST_BYTES:
        return [
            Problem(
                key="function",
                value=f"{size:,} bytes long",
                reason=f"CloudFront takes {MOST_BYTES:,} bytes at most",
                remedy="shorten it, or run it through a minifier",
                source=f"{CLOUDFRONT_GUIDE}/cloudfront-limits.html",
            )
        ]
    if "handler" not in code:
        return [
            Problem(
                key="function",
                value="code without a handler",
                reason="CloudFront calls the function that is named handler",
                remedy="begin it with: function handler(event) {",
                source=source,
            )
        ]
    if pages != "files":
        return [
            Problem(
                key="pages",
                value=pages,
                reason="it needs a function of its own, and a behavior has one for requests of viewers",
                remedy="choose files, and let your function change the path as well",
                source=f"{CLOUDFRONT_GUIDE}/edge-functions-restrictions.html",
            )
        ]
    return []
