"""Registers as many resources as its stack asks for, of every kind in turn, and does nothing else."""

import json
from collections.abc import Callable

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
options = pulumi.ResourceOptions(
    provider=aws.Provider(
        "aws",
        region=pulumi.Config("aws").require("region"),
        allowed_account_ids=[config.require("account")],
        default_tags={"tags": {"Project": "bare"}},
    )
)
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
VPC = aws.ec2.Vpc("shared", cidr_block="10.0.0.0/16", opts=options)


def alarm(name: str) -> aws.cloudwatch.MetricAlarm:
    """An alarm on a queue."""
    return aws.cloudwatch.MetricAlarm(
        name,
        namespace="AWS/SQS",
        metric_name="ApproximateAgeOfOldestMessage",
        statistic="Maximum",
        period=60,
        evaluation_periods=5,
        threshold=900,
        comparison_operator="GreaterThanThreshold",
        treat_missing_data="notBreaching",
        opts=options,
    )


def secret(name: str) -> aws.secretsmanager.SecretVersion:
    """A secret with a value."""
    made = aws.secretsmanager.Secret(name, recovery_window_in_days=0, opts=options)
    return aws.secretsmanager.SecretVersion(name, secret_id=made.id, secret_string="changed by nobody", opts=options)


def parameters(name: str) -> aws.rds.ParameterGroup:
    """Parameters of a database."""
    found = [aws.rds.ParameterGroupParameterArgs(name="log_min_duration_statement", value="500")]
    return aws.rds.ParameterGroup(name, family="postgres17", parameters=found, opts=options)


KINDS: tuple[Callable[[str], pulumi.Resource], ...] = (
    lambda name: aws.cloudwatch.LogGroup(name, retention_in_days=7, opts=options),
    lambda name: aws.iam.Role(name, assume_role_policy=json.dumps(TRUST), opts=options),
    lambda name: aws.sqs.Queue(name, sqs_managed_sse_enabled=True, opts=options),
    lambda name: aws.sns.Topic(name, opts=options),
    lambda name: aws.s3.Bucket(name, opts=options),
    lambda name: aws.kms.Key(name, description=name, deletion_window_in_days=7, opts=options),
    lambda name: aws.ec2.SecurityGroup(name, vpc_id=VPC.id, description=name, opts=options),
    lambda name: aws.ssm.Parameter(name, type="String", value=name, opts=options),
    alarm,
    secret,
    parameters,
)

for number in range(config.require_int("count")):
    KINDS[number % len(KINDS)](f"plain-{number}")
