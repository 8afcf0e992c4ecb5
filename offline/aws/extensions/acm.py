"""A certificate is issued when its validation records stand in DNS, and not before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from offline.aws.extensions.wrapping import wrap


def install() -> None:
    """Extends moto's wait, which issues every certificate after a time."""
    from moto.acm.models import CertBundle

    wrap(CertBundle, "check", check)


def check(original: Callable[..., None], certificate: Any) -> None:
    """Certificates of Amazon's wait for their records; moto decides on all others."""
    if certificate.type == "AMAZON_ISSUED" and certificate.status == "PENDING_VALIDATION":
        standing = {*_records()}
        options = certificate.describe()["Certificate"]["DomainValidationOptions"]
        wanted = {(option["ResourceRecord"]["Name"], option["ResourceRecord"]["Value"]) for option in options}
        if {(_bare(name), _bare(value)) for name, value in wanted} <= standing:
            certificate.status = "ISSUED"
    else:
        original(certificate)


def _records() -> Iterator[tuple[str, str]]:
    """Name and value of every CNAME: DNS knows no accounts."""
    from moto.route53.models import route53_backends

    for regions in list(route53_backends.values()):
        for backend in list(regions.values()):
            for zone in backend.zones.values():
                for record in zone.rrsets:
                    if record.type == "CNAME":
                        yield from ((_bare(record.name), _bare(value)) for value in record.records)


def _bare(name: str) -> str:
    return name.removesuffix(".").lower()
