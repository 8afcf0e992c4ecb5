"""Rules on keys and certificates: how they are made, turned over and retired."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from policies.clock import today
from policies.graph import Graph, Resource
from policies.rule import GraphRule, ResourceRule, Rule
from policies.values import filled, one_of, within
from policies.verdict import (
    MISSING,
    PASS,
    UNKNOWN,
    Outcome,
    Properties,
    Verdict,
    combine,
    fail,
    lookup,
    require,
    undetermined,
)

KEY = "aws:kms/key:Key"
KEYS_THAT_WAIT = frozenset({KEY, "aws:kms/externalKey:ExternalKey", "aws:kms/replicaKey:ReplicaKey"}) | {
    "aws:kms/replicaExternalKey:ReplicaExternalKey"
}
"""Keys whose deletion waits."""
YEAR_DAYS = 365
WINDOW_DAYS = 30
"""The longest that KMS waits, and what it waits when nothing is said."""

ACCESS_KEY = "aws:iam/accessKey:AccessKey"
SERVICE_CREDENTIAL = "aws:iam/serviceSpecificCredential:ServiceSpecificCredential"
OLDEST_ACCESS_KEY = timedelta(days=90)

KEY_ALGORITHMS = frozenset(
    {"RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"},
)
"""What ACM offers, less RSA_1024."""
AUTHORITY = re.compile(r"rds-ca-(rsa2048|rsa4096|ecc384)-g\d+")
"""Authorities since 2021, and the generations that follow; `rds-ca-2019` ended in August 2024.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
"""
INSTANCES = frozenset(
    {"aws:rds/instance:Instance", "aws:rds/clusterInstance:ClusterInstance"}
    | {"aws:docdb/clusterInstance:ClusterInstance"}
)
CLUSTER = "aws:rds/cluster:Cluster"


def kms_rotation_enabled(key: Properties) -> Verdict:
    """A key that never changes protects years of data at once: whoever gets it reads all of them.

    AWS rotates symmetric keys of its own making only, so asymmetric, HMAC and custom-store keys pass.
    https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
    """
    verdict = require(key, "enableKeyRotation", True, "set enableKeyRotation; old data stays readable")
    if verdict.outcome is Outcome.PASS:
        return PASS
    spec = lookup(key, "customerMasterKeySpec")
    usage = lookup(key, "keyUsage")
    store = lookup(key, "customKeyStoreId")
    if spec not in (MISSING, UNKNOWN, "SYMMETRIC_DEFAULT") or usage not in (MISSING, UNKNOWN, "ENCRYPT_DECRYPT"):
        return PASS
    if store not in (MISSING, UNKNOWN):
        return PASS
    for path, value in (("customerMasterKeySpec", spec), ("keyUsage", usage), ("customKeyStoreId", store)):
        if value is UNKNOWN:
            return undetermined(path)
    return verdict


def kms_rotation_period(key: Properties) -> Verdict:
    """With a rotation every few years, one leaked key still opens years of data; a year is what AWS itself takes.

    KMS allows 90 to 2560 days, and takes 365 where nothing is said.
    https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html
    """
    if lookup(key, "enableKeyRotation") in (MISSING, False):
        return PASS  # kms-rotation-enabled says it
    remedy = f"set headroom:encryption.rotation_days to {YEAR_DAYS} or less"
    return within(key, "rotationPeriodInDays", 90, YEAR_DAYS, remedy, default=YEAR_DAYS)


def kms_deletion_window(key: Properties) -> Verdict:
    """What a deleted key encrypted is lost with every backup of it, and the window is the only time to notice."""
    remedy = f"set headroom:encryption.deletion_days to {WINDOW_DAYS}"
    return within(key, "deletionWindowInDays", WINDOW_DAYS, WINDOW_DAYS, remedy, default=WINDOW_DAYS)


def access_key_age(credential: Resource, graph: Graph) -> Verdict:
    """A key that lies in files for months is copied again and again, and nobody knows any more who has it.

    What is not made yet is made today. A key that is switched off opens nothing.
    """
    return access_key_age_on(credential, today())


def access_key_age_on(credential: Resource, day: date) -> Verdict:
    """The verdict on a day."""
    status = lookup(credential.properties, "status")
    made = lookup(credential.properties, "createDate")
    if status == "Inactive" or made is UNKNOWN or made is MISSING:
        return PASS
    if day - _day(made) <= OLDEST_ACCESS_KEY:
        return PASS
    if status is UNKNOWN:
        return undetermined("status")
    what = f"is more than {OLDEST_ACCESS_KEY.days} days ago, and the key still opens doors"
    return fail("createDate", what, "make a new one and delete this one; better, sign in by a role (docs/ci-access.md)")


def _day(text: object) -> date:
    """When the key was made, in UTC; long ago where that can't be read, so that somebody looks."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return date.min
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date()


