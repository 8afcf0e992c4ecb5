"""Host names, and what a certificate for them holds. T8."""

from hypothesis import given, settings
from hypothesis import strategies as st

from components.edge.domain_names import certificate_names, certificate_problems, host_name, validated_names

LABEL = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=6)
HOSTS = st.lists(st.lists(LABEL, min_size=1, max_size=3).map(".".join) | st.just("@"), max_size=6)


def test_a_host_hangs_below_the_domain_and_the_at_sign_is_the_domain() -> None:
    assert host_name("staging.example.com", "api") == "api.staging.example.com"
    assert host_name("staging.example.com", "@") == "staging.example.com"


def test_a_wildcard_lets_hosts_come_and_go_without_a_new_certificate() -> None:
    assert certificate_names("example.com", ["api"]) == certificate_names("example.com", ["@", "admin", "www"])


def test_what_lies_deeper_than_the_wildcard_stands_by_its_own_name() -> None:
    assert certificate_names("example.com", ["api.eu", "api"]) == ("example.com", "*.example.com", "api.eu.example.com")


def test_a_domain_and_its_wildcard_are_validated_by_one_record() -> None:
    assert validated_names(["example.com", "*.example.com", "api.eu.example.com"]) == (
        "example.com",
        "api.eu.example.com",
    )


@settings(max_examples=60)
@given(hosts=HOSTS)
def test_each_host_is_covered_and_each_record_asked_for_once(hosts: list[str]) -> None:
    names = certificate_names("example.com", hosts)
    for host in hosts:
        full = host_name("example.com", host)
        assert full in names or f"*.{full.partition('.')[2]}" in names
    records = validated_names(names)
    assert len(records) == len(set(records))
    assert not any(record.startswith("*") for record in records)


def test_a_certificate_takes_ten_names() -> None:
    assert certificate_problems("example.com", [f"{n}.eu" for n in range(8)]) == []
    (problem,) = certificate_problems("example.com", [f"{n}.eu" for n in range(9)])
    assert "would hold 11 names, and AWS takes 10" in str(problem)


def test_the_first_name_of_a_certificate_is_short() -> None:
    (problem,) = certificate_problems(f"{'a' * 60}.example.com", [])
    assert (problem.key, problem.reason) == (
        "name",
        "it has 72 characters, and the first name of a certificate at most 64",
    )
