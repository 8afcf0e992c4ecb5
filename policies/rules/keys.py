"""Rules on keys: how they are made, turned over and retired."""

from __future__ import annotations

from policies.rule import ResourceRule, Rule
from policies.verdict import MISSING, PASS, UNKNOWN, Outcome, Properties, Verdict, lookup, require, undetermined

KEY = "aws:kms/key:Key"


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


RULES: tuple[Rule, ...] = (
    ResourceRule(
        check=kms_rotation_enabled,
        title="KMS keys rotate",
        types=frozenset({KEY}),
        severity="high",
        references=("AWS FSBP KMS.4", "Checkov CKV_AWS_7", "cdk-nag AwsSolutions-KMS5"),
    ),
)
