"""What can't stand among a database's extensions, and what its parameters may not undo."""

import difflib
import re
from collections.abc import Mapping, Sequence

from components.constraints import Problem
from components.databases.engines import ENGINES, RELEASES, RdsEngine
from components.databases.parameters import EXTENSIONS, OTHER_NAMES, SET_BY_STACK

PARAMETER = re.compile(r"^[a-z][a-z0-9_.-]{0,254}$")
PARAMETERS = f"{RELEASES}/UserGuide/USER_WorkingWithParamGroups.html"
EXTENSION_LIST = f"{RELEASES}/PostgreSQLReleaseNotes/postgresql-extensions.html"
TLS = {
    "postgres": f"{RELEASES}/UserGuide/PostgreSQL.Concepts.General.SSL.html",
    "mysql": f"{RELEASES}/UserGuide/mysql-ssl-connections.require-ssl.html",
}
OLD_TLS = frozenset({"TLSV1", "TLSV1.0", "TLSV1.1", "SSLV3", ""})
"""Versions that are broken or withdrawn (RFC 8996)."""
TLS_VERSIONS = {"postgres": ("ssl_min_protocol_version",), "mysql": ("tls_version", "admin_tls_version")}
"""Parameters that say which versions of TLS a client may use."""
DATABASE = "parameters"


def parameter_problems(engine: RdsEngine, parameters: Mapping[str, str]) -> list[Problem]:
    """The stack's own parameters are changed by their own settings, and nothing loosens TLS (D1)."""
    problems = []
    for name, value in parameters.items():
        if not PARAMETER.match(name):
            problems.append(_parameter(name, value, "no parameter has such a name", "write it as RDS does, work_mem"))
        elif name in SET_BY_STACK[engine]:
            problems.append(_parameter(name, value, "the stack sets it", f"take it out: {SET_BY_STACK[engine][name]}"))
        elif name in TLS_VERSIONS[engine] and _old(value):
            remedy = "choose TLSv1.2 or TLSv1.3, or take it out"
            problems.append(_parameter(name, value, "it would let clients in with a broken TLS", remedy, TLS[engine]))
    return problems


def _old(value: str) -> bool:
    return bool({part.strip().upper() for part in value.split(",")} & OLD_TLS)


def _parameter(name: str, value: str, reason: str, remedy: str, source: str = PARAMETERS) -> Problem:
    return Problem(key=f"{DATABASE}.{name}", value=value, reason=reason, remedy=remedy, source=source)


def extension_problems(engine: RdsEngine, extensions: Sequence[str]) -> list[Problem]:
    """MySQL has none; of PostgreSQL's, RDS has a list."""
    if engine == "mysql":
        reason, remedy = f"{ENGINES[engine].title} has no extensions", "take them out"
        return [_extensions(extensions, reason, remedy)] if extensions else []
    problems = []
    for name in extensions:
        if name in EXTENSIONS:
            continue
        near = OTHER_NAMES.get(name) or next(iter(difflib.get_close_matches(name, sorted(EXTENSIONS), n=1)), None)
        remedy = f"did you mean {near}?" if near else "see the list; what AWS added since, add to EXTENSIONS"
        problems.append(_extensions(name, "RDS for PostgreSQL has no extension of this name", remedy))
    for name in sorted({name for name in extensions if list(extensions).count(name) > 1}):
        problems.append(_extensions(name, "it stands twice", "take one out"))
    return problems


def _extensions(value: object, reason: str, remedy: str) -> Problem:
    return Problem(key="extensions", value=value, reason=reason, remedy=remedy, source=EXTENSION_LIST)
