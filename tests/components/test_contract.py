"""The table of what a service is given, alone; tests/infra/test_contract.py holds the program to it."""

import pytest

from components.contract import VARIABLES, explain


def test_a_name_stands_once():
    names = [entry.name for entry in VARIABLES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("variable", "entry"),
    [
        ("PORT", "PORT"),
        ("DATABASE_URL", "DATABASE_URL"),
        ("DATABASE_URL_ACME", "DATABASE_URL_<NAME>"),
        ("DATABASE_READ_URL_ACME", "DATABASE_READ_URL_<NAME>"),
        ("BUCKET_UPLOADS", "BUCKET_<NAME>"),
        ("BUCKET_UPLOADS_MAX_BYTES", "BUCKET_<NAME>_MAX_BYTES"),
        ("QUEUE_URL_JOBS", "QUEUE_URL_<NAME>"),
        ("SERVICE_URL_API", "SERVICE_URL_<NAME>"),
        ("OTEL_SERVICE_NAME", "OTEL_SERVICE_NAME"),
    ],
)
def test_an_actual_variable_is_explained_by_the_most_specific_entry(variable, entry):
    found = explain(variable)
    assert found is not None and found.name == entry


@pytest.mark.parametrize("variable", ["LOG_LEVEL", "BUCKET", "QUEUE_URL_", "port"])
def test_what_the_contract_does_not_have_is_not_explained(variable):
    assert explain(variable) is None
