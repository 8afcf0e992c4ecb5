"""Listeners accept a certificate of ACM's that this account does not hold: one that exists already, by reference. One
that it holds must be issued."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from offline.aws.extensions.wrapping import wrap

ACM_ARN = re.compile(r"^arn:aws[\w-]*:acm:(?P<region>[\w-]+):\d{12}:certificate/[\w-]+$")


def install() -> None:
    """Extends moto's check of certificates."""
    import moto.elbv2.models as models

    wrap(models, "register_certificate", register_certificate)
    wrap(models.ELBv2Backend, "_certificate_exists", certificate_exists)


def register_certificate(
    original: Callable[..., None], account_id: str, region: str, arn_certificate: str, arn_user: str
) -> None:
    """A certificate of another region, or one that is not issued yet, is refused, as AWS refuses it."""
    from moto.elb.exceptions import CertificateNotFoundException

    _refuse_pending(account_id, region, arn_certificate)
    try:
        original(account_id, region, arn_certificate, arn_user)
    except CertificateNotFoundException:
        if not _in_region(arn_certificate, region):
            raise


def certificate_exists(original: Callable[..., bool], backend: Any, certificate_arn: str) -> bool:
    """The same rule for a certificate that a listener is changed to."""
    return original(backend, certificate_arn) or _in_region(certificate_arn, backend.region_name)


def _refuse_pending(account_id: str, region: str, arn: str) -> None:
    from moto.acm.models import acm_backends
    from moto.elbv2.exceptions import ELBClientError

    held = acm_backends[account_id][region]._certificates.get(arn)
    if held is None:
        return
    held.check()
    if held.status != "ISSUED":
        raise ELBClientError(
            "UnsupportedCertificate",
            f"The certificate '{arn}' must have a fully-qualified domain name, a supported signature, and a supported "
            "key size.",
        )


def _in_region(arn: str, region: str) -> bool:
    match = ACM_ARN.match(arn)
    return bool(match and match["region"] == region)
