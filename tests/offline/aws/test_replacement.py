"""Which changes make a new resource: for types that hold data, every one of them by name."""

from __future__ import annotations

import json

import pytest

from offline.aws import mapping, types
from offline.aws.values import Properties
from tests.offline.aws.provider_harness import FailedError, Plugin
from tests.offline.aws.provider_steps import REPLACEMENTS

REPLACING: dict[str, dict[str, object]] = {
    "aws:rds/instance:Instance": {
        "availabilityZone": "eu-central-1c",
        "backupTarget": "region",
        "characterSetName": "UTF8",
        "customIamInstanceProfile": "AWSRDSCustom",
        "dbName": "other",
        "engine": "mysql",
        "kmsKeyId": "arn:aws:kms:eu-central-1:111111111111:key/other",
        "ncharCharacterSetName": "UTF8",
        "restoreToPointInTime": {"useLatestRestorableTime": True},
        "s3Import": {"bucketName": "backups"},
        "snapshotIdentifier": "other",
        "storageEncrypted": True,
        "timezone": "Europe/Berlin",
        "username": "other",
        "replicateSourceDb": "other",
    },
    "aws:rds/cluster:Cluster": {
        "availabilityZones": ["eu-central-1c"],
        "clusterIdentifier": "other",
        "clusterIdentifierPrefix": "other",
        "databaseName": "other",
        "dbSubnetGroupName": "other",
        "dbSystemId": "other",
        "engine": "aurora-mysql",
        "engineMode": "serverless",
        "kmsKeyId": "arn:aws:kms:eu-central-1:111111111111:key/other",
        "masterUsername": "other",
        "restoreToPointInTime": {"useLatestRestorableTime": True},
        "s3Import": {"bucketName": "backups"},
        "snapshotIdentifier": "other",
        "sourceRegion": "eu-west-1",
        "storageEncrypted": True,
    },
    "aws:elasticache/replicationGroup:ReplicationGroup": {
        "atRestEncryptionEnabled": True,
        "dataTieringEnabled": True,
        "globalReplicationGroupId": "other",
        "kmsKeyId": "arn:aws:kms:eu-central-1:111111111111:key/other",
        "networkType": "ipv6",
        "nodeGroupConfigurations": [{"primaryAvailabilityZone": "eu-central-1b"}],
        "port": 6380,
        "replicationGroupId": "other",
        "securityGroupNames": ["other"],
        "snapshotArns": ["arn:aws:s3:::backups/cache.rdb"],
        "snapshotName": "other",
        "subnetGroupName": "other",
        "engine": "redis",
        "engineVersion": "7.2",
    },
    "aws:kms/key:Key": {
        "customKeyStoreId": "other",
        "customerMasterKeySpec": "RSA_2048",
        "keyUsage": "SIGN_VERIFY",
        "multiRegion": True,
        "xksKeyId": "other",
    },
    "aws:secretsmanager/secret:Secret": {"name": "other", "namePrefix": "other"},
    "aws:s3/bucket:Bucket": {"bucket": "other", "bucketPrefix": "other", "objectLockEnabled": True},
    "aws:cloudwatch/logGroup:LogGroup": {"name": "other", "namePrefix": "other", "logGroupClass": "INFREQUENT_ACCESS"},
    "aws:rds/clusterInstance:ClusterInstance": {
        "availabilityZone": "eu-central-1c",
        "clusterIdentifier": "other",
        "customIamInstanceProfile": "AWSRDSCustom",
        "dbSubnetGroupName": "other",
        "engine": "aurora-mysql",
        "identifier": "other",
        "identifierPrefix": "other",
    },
    "aws:elasticache/serverlessCache:ServerlessCache": {
        "kmsKeyId": "arn:aws:kms:eu-central-1:111111111111:key/other",
        "engine": "memcached",
        "majorEngineVersion": "7",
        "name": "other",
        "networkType": "ipv6",
        "snapshotArnsToRestores": ["arn:aws:elasticache:eu-central-1:111111111111:serverlesssnapshot:other"],
        "subnetIds": ["subnet-other"],
    },
    "aws:elasticache/user:User": {"userId": "other", "userName": "other"},
    "aws:secretsmanager/secretVersion:SecretVersion": {
        "secretBinary": "b3RoZXI=",
        "secretId": "other",
        "secretString": "other",
    },
    "aws:ssm/parameter:Parameter": {"name": "other"},
    "aws:sqs/queue:Queue": {"fifoQueue": True, "name": "other", "namePrefix": "other"},
    "aws:sns/topic:Topic": {"fifoTopic": True, "name": "other", "namePrefix": "other"},
    "aws:ecr/repository:Repository": {"encryptionConfigurations": [{"encryptionType": "KMS"}], "name": "other"},
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": {"policy": '{"rules": []}', "repository": "other"},
    "aws:route53/zone:Zone": {"delegationSetId": "N0OTHER", "name": "other.example.com"},
    "aws:ecs/service:Service": {
        "cluster": "other",
        "deploymentController": {"type": "CODE_DEPLOY"},
        "iamRole": "other",
        "launchType": "EC2",
        "name": "other",
        "schedulingStrategy": "DAEMON",
    },
    "aws:eks/cluster:Cluster": {
        "bootstrapSelfManagedAddons": False,
        "name": "other",
        "outpostConfig": {"controlPlaneInstanceType": "m5.large", "outpostArns": ["arn:aws:outposts:::outpost/op-1"]},
        "roleArn": "arn:aws:iam::111111111111:role/other",
    },
}
"""As the schema code of the Terraform AWS provider has it (ForceNew, CustomizeDiff). Source:
github.com/hashicorp/terraform-provider-aws/tree/main/internal/service (of serverless caches
elasticache/serverless_cache.go: RequiresReplace and RequiresReplaceIf); nested ones have a test of their own."""
BASES: dict[str, Properties] = {
    "aws:rds/instance:Instance": {"instanceClass": "db.t4g.small", "engine": "postgres", "username": "headroom"},
    "aws:rds/cluster:Cluster": {"engine": "aurora-postgresql", "masterUsername": "headroom"},
    "aws:elasticache/replicationGroup:ReplicationGroup": {
        "description": "one",
        "engine": "valkey",
        "engineVersion": "8.1",
        "nodeType": "cache.t4g.small",
    },
    "aws:kms/key:Key": {"description": "one"},
    "aws:secretsmanager/secret:Secret": {"name": "one"},
    "aws:s3/bucket:Bucket": {"bucket": "one"},
    "aws:cloudwatch/logGroup:LogGroup": {"name": "one"},
    "aws:rds/clusterInstance:ClusterInstance": {
        "clusterIdentifier": "one",
        "engine": "aurora-postgresql",
        "instanceClass": "db.r8g.large",
    },
    "aws:elasticache/serverlessCache:ServerlessCache": {"engine": "valkey", "majorEngineVersion": "8", "name": "one"},
    "aws:elasticache/user:User": {
        "accessString": "on ~* +@all",
        "engine": "valkey",
        "userId": "one",
        "userName": "one",
    },
    "aws:secretsmanager/secretVersion:SecretVersion": {"secretId": "one", "secretString": "one"},
    "aws:ssm/parameter:Parameter": {"name": "one", "type": "String", "value": "one"},
    "aws:sqs/queue:Queue": {"name": "one"},
    "aws:sns/topic:Topic": {"name": "one"},
    "aws:ecr/repository:Repository": {"name": "one"},
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": {"policy": "{}", "repository": "one"},
    "aws:route53/zone:Zone": {"name": "one.example.com"},
    "aws:ecs/service:Service": {"cluster": "one", "desiredCount": 2, "name": "one", "taskDefinition": "api:1"},
    "aws:eks/cluster:Cluster": {
        "bootstrapSelfManagedAddons": True,
        "name": "one",
        "roleArn": "arn:aws:iam::111111111111:role/one",
        "version": "1.36",
        "vpcConfig": {"subnetIds": ["subnet-1"]},
    },
}
BY_RULE = {
    "aws:rds/instance:Instance": {"replicateSourceDb"},
    "aws:elasticache/replicationGroup:ReplicationGroup": {"engine", "engineVersion"},
    "aws:elasticache/serverlessCache:ServerlessCache": {"engine", "majorEngineVersion"},
}
"""What replaces for some values only."""


