"""Certificates under pretended AWS. T8."""

from collections.abc import Callable
from typing import Any

import pytest

from components.edge.certificate import Certificate, CertificateArgs
from components.links import ZoneLink

Run = Callable[..., Any]

BASE: dict[str, Any] = {
    "zone": ZoneLink(zone_id="Z1", domain="example.com"),
    "names": ["example.com", "*.example.com"],
    "regions": ["eu-central-1"],
}


def certificate(run: Run, **changed: Any) -> Any:
    return run(lambda: Certificate("certificate", CertificateArgs(**(BASE | changed))))


def test_a_certificate_is_validated_by_dns(run: Run) -> None:
    inputs = certificate(run).one("acm/certificate:Certificate")["inputs"]
    assert inputs["validationMethod"] == "DNS"
    assert inputs["domainName"] == "example.com"
    assert inputs["subjectAlternativeNames"] == ["*.example.com"]


def test_a_domain_and_its_wildcard_make_one_record(run: Run) -> None:
    record = certificate(run).one("route53/record:Record")["inputs"]
    assert record["zoneId"] == "Z1"
    assert (record["name"], record["type"]) == ("_d930b28be6c5.example.com.", "CNAME")
    assert record["records"] == ["_c9edd76ee4a0.acm-validations.aws."]


def test_cloudfronts_certificate_shares_the_records_since_acm_asks_for_the_same(run: Run) -> None:
    stack = certificate(run, regions=["eu-central-1", "us-east-1"])
    made = {r["name"]: r["inputs"]["region"] for r in stack.all("acm/certificate:Certificate")}
    assert made == {"certificate": "eu-central-1", "certificate-us-east-1": "us-east-1"}
    assert len(stack.all("route53/record:Record")) == 1
    waits = {r["name"]: r["inputs"]["region"] for r in stack.all("CertificateValidation")}
    assert waits == made


def test_a_deeper_name_has_a_record_of_its_own(run: Run) -> None:
    stack = certificate(run, names=["example.com", "*.example.com", "api.eu.example.com"])
    assert stack.names("route53/record:Record") == ["certificate", "certificate-api.eu.example.com"]


def test_who_uses_the_certificate_waits_until_it_is_issued(run: Run) -> None:
    stack = certificate(run)
    validation = stack.one("CertificateValidation")
    assert validation["inputs"]["validationRecordFqdns"] == ["_d930b28be6c5.example.com"]
    assert list(stack.result.arns) == ["eu-central-1"]


def test_nobody_waits_for_ever(run: Run) -> None:
    assert certificate(run).one("CertificateValidation")["options"]["timeouts"]["create"] == "15m"
    assert certificate(run, wait_minutes=5).one("CertificateValidation")["options"]["timeouts"]["create"] == "5m"


def test_the_number_of_records_is_known_in_a_first_preview(run: Run) -> None:
    stack = run(lambda: Certificate("certificate", CertificateArgs(**BASE)), preview=True)
    assert stack.names("route53/record:Record") == ["certificate"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"names": []}, "names and regions can't be empty"), ({"regions": ["a", "a"]}, "each needs one certificate only")],
)
def test_what_can_not_be_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        CertificateArgs(**(BASE | changed))
