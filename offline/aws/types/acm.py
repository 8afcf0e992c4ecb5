"""ACM: certificates that are validated by DNS, and the wait until they are issued."""

from __future__ import annotations

from typing import Any

from offline.aws import paths
from offline.aws.connection import AwsError
from offline.aws.model import Call, Find, ResourceType, Scope, Tagging


def _other_names(scope: Scope) -> Any:
    """AWS lists the certificate's first name among the others, too."""
    names = scope["item"].get("SubjectAlternativeNames") or []
    given = scope.get("subjectAlternativeNames") or []
    own = scope["item"].get("DomainName")
    others = sorted({*names} - ({own} - {*given}), key=lambda name: given.index(name) if name in given else len(given))
    return others or paths.MISSING


def _options(scope: Scope) -> list[dict[str, Any]]:
    """The records that validate each name."""
    return [
        {
            "domainName": option["DomainName"],
            "resourceRecordName": option["ResourceRecord"]["Name"],
            "resourceRecordType": option["ResourceRecord"]["Type"],
            "resourceRecordValue": option["ResourceRecord"]["Value"],
        }
        for option in sorted(
            scope["item"].get("DomainValidationOptions") or [], key=lambda option: str(option["DomainName"])
        )
        if option.get("ResourceRecord")
    ]


def _method(scope: Scope) -> Any:
    return paths.get(scope["item"], "DomainValidationOptions[0].ValidationMethod")


CERTIFICATE = ResourceType(
    token="aws:acm/certificate:Certificate",
    service="acm",
    create=(Call(operation="request_certificate", names={"validationOptions": "DomainValidationOptions"}),),
    id="{answer.CertificateArn}",
    find=(Find(operation="describe_certificate", params={"CertificateArn": "$id"}, path="Certificate", extended=True),),
    delete=(Call(operation="delete_certificate", params={"CertificateArn": "$id"}),),
    replace=(
        "certificateAuthorityArn",
        "domainName",
        "keyAlgorithm",
        "subjectAlternativeNames",
        "validationMethod",
        "validationOptions",
    ),
    lost=("keyAlgorithm", "validationOptions"),
    reads={"subjectAlternativeNames": _other_names, "validationMethod": _method},
    unordered=("subjectAlternativeNames", "validationOptions"),
    outputs={
        "arn": "CertificateArn",
        "domainValidationOptions": _options,
        "status": "Status",
        "type": "Type",
        "renewalEligibility": "RenewalEligibility",
    },
    tagging=Tagging(
        add=Call(operation="add_tags_to_certificate", params={"CertificateArn": "$id", "Tags": "$tags_added"}),
        remove=Call(
            operation="remove_tags_from_certificate", params={"CertificateArn": "$id", "Tags": "$tags_removed_list"}
        ),
        find=Find(operation="list_tags_for_certificate", params={"CertificateArn": "$id"}, path="Tags"),
    ),
    note="issued as soon as a hosted zone of any account holds its records, delegated or not",
)


def _issued(scope: Scope) -> str:
    """When it was issued. The real provider waits; here the records either stand or nobody will add them."""
    certificate = scope["answer"]["Certificate"]
    if certificate["Status"] != "ISSUED":
        missing = sorted({option["ResourceRecord"]["Name"] for option in certificate["DomainValidationOptions"]})
        reason = f"the certificate is {certificate['Status']}: no hosted zone holds {', '.join(missing)}"
        raise AwsError("DescribeCertificate", "CertificateNotIssued", reason)
    return str(certificate.get("IssuedAt") or certificate["CertificateArn"])


CERTIFICATE_VALIDATION = ResourceType(
    token="aws:acm/certificateValidation:CertificateValidation",
    service="acm",
    create=(
        Call(
            operation="describe_certificate",
            names={"certificateArn": "CertificateArn", "validationRecordFqdns": ""},
            extended=True,
        ),
    ),
    id=_issued,
    find=(
        Find(
            operation="describe_certificate",
            params={"CertificateArn": "$certificateArn"},
            path="Certificate",
            gone=lambda found: found.get("Status") != "ISSUED",
            extended=True,
        ),
    ),
    replace=("certificateArn", "validationRecordFqdns"),
    hidden=("validationRecordFqdns",),
    reads={"certificateArn": "CertificateArn"},
    unordered=("validationRecordFqdns",),
    note="does not wait: it fails where the records are missing",
)

TYPES = (CERTIFICATE, CERTIFICATE_VALIDATION)
