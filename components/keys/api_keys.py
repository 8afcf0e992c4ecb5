"""API keys: a secret for each consumer, and for each service that verifies keys the digests that it does so by. E3.

No key stands in the state, not even encrypted: the stack makes containers, and the rotation puts values in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.constraints import require, secret_recovery_problems
from components.keys.by_hand import follows_keys
from components.keys.containers import make_container, restrict
from components.keys.names import Rotated, api_key_secret, digests_secret, verified_by
from components.keys.rotated import begun, schedule
from components.keys.statements import digests_policy, key_policy
from components.links import KeyLink, RotatorLink


@dataclass(frozen=True, kw_only=True)
class ApiKeysArgs:
    """Whose keys there are."""

    scope: Scope
    """Account, region and name space of names and before."""
    key: KeyLink
    """Key that encrypts the secrets."""
    rotator: RotatorLink
    """What makes and rotates the keys."""
    keys: Mapping[str, Rotated]
    """Consumer to its key."""
    recovery_days: int
    """Days in which a deleted secret can be restored, 7 to 30; 0 deletes at once and frees its name."""

    def __post_init__(self) -> None:
        require(secret_recovery_problems(self.recovery_days))


class ApiKeys(pulumi.ComponentResource):
    """All keys of an environment."""

    ready: Sequence[pulumi.Resource]
    """When the keys are there, and those who verify them know their digests."""

    def __init__(self, name: str, args: ApiKeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:security:ApiKeys", name, None, opts)
        self._args, self._child = args, pulumi.ResourceOptions(parent=self)
        before: list[pulumi.Resource] = []
        secrets: dict[str, aws.secretsmanager.Secret] = {}
        for consumer, rotated in sorted(args.keys.items()):
            physical = api_key_secret(args.scope, consumer)
            secret = self._make_secret(f"key-{consumer}", physical, f"API key of {consumer}", rotated.tags)
            before.append(
                restrict(f"key-{consumer}", secret, key_policy(args.scope, consumer, args.rotator.name), self._child)
            )
            secrets[physical] = secret
        digests = {}
        for service, consumers in verified_by(args.keys).items():
            physical = digests_secret(args.scope, service)
            secret = self._make_secret(
                f"{service}-key-digests",
                physical,
                f"Digests of the API keys that {service} verifies",
                {"Service": service, **follows_keys(args.keys[name].owner for name in consumers)},
            )
            before.append(
                restrict(
                    f"{service}-key-digests",
                    secret,
                    digests_policy(args.scope, service, args.rotator.name),
                    self._child,
                )
            )
            digests[physical] = consumers
            # Whoever puts digests into a secret of that name needs it to be there.
            before.append(secret)
        done = begun(
            name,
            args.rotator,
            {physical: secret.arn for physical, secret in secrets.items()},
            rotated={api_key_secret(args.scope, consumer): rotated for consumer, rotated in args.keys.items()},
            digests=digests,
            ready=before,
            opts=self._child,
        )
        for consumer, rotated in sorted(args.keys.items()):
            arn = secrets[api_key_secret(args.scope, consumer)].arn
            schedule(f"key-{consumer}", args.rotator, arn, rotated, ready=[done], opts=self._child)
        self.ready = [done]
        self.register_outputs({"consumers": sorted(args.keys)})

    def _make_secret(
        self, name: str, physical: str, description: str, tags: Mapping[str, str]
    ) -> aws.secretsmanager.Secret:
        args = self._args
        return make_container(
            name, physical, description, tags, key=args.key, recovery_days=args.recovery_days, opts=self._child
        )
