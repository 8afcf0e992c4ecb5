"""What a service reads from its database's secret. D2."""

import json

from components.databases.connection import connection_secret

WRITER, FIRST, SECOND = "w.example", "r1.example", "r2.example"


def secret(*hosts: str) -> dict[str, object]:
    decoded: dict[str, object] = json.loads(connection_secret("headroom", "pa/ss@1", "app", 5432, hosts))
    return decoded


def test_the_secret_has_exactly_the_promised_keys() -> None:
    keys = {"engine", "host", "port", "dbname", "username", "password", "url", "read_url", "read_hosts"}
    assert set(secret(WRITER)) == keys


def test_the_url_leads_to_the_writer_by_tls() -> None:
    assert secret(WRITER, FIRST)["url"] == "postgresql://headroom:pa%2Fss%401@w.example:5432/app?sslmode=require"


def test_the_read_url_leads_to_the_replica() -> None:
    assert secret(WRITER, FIRST)["read_url"] == "postgresql://headroom:pa%2Fss%401@r1.example:5432/app?sslmode=require"


def test_the_read_url_names_every_replica() -> None:
    read_url = str(secret(WRITER, FIRST, SECOND)["read_url"])
    assert "@r1.example:5432,r2.example:5432/app" in read_url


def test_without_a_replica_reads_go_to_the_writer() -> None:
    assert secret(WRITER)["read_url"] == secret(WRITER)["url"]


def test_mysql_has_its_own_scheme_and_no_word_for_tls_that_some_driver_refuses() -> None:
    decoded = json.loads(connection_secret("headroom", "pass", "app", 3306, [WRITER, FIRST], "mysql"))
    assert decoded["engine"] == "mysql"
    assert decoded["url"] == "mysql://headroom:pass@w.example:3306/app"
    assert decoded["read_url"] == "mysql://headroom:pass@r1.example:3306/app"


def test_mysqls_read_url_names_one_replica_and_read_hosts_all() -> None:
    decoded = json.loads(connection_secret("headroom", "pass", "app", 3306, [WRITER, FIRST, SECOND], "mysql"))
    assert decoded["read_url"] == "mysql://headroom:pass@r1.example:3306/app"
    assert decoded["read_hosts"] == "r1.example,r2.example"
