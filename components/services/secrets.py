"""The secrets of one service: containers in Secrets Manager under fixed names, referenced and never copied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.constraints import require, secret_recovery_problems
from components.keys.by_hand import BY_HAND, ByHand
from components.links import KeyLink

SecretSource = Literal["generated", "external"]
"""`generated`: a random first value. `external`: no value until the team puts one."""

GENERATED_LENGTH = 48
"""Letters and digits, 285 bits: enough for any signing or session key."""


def secret_name(scope: Scope, service: str, variable: str) -> str:
    """Fixed name of a service's secret: `headroom/dev/service/api/SESSION_KEY`."""
    return f"{scope.namespace}/service/{service}/{variable}"


@dataclass(frozen=True, kw_only=True)
class ServiceSecretsArgs:
    """Which secrets a service has."""

    scope: Scope
    """Account, region and name space of the names."""
    key: KeyLink
    """Key that encrypts the values."""
    secrets: Mapping[str, SecretSource]
    """Environment variable to its source."""
    recovery_days: int
    """Days in which a deleted secret can be restored, 7 to 30; 0 deletes at once and frees its name."""
    by_hand: ByHand = BY_HAND
    """Who puts later values, and how often."""

    def __post_init__(self) -> None:
        require(secret_recovery_problems(self.recovery_days))


class ServiceSecrets(pulumi.ComponentResource):
    """One secret a variable. The value of a generated one is made once; whoever changes it later owns it."""

    arns: dict[str, pulumi.Output[str]]
    """Environment variable to the ARN of its secret."""
    ready: Sequence[pulumi.Resource]
    """First values that a task needs."""

    def __init__(self, name: str, args: ServiceSecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:security:ServiceSecrets", name, None, opts)
        self._name, self._args = name, args
        self.arns, ready = {}, []
        for variable, source in sorted(args.secrets.items()):
            secret = self._make_secret(variable, source)
            self.arns[variable] = secret.arn
            if source == "generated":
                ready.append(self._make_value(variable, secret))
        self.ready = ready
        self.register_outputs({"arns": self.arns})

    def _make_secret(self, variable: str, source: SecretSource) -> aws.secretsmanager.Secret:
        told = "a random first value" if source == "generated" else "its value is put here by hand"
        return aws.secretsmanager.Secret(
            f"{self._name}-{variable}",
            name=secret_name(self._args.scope, self._name, variable),
            description=f"{variable} of service {self._name}: {told}",
            kms_key_id=self._args.key.arn,
            recovery_window_in_days=self._args.recovery_days,
            tags={"Service": self._name, **self._args.by_hand.tags},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _make_value(self, variable: str, secret: aws.secretsmanager.Secret) -> aws.secretsmanager.SecretVersion:
        value = aws.secretsmanager.get_random_password_output(
            password_length=GENERATED_LENGTH,
            exclude_punctuation=True,
            opts=pulumi.InvokeOutputOptions(parent=self),
        ).random_password
        return aws.secretsmanager.SecretVersion(
            f"{self._name}-{variable}",
            secret_id=secret.id,
            secret_string=pulumi.Output.secret(value),
            # Each run makes another random value; the first one stays.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["secret_string"]),
        )
