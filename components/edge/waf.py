"""A web ACL of AWS WAF: managed rules, limits, and a log of what it refuses."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.access import Scope, document
from components.constraints import log_retention_problems, require
from components.edge.waf_constraints import protection_problems
from components.edge.waf_rules import RESPONSES, Protection, rules, visibility
from components.links import KeyLink, WebAclLink

GLOBAL_REGION = "us-east-1"
"""Where everything of CloudFront's lives: its web ACL, that one's log group, metrics and alarms."""

SECRET_HEADERS = ("authorization", "cookie")
"""Headers whose values never stand in a log."""


@dataclass(frozen=True, kw_only=True)
class WebAclArgs:
    """What a web ACL does, and before what it stands."""

    scope: Scope
    """Account, region and name space of the log group's name."""
    protection: Protection
    """Rules and limits, counted or blocked."""
    protects: pulumi.Input[str] | None
    """ARN of the load balancer that it stands before. None makes one for CloudFront, in us-east-1: a distribution takes
    it by the ARN in the link."""
    key: KeyLink | None
    """Key that encrypts the log group, of the region of the web ACL."""
    log_retention_days: int
    """Retention of the log group, in days."""

    def __post_init__(self) -> None:
        require([*protection_problems(self.protection), *log_retention_problems(self.log_retention_days)])
        if self.protection.mode == "off":
            raise ValueError("mode is off: make no web ACL instead")


class WebAcl(pulumi.ComponentResource):
    """A web ACL, its log, and its place before a load balancer.

    Requests that no rule refuses pass. The log holds what was refused or counted, never what simply passed, and no
    values of headers that hold secrets.
    """

    link: WebAclLink
    """What a distribution and alarms need."""
    log_group: str
    """Name of the log group."""

    def __init__(self, name: str, args: WebAclArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:edge:WebAcl", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._region = GLOBAL_REGION if args.protects is None else None
        metric = f"{args.scope.prefix}-{name}"
        bodies = [
            aws.wafv2.WebAclCustomResponseBodyArgs(key=key, content=content, content_type="APPLICATION_JSON")
            for key, content in RESPONSES.items()
        ]
        # The rules are plain data in the SDK's own names: its classes for them would be the same, ten times as long.
        made: Sequence[Any] = rules(args.protection)
        watched: Any = visibility(metric)
        acl = aws.wafv2.WebAcl(
            name,
            scope="CLOUDFRONT" if args.protects is None else "REGIONAL",
            description=f"{args.scope.prefix}: limits and managed rules, {args.protection.mode}",
            default_action=aws.wafv2.WebAclDefaultActionArgs(allow=aws.wafv2.WebAclDefaultActionAllowArgs()),
            rules=made,
            custom_response_bodies=bodies,
            visibility_config=watched,
            region=self._region,
            opts=self._child,
        )
        if args.protects is not None:
            # AWS takes an association away by the load balancer's ARN alone: deleting the old one after the new one
            # stands would leave nothing before the load balancer.
            once = pulumi.ResourceOptions(parent=self, delete_before_replace=True)
            aws.wafv2.WebAclAssociation(
                name, resource_arn=args.protects, web_acl_arn=acl.arn, region=self._region, opts=once
            )
        self.log_group = f"aws-waf-logs-{args.scope.prefix}-{name}"
        self._make_log(acl)
        region = args.scope.region if args.protects is not None else None
        self.link = WebAclLink(arn=acl.arn, metric=metric, region=region)
        self.register_outputs({"arn": acl.arn, "logGroup": self.log_group})

    def _make_log(self, acl: aws.wafv2.WebAcl) -> None:
        """AWS takes log groups of this prefix only (AWS WAF, logging-cw-logs.html)."""
        args, child = self._args, self._child
        group = aws.cloudwatch.LogGroup(
            self._name,
            name=self.log_group,
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key.arn if args.key is not None else None,
            region=self._region,
            opts=child,
        )
        policy = aws.cloudwatch.LogResourcePolicy(
            self._name,
            policy_name=self.log_group,
            policy_document=json.dumps(may_deliver(args.scope, self._region, self.log_group)),
            region=self._region,
            opts=child,
        )
        key_header = [args.protection.api_key_header] if args.protection.api_key_header else []
        aws.wafv2.WebAclLoggingConfiguration(
            self._name,
            resource_arn=acl.arn,
            log_destination_configs=[group.arn],
            logging_filter=unless_it_passed(),
            redacted_fields=[
                aws.wafv2.WebAclLoggingConfigurationRedactedFieldArgs(
                    single_header=aws.wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs(name=header)
                )
                for header in (*SECRET_HEADERS, *key_header)
            ],
            region=self._region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )


def unless_it_passed() -> aws.wafv2.WebAclLoggingConfigurationLoggingFilterArgs:
    """Keeps what a rule refused or counted. Every request that passes would cost more than it tells."""
    conditions = [
        aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionArgs(
            action_condition=aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionActionConditionArgs(
                action=action
            )
        )
        for action in ("BLOCK", "COUNT", "EXCLUDED_AS_COUNT")
    ]
    keep = aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterArgs(
        behavior="KEEP", requirement="MEETS_ANY", conditions=conditions
    )
    return aws.wafv2.WebAclLoggingConfigurationLoggingFilterArgs(default_behavior="DROP", filters=[keep])


def may_deliver(scope: Scope, region: str | None, log_group: str) -> dict[str, Any]:
    """AWS's log delivery may write into the log group, for this account only (AWS WAF, logging-cw-logs.html)."""
    where = region or scope.region
    group = f"arn:{scope.partition}:logs:{where}:{scope.account}:log-group:{log_group}:*"
    return document(
        [
            {
                "Sid": "LogDeliveryMayWrite",
                "Effect": "Allow",
                "Principal": {"Service": "delivery.logs.amazonaws.com"},
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": [group],
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": scope.account},
                    "ArnLike": {"aws:SourceArn": f"arn:{scope.partition}:logs:{where}:{scope.account}:*"},
                },
            }
        ]
    )
