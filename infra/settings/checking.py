"""What the checks of all areas share: the right values of a section, and problems as findings at a key."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from components.constraints import Problem
from infra.settings.problems import Finding, Path, fields_of, nearest, show

Values = Mapping[str, Any]
"""The right values of a section by key; what is wrong or missing is absent, defaults are filled in."""


def right(section: object, path: Path, broken: Collection[Path], model: type[BaseModel]) -> Values:
    """The values of a section that are not `broken`, with the defaults of those that are not given."""
    if not isinstance(section, Mapping):
        return {}
    values: dict[str, Any] = {}
    for key, field in fields_of(model).items():
        if any(bad[: len(path) + 1] == (*path, key) for bad in broken):
            continue
        if key in section:
            values[key] = section[key]
        elif not field.is_required():
            values[key] = field.get_default(call_default_factory=True)
    return values


def given(values: Values, rule: Callable[..., Iterable[Problem]], *keys: str) -> Iterable[Problem]:
    """What a rule of `components` says of values, if all that it needs are right."""
    return rule(*(values[key] for key in keys)) if all(key in values for key in keys) else ()


def at(path: Path, problems: Iterable[Problem]) -> Iterator[Finding]:
    """Problems of the section at `path`, each at its key (`serverless.min_acu` is a key of a group in it)."""
    for problem in problems:
        where = (*path, *problem.key.split(".", 1))
        yield Finding(where, f"{show(where, problem.value)}: {problem.reason}; {problem.remedy} ({problem.source})")


def stores_exist(services: Mapping[str, Values], key: str, known: Collection[str]) -> Iterator[Finding]:
    """A service's database or cache is one of the stack's."""
    for name, service in services.items():
        path, wanted = ("services", name, key), service.get(key)
        if wanted is not None and wanted not in known:
            listed = f"known: {', '.join(sorted(known))}" if known else "there is none"
            says = f"{show(path, wanted)}: headroom:{key}s has no such name{nearest(wanted, known)}; {listed}"
            yield Finding(path, says)
