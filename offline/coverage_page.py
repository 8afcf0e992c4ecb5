"""docs/coverage.md, made from what `headroom offline coverage` computes: `python -m offline.coverage_page`."""

from __future__ import annotations

from pathlib import Path

from offline.aws import coverage
from offline.aws.coverage import CHECKED, EXECUTED, EXTENDED, Coverage

PAGE = Path(__file__).resolve().parents[1] / "docs" / "coverage.md"

INTRODUCTION = """# What the emulated AWS executes

Every resource type that the offline provider knows, as `headroom offline coverage` lists them ([the offline
engine](offline.md)). This page is made from the code by `make docs`.

- **executed**: moto does it
- **executed by our extension**: moto lacks it or does it otherwise than AWS; a module in `offline/aws/extensions` does
- **checked only**: the request is held against AWS's own API model (names, types, required members, lengths, enums),
  and kept in the state; nothing stands in the emulated AWS, and a refresh finds no drift
- **not at all**: any type, function or property that is not listed. The provider refuses it by name before anything is
  made

A green `up` shows that requests fit AWS's API model and that what they name exists. What AWS would refuse for other
reasons (sizes, quotas, combinations) is in the constraints of `components/`, not here.

"""

NOT_AT_ALL = """
## Not at all

| what | what happens |
|---|---|
| a type that is not listed above | `the offline provider does not know ...; describe it` |
| a property of a listed type that its table does not carry | `does not map ...: leave it out offline, or add it` |
| a change of which neither is known, update or replacement | refused; never taken for an update |
| a function (`aws.ec2.get_ami` and the like) without an answer | refused, with a list of those that have one |
| containers, SQL, caches' data, e-mail, TLS, names that resolve | not there: only AWS's APIs are emulated |
| IAM policies, key policies, boundaries | kept, and not enforced |
| quotas and prices | not there |
| time: schedules, retention, lifecycle rules, rotation periods | kept, and never due |
"""


def coverage_page() -> str:
    """The page as Markdown."""
    everything = coverage.covered()
    counts = ", ".join(f"{sum(item.state == state for item in everything)} {state}" for state in _STATES)
    text = f"{INTRODUCTION}{len(everything)} types: {counts}.\n"
    for service in sorted({item.service for item in everything}):
        text += _section(service, [item for item in everything if item.service == service])
    return text + NOT_AT_ALL


_STATES = (EXECUTED, EXTENDED, CHECKED)


def _section(service: str, items: list[Coverage]) -> str:
    cells = [
        (f"`{item.token.rpartition(':')[2]}`", item.state, _beside(item), _names(item.from_state), item.note)
        for item in items
    ]
    rows = [f"| {' | '.join(row)} |" for row in cells]
    head = (
        f"\n## {service}\n\n| type | making it | of its operations | not read back | remarks |\n|---|---|---|---|---|\n"
    )
    return head + "\n".join(rows) + "\n"


def _beside(item: Coverage) -> str:
    """Operations that are less than executed, by what they are."""
    told = []
    for state in (EXTENDED, CHECKED):
        names = [name for name, how in item.operations.items() if how == state]
        if names:
            told.append(f"{state}: {_names(names)}")
    return "; ".join(told)


def _names(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def main() -> None:
    """Writes the page."""
    PAGE.write_text(coverage_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
