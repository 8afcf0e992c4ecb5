"""The composite alarms of an environment: what pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.alarms.incidents import EXTENSION_SECONDS, WAIT_SECONDS, Incident, names_in
from components.alarms.runbooks import RUNBOOKS, description
from components.links import TopicsLink


@dataclass(frozen=True, kw_only=True)
class CompositeAlarmsArgs:
    """What pages, and whom."""

    scope: Scope
    """Name space of the alarms' names."""
    topics: TopicsLink
    """Where they go: to the topic that pages."""
    incidents: Sequence[Incident]
    """What pages; one that silences another stands before it."""
    alarms: Mapping[str, pulumi.Resource] = field(default_factory=dict)
    """What makes each alarm, by its physical name: AWS refuses a rule that names one that is not there."""
    runbooks: str = RUNBOOKS
    """Where the runbooks are, a URL or a path, without a slash at its end."""


class CompositeAlarms(pulumi.ComponentResource):
    """One composite alarm an incident, named `<prefix>-<incident>`.

    Each waits for what its rule names, and for nothing else: else each of a hundred services would wait for the alarms
    of all.
    """

    made: Mapping[str, aws.cloudwatch.CompositeAlarm]
    """The composite alarms by their physical names."""

    def __init__(self, name: str, args: CompositeAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:observability:CompositeAlarms", name, None, opts)
        self._args = args
        made: dict[str, aws.cloudwatch.CompositeAlarm] = {}
        for incident in args.incidents:
            made[f"{args.scope.prefix}-{incident.name}"] = self._make_alarm(incident, {**args.alarms, **made})
        self.made = made
        self.register_outputs({"incidents": [incident.name for incident in args.incidents]})

    def _make_alarm(self, incident: Incident, before: Mapping[str, pulumi.Resource]) -> aws.cloudwatch.CompositeAlarm:
        args, prefix = self._args, self._args.scope.prefix
        topics = [args.topics.page_arn] if incident.tells else []
        suppressor = incident.suppressor
        named = [*names_in(incident.rule), *([f"{prefix}-{suppressor}"] if suppressor else [])]
        # Several alarms of a rule may be of one component.
        ready = dict.fromkeys(before[name] for name in named if name in before)
        return aws.cloudwatch.CompositeAlarm(
            incident.name,
            alarm_name=f"{prefix}-{incident.name}",
            alarm_description=description(incident.name, incident, args.runbooks),
            alarm_rule=incident.rule,
            alarm_actions=topics,
            ok_actions=topics,
            actions_suppressor=aws.cloudwatch.CompositeAlarmActionsSuppressorArgs(
                alarm=f"{prefix}-{suppressor}", wait_period=WAIT_SECONDS, extension_period=EXTENSION_SECONDS
            )
            if suppressor
            else None,
            tags={"Service": incident.service},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*ready]),
        )
