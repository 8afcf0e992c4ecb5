"""The secret that the receiver of traces knows an environment by; the team puts its value."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.constraints import require, secret_recovery_problems
from components.keys.by_hand import BY_HAND, ByHand
from components.links import KeyLink
from components.services.telemetry import HeaderLink


@dataclass(frozen=True, kw_only=True)
class TracesHeaderArgs:
    """What the header is."""

    scope: Scope
    """Account, region and name space of the secret."""
    key: KeyLink
    """Key that encrypts its value."""
    header: str
    """Name of the HTTP header."""
    recovery_days: int
    """Days in which the deleted secret can be restored, 7 to 30; 0 deletes at once and frees its name."""
    by_hand: ByHand = BY_HAND
    """Who puts its values, and how often."""

    def __post_init__(self) -> None:
        require(secret_recovery_problems(self.recovery_days))


class TracesHeader(pulumi.ComponentResource):
    """One secret for all collectors of the environment. It has no value until somebody puts one: tasks wait for it."""

    link: HeaderLink
    """What a collector needs of it."""

    def __init__(self, name: str, args: TracesHeaderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:security:TracesHeader", name, None, opts)
        secret_name = f"{args.scope.namespace}/telemetry/header"
        secret = aws.secretsmanager.Secret(
            name,
            name=secret_name,
            description=f"Header {args.header} of the receiver of traces: its value is put here by hand",
            kms_key_id=args.key.arn,
            recovery_window_in_days=args.recovery_days,
            tags=args.by_hand.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.link = HeaderLink(name=args.header, secret_arn=secret.arn, secret_name=secret_name, key=args.key)
        self.register_outputs({"arn": secret.arn})
