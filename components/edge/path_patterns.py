"""Path patterns of load balancers and CloudFront: `*` stands for any letters or none, `?` for exactly one.

Both match upper and lower case apart, and `*` matches across slashes. Sources:
docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html,
docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html
"""

import re
from functools import cache

EVERYTHING = "/*"
"""What matches every request."""


def matches_all(pattern: str) -> bool:
    """Whether every request matches: `/*`, or `*` as CloudFront may have it."""
    return _normal(pattern) in ("*", EVERYTHING)


def _normal(pattern: str) -> str:
    """The same pattern with each run of wildcards in one order: `**?` is `?*`."""

    def run(found: re.Match[str]) -> str:
        letters = found.group()
        return "?" * letters.count("?") + ("*" if "*" in letters else "")

    return re.sub(r"[*?]+", run, pattern)


def covers(wide: str, narrow: str) -> bool:
    """Whether every path that matches `narrow` matches `wide` as well."""
    return _covers(_normal(wide), _normal(narrow))


@cache
def _covers(wide: str, narrow: str) -> bool:
    """A star of `wide` takes whatever stands in `narrow`, wildcards too; all else its like, and `?` any letter."""
    if not wide:
        return not narrow
    if wide[0] == "*":
        return _covers(wide[1:], narrow) or (bool(narrow) and _covers(wide, narrow[1:]))
    if not narrow or narrow[0] == "*":
        return False
    return (wide[0] == "?" or wide[0] == narrow[0]) and _covers(wide[1:], narrow[1:])


def overlap(one: str, other: str) -> bool:
    """Whether some path matches both."""
    return _overlap(_normal(one), _normal(other))


@cache
def _overlap(one: str, other: str) -> bool:
    if not one or not other:
        return set(one + other) <= {"*"}
    if one[0] == "*":
        return _overlap(one[1:], other) or _overlap(one, other[1:])
    if other[0] == "*":
        return _overlap(other, one)
    return ("?" in (one[0], other[0]) or one[0] == other[0]) and _overlap(one[1:], other[1:])


def specificity(pattern: str) -> tuple[int, int, int, int, str]:
    """A key that sorts a pattern before every other that covers it: whichever stands first in a list wins.

    What covers another has at most its letters before the first wildcard, its letters in all and its length, so these
    decide in this order; the text settles what they leave open.
    """
    normal = _normal(pattern)
    letters = sum(letter not in "*?" for letter in normal)
    start = len(re.split(r"[*?]", normal, maxsplit=1)[0])
    return (-start, -letters, -normal.count("?"), normal.count("*"), normal)
