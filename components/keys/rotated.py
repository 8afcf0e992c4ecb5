"""A secret whose values the rotation makes: the first one while `up` waits, later ones by its schedule."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

from components.keys.names import Rotated
from components.links import RotatorLink


def begun(
    name: str,
    rotator: RotatorLink,
    secrets: Mapping[str, pulumi.Input[str]],
    *,
    rotated: Mapping[str, Rotated],
    fields: pulumi.Input[Mapping[str, Any]] | None = None,
    digests: Mapping[str, Sequence[str]] | None = None,
    action: Literal["begin", "prepare"] = "begin",
    more: pulumi.Input[Mapping[str, Any]] | None = None,
    ready: Sequence[pulumi.Resource] = (),
    opts: pulumi.ResourceOptions,
) -> aws.lambda_.Invocation:
    """Has the secrets (name to ARN) begun, and waits for it: so that whoever depends on this starts with a value that
    stands nowhere but in the secret. Done again whenever it is told something else; what is right stays as it is.

    `more` are other keys of the event (functions/rotate_secret says which there are).

    Not by `rotate_immediately`, which nobody waits for, and which rotates anew whenever the schedule changes.
    """
    event = {
        "Action": action,
        "Secrets": sorted(secrets),
        **({"Digests": {of: sorted(names) for of, names in sorted(digests.items())}} if digests else {}),
    }
    told = pulumi.Output.all(fields=fields or {}, more=more or {}).apply(
        lambda known: json.dumps(
            {**event, **known["more"], **({"Fields": known["fields"]} if known["fields"] else {})}, sort_keys=True
        )
    )
    tags = json.dumps({secret: rotated[secret].tags for secret in sorted(rotated)}, sort_keys=True)
    return aws.lambda_.Invocation(
        name,
        function_name=rotator.function.name,
        input=told,
        triggers={"rotated": tags, **{f"secret {secret}": arn for secret, arn in secrets.items()}},
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[*rotator.ready, *ready])),
    )


def schedule(
    name: str,
    rotator: RotatorLink,
    secret_arn: pulumi.Input[str],
    rotated: Rotated,
    *,
    ready: Sequence[pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> aws.secretsmanager.SecretRotation | None:
    """When Secrets Manager has the secret rotated; never by itself with a period of 0."""
    if not rotated.period_days:
        return None
    return aws.secretsmanager.SecretRotation(
        name,
        secret_id=secret_arn,
        rotation_lambda_arn=rotator.function.made_arn,
        rotate_immediately=False,
        rotation_rules=aws.secretsmanager.SecretRotationRotationRulesArgs(automatically_after_days=rotated.period_days),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[*rotator.ready, *ready])),
    )