@pytest.mark.parametrize(
    ("token", "name", "value"),
    [(token, name, value) for token, changes in REPLACING.items() for name, value in changes.items()],
)
def test_a_change_of_what_cannot_change_replaces(plugin: Plugin, token: str, name: str, value: object) -> None:
    answer = plugin.diff(token, BASES[token], {**BASES[token], name: value})
    assert list(answer.replaces) == [name]
    assert all(kind.kind in (1, 3, 5) for kind in answer.detailedDiff.values())  # ..._REPLACE


NESTED: tuple[tuple[str, Properties, str, object], ...] = (
    ("aws:eks/cluster:Cluster", {"ipFamily": "ipv4"}, "kubernetesNetworkConfig.ipFamily", "ipv6"),
    ("aws:eks/cluster:Cluster", {"serviceIpv4Cidr": "1"}, "kubernetesNetworkConfig.serviceIpv4Cidr", "2"),
    (
        "aws:eks/cluster:Cluster",
        {"bootstrapClusterCreatorAdminPermissions": True},
        "accessConfig.bootstrapClusterCreatorAdminPermissions",
        False,
    ),
)
UNMAPPED = {("aws:s3/bucket:Bucket", "objectLockConfiguration.objectLockEnabled")}
"""Refused before anything is compared: the table carries `objectLockEnabled` of the bucket itself."""


