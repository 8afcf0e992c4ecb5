"""IAM documents, exactly as AWS gets them. E2, E6."""

import json

import pytest

from components import access
from components.access import Scope

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")


def test_the_execution_role_reads_its_secrets_writes_its_log_group_and_nothing_else() -> None:
    statements = access.execution_statements(
        SCOPE,
        image="ghcr.io/example/api:1.0.0",
        log_group="/headroom/dev/service/api",
        secret_names=["headroom/dev/service/api/SESSION_KEY", "headroom/dev/database/main"],
        key_aliases=["alias/headroom-dev-services", "alias/headroom-dev-data"],
    )
    assert access.document(statements) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "WriteLogs",
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": ["arn:aws:logs:eu-central-1:111111111111:log-group:/headroom/dev/service/api:*"],
            },
            {
                "Sid": "ReadSecrets",
                "Effect": "Allow",
                "Action": ["secretsmanager:GetSecretValue"],
                "Resource": [
                    "arn:aws:secretsmanager:eu-central-1:111111111111:secret:"
                    "headroom/dev/service/api/SESSION_KEY-??????",
                    "arn:aws:secretsmanager:eu-central-1:111111111111:secret:headroom/dev/database/main-??????",
                ],
            },
            {
                "Sid": "DecryptSecrets",
                "Effect": "Allow",
                "Action": ["kms:Decrypt"],
                "Resource": ["arn:aws:kms:eu-central-1:111111111111:key/*"],
                "Condition": {
                    "ForAnyValue:StringEquals": {
                        "kms:ResourceAliases": ["alias/headroom-dev-data", "alias/headroom-dev-services"]
                    },
                    "StringEquals": {"kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com"},
                },
            },
        ],
    }


def test_a_service_without_secrets_decrypts_nothing() -> None:
    statements = access.execution_statements(SCOPE, image="nginx:1", log_group="/x", secret_names=[], key_aliases=[])
    assert [statement["Sid"] for statement in statements] == ["WriteLogs"]


def test_an_image_in_ecr_opens_its_own_repository_only() -> None:
    image = "444444444444.dkr.ecr.eu-west-1.amazonaws.com/team/api@sha256:" + "0" * 64
    sign_in, pull = access.pull_image(SCOPE, image)
    assert sign_in["Action"] == ["ecr:GetAuthorizationToken"]
    assert sign_in["Resource"] == ["*"]
    assert pull["Resource"] == ["arn:aws:ecr:eu-west-1:444444444444:repository/team/api"]
    assert "ecr:BatchGetImage" in pull["Action"]


@pytest.mark.parametrize("image", ["nginx:1", "ghcr.io/example/api:1.0.0", "public.ecr.aws/nginx/nginx:1"])
def test_an_image_of_a_public_registry_needs_no_permission(image: str) -> None:
    assert access.pull_image(SCOPE, image) == []


def test_only_ecs_tasks_of_this_account_and_region_take_a_service_role() -> None:
    assert access.task_trust(SCOPE) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": "111111111111"},
                    "ArnLike": {"aws:SourceArn": "arn:aws:ecs:eu-central-1:111111111111:*"},
                },
            }
        ],
    }


def test_only_this_databases_instances_take_the_monitoring_role() -> None:
    (statement,) = access.monitoring_trust(SCOPE, "headroom-dev-main")["Statement"]
    assert statement["Principal"] == {"Service": "monitoring.rds.amazonaws.com"}
    assert statement["Condition"]["ArnLike"] == {
        "aws:SourceArn": "arn:aws:rds:eu-central-1:111111111111:db:headroom-dev-main*"
    }


def test_enhanced_monitoring_writes_to_its_own_log_group_only() -> None:
    group = "arn:aws:logs:eu-central-1:111111111111:log-group:RDSOSMetrics"
    create, write = access.monitoring_statements(SCOPE)
    assert create["Resource"] == [group, f"{group}:*"]
    assert write["Resource"] == [f"{group}:log-stream:*"]


