"""Entry point of the policy pack; an engine starts it. `PolicyPack` serves until it is stopped."""

from pulumi_policy import EnforcementLevel, PolicyPack

from policies.pack import NAME, sdk_policies

PolicyPack(NAME, policies=sdk_policies(), enforcement_level=EnforcementLevel.ADVISORY)