@pytest.mark.parametrize(("token", "block", "path", "value"), NESTED, ids=lambda value: str(value)[:60])
def test_a_member_of_a_block_that_cannot_change_replaces(
    plugin: Plugin, token: str, block: Properties, path: str, value: object
) -> None:
    outer, _, inner = path.partition(".")
    olds, news = ({**BASES[token], outer: {**block, **change}} for change in ({}, {inner: value}))
    answer = plugin.diff(token, olds, news)
    assert list(answer.replaces) == [path]


def test_every_member_that_replaces_is_named_above() -> None:
    tables = [(token, types.find(token)) for token in REPLACING]
    found = {(token, name) for token, kind in tables if kind for name in kind.replace if "." in name}
    assert found == {(token, path) for token, _, path, _ in NESTED} | UNMAPPED


@pytest.mark.parametrize("token", REPLACING)
def test_what_holds_data_is_replaced_for_real(token: str) -> None:
    """`test_a_type_lives_its_whole_life` makes the new one as the plan says: beside the old one, or after it."""
    assert token in REPLACEMENTS


@pytest.mark.parametrize("token", REPLACING)
def test_the_list_above_is_the_tables(token: str) -> None:
    kind = types.find(token)
    assert kind is not None
    by_rule = BY_RULE.get(token, set())
    nested = {name for name in kind.replace if "." in name}
    unmade = {"type"} if token.endswith(":Secret") else set()
    assert set(REPLACING[token]) == (set(kind.replace) - nested - unmade) | by_rule


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("instanceClass", "db.m7g.large"),
        ("allocatedStorage", 100),
        ("backupRetentionPeriod", 30),
        ("multiAz", True),
        ("engineVersion", "17.7"),
        ("deletionProtection", True),
        ("monitoringInterval", 60),
        ("performanceInsightsEnabled", True),
        ("identifier", "other"),
        ("password", "other"),
        ("parameterGroupName", "other"),
        ("vpcSecurityGroupIds", ["sg-2"]),
    ],
)
def test_a_database_changes_these_in_place(plugin: Plugin, name: str, value: object) -> None:
    token = "aws:rds/instance:Instance"
    answer = plugin.diff(token, BASES[token], {**BASES[token], name: value})
    assert list(answer.diffs) == [name]
    assert list(answer.replaces) == []


