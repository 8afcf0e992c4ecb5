"""What PgBouncer is started with: the script runs under a real shell, before a pretended PgBouncer. D3."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from components.databases.pgbouncer_config import FOLDER, max_clients, settings_text, start_script

SETTINGS = settings_text(mode="transaction", clients=300, borrow_timeout_seconds=30, idle_seconds=600)
USERS = {"USERLIST": '"api" "canary-Api-7f3a"\n"api__2" "canary-Api-9d1b"\n"worker" "canary-Worker-9c2e"'}
PRETENDED = '#!/bin/sh\nenv > environment\necho "started with $1"\n'


def setting(name: str) -> str:
    found = re.search(rf"^{name} = (.*)$", SETTINGS, re.MULTILINE)
    assert found, name
    return found[1]


def start(folder: Path, *, tools: str = "") -> subprocess.CompletedProcess[str]:
    run = folder / "run"
    script = start_script({"api": 30, "worker": 5}).replace(FOLDER, str(run))
    environment = {**USERS, "HOST": "writer.rds.amazonaws.com", "HOST_PORT": "5432", "SETTINGS": SETTINGS}
    environment["PATH"] = tools or f"{folder}:{os.environ['PATH']}"
    return subprocess.run(["/bin/sh", "-c", script], env=environment, text=True, capture_output=True, check=False)


@pytest.fixture
def started(tmp_path: Path) -> Path:
    pretended = tmp_path / "pgbouncer"
    pretended.write_text(PRETENDED)
    pretended.chmod(0o755)
    done = start(tmp_path)
    assert (done.returncode, done.stdout) == (0, "started with pgbouncer.ini\n"), done.stderr
    return tmp_path / "run"


def test_each_transaction_borrows_a_connection_for_30_seconds_of_waiting_at_most() -> None:
    assert (setting("pool_mode"), setting("query_wait_timeout")) == ("transaction", "30")


def test_idle_connections_are_closed_after_10_minutes_on_both_sides() -> None:
    assert setting("server_idle_timeout") == setting("client_idle_timeout") == "600"


def test_both_sides_must_encrypt() -> None:
    assert setting("server_tls_sslmode") == setting("client_tls_sslmode") == "require"


def test_one_task_takes_all_clients_and_as_many_again() -> None:
    assert setting("max_client_conn") == "600"
    assert (max_clients(3), max_clients(50_000)) == (100, 20_000)


def test_passwords_stand_in_a_file_of_ones_own_and_nowhere_else(started: Path) -> None:
    assert (started / "users").read_text() == f"{USERS['USERLIST']}\n"
    assert (started / "users").stat().st_mode & 0o077 == 0
    assert "canary" not in (started / "environment").read_text()
    assert "canary" not in (started / "pgbouncer.ini").read_text()


def test_each_login_has_a_database_and_a_share_of_the_connections_that_holds_for_both_its_users(started: Path) -> None:
    text = (started / "pgbouncer.ini").read_text()
    assert text.startswith(
        "[databases]\n"
        "api = host=writer.rds.amazonaws.com port=5432 pool_size=30 max_db_connections=30\n"
        "worker = host=writer.rds.amazonaws.com port=5432 pool_size=5 max_db_connections=5\n"
        "[pgbouncer]\n"
    )
    assert text.endswith(f"{SETTINGS.splitlines()[-1]}\n")


def test_clients_are_met_with_a_certificate_made_at_the_start(started: Path) -> None:
    shown = subprocess.run(
        ["openssl", "x509", "-in", str(started / "certificate.pem"), "-noout", "-subject"],
        text=True,
        capture_output=True,
        check=True,
    )
    assert "pgbouncer" in shown.stdout
    assert (started / "key.pem").stat().st_mode & 0o077 == 0


def test_an_image_without_what_is_needed_says_so(tmp_path: Path) -> None:
    for tool in ("mkdir", "openssl"):
        (tmp_path / tool).symlink_to(next(p for p in map(Path, (f"/bin/{tool}", f"/usr/bin/{tool}")) if p.exists()))
    done = start(tmp_path, tools=str(tmp_path))
    assert (done.returncode, done.stderr) == (1, "this image has no pgbouncer; choose another\n")
