"""What a service reads from a database's secret."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal
from urllib.parse import quote

Protocol = Literal["postgres", "mysql"]
"""What clients speak, whoever runs the engine: RDS or Aurora."""

URLS: Mapping[Protocol, tuple[str, str]] = MappingProxyType(
    {"postgres": ("postgresql", "?sslmode=require"), "mysql": ("mysql", "")}
)
"""Scheme, and what asks for TLS. MySQL's drivers have no common word for that, and refuse each other's: the server asks
for it anyway."""


def connection_secret(
    username: str,
    password: str,
    database_name: str,
    port: int,
    hosts: Sequence[str],
    protocol: Protocol = "postgres",
    *,
    read_port: int | None = None,
) -> str:
    """The secret's JSON: `hosts` are the writer's, then each replica's, which may have a port of their own.

    read_url names every replica, in libpq's form `host:port,host:port`: a client takes the first that answers. With no
    replica it is the writer's URL, so a service may always use it. libpq 16 and newer spread connections when a client
    appends `load_balance_hosts=random`; other drivers refuse that option, so it is not in the URL. MySQL's drivers take
    one host: theirs is the first replica's, and read_hosts has all of them for clients that choose by themselves.
    """
    writer, readers = hosts[0], hosts[1:] or hosts[:1]
    read_hosts = readers if protocol == "postgres" else readers[:1]
    scheme, options = URLS[protocol]
    sign_in = f"{scheme}://{quote(username, safe='')}:{quote(password, safe='')}"
    end = f"/{database_name}{options}"
    return json.dumps(
        {
            "engine": protocol,
            "host": writer,
            "port": port,
            "dbname": database_name,
            "username": username,
            "password": password,
            "url": f"{sign_in}@{writer}:{port}{end}",
            "read_url": f"{sign_in}@{','.join(f'{host}:{read_port or port}' for host in read_hosts)}{end}",
            "read_hosts": ",".join(readers),
        }
    )