SOMETIMES: tuple[tuple[str, Properties, str, object, object, bool], ...] = (
    ("aws:rds/cluster:Cluster", {"engine": "aurora-mysql"}, "storageType", "aurora", "aurora-iopt1", False),
    ("aws:rds/cluster:Cluster", {"engine": "postgres"}, "storageType", "io1", "gp3", True),
    ("aws:ssm/parameter:Parameter", {"name": "one", "value": "1"}, "tier", "Standard", "Advanced", False),
    ("aws:ssm/parameter:Parameter", {"name": "one", "value": "1"}, "tier", "Advanced", "Standard", True),
    ("aws:elasticache/replicationGroup:ReplicationGroup", {"engineVersion": "7.1"}, "transitEncryptionEnabled", False,
     True, False),
    ("aws:elasticache/replicationGroup:ReplicationGroup", {"engineVersion": "6.2"}, "transitEncryptionEnabled", False,
     True, True),
    ("aws:elasticache/replicationGroup:ReplicationGroup", {}, "engineVersion", "7.0", "7.1", False),
    ("aws:elasticache/replicationGroup:ReplicationGroup", {}, "engine", "redis", "valkey", False),
    ("aws:eks/cluster:Cluster", {"name": "one"}, "remoteNetworkConfig", None,
     {"remoteNodeNetworks": {"cidrs": ["10.80.0.0/16"]}}, False),
    ("aws:eks/cluster:Cluster", {"name": "one"}, "encryptionConfig", None, {"resources": ["secrets"]}, False),
    ("aws:eks/cluster:Cluster", {"name": "one"}, "encryptionConfig", {"resources": ["secrets"]}, None, True),
    ("aws:elasticache/user:User", {"userId": "one", "userName": "one"}, "engine", "redis", "valkey", False),
    ("aws:ecs/service:Service", {"cluster": "one", "name": "one"}, "capacityProviderStrategies", None,
     [{"capacityProvider": "FARGATE_SPOT"}], True),
    ("aws:ecs/service:Service", {"cluster": "one", "name": "one", "forceNewDeployment": True},
     "capacityProviderStrategies", None, [{"capacityProvider": "FARGATE_SPOT"}], False),
)  # fmt: skip
"""What replaces by its old and new value, or by another property: (type, the rest, property, old, new, whether)."""


@pytest.mark.parametrize(("token", "base", "name", "old", "new", "replaces"), SOMETIMES)
def test_some_changes_replace_by_what_they_lead_from_and_to(
    plugin: Plugin, token: str, base: Properties, name: str, old: object, new: object, replaces: bool
) -> None:
    olds, news = ({**base, **({} if value is None else {name: value})} for value in (old, new))
    answer = plugin.diff(token, olds, news)
    assert list(answer.diffs) == [name]
    assert list(answer.replaces) == ([name] if replaces else [])


def test_a_record_of_another_type_in_cloud_map_is_another_service(plugin: Plugin) -> None:
    token = "aws:servicediscovery/service:Service"
    olds, news = ({"name": "one", "dnsConfig": {"dnsRecords": [{"type": kind, "ttl": 9}]}} for kind in ("A", "SRV"))
    assert list(plugin.diff(token, olds, news).replaces) == ["dnsConfig.dnsRecords[0].type"]


def test_a_replica_is_promoted_in_place(plugin: Plugin) -> None:
    token = "aws:rds/instance:Instance"
    base = {"instanceClass": "db.t4g.small"}
    answer = plugin.diff(token, {**base, "replicateSourceDb": "main"}, base)
    assert list(answer.diffs) == ["replicateSourceDb"]
    assert list(answer.replaces) == []


def test_a_change_that_the_table_does_not_know_is_never_a_silent_update(plugin: Plugin) -> None:
    with pytest.raises(FailedError, match="whether a change of 'website' updates or replaces is unknown"):
        plugin.diff("aws:s3/bucket:Bucket", {"bucket": "one"}, {"bucket": "one", "website": {"indexDocument": "a"}})


def test_a_fixed_name_is_freed_before_it_is_taken_again(plugin: Plugin) -> None:
    token = "aws:lb/targetGroup:TargetGroup"
    fixed = plugin.diff(token, {"name": "api", "port": 80}, {"name": "api", "port": 81})
    made = {"name": "api-0a1b2c3", "__defaults": ["name"]}
    autonamed = plugin.diff(token, {**made, "port": 80}, {**made, "port": 81})
    assert fixed.deleteBeforeReplace
    assert not autonamed.deleteBeforeReplace


