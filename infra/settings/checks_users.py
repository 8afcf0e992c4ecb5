"""Checks of the users that services and tenants get in databases, and of the tasks that make them."""

from collections.abc import Iterator, Mapping

from components.databases.connection import Protocol
from components.databases.logins import Login, login_problems
from infra.settings.checking import Values
from infra.settings.images import image_findings
from infra.settings.problems import Finding, Path, nearest, show

MASTER = "headroom"
"""The databases' master user."""


def users_findings(
    services: Mapping[str, Values], databases: Mapping[str, Values], tasks: Values, network: Values, top: Values
) -> Iterator[Finding]:
    """Users that can't be made, tenants in databases that are not there, and images out of reach."""
    for name, service in services.items():
        path = ("services", name)
        for tenant, database in service.get("tenants", {}).items():
            yield from _tenant((*path, "tenants", tenant), database, databases)
        for where, login, database in _logins(name, service):
            if database in databases and databases[database].get("existing") is None:
                for problem in login_problems(login, _protocol(databases[database]), MASTER):
                    yield Finding(where, f"can't be: {problem.reason}; {problem.remedy} ({problem.source})")
    needed = {_protocol(databases[d]) for n, s in services.items() for _, _, d in _logins(n, s) if d in databases}
    for protocol in sorted(needed):
        key = "postgres_image" if protocol == "postgres" else "mysql_image"
        if key in tasks:
            yield from image_findings(("tasks", key), tasks[key], network, top)


def _logins(name: str, service: Values) -> Iterator[tuple[Path, Login, str]]:
    """Where each user of a service is asked for, the user, and its database."""
    path = ("services", name)
    if service.get("database") is not None:
        yield (*path, "database"), Login(service=name), service["database"]
    for tenant, database in service.get("tenants", {}).items():
        yield (*path, "tenants", tenant), Login(service=name, tenant=tenant), database


def _protocol(database: Values) -> Protocol:
    return "mysql" if str(database.get("engine", "postgres")).endswith("mysql") else "postgres"


def _tenant(where: Path, database: str, databases: Mapping[str, Values]) -> Iterator[Finding]:
    if database not in databases:
        listed = f"known: {', '.join(sorted(databases))}" if databases else "there is none"
        says = f"headroom:databases has no such name{nearest(database, databases)}; {listed}"
        yield Finding(where, f"{show(where, database)}: {says}")
    elif databases[database].get("existing") is not None:
        says = "that database stood before, and its users are somebody else's; choose another, or take the tenant out"
        yield Finding(where, f"{show(where, database)}: {says}")
