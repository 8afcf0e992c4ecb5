"""What `headroom policies ...` does. Returns an exit code, or raises Failure."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from rich.console import Console

from operations.arguments import make_session
from operations.commands import OK, previewed
from operations.errors import Failure
from operations.files import write_or_refuse
from operations.findings import explaining, found, writing
from operations.findings.found import Findings
from operations.findings.origin import Origins
from operations.findings.sarif import as_sarif
from operations.program_name import headroom
from operations.project import Project
from operations.screen import Screen
from policies.catalog import RULES
from policies.judging import Judge
from policies.known_after import read_known_after
from policies.levels import Settings, read_levels
from policies.rule import Rule
from policies.state import State, judge_state, read_state
from policies.waivers import read_waivers

BROKEN = 2
"""Exit code where a mandatory rule is broken."""
FORMATS = ("text", "json", "sarif")


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What was asked of a check."""

    environment: str = ""
    """Whose levels count for an exported state; empty for its own stack's."""
    offline: bool = False
    """Whether an environment is previewed on the emulated AWS."""
    format: str = "text"
    """One of FORMATS."""
    out: Path | None = None
    """Where findings are written; None prints them."""
    base: Path | None = None
    """What was found before: then only what is new is told."""


def list_rules(project: Project, screen: Screen, *, environment: str, format_: str) -> int:
    """Prints every rule with its level."""
    _require_format(format_, FORMATS[:2])
    levels = _all_levels(project, environment)
    if format_ == "json":
        sys.stdout.write(explaining.as_json(RULES, levels))
    else:
        screen.print(*explaining.listed(RULES, levels))
    return OK


def explain(project: Project, screen: Screen, rule: str) -> int:
    """Prints all there is to say of a rule."""
    screen.print(*explaining.explained(_rule(rule), _all_levels(project, "")))
    return OK


def check(project: Project, screen: Screen, target: str, wishes: Wishes) -> int:
    """Judges an environment as it would be, or an exported state; BROKEN where a mandatory rule is."""
    _require_format(wishes.format, FORMATS)
    if target in project.environments:
        if wishes.environment not in ("", target):
            raise Failure(
                f"--env {wishes.environment} does not go with {target}, which is previewed with its own levels"
            )
        findings = _of_preview(target, wishes)
    elif Path(target).is_file():
        findings = _of_file(project, Path(target), wishes)
    else:
        known = ", ".join(project.environments)
        raise Failure(
            f"{target} is neither an environment ({known}) nor a file",
            ("pulumi stack export --stack prod --file state.json  makes one",),
        )
    if wishes.base:
        findings = findings.without(_known(project, wishes.base, findings.environment))
    _write(screen, findings, wishes)
    return BROKEN if findings.breaches else OK


def _of_file(project: Project, file: Path, wishes: Wishes) -> Findings:
    state = _state(file)
    environment = wishes.environment or state.stack
    if environment not in project.environments:
        raise Failure(
            f"{file} is of the stack {environment or 'of no name'}, and there is no environment of that name",
            (f"--env {'|'.join(project.environments)}  names the one whose levels count",),
        )
    judge, origins = _judge(project, environment), Origins(project.root, environment, state.parents)
    return Findings(
        environment=environment,
        source=file.name,
        found=found.judged(judge_state(judge, state), environment, origins),
        exceptions=list(judge.exceptions(date.today())),
        levels=_words(judge.settings),
    )


def _of_preview(environment: str, wishes: Wishes) -> Findings:
    session = make_session("policies check", environment, wishes.offline)
    # Progress goes beside what is written, never into it.
    run = previewed(replace(session, screen=Screen(Console(stderr=True, highlight=False))))
    parents = {urn: change.parent for urn, change in run.changes.items()}
    origins = Origins(session.project.root, environment, parents)
    return Findings(
        environment=environment,
        source="preview",
        found=found.reported(run.violations, RULES, environment, origins),
        exceptions=found.told_exceptions(run.violations),
        levels=_words(_levels(session.project, environment)),
    )


def _known(project: Project, base: Path, environment: str) -> Sequence[str]:
    """Fingerprints of what was found before: in a report, or by judging an earlier state."""
    document = _json(base)
    named = writing.fingerprints(document)
    if named is not None:
        return named
    state = _state(base)
    origins = Origins(project.root, environment, state.parents)
    return [
        one.fingerprint for one in found.judged(judge_state(_judge(project, environment), state), environment, origins)
    ]


def _judge(project: Project, environment: str) -> Judge:
    waivers = read_waivers(project.root / "policies" / "exceptions.yaml", [rule.id for rule in RULES], date.today())
    return Judge(RULES, waivers, read_known_after(), _levels(project, environment))


def _write(screen: Screen, findings: Findings, wishes: Wishes) -> None:
    if wishes.format == "text" and wishes.out is None:
        screen.print(*writing.text(findings))
        return
    ways: Mapping[str, Callable[[], str]] = {
        "text": lambda: "".join(f"{line.plain}\n" for line in writing.text(findings)),
        "json": lambda: writing.as_json(findings),
        "sarif": lambda: as_sarif(findings, RULES),
    }
    told = ways[wishes.format]()
    if wishes.out is None:
        sys.stdout.write(told)
        return
    write_or_refuse(wishes.out, told, f"{wishes.out} can't be written")
    screen.print(f"{writing.summary(findings)} Written to {wishes.out}.")


def _state(file: Path) -> State:
    try:
        return read_state(_json(file))
    except ValueError as error:
        raise Failure(
            f"{file} is no exported state: {error}",
            ("pulumi stack export --stack prod --file state.json  makes one",),
        ) from error


def _json(file: Path) -> object:
    """Raises Failure, which quotes nothing of the file."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Failure(f"{file} can't be read: {error.strerror}") from error
    except ValueError as error:
        raise Failure(f"{file} is no JSON") from error


def _all_levels(project: Project, environment: str) -> Mapping[str, Settings]:
    if environment:
        project.require(environment)
    return {name: _levels(project, name) for name in ([environment] if environment else project.environments)}


def _levels(project: Project, environment: str) -> Settings:
    file = project.policy_config(environment)
    try:
        return read_levels(file)
    except OSError as error:
        raise Failure(
            f"{file.relative_to(project.root)} can't be read: {error.strerror}; it holds the levels of the policies in "
            f"{environment}",
            ("copy the file of the environment that is most like it",),
        ) from error
    except ValueError as error:
        raise Failure(f"{file.relative_to(project.root)} holds no levels: {error}") from error


def _words(settings: Settings) -> Mapping[str, str]:
    return {rule.id: settings[rule.id].level if rule.id in settings else "mandatory" for rule in RULES}


def _rule(name: str) -> Rule:
    known = {rule.id: rule for rule in RULES}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise Failure(f"there is no rule {name!r}.{hint}", (f"{headroom('policies', 'list')}  lists all",))


def _require_format(named: str, known: Sequence[str]) -> None:
    if named not in known:
        raise Failure(f"--format {named} is none of {', '.join(known)}")
