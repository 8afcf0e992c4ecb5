"""The emulated AWS: started when it is needed, kept between commands, one account an environment.

Commands: start, stop, status, reset, env, coverage. It listens on loopback only.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
HEALTH_PATH = "/headroom/health"
START_SECONDS = 30
"""A cold start takes 2 s on two busy cores; the rest is for slower machines."""
ANSWER_SECONDS = 10
"""How long it may take to say that it runs; it says so whatever else it does."""
STOP_SECONDS = 5
ROLE = "offline"


class CloudError(Exception):
    """The emulated AWS could not be started, stopped or asked."""


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """One life of the emulated AWS: it ends with its process, and everything in it with it."""

    port: int
    """On loopback."""
    id: str
    """Differs in each life."""
    pid: int
    started: str
    """UTC, ISO 8601."""

    @property
    def endpoint(self) -> str:
        """What AWS_ENDPOINT_URL is set to."""
        return f"http://{HOST}:{self.port}"


def default_home() -> Path:
    """HEADROOM_OFFLINE_HOME, or .headroom in the project."""
    return Path(os.environ.get("HEADROOM_OFFLINE_HOME") or ROOT / ".headroom").absolute()


def running(home: Path) -> Cloud | None:
    """The cloud that answers now; a file left by a dead server counts for nothing.

    Raises CloudError where one lives and does not answer: another in its place would lose all that is in it.
    """
    try:
        recorded = json.loads((home / "aws" / "server.json").read_text(encoding="utf-8"))
        cloud = Cloud(
            port=int(recorded["port"]), id=recorded["id"], pid=int(recorded["pid"]), started=recorded["started"]
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return cloud if _answers(cloud) else None


def _answers(cloud: Cloud) -> bool:
    if not _alive(cloud.pid):
        return False  # whatever has its port by now
    try:
        _, body = _request(cloud.port, "GET", HEALTH_PATH, timeout=ANSWER_SECONDS)
        return bool(json.loads(body).get("id") == cloud.id)
    except TimeoutError:
        raise CloudError(
            f"process {cloud.pid}, which emulates AWS, did not answer within {ANSWER_SECONDS:g} s; try again when this "
            f"machine has less to do, or end it, and lose what is in it: kill -9 {cloud.pid}"
        ) from None
    except (OSError, ValueError, http.client.HTTPException):
        return False


def _request(
    port: int,
    method: str,
    path: str,
    body: str | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 30,
) -> tuple[int, str]:
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout)
    try:
        connection.request(method, path, body=body, headers=dict(headers or {}))
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def ensure(home: Path) -> Cloud:
    """The running cloud, started if there is none. Of two that start at once, one waits for the other."""
    cloud = running(home)
    if cloud:
        return cloud
    with _lock(home):
        return running(home) or _start(home, port=0)


def stop(home: Path) -> Cloud | None:
    """Stops it; what was in it is gone. None if none was running."""
    with _lock(home):
        cloud = running(home)
        if cloud:
            _stop(cloud)
        (home / "aws" / "server.json").unlink(missing_ok=True)
        return cloud


def reset(home: Path) -> Cloud:
    """Empties every account: a new life, on the same port where that is free."""
    with _lock(home):
        cloud = running(home)
        if cloud:
            _stop(cloud)
        (home / "aws" / "server.json").unlink(missing_ok=True)
        return _start(home, port=cloud.port if cloud else 0)


@contextlib.contextmanager
def _lock(home: Path) -> Iterator[None]:
    folder = home / "aws"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "start.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _start(home: Path, port: int) -> Cloud:
    folder = home / "aws"
    log = folder / "server.log"
    with open(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8") as output:
        output.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} starts\n")
        output.flush()  # the server itself could tell nobody that there is no room
        told = output.tell()
        process = subprocess.Popen(
            [sys.executable, "-m", "offline.aws.server", str(folder), str(port)],
            cwd=ROOT,
            env=_server_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        cloud = running(home)
        if cloud and cloud.pid == process.pid:
            return cloud
        if process.poll() is not None:
            break
        time.sleep(0.02)
    if process.poll() is None:
        process.kill()
    elif port:
        return _start(home, port=0)  # the old port was taken meanwhile
    tail = log.read_bytes()[told:].decode(errors="replace").strip().splitlines()[-1:]
    raise CloudError(f"the emulated AWS did not start: {' '.join(tail) or 'no output'}; its log is {log}")


def _server_environment() -> dict[str, str]:
    """Ours, without what concerns AWS: the server must not talk to any, nor be told settings of moto's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_"))}
    return {**kept, "AWS_EC2_METADATA_DISABLED": "true", "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def _stop(cloud: Cloud) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(cloud.pid, number)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(cloud.pid, os.WNOHANG)  # ours, if this process started it
            if not _alive(cloud.pid):
                return
            time.sleep(0.01)
    raise CloudError(f"the emulated AWS (process {cloud.pid}) does not stop")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's
    return True


def environment(cloud: Cloud, account: str, region: str) -> dict[str, str]:
    """What points boto3 and the provider at one account of the emulated AWS. AWS_PROFILE must be unset beside it."""
    if not re.fullmatch(r"\d{12}", account):
        raise CloudError(f"account is {account!r}; an AWS account has 12 digits")
    key, secret, token = _credentials(cloud, account)
    return {
        "HEADROOM_OFFLINE": "1",
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_SESSION_TOKEN": token,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }


def _credentials(cloud: Cloud, account: str) -> tuple[str, str, str]:
    """By AssumeRole over plain HTTP: importing boto3 for one call would take half a second of every command."""
    form = {
        "Action": "AssumeRole",
        "Version": "2011-06-15",
        "RoleArn": f"arn:aws:iam::{account}:role/{ROLE}",
        "RoleSessionName": ROLE,
    }
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Authorization": "AWS4-HMAC-SHA256 Credential=headroom/20200101/us-east-1/sts/aws4_request, "
        "SignedHeaders=host, Signature=0",
    }
    status, body = _request(cloud.port, "POST", "/", urllib.parse.urlencode(form), headers)
    fields = [
        re.search(rf"<{name}>([^<]+)</{name}>", body) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")
    ]
    values = [match.group(1) for match in fields if match]
    if status != 200 or len(values) != 3:
        raise CloudError(f"the emulated AWS issues no credentials for account {account} (HTTP {status})")
    return values[0], values[1], values[2]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 1 with a sentence on stderr where something failed."""
    options = _parser().parse_args(arguments)
    home = options.home or default_home()
    try:
        return _run(options, home)
    except CloudError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: the offline home {home} can't be used: {error.strerror or error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m offline.cloud", description="The emulated AWS")
    parser.add_argument("--home", type=Path, help="the offline home (default: HEADROOM_OFFLINE_HOME, or .headroom)")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("start", "start it, if it is not running"),
        ("stop", "stop it: everything in it is gone"),
        ("status", "whether it runs, and where"),
        ("reset", "empty every account"),
        ("coverage", "what of each resource type the emulator executes"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--json", action="store_true", help="for programs")
    env = commands.add_parser("env", help="print the shell's settings for one account")
    env.add_argument("--account", required=True, help="twelve digits")
    env.add_argument("--region", required=True, help="such as eu-central-1")
    return parser


def _run(options: argparse.Namespace, home: Path) -> int:
    if options.command == "env":
        print("unset AWS_PROFILE AWS_DEFAULT_PROFILE")
        for name, value in environment(ensure(home), options.account, options.region).items():
            print(f"export {name}={value}")
        return 0
    if options.command == "coverage":
        import offline.aws.coverage as coverage  # loads every table

        print(coverage.as_json() if options.json else coverage.as_text())
        return 0
    actions = {"start": ensure, "stop": stop, "status": running, "reset": reset}
    cloud = actions[options.command](home)
    print(_as_json(options.command, cloud) if options.json else _as_text(options.command, cloud))
    return 0


def _as_json(command: str, cloud: Cloud | None) -> str:
    up = bool(cloud) and command != "stop"
    facts = {"endpoint": cloud.endpoint, "id": cloud.id, "pid": cloud.pid, "started": cloud.started} if cloud else {}
    return json.dumps({"running": up, **(facts if up else {})})


def _as_text(command: str, cloud: Cloud | None) -> str:
    if cloud is None:
        return "the emulated AWS is not running"
    if command == "stop":
        return f"the emulated AWS stopped (it ran since {cloud.started})"
    emptied = "every account is empty; " if command == "reset" else ""
    return f"{emptied}the emulated AWS runs at {cloud.endpoint} since {cloud.started} (process {cloud.pid})"


if __name__ == "__main__":
    sys.exit(main())
