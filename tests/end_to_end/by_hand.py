"""What somebody does to an environment by hand, past the stack, and how it is undone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import boto3


@contextmanager
def bigger_database(aws: boto3.Session) -> Iterator[None]:
    """Another class, and more days of backups."""
    rds = aws.client("rds")
    [before] = rds.describe_db_instances()["DBInstances"]
    name, now = before["DBInstanceIdentifier"], {"ApplyImmediately": True}
    rds.modify_db_instance(DBInstanceIdentifier=name, DBInstanceClass="db.t4g.large", BackupRetentionPeriod=3, **now)
    try:
        yield
    finally:
        kept = {key: before[key] for key in ("DBInstanceClass", "BackupRetentionPeriod")}
        rds.modify_db_instance(DBInstanceIdentifier=name, **kept, **now)


@contextmanager
def sleeping_service(aws: boto3.Session) -> Iterator[None]:
    """What the evening's scheduled action does."""
    scaling = aws.client("application-autoscaling")
    actions = scaling.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"]
    evening = next(action for action in actions if action["ScalableTargetAction"].get("MaxCapacity") == 0)
    key = {name: evening[name] for name in ("ServiceNamespace", "ResourceId", "ScalableDimension")}
    targets = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[key["ResourceId"]])
    before = {name: targets["ScalableTargets"][0][name] for name in ("MinCapacity", "MaxCapacity")}
    scaling.register_scalable_target(**key, MinCapacity=0, MaxCapacity=0)
    try:
        yield
    finally:
        scaling.register_scalable_target(**key, **before)


@contextmanager
def wider_role(aws: boto3.Session) -> Iterator[None]:
    """A role that may do anything."""
    iam = aws.client("iam")
    role = next(
        role["RoleName"] for role in iam.list_roles()["Roles"] if role["RoleName"].startswith("report-schedule")
    )
    [name, *_] = iam.list_role_policies(RoleName=role)["PolicyNames"]
    before = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    first, *others = before["Statement"]
    wider = {**before, "Statement": [{**first, "Action": "*"}, *others]}
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(wider))
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(before))


@contextmanager
def lost_filter(aws: boto3.Session) -> Iterator[None]:
    """A metric filter less: an alarm that never goes off again."""
    logs = aws.client("logs")
    filters = logs.describe_metric_filters()["metricFilters"]
    before = next(one for one in filters if one["filterName"].endswith("worker-errors"))
    logs.delete_metric_filter(logGroupName=before["logGroupName"], filterName=before["filterName"])
    try:
        yield
    finally:
        wanted = ("logGroupName", "filterName", "filterPattern", "metricTransformations")
        logs.put_metric_filter(**{key: before[key] for key in wanted})


@contextmanager
def own_tags(aws: boto3.Session) -> Iterator[None]:
    """Another owner, and a tag that nobody asked for."""
    sns = aws.client("sns")
    topic = next(one["TopicArn"] for one in sns.list_topics()["Topics"] if one["TopicArn"].endswith("alarms-page"))
    before = [tag for tag in sns.list_tags_for_resource(ResourceArn=topic)["Tags"] if tag["Key"] == "Owner"]
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "Owner", "Value": "somebody"}, {"Key": "hand", "Value": "made"}])
    try:
        yield
    finally:
        sns.untag_resource(ResourceArn=topic, TagKeys=["hand"])
        sns.tag_resource(ResourceArn=topic, Tags=before)


@contextmanager
def rotated_secret(aws: boto3.Session) -> Iterator[None]:
    """A new value, as rotation puts it, with its notes."""
    secrets = aws.client("secretsmanager")
    name = "headroom/dev/service/api/SESSION_KEY"
    before = secrets.get_secret_value(SecretId=name)["SecretString"]
    secrets.put_secret_value(SecretId=name, SecretString="CANARY-by-hand-0123456789")
    secrets.tag_resource(SecretId=name, Tags=[{"Key": "rotation:phase", "Value": "settled"}])
    try:
        yield
    finally:
        secrets.untag_resource(SecretId=name, TagKeys=["rotation:phase"])
        secrets.put_secret_value(SecretId=name, SecretString=before)


@contextmanager
def open_port(aws: boto3.Session) -> Iterator[None]:
    """A rule beside the stack's own, through which everybody reaches the load balancer's machines."""
    ec2 = aws.client("ec2")
    groups = ec2.describe_security_groups()["SecurityGroups"]
    group = next(one["GroupId"] for one in groups if one["GroupName"].startswith("alb-"))
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    try:
        yield
    finally:
        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[rule])


@contextmanager
def own_policy(aws: boto3.Session) -> Iterator[None]:
    """A policy beside the stack's own, by which a service may do anything."""
    iam = aws.client("iam")
    role = next(role["RoleName"] for role in iam.list_roles()["Roles"] if role["RoleName"].startswith("api-task"))
    anything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [anything]})
    iam.put_role_policy(RoleName=role, PolicyName="by-hand", PolicyDocument=document)
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName="by-hand")


ALL = (bigger_database, sleeping_service, wider_role, lost_filter, own_tags, rotated_secret, open_port, own_policy)


@contextmanager
def changed_by_hand(aws: boto3.Session) -> Iterator[None]:
    """All of it in dev, for a while."""
    with ExitStack() as stack:
        for change in ALL:
            stack.enter_context(change(aws))
        yield
