"""Rules that call functions: moto knows queues, log groups and buses only, and ends a rule's round at anything else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from offline.aws.extensions.wrapping import wrap


def install() -> None:
    """Extends what a rule of moto's does with an event."""
    from moto.events.models import Rule

    wrap(Rule, "send_to_targets", send_to_targets)


def send_to_targets(original: Callable[..., None], rule: Any, event: Any, *rest: Any, **more: Any) -> None:
    """The functions among a rule's targets are called in passing; all others are moto's.

    A function whose own policy does not admit the rule is not called, as on AWS.
    """
    functions = [target for target in rule.targets if ":lambda:" in target["Arn"]]
    all_targets = rule.targets
    rule.targets = [target for target in all_targets if target not in functions]
    try:
        original(rule, event, *rest, **more)
    finally:
        rule.targets = all_targets
    if functions and rule.state == "ENABLED" and rule.event_pattern.matches_event(event):
        for target in functions:
            _call(rule, target["Arn"], event)


def _call(rule: Any, arn: str, event: Any) -> None:
    from moto.awslambda.models import lambda_backends

    *_, region, account, _, name = arn.split(":")[:7]
    function = lambda_backends[account][region].get_function(name)
    if _admits(function, rule.arn):
        function.invoke(json.dumps(event), {}, {})


def _admits(function: Any, rule_arn: str) -> bool:
    """Whether a statement of the function's policy names EventBridge and the rule."""
    statements = function.policy.statements if function.policy else []
    return any(
        statement.get("Principal") == {"Service": "events.amazonaws.com"}
        and rule_arn in json.dumps(statement.get("Condition", {}))
        for statement in statements
    )