def test_only_alarms_of_this_account_publish_to_a_topic() -> None:
    assert access.topic_policy(SCOPE, "headroom-dev-warn")["Statement"] == [
        {
            "Sid": "AlarmsMayPublish",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": "arn:aws:sns:eu-central-1:111111111111:headroom-dev-warn",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": "111111111111"},
                "ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:eu-central-1:111111111111:alarm:*"},
            },
        }
    ]


def test_a_resource_is_a_bare_wildcard_only_where_aws_has_none() -> None:
    statements = [
        *access.execution_statements(
            SCOPE,
            image="444444444444.dkr.ecr.eu-west-1.amazonaws.com/api:1",
            log_group="/x",
            secret_names=["s"],
            key_aliases=["alias/k"],
        ),
        *access.monitoring_statements(SCOPE),
        *access.open_shell(),
    ]
    bare = {action for s in statements if s["Resource"] == ["*"] for action in s["Action"]}
    assert {action.split(":")[0] for action in bare - {"ecr:GetAuthorizationToken"}} == {"ssmmessages"}


def test_other_partitions_have_their_own_arns() -> None:
    scope = Scope(account="1", region="us-gov-west-1", namespace="headroom/dev", partition="aws-us-gov")
    assert access.secret_arn(scope, "x") == "arn:aws-us-gov:secretsmanager:us-gov-west-1:1:secret:x-??????"


def test_documents_are_plain_json() -> None:
    document = access.document(access.decrypt_secrets(SCOPE, ["alias/a"]))
    assert json.loads(json.dumps(document)) == document


def actions_on(statements: list[access.Statement], resource: str) -> set[str]:
    return {action for s in statements if resource in s["Resource"] for action in s["Action"]}


BUCKETS = "arn:aws:s3:::headroom-dev"


def test_a_reader_of_a_bucket_lists_and_reads_it_and_writes_nothing() -> None:
    statements = access.use_buckets(SCOPE, {"uploads": "read"}, ["alias/headroom-dev-data"])
    assert actions_on(statements, f"{BUCKETS}-uploads-111111111111") == {"s3:ListBucket"}
    assert actions_on(statements, f"{BUCKETS}-uploads-111111111111/*") == {"s3:GetObject"}
    assert statements[-1]["Action"] == ["kms:Decrypt"]


def test_a_writer_of_a_bucket_reads_nothing() -> None:
    statements = access.use_buckets(SCOPE, {"uploads": "write"}, ["alias/headroom-dev-data"])
    assert "s3:GetObject" not in str(statements)
    assert "s3:ListBucket" not in str(statements)
    assert "s3:PutObject" in actions_on(statements, f"{BUCKETS}-uploads-111111111111/*")
    assert statements[-1]["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]


def test_each_bucket_is_granted_as_it_was_asked() -> None:
    asked: dict[str, access.BucketAccess] = {"uploads": "read-write", "exports": "read"}
    statements = access.use_buckets(SCOPE, asked, ["alias/headroom-dev-data"])
    assert "s3:PutObject" in actions_on(statements, f"{BUCKETS}-uploads-111111111111/*")
    assert actions_on(statements, f"{BUCKETS}-exports-111111111111/*") == {"s3:GetObject"}


def test_the_key_opens_the_granted_buckets_only_and_only_through_s3() -> None:
    [*_, key] = access.use_buckets(SCOPE, {"uploads": "read"}, ["alias/headroom-dev-data"])
    assert key["Condition"] == {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": ["alias/headroom-dev-data"]},
        "StringEquals": {
            "kms:ViaService": "s3.eu-central-1.amazonaws.com",
            "kms:EncryptionContext:aws:s3:arn": [f"{BUCKETS}-uploads-111111111111"],
        },
    }


def test_without_a_bucket_nothing_is_granted() -> None:
    assert access.use_buckets(SCOPE, {}, ["alias/headroom-dev-data"]) == []
