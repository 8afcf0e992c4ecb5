"""Who signs in to a database: one user with one database of its own for each service, and for each of its tenants.

Pure: names, limits, and the script that makes them; the resources are in `database_users`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from components.access import Scope
from components.constraints import Problem
from components.databases.connection import Protocol, connection_secret

SCRIPTS: Mapping[Protocol, Path] = MappingProxyType(
    {
        "postgres": Path(__file__).resolve().parent / "scripts/postgres_users.sh",
        "mysql": Path(__file__).resolve().parent / "scripts/mysql_users.sh",
    }
)
NAME_SOURCES: Mapping[Protocol, str] = MappingProxyType(
    {
        "postgres": "postgresql.org/docs/17/sql-syntax-lexical.html, docs.aws.amazon.com/AmazonRDS/latest/UserGuide/"
        "Appendix.PostgreSQL.CommonDBATasks.Roles.html",
        "mysql": "dev.mysql.com/doc/refman/8.4/en/user-names.html and reserved-accounts.html",
    }
)
LONGEST: Mapping[Protocol, int] = MappingProxyType({"postgres": 63, "mysql": 32})
"""Characters of a user's name."""

TAKEN: Mapping[Protocol, tuple[str, ...]] = MappingProxyType(
    {
        "postgres": ("postgres", "public", "none", "template0", "template1", "rdsadmin"),
        "mysql": ("mysql", "sys", "root", "information_schema", "performance_schema", "rdsadmin", "innodb"),
    }
)
"""Users and databases that the engines and RDS come with."""
STARTS_TAKEN = ("pg_", "rds", "mysql_")
"""What the names of roles and users that PostgreSQL and RDS make themselves start with."""
IN_MASTERS_DATABASE = ("pg_cron",)
"""Extensions that live in one database of the server only: in the one made at its creation, see cron.database_name."""


SECOND = "__2"
"""What the name of a login's second user ends with."""


@dataclass(frozen=True, kw_only=True, order=True)
class Login:
    """A user with a database of the same name, which it owns."""

    service: str
    """Service that signs in."""
    tenant: str = ""
    """Tenant whose data the database holds; empty for the service's own."""

    @property
    def name(self) -> str:
        """Of the user and of its database: `api`, `order_service`, `api__acme`. A service's or tenant's name has no
        underscore, so no two are the same."""
        parts = [self.service, self.tenant] if self.tenant else [self.service]
        return "__".join(part.replace("-", "_") for part in parts)

    @property
    def users(self) -> tuple[str, str]:
        """The login's users, of which one is used and the other one is next: `api` and `api__2`. A tenant's name begins
        with a letter, so the second is nobody else's (functions/rotate_secret/logins.py)."""
        return self.name, self.name + SECOND

    @property
    def label(self) -> str:
        """For resources' names: `api`, `api--acme`."""
        return self.name.replace("_", "-")

    @property
    def suffix(self) -> str:
        """What the variables' names end with: nothing, or `_ACME`."""
        return f"_{self.tenant.replace('-', '_').upper()}" if self.tenant else ""

    @property
    def variables(self) -> Mapping[str, str]:
        """Environment variable of the service to the secret's key: DATABASE_URL, DATABASE_READ_URL_ACME."""
        return {f"DATABASE_URL{self.suffix}": "url", f"DATABASE_READ_URL{self.suffix}": "read_url"}

    @property
    def migration_variables(self) -> Mapping[str, str]:
        """The same for a migration: it reads what it has just written, and in a pool's transactions nothing lasts that
        it sets or locks in its session."""
        return dict.fromkeys(self.variables, "direct_url")

    def secret_name(self, scope: Scope) -> str:
        """`headroom/dev/service/api/database`, or `.../database/acme` of a tenant."""
        return f"{scope.namespace}/service/{self.service}/database{f'/{self.tenant}' if self.tenant else ''}"


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Where a user's connections go."""

    host: str
    """To write: the writer's, or the pool's."""
    port: int
    """Its TCP port."""
    read_hosts: Sequence[str]
    """To read; none where the same host does both."""
    read_port: int
    """Their TCP port."""
    direct_host: str
    """The writer's own."""
    direct_port: int
    """Its TCP port."""


def login_fields(login: Login, protocol: Protocol, addresses: Addresses) -> dict[str, Any]:
    """The JSON of a user's secret, with URLs that name nobody: the rotation puts the credential into each. It is that
    of `connection_secret`, and direct_url, which goes past a pool."""
    at, name = addresses, login.name
    hosts = [at.host, *at.read_hosts]
    read_port = at.read_port if hosts[1:] else None
    fields: dict[str, Any] = json.loads(connection_secret("", "", name, at.port, hosts, protocol, read_port=read_port))
    direct = json.loads(connection_secret("", "", name, at.direct_port, [at.direct_host], protocol))
    fields["direct_url"] = direct["url"]
    del fields["username"], fields["password"]
    return {key: text.replace("://:@", "://") if isinstance(text, str) else text for key, text in fields.items()}


def login_problems(login: Login, protocol: Protocol, master: str) -> list[Problem]:
    """Names that the server takes for itself, and too long ones."""
    key, value = ("tenants", login.tenant) if login.tenant else ("database", login.service)
    name, second, longest = *login.users, LONGEST[protocol]
    if len(second) > longest:
        return [
            Problem(
                key=key,
                value=value,
                reason=f"a user would be called {second}, {len(second)} characters, and {protocol} takes {longest}",
                remedy=f"shorten the names of service and tenant by {len(second) - longest}",
                source=NAME_SOURCES[protocol],
            )
        ]
    if name in (*TAKEN[protocol], master) or name.startswith(STARTS_TAKEN):
        return [
            Problem(
                key=key,
                value=value,
                reason=f"the user would be called {name}, and the server has one of that name or keeps it for itself",
                remedy="rename the service",
                source=NAME_SOURCES[protocol],
            )
        ]
    return []


def script(protocol: Protocol) -> str:
    """What the task runs, without its comments: a task definition has 64 KiB."""
    lines = SCRIPTS[protocol].read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if line.strip() and not line.lstrip().startswith("#"))


def task_environment(protocol: Protocol, extensions: Sequence[str]) -> dict[str, str]:
    """What the script is told beside secrets and addresses."""
    if protocol != "postgres":
        return {}
    return {
        "EXTENSIONS": ",".join(name for name in extensions if name not in IN_MASTERS_DATABASE),
        "MASTER_EXTENSIONS": ",".join(name for name in extensions if name in IN_MASTERS_DATABASE),
    }


def document_secret(scope: Scope, database: str) -> str:
    """Name of the secret that says who may sign in to a database: `headroom/dev/database/main/logins`."""
    return f"{scope.namespace}/database/{database}/logins"


def proxy_secret(scope: Scope, database: str, user: str) -> str:
    """Name of the secret by which RDS Proxy knows one user: `headroom/dev/database/main/proxy/api__2`."""
    return f"{scope.namespace}/database/{database}/proxy/{user}"
