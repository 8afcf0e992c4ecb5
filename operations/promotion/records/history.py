"""Which release was the last good one, among all that are known. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from operations.errors import Failure
from operations.promotion.model import Known


def last_good(newest_first: Iterable[Known], before: str = "") -> Known | None:
    """The newest release that came through and was not rolled back later; with `before`, the newest older than that.

    A rollback passes over the release that was live before it, and over those between that one and the one that it
    went back to. One that was rolled back itself passes over nothing.
    """
    if not before:  # a rollback that passes over others is live itself, and newer than they are
        return next((known for known in newest_first if known.live), None)
    found, passed = list(newest_first), set[str]()
    for place, known in enumerate(found):
        if not known.live or known.release.id in passed:
            continue
        if known.release.id < before:
            return known
        if known.release.kind == "rollback":
            passed |= _passed_over(known, found[place + 1 :])
    return None


def _passed_over(rollback: Known, older: Sequence[Known]) -> set[str]:
    between = {rollback.release.previous}
    for known in older:
        if known.release.id == rollback.release.previous or not known.live:
            continue
        if rollback.release.source is not None and known.release.id == rollback.release.source.release:
            return between
        between.add(known.release.id)
    # What it went back to is not among them: then one only is known of.
    return {rollback.release.previous}


def named(ids: Sequence[str], wanted: str, environment: str) -> str:
    """The id that is meant: it, or the only one that starts so. Raises Failure that names the nearest."""
    if wanted in ids:
        return wanted
    found = [known for known in ids if wanted and known.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        raise Failure(f"{len(found)} releases of {environment} start with {wanted}: {', '.join(sorted(found)[-3:])}")
    near = difflib.get_close_matches(wanted, ids, n=3, cutoff=0.4) or sorted(ids, reverse=True)[:3]
    listed = f"The nearest are: {', '.join(near)}." if near else f"Nothing was released to {environment} yet."
    raise Failure(f"there is no release {wanted!r} of {environment}.\n{listed}")
