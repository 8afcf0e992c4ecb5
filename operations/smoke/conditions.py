"""What must be so before anything is made; asked in this order, and told as it is found."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from operations import sign_in
from operations.clients import SIGN_IN, Clients, clients
from operations.errors import Failure, Invocation
from operations.smoke.place import Place
from operations.smoke.probe import Answer
from operations.stacks import Stack

OLDEST: Final = (3, 208)
"""The Pulumi CLI that is needed, as the README says."""
VPCS: Final = 5
"""VPCs in a region unless AWS granted more: docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html."""
REHEARSE: Final = 'make smoke-aws ARGS="--rehearse"  does the same on the emulated AWS'


def refuse(*, rehearsal: bool, environ: Mapping[str, str] = os.environ) -> None:
    """Raises Failure where nobody sits before it who pays, or where it would not or could not reach AWS."""
    if rehearsal:
        return
    if environ.get("CI", "").lower() not in ("", "0", "false"):
        raise Failure("smoke-aws makes things that cost money, and never runs in CI (CI is set)", (REHEARSE,))
    elsewhere = sorted(name for name in environ if name.startswith("AWS_ENDPOINT_URL") and environ[name])
    if elsewhere:
        raise Failure(
            f"{', '.join(elsewhere)} sends requests elsewhere than to AWS, and smoke-aws is about AWS itself",
            (f"unset {' '.join(elsewhere)}", REHEARSE),
        )
    if shutil.which("pulumi", path=environ.get("PATH")) is None:
        raise Failure(
            "there is no `pulumi` on PATH, and on real AWS this works through it",
            (f"install the Pulumi CLI, {'.'.join(map(str, OLDEST))} or later", REHEARSE),
        )


def adopt(place: Place) -> None:
    """Gives this process the credentials of dev, and Pulumi the run's own state; on real AWS only."""
    try:
        found = sign_in.variables(place.main, "dev")
    except BotoCoreError as error:
        raise Failure(f"AWS's configuration can't be read: {error}", (SIGN_IN,)) from error
    own = {**found, **place.environment}
    own.pop("PULUMI_CONFIG_PASSPHRASE", None)  # it comes before the file
    os.environ.clear()
    os.environ.update(own)


def check(place: Place, invocation: Invocation, stack: Stack) -> Iterator[Answer]:
    """Engine, credentials, account, room. Raises Failure at what must not be."""
    version = stack.engine.version
    if not invocation.offline and version and (version.major, version.minor) < OLDEST:
        raise Failure(f"the Pulumi CLI is {version}, and {'.'.join(map(str, OLDEST))} or later is needed")
    yield Answer(True, f"Pulumi {version}{' (the offline engine)' if invocation.offline else ''}")
    aws = clients(place.project, invocation)
    caller = aws("sts").get_caller_identity()
    yield Answer(True, f"signed in to account {caller['Account']} as {caller['Arn']}")
    yield Answer(True, f"a stack of its own, {place.name}: its name is in every name that it makes")
    yield _room(aws)


def _room(aws: Clients) -> Answer:
    try:
        count = len(aws("ec2").describe_vpcs()["Vpcs"])
    except (BotoCoreError, ClientError) as error:
        return Answer(None, f"AWS did not say how many VPCs stand: {error}")
    told = f"{count} VPC{'' if count == 1 else 's'} in the region, and one more is made; AWS allows {VPCS} by default"
    return Answer(True if count < VPCS else None, told)
