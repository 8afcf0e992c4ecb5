"""How keys and certificates are made wrong."""

from tests.policies.mutations.mutation import Mutation, put

KEY = "aws:kms/key:Key"
CERTIFICATE = "aws:acm/certificate:Certificate"
WITH_A_DOMAIN = ("staging", "prod")
"""Environments that have certificates."""

MUTATIONS = [
    Mutation(rule="kms-rotation-enabled", change=put(KEY, "enableKeyRotation", False)),
    Mutation(rule="kms-rotation-period", change=put(KEY, "rotationPeriodInDays", 730)),
    Mutation(
        rule="kms-deletion-window", change=put(KEY, "deletionWindowInDays", 7), environments=("staging", "prod")
    ),  # dev has such keys as it is
    Mutation(
        rule="acm-dns-validated", change=put(CERTIFICATE, "validationMethod", "EMAIL"), environments=WITH_A_DOMAIN
    ),
    Mutation(rule="acm-dns-validated", change=put(CERTIFICATE, "keyAlgorithm", "RSA_1024"), environments=WITH_A_DOMAIN),
    Mutation(rule="rds-ca-current", change=put("aws:rds/instance:Instance", "caCertIdentifier", "rds-ca-2019")),
]
