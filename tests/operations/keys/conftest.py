"""`headroom keys` over a stub of the engine and a real emulated AWS, in an account of its own for every test."""

from __future__ import annotations

import io
import itertools
import json
import os
import signal
import subprocess
import time
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest

from offline import cloud
from operations.cli import main

ROOT = Path(__file__).resolve().parents[3]
KILLED = Path(__file__).with_name("killed")
REGION = "eu-central-1"
NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of an emulated AWS that runs."""
    home = tmp_path_factory.mktemp("keys-home")
    cloud.ensure(home)
    yield home
    cloud.stop(home)


@cache
def function_code() -> bytes:
    """functions/rotate_secret as Lambda gets it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        folders = [*(ROOT / "functions/rotate_secret").rglob("*.py"), *(ROOT / "functions/run_task").rglob("*.py")]
        for path in [ROOT / "functions/__init__.py", *folders]:
            archive.write(path, path.relative_to(ROOT).as_posix())
    return packed.getvalue()


def ago(**units: float) -> str:
    """A time as tags hold it."""
    return (datetime.now(UTC) - timedelta(**units)).strftime("%Y-%m-%dT%H:%M:%SZ")


def tags(**given: object) -> list[dict[str, str]]:
    """Tags of a secret: `period_days=90` is `headroom:period-days`, `rotation_phase=...` is `rotation:phase`."""
    found = []
    for name, value in given.items():
        start, _, rest = name.partition("_") if name.startswith("rotation_") else ("headroom", "", name)
        found.append({"Key": f"{start}:{rest.replace('_', '-')}", "Value": str(value)})
    return found


