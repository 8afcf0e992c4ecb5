"""Mute rules: times in which alarms tell nobody, since what they watch is meant to be off.

A muted alarm is evaluated as ever; what it would have told is told when the mute ends, if it is still on. So a mute by
the clock is better than a condition that knows no night: an alarm in `ALARM` stays true to what it sees, and whoever
looks at night sees that nothing runs.
Source: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-mute-rules-behaviour.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.services.sleep import Sleep

MOST_ALARMS = 100
"""Alarms that a rule may name.

Source: docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MuteTargets.html
"""


@dataclass(frozen=True, kw_only=True)
class MutesArgs:
    """Which alarms are muted, and when."""

    scope: Scope
    """Name space of the rules' names."""
    sleep: Sleep
    """When what they watch is off."""
    alarms: Mapping[str, pulumi.Resource]
    """Physical names of the alarms, of one region, each with what makes it: AWS takes only names of those that
    stand."""
    region: str | None = None
    """Region of the alarms; the provider's by default."""


class Mutes(pulumi.ComponentResource):
    """One rule for each time of the week and each hundred alarms, named `<prefix>-<name>-<number>`."""

    def __init__(self, name: str, args: MutesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:observability:Mutes", name, None, opts)
        groups = [sorted(args.alarms)[start : start + MOST_ALARMS] for start in range(0, len(args.alarms), MOST_ALARMS)]
        for number, (window, alarms) in enumerate(product(args.sleep.windows(), groups), start=1):
            aws.cloudwatch.AlarmMuteRule(
                f"{name}-{number}",
                name=f"{args.scope.prefix}-{name}-{number}",
                description="Services sleep: these alarms would tell of it",
                rule=aws.cloudwatch.AlarmMuteRuleRuleArgs(
                    schedule=aws.cloudwatch.AlarmMuteRuleRuleScheduleArgs(
                        expression=window.expression, duration=window.duration, timezone=args.sleep.timezone
                    )
                ),
                mute_targets=aws.cloudwatch.AlarmMuteRuleMuteTargetsArgs(alarm_names=alarms),
                region=args.region,
                tags={"Service": "all"},
                opts=pulumi.ResourceOptions(
                    parent=self, depends_on=[*dict.fromkeys(args.alarms[alarm] for alarm in alarms)]
                ),
            )
        self.register_outputs({"alarms": sorted(args.alarms)})