def acm_dns_validated(certificate: Properties) -> Verdict:
    """A certificate that somebody has to renew by hand or by mail ends one night, and everything behind it with it.

    ACM renews by itself what DNS validates, as long as the record stands, and what a private authority issues. It
    renews no imported certificate. https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html
    """
    algorithm = one_of(
        certificate,
        "keyAlgorithm",
        KEY_ALGORITHMS,
        "is a kind of key that can be broken",
        "leave keyAlgorithm out (RSA_2048), or take a longer key or an elliptic curve",
        default="RSA_2048",
    )
    return combine([_validated(certificate), algorithm])


def _validated(certificate: Properties) -> Verdict:
    if filled(lookup(certificate, "certificateBody")):
        what = "is an imported certificate, which nobody renews"
        return fail("certificateBody", what, "set headroom:domain and let ACM issue one, or put its ARN from elsewhere")
    if filled(lookup(certificate, "certificateAuthorityArn")):
        return PASS
    what = "is not set to DNS; mails for approval reach nobody"
    return one_of(certificate, "validationMethod", ("DNS",), what, "set validationMethod to DNS")


def rds_ca_current(database: Properties) -> Verdict:
    """When the authority behind its certificate has ended, clients that check certificates can't connect any more.

    Where nothing is said, RDS takes the account's default, a current one since January 2024.
    """
    path = (
        "caCertificateIdentifier" if lookup(database, "caCertificateIdentifier") is not MISSING else "caCertIdentifier"
    )
    value = lookup(database, path)
    if value is UNKNOWN:
        return undetermined(path)
    if value is MISSING or AUTHORITY.fullmatch(str(value)):
        return PASS
    return fail(
        path, "names an authority that has ended or is unknown", f"set {path} to rds-ca-rsa2048-g1, or leave it"
    )


RULES: tuple[Rule, ...] = (
    ResourceRule(
        check=kms_rotation_enabled,
        title="KMS keys rotate",
        types=frozenset({KEY}),
        severity="high",
        references=("AWS FSBP KMS.4", "Checkov CKV_AWS_7", "cdk-nag AwsSolutions-KMS5"),
    ),
    ResourceRule(
        check=kms_rotation_period,
        title="KMS keys rotate once a year at least",
        types=frozenset({KEY}),
        severity="medium",
        references=("requirement E3",),
    ),
    ResourceRule(
        check=kms_deletion_window,
        title=f"KMS keys can be saved for {WINDOW_DAYS} days",
        types=KEYS_THAT_WAIT,
        severity="medium",
        references=("AWS FSBP KMS.3",),
    ),
    GraphRule(
        check=access_key_age,
        title=f"No access key is older than {OLDEST_ACCESS_KEY.days} days",
        types=frozenset({ACCESS_KEY, SERVICE_CREDENTIAL}),
        severity="high",
        references=("AWS FSBP IAM.3", "CIS AWS 1.14"),
    ),
    ResourceRule(
        check=acm_dns_validated,
        title="Certificates renew by themselves, and their keys are strong",
        types=frozenset({"aws:acm/certificate:Certificate"}),
        severity="medium",
        references=("AWS FSBP ACM.1", "AWS FSBP ACM.2"),
    ),
    ResourceRule(
        check=rds_ca_current,
        title="Databases show certificates of a current authority",
        types=INSTANCES | {CLUSTER},
        severity="medium",
        references=("Checkov CKV_AWS_211",),
    ),
)