@dataclass(kw_only=True)
class Town:
    """An account with keys in it, and the command that looks after them."""

    project: Any
    home: Path
    account: str
    session: boto3.Session
    endpoint: str
    outputs: dict[str, Any] = field(default_factory=dict)

    ago = staticmethod(ago)

    def __call__(self, service: str) -> Any:
        """A client."""
        return self.session.client(service, endpoint_url=self.endpoint)

    def export(self, **outputs: Any) -> None:
        """What the stack exports."""
        self.outputs |= outputs
        self.project.script(output={"stdout": json.dumps(self.outputs)})

    def secret(self, name: str, value: Mapping[str, Any] | None = None, **given: object) -> str:
        """Makes a secret below the environment's name; its ARN."""
        text = {"SecretString": json.dumps(value)} if value else {}
        made = self("secretsmanager").create_secret(Name=f"headroom/dev/{name}", Tags=tags(**given), **text)
        return str(made["ARN"])

    def tag(self, name: str, **given: object) -> None:
        """Sets tags of a secret."""
        self("secretsmanager").tag_resource(SecretId=f"headroom/dev/{name}", Tags=tags(**given))

    def described(self, name: str) -> dict[str, Any]:
        return dict(self("secretsmanager").describe_secret(SecretId=f"headroom/dev/{name}"))

    def tags_of(self, name: str) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self.described(name).get("Tags", [])}

    def value(self, name: str, stage: str = "AWSCURRENT") -> dict[str, Any]:
        found = self("secretsmanager").get_secret_value(SecretId=f"headroom/dev/{name}", VersionStage=stage)
        return dict(json.loads(found["SecretString"]))

    def keys(self, *arguments: str, code: int = 0) -> str:
        """`headroom keys ... --offline`, and what it prints; in this process, which spares its start."""
        printed = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed), redirect_stderr(printed):
            patch.chdir(self.project.root)
            patch.setattr("sys.argv", ["headroom", "keys", *arguments, "--offline"])
            for name, value in self._around().items():
                patch.setenv(name, value)
            ended = 0
            try:
                main()
            except SystemExit as end:
                ended = int(end.code or 0)
        assert ended == code, printed.getvalue()
        return printed.getvalue()

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """The same, while this goes on."""
        given = {**self._around(), "PYTHONUNBUFFERED": "1", **variables}
        made: subprocess.Popen[str] = self.project.start("keys", *arguments, "--offline", **given)
        return made

    def kill_at(self, says: str, *arguments: str) -> None:
        """The same, killed with these words: whoever read them first would be too late at times."""
        process = self.start(*arguments, PYTHONPATH=f"{KILLED}:{ROOT}", TEST_KILL_AT=says)
        said = process.communicate(timeout=120)
        assert process.returncode == -signal.SIGKILL and says in said[0], f"it never said {says!r}, but: {said}"

    def _around(self) -> dict[str, str]:
        return {"HEADROOM_OFFLINE_HOME": str(self.home), "COLUMNS": "400"}

    def listed(self) -> dict[str, dict[str, Any]]:
        """`keys list --json` by name."""
        return {one["name"]: one for one in json.loads(self.keys("list", "dev", "--json"))}

    def deploy_function(self, **environment: str) -> None:
        """The function that rotates, as the stack makes it."""
        trust = json.dumps({"Version": "2012-10-17", "Statement": []})
        role = self("iam").create_role(RoleName="headroom-dev-rotate-secret", AssumeRolePolicyDocument=trust)
        group = "/headroom/dev/function/rotate-secret"
        self("logs").create_log_group(logGroupName=group)
        self("lambda").create_function(
            FunctionName="headroom-dev-rotate-secret",
            Runtime="python3.13",
            Role=role["Role"]["Arn"],
            Handler="functions.rotate_secret.main.handler",
            Code={"ZipFile": function_code()},
            Timeout=120,
            Environment={"Variables": {"SETTLE_SECONDS": "0", **environment}},
            LoggingConfig={"LogGroup": group},
        )
        self("lambda").add_permission(
            FunctionName="headroom-dev-rotate-secret",
            StatementId="secrets",
            Action="lambda:InvokeFunction",
            Principal="secretsmanager.amazonaws.com",
        )

    def act(self, action: str, name: str, **more: Any) -> dict[str, Any]:
        """One of the function's actions; what it answers of the secret."""
        event = {"Action": action, "Secrets": [f"headroom/dev/{name}"], **more}
        answer = self("lambda").invoke(FunctionName="headroom-dev-rotate-secret", Payload=json.dumps(event).encode())
        told = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, told
        return dict(told["secrets"][f"headroom/dev/{name}"])

    def api_key(self, consumer: str = "frontend", *, settle_seconds: int = 0, **given: object) -> None:
        """A consumer's key, with its first value, that service `api` verifies. A new one is held back so long."""
        known = {"owner": "web-team", "period_days": 90, "overlap_days": 7, "verifiers": "api", "access": "read"}
        self.secret(f"keys/{consumer}", None, kind="api-key", consumer=consumer, **(known | given))
        self.secret("service/api/key-digests")
        self.deploy_function(SETTLE_SECONDS=str(settle_seconds))
        self.act("begin", f"keys/{consumer}")

    def digests(self, consumer: str = "frontend") -> dict[str, Any]:
        """What the verifying service goes by."""
        return dict(self.value("service/api/key-digests")[consumer])

    def services(self, *names: str) -> None:
        """Services that run on ECS."""
        ecs = self("ecs")
        ecs.create_cluster(clusterName="main")
        task = ecs.register_task_definition(
            family="task", containerDefinitions=[{"name": "task", "image": "a:1", "memory": 64}]
        )["taskDefinition"]["taskDefinitionArn"]
        services = {}
        for name in names:
            given = {"tags": [{"key": "Service", "value": name}], "deploymentController": {"type": "ECS"}}
            ecs.create_service(
                cluster="main", serviceName=f"{name}-1", taskDefinition=task, desiredCount=2, launchType="EC2", **given
            )
            services[name] = {
                "name": f"{name}-1",
                "task_definition": task,
                "log_group": f"/headroom/dev/service/{name}",
            }
        self.export(cluster="main", services=services)

    def cache(self, **environment: str) -> None:
        """A Redis user that services `api` and `web` sign in as, on ECS, with its first rotation behind it."""
        self.services("api", "web")
        self("elasticache").create_user(
            UserId="dev-main", UserName="services", Engine="redis", AccessString="on ~* +@all", Passwords=["p" * 20]
        )
        known = {"owner": "data", "period_days": 90, "overlap_days": 7, "readers": "api web", "user": "dev-main"}
        self.secret("cache/main", None, kind="redis-user", **known)
        self.deploy_function(CLUSTER="main", **environment)
        self.act("begin", "cache/main", Fields={"url": "rediss://host:6379"})

    def database(self, **environment: str) -> None:
        """A user of a database that service `api` signs in as, and one of `web`'s, made by a task."""
        self.services("api", "web")
        self.secret("database/main/logins")
        known = {"owner": "data", "period_days": 90, "overlap_days": 7, "database": "main"}
        for name in ("api", "web"):
            self.secret(f"service/{name}/database", None, kind="postgres-user", user=name, readers=name, **known)
        self.deploy_function(CLUSTER="main", **environment)
        names = [f"headroom/dev/service/{name}/database" for name in ("api", "web")]
        self.act("prepare", "service/web/database")
        self.act("prepare", "service/api/database", Logins={"headroom/dev/database/main/logins": names})
        self.users_task("true")
        for name in ("api", "web"):
            url = f"postgresql://writer:5432/{name}"
            self.act("begin", f"service/{name}/database", Fields={"dbname": name, "url": url, "direct_url": url})

    def users_task(self, command: str) -> None:
        """What makes the users; the emulated AWS runs no image, and `exit 1` counts as a task that fails."""
        container = {"name": "main-users", "image": "a:1", "memory": 64, "entryPoint": ["sh", "-c"]}
        definition = self("ecs").register_task_definition(
            family="headroom-dev-main_users", containerDefinitions=[{**container, "command": [command]}],
            networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
        )["taskDefinition"]["taskDefinitionArn"]  # fmt: skip
        subnet = self("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
        task = {
            "title": "Making the users of database main",
            "cluster": "main",
            "task_definition": definition,
            "container": "main-users",
            "subnets": [subnet],
            "security_groups": [],
            "log_group": "/headroom/dev/database/main/users",
            "identity": "db-ABC",
        }
        self.act("status", "service/api/database", Tasks={"headroom/dev/database/main/logins": task})

    def valid(self) -> dict[str, str]:
        """User to password, of those who may sign in to the database."""
        lines = [line.split("|") for line in self.value("database/main/logins")["lines"].splitlines()]
        return {user: password for _, user, password in lines if password}

    def passwords(self) -> int:
        """How many the Redis user has."""
        (user,) = self("elasticache").describe_users(UserId="dev-main")["Users"]
        return int(user["Authentication"]["PasswordCount"])

    def write_log(self, service: str, message: str, **units: float) -> None:
        """A line of a service's log, so long ago."""
        logs, group = self("logs"), f"/headroom/dev/service/{service}"
        if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            logs.create_log_group(logGroupName=group)
            logs.create_log_stream(logGroupName=group, logStreamName="one")
        when = int((time.time() - timedelta(**units).total_seconds()) * 1000)
        logs.put_log_events(
            logGroupName=group, logStreamName="one", logEvents=[{"timestamp": when, "message": message}]
        )

    def faults(self, *faults: Mapping[str, Any]) -> None:
        """What AWS is to do wrong from now on."""
        request = urllib.request.Request(
            f"{self.endpoint}/headroom/faults", data=json.dumps(faults).encode(), method="PUT"
        )
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200


@pytest.fixture
def town(project: Any, emulator: Path) -> Iterator[Town]:
    number = f"{os.getpid() % 1_000_000:06d}{next(NUMBERS):06d}"
    stack = project.root / "Pulumi.dev.yaml"
    stack.write_text(f'config:\n  aws:region: {REGION}\n  headroom:account: "{number}"\n')
    (project.root / "offline" / "cloud.py").unlink()
    (project.root / "offline" / "cloud.py").symlink_to(ROOT / "offline" / "cloud.py")
    (project.root / "functions").symlink_to(ROOT / "functions")
    running = cloud.ensure(emulator)
    given = cloud.environment(running, number, REGION)
    session = boto3.Session(
        given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"], given["AWS_SESSION_TOKEN"], REGION
    )
    made = Town(project=project, home=emulator, account=number, session=session, endpoint=running.endpoint)
    made.export(account=number, compute="ecs", cluster="")
    yield made
    made.faults()
