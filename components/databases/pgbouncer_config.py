"""How PgBouncer is configured and started, as plain text: free of Pulumi, so that a test can start a real one."""

from collections.abc import Mapping
from typing import Literal

PORT = 6432
"""PgBouncer's own port; a database's stays free for those who go past the pool."""
FOLDER = "/tmp/pgbouncer"
"""In memory, the only place where a task may write."""
LARGEST = 20_000
"""Clients that one PgBouncer takes at most; Fargate lets a process open 65,535 files.

Source: docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Ulimit.html
"""
USERLIST_KEY = "userlist"
"""Key of a database's document (functions/rotate_secret/logins.py) that a task is given, as the variable USERLIST: all
who may sign in, both users of a login while it is being rotated."""
PoolMode = Literal["transaction", "session"]


def pooler_of(database: str) -> str:
    """Tag `Service` of a database's PgBouncer, by which the rotation finds it. No service of the settings is named so
    and tagged so at once: this is the tag of the ECS service only."""
    return f"{database}-pgbouncer"


def max_clients(clients: int) -> int:
    """Clients that each task takes: all of them, should it be the only one left, and as many again before it refuses.

    An application that opens more than its settings say is refused with `no more connections allowed`.
    """
    return min(max(2 * clients, 100), LARGEST)


def settings_text(*, mode: PoolMode, clients: int, borrow_timeout_seconds: int, idle_seconds: int) -> str:
    """PgBouncer's settings, without the databases: these hold names that only the secrets know.

    Passwords stand in a file in plain text, since PgBouncer must sign in to the database with them (SCRAM); the file is
    in memory.
    Source: pgbouncer.org/config.html
    """
    values = {
        "listen_addr": "0.0.0.0",
        "listen_port": PORT,
        "unix_socket_dir": "",
        "auth_type": "scram-sha-256",
        "auth_file": f"{FOLDER}/users",
        "pool_mode": mode,
        "max_client_conn": max_clients(clients),
        "min_pool_size": 0,
        "reserve_pool_size": 0,
        "query_wait_timeout": borrow_timeout_seconds,
        "server_idle_timeout": idle_seconds,
        "client_idle_timeout": idle_seconds,
        # Half of the default: after a failover the address leads elsewhere.
        "dns_max_ttl": 7,
        "server_tls_sslmode": "require",
        "client_tls_sslmode": "require",
        "client_tls_key_file": f"{FOLDER}/key.pem",
        "client_tls_cert_file": f"{FOLDER}/certificate.pem",
        # JDBC sends it with every connection, and it means nothing to anyone since PostgreSQL 12.
        "ignore_startup_parameters": "extra_float_digits",
        # A pool is for many short connections: a line for each would drown the others.
        "log_connections": 0,
        "log_disconnections": 0,
    }
    return "\n".join(["[pgbouncer]", *(f"{name} = {value}" for name, value in values.items())])


def start_script(pool_sizes: Mapping[str, int]) -> str:
    """What the container runs: files made of the secrets' values in memory, and then PgBouncer in its place.

    The certificate signs itself and is made anew at each start: clients encrypt (`sslmode=require`) and do not ask who
    it is; that nobody else answers is the security groups' business. The settings come as the variable SETTINGS, the
    database's address as HOST and HOST_PORT.

    A login has two users by turns, and PgBouncer a pool for each: `max_db_connections` holds both together to the size
    of one. It closes an idle connection of one user where the other one needs it.
    """
    databases = [
        f"printf '%s = host=%s port=%s pool_size={size} max_db_connections={size}\\n'"
        f' "{name}" "$HOST" "$HOST_PORT" >> pgbouncer.ini'
        for name, size in pool_sizes.items()
    ]
    return "\n".join(
        [
            "set -eu",
            "umask 077",
            f"mkdir -p {FOLDER}",
            f"cd {FOLDER}",
            "for needed in pgbouncer openssl; do",
            '  command -v "$needed" > /dev/null || { echo "this image has no $needed; choose another" >&2; exit 1; }',
            "done",
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650"
            " -subj /CN=pgbouncer -keyout key.pem -out certificate.pem 2> /dev/null",
            "printf '%s\\n' \"$USERLIST\" > users",
            "printf '[databases]\\n' > pgbouncer.ini",
            *databases,
            "printf '%s\\n' \"$SETTINGS\" >> pgbouncer.ini",
            "unset USERLIST",
            "exec pgbouncer pgbouncer.ini",
        ]
    )
