"""Whether the requests of a stack are answered, and in time.

Each load balancer is judged, and each service behind it by itself: else the failures of a small one are lost among the
requests of a large one. Response times are judged twice: of the whole time, and of its worst five minutes, since an
average hides the minutes that users remember. Five minutes with fewer than 20 requests are judged in the whole only:
their slowest request alone would be their p95.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from operations.clients import Clients
from operations.program_name import headroom
from operations.promotion.health.look import AwsError, Limits, Look, Span, counted, moment, refused, shut
from operations.promotion.health.traffic import Measured, NotMeasuredError, Seen, Target, targets
from operations.promotion.model import Check

NAME = "requests"
LEAST = 20
"""Requests of five minutes from which on their p95 is more than their slowest request."""

Resource = Mapping[str, Any]


class TrafficGate:
    """Looks at what the load balancers counted."""

    def __init__(self, aws: Clients, environment: str, given: Mapping[str, Any], resources: Sequence[Resource]) -> None:
        """`given` are the stack's outputs."""
        self._aws, self._environment, self._url = aws, environment, str(given.get("url") or "")
        self._targets = targets(resources)

    def looks(self, span: Span, limits: Limits) -> list[Look]:
        """One gate for each load balancer and each service behind it."""
        if not self._targets:
            said = "the stack has no load balancer: how it does is what its alarms say"
            return [Look(check=Check(name=NAME, passed=True, said=said), news="none")]
        try:
            seen = Measured(self._aws("cloudwatch"), span).seen(self._targets, LEAST)
        except AwsError as error:
            return [refused(NAME, "CloudWatch", error)]
        except NotMeasuredError as error:
            remedy = "give the same command again in a minute"
            return [shut(NAME, f"not all of the data is there: {error}", (remedy,), unfinished=True)]
        return [self._judge(target, of, span, limits) for target, of in zip(self._targets, seen, strict=True)]

    def _judge(self, target: Target, seen: Seen, span: Span, limits: Limits) -> Look:
        name = f"{NAME} of {target.name}"
        few = self._too_few(target, seen, span, limits)
        if few:
            said, remedies = few
            if span.baking:
                return Look(check=Check(name=name, passed=True, said=said), news="few")
            return shut(name, said, remedies)
        wrong = list(_wrong(seen, limits))
        said = _numbers(seen, span)
        if not wrong:
            return Look(check=Check(name=name, passed=True, said=said), news="good")
        remedies = (
            f"see which answers they are: the access log, and what {target.name} logs",
            "or promote a release that mends it",
        )
        check = Check(name=name, passed=False, said=f"{', '.join(wrong)}: {said}", remedies=remedies)
        return Look(check=check, news="bad")

    def _too_few(self, target: Target, seen: Seen, span: Span, limits: Limits) -> tuple[str, tuple[str, ...]] | None:
        """Why the numbers say nothing, and what to do about it; None where they are enough.

        A service needs one request only, or a limit that fits the busiest would shut out the smallest; but one failure
        among a few takes no release back.
        """
        needed = limits.min_requests if target.whole or span.baking else 1
        if seen.total >= needed:
            return None
        number = f"{counted(seen.total, 'request') if seen.total else 'no request'} in {span.told}"
        if span.baking:
            return f"{number}: fewer than {needed} tell nothing, and are no failure; alarms tell what fails", ()
        return f"{number}, and at least {needed} must be counted: no data is no pass", tuple(self._how(target))

    def _how(self, target: Target) -> Iterator[str]:
        """How to come by requests."""
        if self._aws.emulated:
            yield f"{headroom('offline', 'visit', self._environment)}  counts requests as though users had come"
            return
        whom = "" if target.whole else f" that {target.name} answers"
        where = self._url or "the load balancer"
        yield f"send requests to {where}{whom}, and give CloudWatch a few minutes (docs/health-gates.md)"
        yield "or promote when users come: a longer headroom:promotion.soak_minutes looks back to when they did"


def _wrong(seen: Seen, limits: Limits) -> list[str]:
    """What is over its limit."""
    found = []
    if seen.error_percent > limits.max_error_percent:
        found.append(f"more than {limits.max_error_percent:g} % of the requests failed")
    if seen.p95 is None and seen.requests > 0:
        found.append("nobody measured how long they took")
    elif max(seen.p95 or 0.0, seen.worst or 0.0) > limits.max_p95_seconds:
        found.append(f"95 % took more than {limits.max_p95_seconds:g} s")
    return found


def _numbers(seen: Seen, span: Span) -> str:
    """All numbers, with their units."""
    said = [f"{counted(seen.total, 'request')} in {span.told}"]
    failed = f"{seen.error_percent:.3g} % failed with 5xx"
    if seen.refused:
        failed += f" ({seen.failed:.0f} by the services, {seen.refused:.0f} by the load balancer itself)"
    elif seen.failed:
        failed += f" ({seen.failed:.0f})"
    said.append(failed)
    if seen.p95 is not None:
        said.append(f"p95 {seen.p95:.3g} s")
    if seen.worst is not None and seen.worst_at is not None and seen.worst != seen.p95:
        said.append(f"in the worst 5 minutes {seen.worst:.3g} s (from {moment(seen.worst_at)})")
    return ", ".join(said)
