"""Parameters and extensions that can't be chosen. D1, D7."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.databases.parameter_constraints import extension_problems, parameter_problems
from components.databases.parameters import EXTENSIONS, SET_BY_STACK

RDS = "docs.aws.amazon.com/AmazonRDS/latest"


def parameters(engine: Any, **values: str) -> list[str]:
    return [str(problem) for problem in parameter_problems(engine, values)]


def extensions(*names: str, engine: Any = "postgres") -> list[str]:
    return [str(problem) for problem in extension_problems(engine, names)]


def test_ordinary_parameters_pass() -> None:
    assert parameters("postgres", work_mem="65536", **{"rds.logical_replication": "1"}) == []
    assert parameters("mysql", wait_timeout="600", tls_version="TLSv1.2,TLSv1.3") == []


@pytest.mark.parametrize("engine", ["postgres", "mysql"])
def test_nothing_undoes_forced_tls(engine: Any) -> None:
    name, value = {"postgres": ("rds.force_ssl", "0"), "mysql": ("require_secure_transport", "0")}[engine]
    assert parameters(engine, **{name: value}) == [
        f"parameters.{name} is {value}: the stack sets it; take it out: TLS stays forced (D1) "
        f"({RDS}/UserGuide/USER_WorkingWithParamGroups.html)"
    ]


@pytest.mark.parametrize("engine", ["postgres", "mysql"])
def test_every_parameter_of_the_stack_has_its_own_setting(engine: Any) -> None:
    for name, instead in SET_BY_STACK[engine].items():
        (message,) = parameters(engine, **{name: "x"})
        assert f"take it out: {instead}" in message


@pytest.mark.parametrize(
    ("engine", "name", "value"),
    [
        ("postgres", "ssl_min_protocol_version", "TLSv1.1"),
        ("postgres", "ssl_min_protocol_version", ""),
        ("mysql", "tls_version", "TLSv1.2,tlsv1"),
    ],
)
def test_no_client_comes_in_with_a_broken_tls(engine: Any, name: str, value: str) -> None:
    (message,) = parameters(engine, **{name: value})
    assert "it would let clients in with a broken TLS; choose TLSv1.2 or TLSv1.3, or take it out" in message


@pytest.mark.parametrize("name", ["Work_Mem", "work mem", "", "1st"])
def test_a_name_that_no_parameter_has_is_told(name: str) -> None:
    (message,) = parameters("postgres", **{name: "1"})
    assert "no parameter has such a name; write it as RDS does, work_mem" in message


def test_known_extensions_pass() -> None:
    assert extensions(*sorted(EXTENSIONS)) == []
    assert {"pg_trgm", "pg_cron", "vector", "pgaudit", "pg_stat_statements", "postgis"} <= EXTENSIONS


@pytest.mark.parametrize(("name", "near"), [("pgvector", "vector"), ("pg_tgrm", "pg_trgm"), ("uuid_ossp", "uuid-ossp")])
def test_a_misspelt_extension_is_told_with_the_nearest(name: str, near: str) -> None:
    assert extensions(name) == [
        f"extensions is {name}: RDS for PostgreSQL has no extension of this name; did you mean {near}? "
        f"({RDS}/PostgreSQLReleaseNotes/postgresql-extensions.html)"
    ]


def test_an_extension_that_rds_lacks_is_told() -> None:
    (message,) = extensions("qqqq")
    assert "see the list; what AWS added since, add to EXTENSIONS" in message


def test_an_extension_stands_once() -> None:
    (message,) = extensions("hstore", "hstore")
    assert "hstore: it stands twice; take one out" in message


def test_mysql_has_no_extensions() -> None:
    assert extensions(engine="mysql") == []
    (message,) = extensions("pg_trgm", engine="mysql")
    assert "MySQL has no extensions; take them out" in message


@settings(max_examples=60)
@given(st.dictionaries(st.text(max_size=30), st.text(max_size=30), max_size=3), st.sampled_from(["postgres", "mysql"]))
def test_no_value_makes_the_rules_fail(values: dict[str, str], engine: Any) -> None:
    problems = [*parameter_problems(engine, values), *extension_problems(engine, list(values))]
    assert all(" is " in str(problem) and problem.source for problem in problems)
