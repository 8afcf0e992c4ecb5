"""What is left of a run that could not be taken down, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from rich.text import Text

from operations.changes import short_type
from operations.clients import Clients
from operations.commands import Session
from operations.errors import Failure, NoStack
from operations.smoke.place import Place
from operations.state import Resource, standing

FOR_A_WHILE: Final = (":key/", ":task-definition/", ":cluster/")
"""Parts of ARNs that AWS lists long after they are deleted: keys for a week, and what of ECS is inactive. They cost
nothing."""


def left(session: Session) -> list[Resource] | None:
    """What still stands by the stack's state; None where that can't be read."""
    try:
        found = session.open().resources()
    except NoStack:
        return []
    except Failure:
        return None
    return [one for one in standing(found) if one.get("custom") and not str(one.get("type")).startswith("pulumi:")]


def still_listed(aws: Clients, place: Place) -> Iterator[Text]:
    """What AWS knows of with the run's tag once all is down: what was being made when a run was killed stands in no
    state. It lags by minutes, and names keys until their deletion is over."""
    try:
        pages = aws("resourcegroupstaggingapi").get_paginator("get_resources")
        wanted = [{"Key": "Environment", "Values": [place.name]}]
        listed = (one for page in pages.paginate(TagFilters=wanted) for one in page["ResourceTagMappingList"])
        found = [str(one["ResourceARN"]) for one in listed]
    except (BotoCoreError, ClientError) as error:
        yield Text(f"AWS did not say whether it knows of more with the tag {place.name}: {error}", style="yellow")
        return
    rest = sorted(arn for arn in found if not any(part in arn for part in FOR_A_WHILE) and not _ended(aws, arn))
    if rest:
        yield Text(f"AWS still lists {len(rest)} with the tag {place.name}; some go within minutes:", style="yellow")
        yield from (Text(f"  {arn}") for arn in rest)
        yield Text(_look(place), style="cyan")


def _ended(aws: Clients, arn: str) -> bool:
    """Whether it is a NAT gateway that is deleted: AWS shows it for an hour."""
    if ":natgateway/" not in arn:
        return False
    try:
        found = aws("ec2").describe_nat_gateways(NatGatewayIds=[arn.rsplit("/", 1)[-1]])["NatGateways"]
    except (BotoCoreError, ClientError):
        return False
    return all(one["State"] in ("deleted", "deleting") for one in found)


def _look(place: Place) -> str:
    """The command that lists what AWS knows of."""
    tags = f"--tag-filters Key=Environment,Values={place.name}"
    return f"aws resourcegroupstaggingapi get-resources {tags} --region {place.note.region}  lists what AWS knows of"


def leftovers(place: Place, remain: Sequence[Resource] | None) -> Iterator[Text]:
    """Every resource by name and id, and the commands."""
    note = place.note
    if remain is None:
        yield Text(f"What of {place.name} is left is not known: its state can't be read.", style="bold red")
    else:
        yield Text(f"{len(remain)} of {place.name} are left in account {note.account}:", style="bold red")
    for one in remain or ():
        yield Text(f"  {short_type(str(one['type']))} {str(one['urn']).rsplit('::', 1)[-1]}  {one.get('id') or ''}")
    if note.hourly and not note.rehearsal:
        yield Text(f"Together they cost up to ${note.hourly:.3f} an hour.", style="bold")
    yield Text(f'make smoke-aws ARGS="--destroy {place.name}"  tries again', style="cyan")
    if not note.rehearsal:
        yield Text(_look(place), style="cyan")
    yield Text(f"Its state lies in {place.root}", style="dim")
