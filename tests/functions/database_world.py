"""The rotation's world with a login of a database: ECS runs the real script, against a real server where one is given.

Without a server a pretended one takes the script's lines at their word: fast enough to be killed at every moment.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from components.databases.logins import script
from tests.components.database_servers import Server
from tests.functions.rotation_world import Killing, World, client_of, world

USER, OTHER = "headroom/dev/service/api/database", "headroom/dev/service/worker/database"
LOGINS = "headroom/dev/database/main/logins"
TASK = {
    "title": "Making the users of database main",
    "cluster": "arn:aws:ecs:eu-central-1:123456789012:cluster/c",
    "task_definition": "arn:aws:ecs:eu-central-1:123456789012:task-definition/headroom-dev-main_users:3",
    "container": "main-users",
    "subnets": ["subnet-a"],
    "security_groups": ["sg-1"],
    "log_group": "/headroom/dev/database/main/users",
    "identity": "db-ABC",
}
SCHEMES = {"postgres": "postgresql", "mysql": "mysql"}
MASTER = "headroom"
WRITES = (
    "put_secret_value",
    "update_secret_version_stage",
    "tag_resource",
    "untag_resource",
    "run_task",
    "update_service",
)
"""What changes anything: a kill before a call that only looks leaves what a kill before the next of these leaves."""


FORGETS = timedelta(hours=1)
"""How long ECS knows a task that has stopped."""


class Pretended:
    """A server that knows users and passwords."""

    def __init__(self) -> None:
        self.passwords: dict[str, str] = {}

    def run(self, given: Mapping[str, str]) -> int:
        lines = [line.split("|") for line in given["LOGINS"].splitlines()]
        wanted = {user: password for _, user, password in lines if password}
        if "LOOK_AT" in given:
            return 0
        if "PROVE" in given:
            return 0 if wanted.items() <= self.passwords.items() else 1
        self.passwords = wanted
        return 0

    def gets_in(self, value: Mapping[str, Any]) -> bool:
        return bool(self.passwords.get(value["username"]) == value["password"])


class Real:
    """A server, and the task's script in a shell."""

    def __init__(self, server: Server, programs: Path | None = None) -> None:
        self.server, self.programs = server, programs or server.programs
        self.said: list[str] = []

    def run(self, given: Mapping[str, str]) -> int:
        server = self.server
        if server.kind == "postgres":
            master = {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": MASTER, "PGDATABASE": "app"}
            master |= {"PGPASSWORD": server.password, "PGSSLMODE": "disable"}
        else:
            master = {"MASTER_HOST": "127.0.0.1", "MASTER_PORT": str(server.port), "MASTER_USER": server.superuser}
            master |= {"MASTER_PASSWORD": server.password, "TLS_MODE": "DISABLED"}
        done = subprocess.run(
            ["sh", "-c", script("postgres" if server.kind == "postgres" else "mysql")],
            env={"PATH": f"{self.programs}:{server.programs}:{os.environ['PATH']}", "ATTEMPTS": "1", **master, **given},
            capture_output=True, text=True, timeout=120, start_new_session=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        self.said += [done.stdout, done.stderr]
        return done.returncode

    def gets_in(self, value: Mapping[str, Any]) -> bool:
        signed = self.server.sql("SELECT 1", user=value["username"], password=value["password"], database="api")
        return signed.returncode == 0


class Ecs:
    """RunTask as its documents have it: one token starts one task. A task reads the document when it is started, and
    has ended when the call is over. Services of one tag, too, which get new deployments."""

    def __init__(self, world: World, database: Pretended | Real) -> None:
        self._world = world
        self.database: Any = database
        self._tokens: dict[str, dict[str, Any]] = {}
        self.runs: list[Mapping[str, str]] = []
        self.services: dict[str, datetime] = {}
        self.slow = 0
        """Looks at a service until its deployment is through."""

    def run_task(self, **asked: Any) -> dict[str, Any]:
        known = self._tokens.get(asked["clientToken"])
        if known is None or self._world.now - known["createdAt"] > FORGETS:
            text = client_of("secretsmanager").get_secret_value(SecretId=LOGINS)["SecretString"]
            containers = asked.get("overrides", {}).get("containerOverrides", [{}])
            given = {entry["name"]: entry["value"] for entry in containers[0].get("environment", [])}
            self.runs.append(given)
            code = self.database.run({"LOGINS": json.loads(text)["lines"], **given})
            self._tokens[asked["clientToken"]] = {
                "taskArn": f"arn:aws:ecs:::task/c/{len(self.runs)}",
                "createdAt": self._world.now,
                "lastStatus": "STOPPED",
                "containers": [{"name": asked["launchType"] and TASK["container"], "exitCode": code}],
            }
        return {"tasks": [self._tokens[asked["clientToken"]]]}

    def describe_tasks(self, cluster: str, tasks: list[str]) -> dict[str, Any]:
        return {"tasks": [task for task in self._tokens.values() if task["taskArn"] in tasks]}

    def list_tasks(self, **asked: Any) -> dict[str, Any]:
        assert asked["family"] == "headroom-dev-main_users"
        return {"taskArns": []}

    def get_paginator(self, name: str) -> Any:
        return type("Pages", (), {"paginate": lambda _, **given: [{"serviceArns": list(self.services)}]})()

    def describe_services(self, **asked: Any) -> dict[str, Any]:
        self.slow = max(0, self.slow - 1)
        state = "IN_PROGRESS" if self.slow else "COMPLETED"
        return {"services": [self._service(name, state) for name in asked["services"]]}

    def _service(self, name: str, state: str) -> dict[str, Any]:
        deployment = {"createdAt": self.services[name], "runningCount": 2, "rolloutState": state}
        tags = [{"key": "Service", "value": name}]
        return {"serviceArn": name, "tags": tags, "desiredCount": 2, "runningCount": 2, "deployments": [deployment]}

    def update_service(self, **asked: Any) -> None:
        self.services[asked["service"]] = datetime.now(UTC) + self._world.later


class Logs:
    def get_log_events(self, **_: Any) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetLogEvents")


class KillingWrites(Killing):
    """Counts what changes anything, where no more is asked for."""

    def __getattr__(self, name: str) -> Any:
        if getattr(self._world, "only_writes", False) and name not in WRITES:
            return getattr(self._client, name)
        return super().__getattr__(name)


class DatabaseWorld(World):
    """With logins of one database."""

    def __init__(self, database: Pretended | Real, pool: str = "") -> None:
        self.only_writes = False
        self.ecs = Ecs(self, database)
        super().__init__()
        self.kind = "mysql" if isinstance(database, Real) and database.server.kind == "mysql" else "postgres"
        tags = {"kind": f"{self.kind}-user", "database": "main", "overlap-days": "7", "pool": pool, "readers": "api"}
        for name, user in ((USER, "api"), (OTHER, "worker")):
            given = {**tags, "user": user, "readers": user}
            self.secrets.create_secret(
                Name=name, Tags=[{"Key": f"headroom:{key}", "Value": text} for key, text in given.items() if text]
            )
        for name in (LOGINS, *(f"headroom/dev/database/main/proxy/{user}" for user in ("api", "api__2"))):
            self.secrets.create_secret(Name=name)

    def client(self, service: str) -> Any:
        found = {"ecs": self.ecs, "logs": Logs()}.get(service)
        return KillingWrites(found if found is not None else client_of(service), self)

    def fields(self, user: str) -> dict[str, Any]:
        url = f"{SCHEMES[self.kind]}://h:5432/{user}"
        return {"host": "h", "port": 5432, "dbname": user, "url": url, "read_url": url, "direct_url": url}

    def prepare(self, *names: str) -> None:
        self.ask("prepare", *names, Logins={LOGINS: list(names)})

    def bring_up(self, *names: str, **task: Any) -> None:
        """As `up` does: values, then, when there is a database, users in it and connections."""
        self.prepare(*names)
        fields = {USER: self.fields("api"), OTHER: self.fields("worker")}
        self.ask("begin", *names, Connections={name: fields[name] for name in names}, Tasks={LOGINS: {**TASK, **task}})

    def works(self, name: str, value: Mapping[str, Any]) -> bool:
        return bool(self.ecs.database.gets_in(value))

    def document(self) -> dict[str, Any]:
        return self.value(LOGINS)


@contextmanager
def database_world(database: Pretended | Real | None = None, pool: str = "") -> Iterator[DatabaseWorld]:
    with world(lambda: DatabaseWorld(database or Pretended(), pool)) as made:
        yield made
