"""What the provider refuses, how it says so, and what it answers besides resources."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator

import pytest

from offline.aws.values import UNKNOWN, Properties, Secret, plain
from tests.offline.aws.provider_harness import ACCOUNT, REGION, Aws, FailedError, Maker, Plugin

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
CANARY = "canary-value-5b1c"
NIGHTS = {"schedule": {"expression": "cron(0 20 * * *)", "duration": "PT11H", "timezone": "UTC"}}


@pytest.fixture
def started(environment: dict[str, str]) -> Iterator[object]:
    plugins: list[Plugin] = []

    def start(**changes: str) -> Plugin:
        plugins.append(Plugin({**environment, **changes}))
        return plugins[-1]

    yield start
    for plugin in plugins:
        plugin.close()


def test_an_endpoint_outside_loopback_is_refused(started) -> None:
    with pytest.raises(FailedError, match=r"AWS_ENDPOINT_URL is 'https://ec2\.eu-central-1\.amazonaws\.com'"):
        started(AWS_ENDPOINT_URL="https://ec2.eu-central-1.amazonaws.com").configure(region=REGION)


def test_a_missing_endpoint_is_refused(started) -> None:
    with pytest.raises(FailedError, match="AWS_ENDPOINT_URL is not set"):
        started(AWS_ENDPOINT_URL="").configure(region=REGION)


def test_credentials_that_the_emulated_aws_did_not_issue_are_refused(started) -> None:
    with pytest.raises(FailedError, match="AWS_SESSION_TOKEN is not one of them"):
        started(AWS_SESSION_TOKEN="FQoGZXIvYXdzEBYaD").configure(region=REGION)


def test_an_account_that_is_not_allowed_is_refused(started) -> None:
    with pytest.raises(FailedError, match=f"AWS account ID not allowed: {ACCOUNT}"):
        started().configure(region=REGION, allowedAccountIds=json.dumps(["222222222222"]))


def test_a_forbidden_account_is_refused(started) -> None:
    with pytest.raises(FailedError, match=f"AWS account ID not allowed: {ACCOUNT}"):
        started().configure(region=REGION, forbiddenAccountIds=json.dumps([ACCOUNT]))


def test_an_allowed_account_is_served(started) -> None:
    answer = started().configure(region=REGION, allowedAccountIds=json.dumps([ACCOUNT]))
    assert answer.acceptSecrets
    assert answer.supportsPreview


def test_default_tags_are_merged_under_the_resources_own(started, aws: Aws) -> None:
    plugin = started()
    plugin.configure(region=REGION, defaultTags=json.dumps({"tags": {"Project": "headroom", "Owner": "backend"}}))
    maker = Maker(plugin)
    vpc = maker(VPC, {"cidrBlock": "10.9.0.0/16", "tags": {"Owner": "network"}})
    assert vpc["tagsAll"] == {"Project": "headroom", "Owner": "network"}
    tags = aws("ec2").describe_vpcs(VpcIds=[vpc.id])["Vpcs"][0]["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == vpc["tagsAll"]
    maker.clean()


def test_tags_that_the_provider_ignores_are_nobodys_drift(started, aws: Aws) -> None:
    plugin = started()
    plugin.configure(region=REGION, ignoreTags=json.dumps({"keys": ["Scanned"], "keyPrefixes": ["team:"]}))
    maker = Maker(plugin)
    vpc = maker(VPC, {"cidrBlock": "10.9.0.0/16"})
    tags = [{"Key": key, "Value": "1"} for key in ("Scanned", "team:web", "Scan", "web:team:")]
    aws("ec2").create_tags(Resources=[vpc.id], Tags=tags)
    assert vpc.read()[1]["tags"] == {"Scan": "1", "web:team:": "1"}
    maker.clean()


def test_nothing_is_made_or_changed_of_values_that_are_not_known(plugin: Plugin) -> None:
    with pytest.raises(FailedError, match="the value of name is not known"):
        plugin.create(LOG_GROUP, {"name": UNKNOWN})
    with pytest.raises(FailedError, match="the value of retentionInDays is not known"):
        plugin.update(
            LOG_GROUP, "/one", {"name": "/one"}, {"name": "/one"}, {"name": "/one", "retentionInDays": UNKNOWN}
        )


def test_an_unknown_type_is_refused_by_name(plugin: Plugin) -> None:
    with pytest.raises(
        FailedError, match=re.escape("does not know aws:chime/voiceConnector:VoiceConnector; describe it")
    ):
        plugin.check("aws:chime/voiceConnector:VoiceConnector", {})


def test_an_unknown_property_suggests_the_nearest(plugin: Plugin) -> None:
    _, failures = plugin.check(VPC, {"cidrBlok": "10.0.0.0/16"})
    assert failures == [("cidrBlok", f"{VPC} has no property 'cidrBlok'; did you mean 'cidrBlock'?")]


def test_a_missing_property_is_named(plugin: Plugin) -> None:
    _, failures = plugin.check(SUBNET, {"cidrBlock": "10.0.0.0/24"})
    assert failures == [("vpcId", f"{SUBNET} needs the property 'vpcId'")]


def test_a_property_of_the_wrong_kind_is_told_without_its_value(plugin: Plugin) -> None:
    _, failures = plugin.check(LOG_GROUP, {"retentionInDays": Secret(CANARY)})
    assert failures == [("retentionInDays", f"{LOG_GROUP} takes a whole number for 'retentionInDays', not text")]


def test_properties_that_exclude_each_other_are_told(plugin: Plugin) -> None:
    _, failures = plugin.check(LOG_GROUP, {"name": "a", "namePrefix": "b"})
    assert failures == [("namePrefix", f"{LOG_GROUP} takes only one of 'name', 'namePrefix'")]


def test_one_of_several_properties_is_needed(plugin: Plugin) -> None:
    _, failures = plugin.check("aws:ec2/routeTableAssociation:RouteTableAssociation", {"routeTableId": "rtb-1"})
    reason = "aws:ec2/routeTableAssociation:RouteTableAssociation needs one of 'gatewayId', 'subnetId'"
    assert failures == [("gatewayId", reason)]


def test_a_property_that_the_sdk_knows_and_the_table_does_not_is_never_dropped(plugin: Plugin) -> None:
    token = "aws:s3/bucket:Bucket"
    _, failures = plugin.check(token, {"website": {"indexDocument": "index.html"}})
    assert failures[0][0] == "website"
    assert failures[0][1].startswith(
        f"{token} does not map 'website': leave it out offline, or add it to the type's table"
    )


def test_a_nested_property_that_aws_does_not_know_is_told_by_its_path(plugin: Plugin) -> None:
    token = "aws:ecs/cluster:Cluster"
    _, failures = plugin.check(token, {"settings": [{"name": "containerInsights", "valeu": "enabled"}]})
    assert failures == [("settings[0].valeu", "settings[0].valeu has no place in AWS's ClusterSetting")]


def test_unknown_values_pass_through_a_preview(plugin: Plugin) -> None:
    inputs = plugin.checked(SUBNET, {"vpcId": UNKNOWN, "cidrBlock": "10.0.0.0/24"})
    identifier, properties = plugin.create(SUBNET, inputs, preview=True)
    assert identifier == ""
    assert properties["vpcId"] is UNKNOWN
    assert properties["region"] == REGION
    assert "arn" not in properties  # missing is unknown to the SDK


def test_an_arn_that_follows_from_the_inputs_is_known_in_a_preview(plugin: Plugin) -> None:
    inputs = plugin.checked(LOG_GROUP, {"name": "/preview"})
    _, properties = plugin.create(LOG_GROUP, inputs, preview=True)
    assert properties["arn"] == f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/preview"


def test_a_name_is_made_once_and_kept(plugin: Plugin) -> None:
    first = plugin.checked(LOG_GROUP, {}, "api")
    assert re.fullmatch(r"api-[0-9a-f]{7}", first["name"])
    assert plugin.checked(LOG_GROUP, {}, "api", olds=first)["name"] == first["name"]


@pytest.mark.parametrize(
    ("token", "inputs", "property_", "pattern"),
    [
        ("aws:lb/targetGroup:TargetGroup", {"vpcId": "vpc-1"}, "name", r"a{24}-[0-9a-f]{7}"),
        ("aws:kms/alias:Alias", {"targetKeyId": "k"}, "name", r"alias/A{40}-[0-9a-f]{7}"),
        ("aws:s3/bucket:Bucket", {}, "bucket", r"a{40}-[0-9a-f]{7}"),
    ],
)
def test_made_names_fit_what_aws_takes(plugin: Plugin, token: str, inputs, property_: str, pattern: str) -> None:
    name = "A" * 40 if "alias" in pattern or "bucket" in property_ else "a" * 40
    assert re.fullmatch(pattern, plugin.checked(token, inputs, name)[property_])


def test_aws_refusals_name_resource_operation_code_and_message(plugin: Plugin) -> None:
    inputs = plugin.checked(SUBNET, {"vpcId": "vpc-missing", "cidrBlock": "10.0.0.0/24"}, "private-a")
    expected = f"{SUBNET} private-a: CreateSubnet: InvalidVpcID.NotFound: VpcID vpc-missing does not exist."
    with pytest.raises(FailedError, match=re.escape(expected)):
        plugin.create(SUBNET, inputs, "private-a")


def test_no_secret_stands_in_an_error(plugin: Plugin, aws: Aws) -> None:
    token = "aws:secretsmanager/secretVersion:SecretVersion"
    inputs = plugin.checked(token, {"secretId": CANARY, "secretString": Secret(CANARY)})
    with pytest.raises(FailedError) as caught:
        plugin.create(token, inputs)
    assert CANARY not in str(caught.value)


def test_a_resource_that_is_half_made_is_kept(plugin: Plugin, aws: Aws) -> None:
    """The role is made, and then its policy is refused: the next run goes on with the role."""
    token, trust = "aws:iam/role:Role", json.dumps({"Version": "2012-10-17", "Statement": []})
    missing = "arn:aws:iam::aws:policy/Missing"
    inputs = plugin.checked(token, {"name": "half", "assumeRolePolicy": trust, "managedPolicyArns": [missing]})
    with pytest.raises(FailedError, match="AttachRolePolicy: NoSuchEntity") as caught:
        plugin.create(token, inputs, "half")
    assert caught.value.partial is not None
    assert caught.value.partial.id == "half"
    assert dict(caught.value.partial.properties)["arn"] == f"arn:aws:iam::{ACCOUNT}:role/half"
    assert aws("iam").get_role(RoleName="half")["Role"]["RoleName"] == "half"
    plugin.delete(token, "half", {"name": "half"})


def test_a_create_sent_again_with_its_token_makes_nothing_new(plugin: Plugin, aws: Aws) -> None:
    inputs = plugin.checked(VPC, {"cidrBlock": "10.77.0.0/16"})
    first, _ = plugin.create(VPC, inputs, operation="token-one")
    again, _ = plugin.create(VPC, inputs, operation="token-one")
    other, _ = plugin.create(VPC, inputs, operation="token-two")
    assert first == again != other
    filters = [{"Name": "cidr", "Values": ["10.77.0.0/16"]}]
    assert len(aws("ec2").describe_vpcs(Filters=filters)["Vpcs"]) == 2
    for identifier in (first, other):
        plugin.delete(VPC, identifier, {})


def test_deleting_what_is_gone_succeeds_and_reading_it_answers_nothing(plugin: Plugin) -> None:
    plugin.delete(VPC, "vpc-0123456789", {})
    assert plugin.read(VPC, "vpc-0123456789", {}, {})[0] == ""


def test_drift_is_found(plugin: Plugin, make: Maker, aws: Aws) -> None:
    group = make(LOG_GROUP, {"name": "/drift", "retentionInDays": 7, "tags": {"Name": "drift"}})
    aws("logs").put_retention_policy(logGroupName="/drift", retentionInDays=30)
    aws("logs").tag_resource(resourceArn=group["arn"], tags={"Name": "other"})
    _, inputs, properties = group.read()
    assert inputs["retentionInDays"] == properties["retentionInDays"] == 30
    assert properties["tagsAll"] == {"Name": "other"}
    assert set(plugin.diff(LOG_GROUP, inputs, group.inputs).diffs) == {"retentionInDays", "tags"}


def test_another_description_of_a_rule_is_drift(make: Maker, aws: Aws) -> None:
    vpc = make(VPC, {"cidrBlock": "10.93.0.0/16"})
    group = make("aws:ec2/securityGroup:SecurityGroup", {"vpcId": vpc.id, "description": "drift"})
    asked = {"securityGroupId": group.id, "ipProtocol": "tcp", "fromPort": 80, "toPort": 80, "description": "ours"}
    rule = make("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", {**asked, "cidrIpv4": "192.0.2.0/24"})
    theirs = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIpv4": "192.0.2.0/24", "Description": "theirs"}
    aws("ec2").modify_security_group_rules(
        GroupId=group.id, SecurityGroupRules=[{"SecurityGroupRuleId": rule.id, "SecurityGroupRule": theirs}]
    )
    assert rule.read()[1]["description"] == "theirs"


def test_an_imported_resource_brings_its_inputs(plugin: Plugin, make: Maker) -> None:
    make(LOG_GROUP, {"name": "/import", "retentionInDays": 7, "tags": {"Name": "import"}})
    _, inputs, _ = plugin.read(LOG_GROUP, "/import", {}, {})
    assert inputs["name"] == "/import"
    assert inputs["retentionInDays"] == 7
    assert inputs["tags"] == {"Name": "import"}


def test_a_resource_of_another_region_is_made_there(make: Maker, aws: Aws) -> None:
    group = make(LOG_GROUP, {"name": "/elsewhere", "region": "us-east-1"})
    assert group["arn"].startswith("arn:aws:logs:us-east-1:")
    named = aws("logs", "us-east-1").describe_log_groups(logGroupNamePrefix="/elsewhere")["logGroups"]
    assert len(named) == 1


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (LOG_GROUP, {"name": "/again"}),
        ("aws:s3/bucket:Bucket", {"bucket": "made-again"}),
        ("aws:scheduler/scheduleGroup:ScheduleGroup", {"name": "again"}),
        ("aws:elasticache/parameterGroup:ParameterGroup", {"name": "again", "family": "valkey8"}),
        ("aws:cloudwatch/alarmMuteRule:AlarmMuteRule", {"name": "again", "rule": NIGHTS}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_made_anew_has_no_tags_of_what_had_its_name(make: Maker, token: str, inputs: Properties) -> None:
    make(token, {**inputs, "tags": {"Name": "before"}}).delete()
    made = make(token, inputs)
    assert "tags" not in made.read()[1]
    made.update(tags={"Name": "after"})
    assert made.read()[1]["tags"] == {"Name": "after"}


def test_a_secret_input_is_a_secret_output(plugin: Plugin, make: Maker) -> None:
    made = make("aws:ssm/parameter:Parameter", {"name": "/secret", "type": "SecureString", "value": CANARY})
    assert made.state["value"] == Secret(CANARY)


def test_invokes_answer(plugin: Plugin) -> None:
    identity = plugin.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})
    assert identity["accountId"] == ACCOUNT
    assert plugin.invoke("aws:index/getRegion:getRegion", {})["region"] == REGION
    assert plugin.invoke("aws:index/getPartition:getPartition", {})["partition"] == "aws"
    zones = plugin.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", {"state": "available"})
    assert zones["names"] == [f"{REGION}{letter}" for letter in "abc"]


def test_a_policy_document_is_written_as_aws_writes_it(plugin: Plugin) -> None:
    statement = {"actions": ["s3:GetObject"], "resources": ["*"], "principals": [{"type": "AWS", "identifiers": ["1"]}]}
    answer = plugin.invoke("aws:iam/getPolicyDocument:getPolicyDocument", {"statements": [statement]})
    expected = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Principal": {"AWS": "1"}}
    assert json.loads(answer["json"])["Statement"] == [expected]


def test_a_random_password_is_secret_and_new_each_time(plugin: Plugin) -> None:
    token = "aws:secretsmanager/getRandomPassword:getRandomPassword"
    one, other = (plugin.invoke(token, {"passwordLength": 40, "excludePunctuation": True}) for _ in range(2))
    assert isinstance(one["randomPassword"], Secret)
    assert len(plain(one["randomPassword"])) == 40
    assert one["randomPassword"] != other["randomPassword"]


def test_an_unknown_function_is_refused_by_name(plugin: Plugin) -> None:
    with pytest.raises(FailedError, match="has no answer for aws:ec2/getAmi:getAmi; known: aws:"):
        plugin.invoke("aws:ec2/getAmi:getAmi", {})


def test_the_plugin_starts_from_its_executable(environment: dict[str, str]) -> None:
    from offline import cloud

    executable = cloud.ROOT / "offline" / "plugins" / "pulumi-resource-aws"
    process = subprocess.Popen([executable, "127.0.0.1:1"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().strip().isdigit()
    process.terminate()
    process.wait(timeout=60)
    process.stdout.close()