def test_what_is_put_over_what_is_there_is_deleted_first(plugin: Plugin) -> None:
    """As pulumi-aws has it. Source: github.com/pulumi/pulumi-aws/blob/master/provider/resources.go
    (DeleteBeforeReplace)"""
    told = {kind.token for kind in types.everything() if kind.delete_first}
    assert told == {"aws:ecr/lifecyclePolicy:LifecyclePolicy", "aws:iam/rolePolicyAttachment:RolePolicyAttachment"}
    old = {"role": "one", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    answer = plugin.diff("aws:iam/rolePolicyAttachment:RolePolicyAttachment", old, {**old, "role": "other"})
    assert answer.deleteBeforeReplace


def test_a_route_moves_to_another_table_by_replacement(plugin: Plugin) -> None:
    token = "aws:ec2/route:Route"
    base = {"destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}
    elsewhere = plugin.diff(token, {**base, "routeTableId": "rtb-1"}, {**base, "routeTableId": "rtb-2"})
    assert list(elsewhere.replaces) == ["routeTableId"]
    assert not elsewhere.deleteBeforeReplace


def test_a_subnet_changes_its_route_table_in_place(plugin: Plugin) -> None:
    token = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    answer = plugin.diff(token, {"routeTableId": "rtb-1", "subnetId": "s"}, {"routeTableId": "rtb-2", "subnetId": "s"})
    assert list(answer.diffs) == ["routeTableId"]
    assert not answer.replaces


def test_another_region_replaces(plugin: Plugin) -> None:
    state = {"name": "one", "region": "us-east-1"}
    answer = plugin.diff("aws:cloudwatch/logGroup:LogGroup", {"name": "one"}, {"name": "one"}, state)
    assert list(answer.replaces) == ["region"]


def test_policies_are_compared_by_meaning(plugin: Plugin) -> None:
    token = "aws:iam/rolePolicy:RolePolicy"
    one = {"Statement": [{"Action": ["a", "b"], "Effect": "Allow", "Resource": ["*"]}], "Version": "2012-10-17"}
    other = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["b", "a"], "Resource": "*"}}
    base = {"role": "r", "name": "n"}
    same = plugin.diff(token, {**base, "policy": json.dumps(one)}, {**base, "policy": json.dumps(other)})
    assert not same.detailedDiff


def test_sets_are_compared_as_sets(plugin: Plugin) -> None:
    token = "aws:rds/subnetGroup:SubnetGroup"
    base = {"name": "one"}
    same = plugin.diff(token, {**base, "subnetIds": ["a", "b"]}, {**base, "subnetIds": ["b", "a"]})
    more = plugin.diff(token, {**base, "subnetIds": ["a", "b"]}, {**base, "subnetIds": ["c", "b", "a"]})
    assert not same.detailedDiff
    assert list(more.detailedDiff) == ["subnetIds[0]"]
    last = plugin.diff(token, {**base, "subnetIds": ["a", "b"]}, {**base, "subnetIds": ["b", "a", "c"]})
    assert list(last.detailedDiff) == ["subnetIds[2]"]


def test_an_element_of_a_set_is_named_by_its_place_in_the_inputs(plugin: Plugin) -> None:
    def group(value: str) -> dict[str, object]:
        parameters = [{"name": "log_min_duration_statement", "value": "1000"}, {"name": "max_connections"}]
        parameters[1] |= {"value": value, "applyMethod": "pending-reboot"}
        return {"name": "one", "family": "postgres17", "parameters": parameters}

    answer = plugin.diff("aws:rds/parameterGroup:ParameterGroup", group("197"), group("422"))
    assert list(answer.detailedDiff) == ["parameters[1].value"]


def test_a_changed_tag_is_shown_by_its_key(plugin: Plugin) -> None:
    answer = plugin.diff("aws:ec2/vpc:Vpc", {"tags": {"Name": "a", "Old": "x"}}, {"tags": {"Name": "b", "New": "y"}})
    assert set(answer.detailedDiff) == {"tags.Name", "tags.Old", "tags.New"}


@pytest.mark.parametrize("kind", list(types.everything()), ids=lambda kind: kind.token)
def test_a_table_names_only_what_the_sdk_has(kind) -> None:
    schema = mapping.sdk(kind)
    named = [*kind.replace, *kind.lost, *kind.hidden, *kind.local, *kind.default, *kind.on_removal, *kind.reads]
    named += [name for group in (*kind.conflicts, *kind.one_of, *kind.at_least_one_of) for name in group]
    assert {name.partition(".")[0] for name in named} <= set(schema.inputs)
    assert set(kind.outputs) | set(kind.predicted) <= set(schema.outputs)
    for call in (*kind.create, *kind.update):
        assert set(mapping.carried(kind, call)) <= set(schema.inputs)
