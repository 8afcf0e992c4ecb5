"""Whether what came up works: it answers, its tasks run, and its secret is its own."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from operations.access import principals
from operations.permissions import allowed
from operations.smoke.place import SERVICE
from operations.state import Resource, of_type, outputs, standing

PATIENCE_SECONDS: Final = 600.0
"""How long an answer may take: the name of a new load balancer is known everywhere after a few minutes."""
POLL_SECONDS: Final = 5.0
READ: Final = "secretsmanager:GetSecretValue"
SECRET: Final = "aws:secretsmanager/secret:Secret"
HEALTH: Final = "/health"

Fetch = Callable[[str], int]
"""URL -> status. Raises OSError where nobody answers."""


@dataclass(frozen=True)
class Answer:
    """What one question came to."""

    good: bool | None
    """None where it could not be asked."""
    said: str


def fetch(url: str) -> int:
    """Asks over HTTP. Raises OSError where nobody answers, or something answers that is no HTTP."""
    request = urllib.request.Request(url, headers={"User-Agent": "headroom-smoke"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return int(error.code)
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error


def answers(
    url: str, ask: Fetch, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
) -> Answer:
    """Asks the health path until it is 200, or patience ends."""
    began, last = clock(), "nobody answered"
    while True:
        try:
            status = ask(url)
            last = f"it answered {status}"
        except OSError as error:
            status, last = 0, f"nobody answered: {error}"
        seconds = clock() - began
        if status == 200:
            return Answer(True, f"{url} answers 200, after {seconds:.0f} s")
        if seconds >= PATIENCE_SECONDS:
            return Answer(False, f"{url} did not answer 200 in {seconds / 60:.0f} minutes; at last {last}")
        sleep(POLL_SECONDS)


def targets(elb: Any, resources: Sequence[Resource]) -> Answer:
    """What the load balancer says of the tasks behind it: all that the emulated AWS, which runs no container, can."""
    groups = [str(one.get("id")) for one in of_type(standing(resources), "aws:lb/targetGroup:TargetGroup")]
    try:
        found = [
            str(one["TargetHealth"]["State"])
            for group in groups
            for one in elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        ]
    except (BotoCoreError, ClientError) as error:
        return Answer(False, f"the load balancer did not say how its targets do: {error}")
    told = ", ".join(sorted(found)) or "none registered"
    return Answer(
        None, f"{HEALTH} was not asked: the emulated AWS runs no container. Of targets its load balancer says: {told}"
    )


def runs(ecs: Any, told: Mapping[str, Any]) -> Answer:
    """Whether as many tasks run as are wanted."""
    name = str(told["services"][SERVICE]["name"])
    try:
        [found] = ecs.describe_services(cluster=str(told["cluster"]), services=[name])["services"]
    except (BotoCoreError, ClientError, ValueError) as error:
        return Answer(False, f"ECS did not tell of {SERVICE}: {error}")
    running, wanted = int(found["runningCount"]), int(found["desiredCount"])
    return Answer(running >= wanted > 0, f"{running} of {wanted} tasks of {SERVICE} run")


def secret_is_its_own(
    aws: Callable[[str], Any], resources: Sequence[Resource], environment: str, *, simulator: bool
) -> Iterator[Answer]:
    """Who may read the service's connection: by the documents, and by IAM's own simulator, which only AWS has.

    `aws` makes a client of a service.
    """
    named = f"headroom/{environment}/service/{SERVICE}/"
    held = standing(resources)
    found = [outputs(one) for one in of_type(held, SECRET) if str(outputs(one).get("name", "")).startswith(named)]
    if not found:
        yield Answer(False, f"no secret {named}... stands")
    for secret in found:
        arn, short = str(secret["arn"]), str(secret["name"]).removeprefix(f"headroom/{environment}/")
        roles = principals(resources)
        readers = sorted(name for name, role in roles.items() if allowed(role, READ, arn, {}))
        strangers = [name for name in readers if not _may(name, environment)]
        yield Answer(
            bool(readers) and not strangers,
            f"secret {short}: by their documents {', '.join(readers) or 'nobody'} may read it, of {len(roles)} roles",
        )
        if simulator:
            yield _simulated(aws("iam"), {name: role.arn for name, role in roles.items()}, arn, short, readers)
        else:
            yield Answer(None, f"secret {short}: IAM's own simulator was not asked: the emulated AWS has none")


def _may(role: str, environment: str) -> bool:
    """The service's own role, and those that make its password and turn it over."""
    own = (f"{SERVICE}-", f"headroom-{environment}-{SERVICE}")
    return role.startswith(own) or "rotate-secret" in role or "users" in role


def _simulated(iam: Any, roles: Mapping[str, str], arn: str, short: str, expected: Sequence[str]) -> Answer:
    """What IAM itself says. docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html"""
    try:
        said = {
            name: iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=[READ], ResourceArns=[arn])[
                "EvaluationResults"
            ][0]["EvalDecision"]
            for name, role in sorted(roles.items())
        }
    except (BotoCoreError, ClientError, ResponseParserError, KeyError, IndexError) as error:
        reason = str(error).splitlines()[0][:120]
        return Answer(None, f"secret {short}: IAM's simulator was not asked: {reason}")
    readers = sorted(name for name, decision in said.items() if decision == "allowed")
    return Answer(readers == list(expected), f"secret {short}: by IAM's simulator {', '.join(readers) or 'nobody'}")
