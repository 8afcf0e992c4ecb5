"""Checks of who signs in from a repository: nobody deploys or promotes from what anybody may push."""

from collections.abc import Iterator

from components.ci.trust import ANY_BRANCH, PULL_REQUEST
from infra.settings.checking import Values
from infra.settings.problems import Finding, show

OPEN = {"github": (PULL_REQUEST, "an environment"), "gitlab": (ANY_BRANCH, "a branch")}
"""Section to the word that admits every job, and what stands there instead."""
GUARDED = {"deploy": "change what stands here", "promote": "record releases here", "review": "record releases here"}
"""Purpose to what whoever pushes a branch could do, were it open."""


def ci_findings(ci: Values) -> Iterator[Finding]:
    """Roles that anybody could take who can push a branch, and sections in which nobody signs in."""
    for section, (everybody, instead) in OPEN.items():
        chosen = ci.get(section)
        if chosen is None:
            continue
        for purpose, could in GUARDED.items():
            if chosen.get(purpose) == everybody:
                path = ("ci", section, purpose)
                says = f"whoever pushes a branch could {could}"
                yield Finding(path, f"{show(path, everybody)}: {says}; name {instead} that you protect")
        changing = {chosen.get(purpose, "none") for purpose in GUARDED}
        if changing == {"none"} and chosen.get("preview") == "none":
            yield Finding(("ci", section), f"lets nobody in; name a job, or leave {section} out")
