"""What each role of a continuous integration may, and above all what it may not. E7, C5."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from components.access import Scope
from components.ci.boundary import USED_SERVICES, boundary
from components.ci.places import Reach
from components.ci.roles import WATCHED
from components.ci.statements import LONGEST_POLICY, boundary_arn, pack, read_policies, write_policies
from operations.permissions import Principal, allowed
from tests.iam import DATA, example, kinds

IAM = "arn:aws:iam::111111111111"
KEY = "arn:aws:kms:eu-central-1:111111111111:key/1"
STATE = "arn:aws:s3:::headroom-state-111111111111-eu-central-1"
SECRET = "arn:aws:secretsmanager:eu-central-1:111111111111:secret:headroom/dev/service/api/KEY-AbCdEf"
TASK_ROLE = f"{IAM}:role/api-task-1a2b3c4"
BOUNDARY = f"{IAM}:policy/headroom-dev-ci-boundary"
BOUND = {"iam:PermissionsBoundary": BOUNDARY}
OF_STATE = {"kms:ResourceAliases": "alias/headroom-state", "kms:ViaService": None}
OF_DATA = {"kms:ResourceAliases": "alias/headroom-dev-data", "kms:ViaService": "rds.eu-central-1.amazonaws.com"}
HERE = {"aws:RequestedRegion": "eu-central-1"}
CLUSTER = "arn:aws:eks:eu-central-1:111111111111:cluster/headroom-dev"
ENTRY = "arn:aws:eks:eu-central-1:111111111111:access-entry/headroom-dev/role/111111111111/deploy/1"
GIVEN = "arn:aws:eks::aws:cluster-access-policy"

NEVER: list[tuple[str, str, Mapping[str, str | None]]] = [
    ("iam:CreateUser", f"{IAM}:user/me", {}),
    ("iam:CreateAccessKey", f"{IAM}:user/me", {}),
    ("iam:CreateLoginProfile", f"{IAM}:user/me", {}),
    ("iam:PutUserPolicy", f"{IAM}:user/me", {}),
    ("iam:AddUserToGroup", f"{IAM}:group/admins", {}),
    ("iam:CreateSAMLProvider", f"{IAM}:saml-provider/mine", {}),
    ("iam:CreateRole", TASK_ROLE, {"iam:PermissionsBoundary": None}),
    ("iam:CreateRole", TASK_ROLE, {"iam:PermissionsBoundary": f"{IAM}:policy/wider"}),
    ("iam:CreateRole", f"{IAM}:role/mine", BOUND),
    ("iam:PutRolePolicy", TASK_ROLE, {"iam:PermissionsBoundary": None}),
    ("iam:UpdateAssumeRolePolicy", f"{IAM}:role/OrganizationAccountAccessRole", {"iam:PermissionsBoundary": None}),
    ("iam:UpdateAssumeRolePolicy", TASK_ROLE, {"iam:PermissionsBoundary": None}),
    ("iam:AttachRolePolicy", TASK_ROLE, {**BOUND, "iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}),
    ("iam:PutRolePermissionsBoundary", TASK_ROLE, {"iam:PermissionsBoundary": f"{IAM}:policy/wider"}),
    ("iam:DeleteRolePermissionsBoundary", TASK_ROLE, BOUND),
    ("iam:CreatePolicyVersion", BOUNDARY, {}),
    ("iam:SetDefaultPolicyVersion", BOUNDARY, {}),
    ("iam:PutRolePolicy", f"{IAM}:role/headroom-dev-ci-deploy", BOUND),
    ("iam:UpdateAssumeRolePolicy", f"{IAM}:role/headroom-dev-ci-preview", BOUND),
    ("iam:CreateOpenIDConnectProvider", f"{IAM}:oidc-provider/evil.example.com", {}),
    ("iam:PassRole", f"{IAM}:role/OrganizationAccountAccessRole", {"iam:PassedToService": "ecs-tasks.amazonaws.com"}),
    ("iam:PassRole", f"{IAM}:role/headroom-dev-ci-deploy", {"iam:PassedToService": "lambda.amazonaws.com"}),
    ("iam:PassRole", TASK_ROLE, {"iam:PassedToService": "glue.amazonaws.com"}),
    ("sts:AssumeRole", f"{IAM}:role/OrganizationAccountAccessRole", {}),
    ("organizations:LeaveOrganization", "*", {}),
    ("account:CloseAccount", "*", {}),
    ("cloudtrail:StopLogging", "arn:aws:cloudtrail:eu-central-1:111111111111:trail/all", {}),
    ("cloudtrail:DeleteTrail", "arn:aws:cloudtrail:eu-central-1:111111111111:trail/all", {}),
    ("config:StopConfigurationRecorder", "*", {}),
    ("guardduty:DeleteDetector", "*", {}),
    ("ec2:RunInstances", "arn:aws:ec2:eu-central-1:111111111111:instance/*", {}),
    ("ec2:CreateVpc", "arn:aws:ec2:ap-south-1:111111111111:vpc/vpc-1", {"aws:RequestedRegion": "ap-south-1"}),
    ("kms:ScheduleKeyDeletion", KEY, {"kms:ScheduleKeyDeletionPendingWindowInDays": "6"}),
    ("kms:ScheduleKeyDeletion", KEY, {**OF_STATE, "kms:ScheduleKeyDeletionPendingWindowInDays": "30"}),
    ("kms:PutKeyPolicy", KEY, OF_STATE),
    ("kms:Decrypt", KEY, {"kms:ResourceAliases": "alias/somebody-elses"}),
    ("kms:Decrypt", KEY, {**OF_DATA, "kms:ViaService": None}),
    ("s3:DeleteBucket", STATE, {}),
    ("s3:PutBucketPolicy", STATE, {}),
    ("s3:PutBucketVersioning", STATE, {}),
    ("s3:DeleteObjectVersion", f"{STATE}/.pulumi/stacks/headroom/dev.json", {}),
    ("s3:BypassGovernanceRetention", f"{STATE}/releases/dev/1/record.json", {}),
    ("s3:DeleteObject", f"{STATE}/releases/dev/1/record.json", {}),
    ("s3:DeleteObjectVersion", f"{STATE}/releases/dev/1/record.json", {}),
    ("s3:PutObject", f"{STATE}/releases/prod/1/record.json", {}),
    ("s3:PutBucketObjectLockConfiguration", STATE, {}),
    ("s3:PutObjectLegalHold", f"{STATE}/releases/dev/1/record.json", {}),
    ("s3:GetObject", "arn:aws:s3:::headroom-dev-avatars-111111111111/me.png", {}),
    ("s3:DeleteBucket", "arn:aws:s3:::somebody-elses", {}),
    ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-central-1:111111111111:secret:mine-AbCdEf", {}),
    ("sqs:ReceiveMessage", "arn:aws:sqs:eu-central-1:111111111111:headroom-dev-jobs", {}),
    ("ecs:ExecuteCommand", "arn:aws:ecs:eu-central-1:111111111111:task/main/1", {}),
    ("eks:CreateAccessEntry", CLUSTER, {"eks:principalArn": f"{IAM}:role/headroom-dev-ci-deploy"}),
    (
        "eks:AssociateAccessPolicy",
        ENTRY,
        {"eks:policyArn": f"{GIVEN}/AmazonEKSAdminPolicy"},
    ),
]
"""What a deployment must not: action, resource, and what the request carries."""

CAN = [
    ("iam:CreateRole", TASK_ROLE, BOUND),
    ("iam:UpdateAssumeRolePolicy", TASK_ROLE, BOUND),
    ("iam:AttachRolePolicy", f"{IAM}:role/main-node-1a2b3c4", {
        **BOUND, "iam:PolicyARN": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodeMinimalPolicy",
    }),
    ("iam:PassRole", TASK_ROLE, {"iam:PassedToService": "ecs-tasks.amazonaws.com"}),
    ("iam:PassRole", f"{IAM}:role/slack-alarms-1a2b3c4", {"iam:PassedToService": "chatbot.amazonaws.com"}),
    ("iam:CreateServiceLinkedRole", f"{IAM}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS", {
        "iam:AWSServiceName": "ecs.amazonaws.com",
    }),
    ("kms:ScheduleKeyDeletion", KEY, {
        "kms:ScheduleKeyDeletionPendingWindowInDays": "7", "kms:ResourceAliases": "alias/headroom-dev-data",
    }),
    ("eks:CreateAccessEntry", CLUSTER, {"eks:principalArn": f"{IAM}:role/deploy"}),
    ("eks:AssociateAccessPolicy", ENTRY, {"eks:policyArn": f"{GIVEN}/AmazonEKSViewPolicy"}),
    ("kms:CreateGrant", KEY, {**OF_DATA, "kms:GrantIsForAWSResource": "true"}),
    ("kms:Decrypt", KEY, OF_DATA),
    ("kms:Encrypt", KEY, OF_STATE),
    ("s3:PutObject", f"{STATE}/.pulumi/locks/headroom/dev/1.json", {}),
    ("s3:PutObject", "arn:aws:s3:::headroom-dev-site-111111111111/index.html", {}),
    ("s3:DeleteObjectVersion", "arn:aws:s3:::headroom-dev-uploads-111111111111/a", {}),
    ("secretsmanager:GetSecretValue", SECRET, {}),
    ("acm:RequestCertificate", "*", {"aws:RequestedRegion": "us-east-1"}),
    ("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z1", {"aws:RequestedRegion": "us-east-1"}),
    ("rds:StartDBInstanceAutomatedBackupsReplication", "arn:aws:rds:eu-west-1:111111111111:auto-backup:ab-1", {
        "aws:RequestedRegion": "eu-west-1",
    }),
]  # fmt: skip
"""What a deployment needs beside the tables."""


@pytest.mark.parametrize(("action", "resource", "request_"), NEVER)
def test_a_deployment_must_not(action, resource, request_, roles):
    assert not allowed(roles["deploy"], action, resource, request={**HERE, **request_})


@pytest.mark.parametrize(("action", "resource", "request_"), CAN)
def test_a_deployment_can(action, resource, request_, roles):
    assert allowed(roles["deploy"], action, resource, request={**HERE, **request_})


def test_a_role_that_a_deployment_makes_with_all_rights_can_no_more_than_the_boundary(roles):
    everything = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    made = replace(roles["deploy"], arn=TASK_ROLE, documents=[everything])
    escapes = [
        (action, resource)
        for action, resource, request in NEVER
        if action.startswith(("iam:", "sts:", "organizations:", "account:", "cloudtrail:", "config:", "guardduty:"))
        and "PassRole" not in action
        and allowed(made, action, resource, request={**HERE, **request})
    ]
    # Roles with the boundary it may make under any name, and change who takes them: they can no more than itself.
    assert {action for action, _ in escapes} <= {"iam:CreateRole", "iam:UpdateAssumeRolePolicy", "iam:AttachRolePolicy"}
    assert ("iam:UpdateAssumeRolePolicy", f"{IAM}:role/headroom-dev-ci-preview") not in escapes


@pytest.mark.parametrize(
    ("action", "resource", "request_"),
    [
        ("secretsmanager:GetSecretValue", SECRET, {}),
        ("secretsmanager:BatchGetSecretValue", "*", {}),
        ("ssm:GetParameter", "arn:aws:ssm:eu-central-1:111111111111:parameter/key", {}),
        ("s3:GetObject", "arn:aws:s3:::headroom-dev-uploads-111111111111/a", {}),
        ("s3:GetObjectVersion", "arn:aws:s3:::headroom-dev-uploads-111111111111/a", {}),
        ("kms:Decrypt", KEY, OF_DATA),
        ("logs:GetLogEvents", "arn:aws:logs:eu-central-1:111111111111:log-group:/headroom/dev/service/api:*", {}),
        ("sqs:ReceiveMessage", "arn:aws:sqs:eu-central-1:111111111111:headroom-dev-jobs", {}),
        ("s3:PutObject", f"{STATE}/.pulumi/stacks/headroom/dev.json", {}),
        ("ecs:UpdateService", "arn:aws:ecs:eu-central-1:111111111111:service/main/api", {}),
        ("lambda:InvokeFunction", "arn:aws:lambda:eu-central-1:111111111111:function:headroom-dev-run-task", {}),
        ("sts:AssumeRole", f"{IAM}:role/headroom-dev-ci-deploy", {}),
    ],
)
def test_who_previews_or_promotes_sees_no_value_and_changes_nothing(action, resource, request_, roles):
    everything = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    for purpose in ("preview", "promote"):
        assert not allowed(roles[purpose], action, resource, request=request_), purpose
        if action not in ("s3:PutObject", "ecs:UpdateService"):
            more = replace(roles[purpose], documents=[*roles[purpose].documents, everything])
            assert not allowed(more, action, resource, request=request_), "not even if somebody attaches more"


def test_a_preview_reads_the_state_and_opens_the_secrets_in_it(roles):
    assert allowed(roles["preview"], "s3:GetObject", f"{STATE}/.pulumi/stacks/headroom/dev.json")
    assert allowed(roles["preview"], "s3:ListBucket", STATE)
    assert allowed(roles["preview"], "kms:Decrypt", KEY, request=OF_STATE)


def test_who_promotes_reads_the_state_as_a_preview_does_and_writes_records_only(roles):
    assert allowed(roles["promote"], "s3:GetObject", f"{STATE}/.pulumi/stacks/headroom/dev.json")
    assert allowed(roles["promote"], "kms:Decrypt", KEY, request=OF_STATE)
    assert not allowed(roles["promote"], "s3:PutObject", f"{STATE}/.pulumi/stacks/headroom/dev.json")


@pytest.mark.parametrize("purpose", ["deploy", "promote"])
def test_who_releases_records_it_for_good_and_sees_whether_the_environment_is_well(purpose, roles):
    record = f"{STATE}/releases/dev/1/record.json"
    for action in ("s3:GetObject", "s3:PutObject", "s3:PutObjectRetention"):
        assert allowed(roles[purpose], action, record), action
    for action in ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"):
        assert not allowed(roles[purpose], action, record), action
    here = {"Region": "eu-central-1", "Account": "111111111111", "*": "main"}
    for action in WATCHED:
        arns = [example(action, kind["name"], here) for kind in kinds(action)] or ["*"]
        assert any(allowed(roles[purpose], action, arn, request=HERE) for arn in arns), action


def test_what_was_released_is_read_by_all_and_of_the_own_environment_only(roles):
    for purpose, role in roles.items():
        assert allowed(role, "s3:GetObject", f"{STATE}/releases/dev/1/record.json"), purpose
        assert allowed(role, "s3:ListBucket", STATE), purpose
        assert not allowed(role, "s3:GetObject", f"{STATE}/releases/prod/1/record.json"), purpose


def test_no_role_that_a_deployment_makes_touches_a_record_whatever_it_is_given(roles):
    everything = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    made = replace(roles["deploy"], arn=TASK_ROLE, documents=[everything])
    record = f"{STATE}/releases/dev/1/record.json"
    for action in ("s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion"):
        assert not allowed(made, action, record, request=HERE), action
    assert allowed(made, "s3:DeleteObject", f"{STATE}/.pulumi/locks/headroom/dev/1.json", request=HERE)


@pytest.mark.parametrize("purpose", ["deploy", "promote"])
def test_an_image_is_named_by_its_digest_in_the_registry_of_another_account(purpose, roles):
    repository = "arn:aws:ecr:eu-west-1:999999999999:repository/headroom"
    assert allowed(
        roles[purpose], "ecr:BatchGetImage", f"{repository}/api", request={"aws:RequestedRegion": "eu-west-1"}
    )
    for action in ("ecr:GetDownloadUrlForLayer", "ecr:UploadLayerPart", "ecr:BatchDeleteImage"):
        assert not allowed(roles[purpose], action, f"{repository}/api"), action


def test_only_who_deploys_tags_an_image_in_the_registry_of_another_account(roles):
    there = {"aws:RequestedRegion": "eu-west-1"}
    repositories = "arn:aws:ecr:eu-west-1:999999999999:repository"
    assert [
        purpose
        for purpose in roles
        if allowed(roles[purpose], "ecr:PutImage", f"{repositories}/headroom/api", request=there)
    ] == ["deploy"]
    assert not allowed(roles["deploy"], "ecr:PutImage", f"{repositories}/other", request=there)


def test_who_previews_records_nothing_and_only_who_deploys_pages(roles):
    topic = "arn:aws:sns:eu-central-1:111111111111:headroom-dev-page-1a2b3c4"
    assert not allowed(roles["preview"], "s3:PutObject", f"{STATE}/releases/dev/1/record.json")
    assert [purpose for purpose in roles if allowed(roles[purpose], "sns:Publish", topic, request=HERE)] == ["deploy"]


def test_policies_and_their_number_are_within_what_aws_allows(reach):
    longest = replace(reach, scope=Scope(account="111111111111", region="ap-northeast-1", namespace="headroom/staging"))
    reading, writing = read_policies(longest), write_policies(longest)
    assert max(map(len, [*reading, *writing, boundary(longest)])) <= LONGEST_POLICY
    # Quota: 10 managed policies for each role (reference_iam-quotas.html of the IAM user guide).
    assert len(reading) + len(writing) <= 10


def test_every_statement_has_a_name_of_its_own_in_its_document(reach):
    for text in (*read_policies(reach), *write_policies(reach), boundary(reach)):
        names = [statement["Sid"] for statement in json.loads(text)["Statement"]]
        assert len(names) == len(set(names))
        assert all(name.isalnum() for name in names)


def test_a_policy_that_would_be_too_long_is_parted_between_statements():
    statement = {"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["a" * 2500]}
    assert [len(json.loads(text)["Statement"]) for text in pack([statement] * 5)] == [2, 2, 1]


def test_the_boundary_names_services_of_aws_and_never_all():
    assert [service for service in USED_SERVICES if not DATA.services.service_exists(service)] == []
    assert "*" not in USED_SERVICES


def test_without_a_cdn_nothing_is_in_another_region():
    plain = Reach(scope=Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev"))
    texts = [*read_policies(plain), *write_policies(plain), boundary(plain)]
    assert not any("us-east-1" in text or "eu-west-1" in text for text in texts)
    assert "PublishSite" not in "".join(texts)
    role = Principal(arn=TASK_ROLE, account="111111111111", documents=list(map(json.loads, texts[:-1])))
    assert boundary_arn(plain.scope) == BOUNDARY
    assert not allowed(role, "s3:DeleteObject", "arn:aws:s3:::headroom-dev-uploads-111111111111/a")


def test_who_previews_may_look_for_drift(roles):
    """What `headroom drift` asks beside Pulumi's refresh: operations/drift/pending.py and strays.py."""
    asked = [
        ("rds:DescribePendingMaintenanceActions", "arn:aws:rds:eu-central-1:111111111111:db:headroom-dev-main"),
        ("elasticache:DescribeUpdateActions", "arn:aws:elasticache:eu-central-1:111111111111:replicationgroup:main"),
        ("ec2:DescribeSecurityGroupRules", "*"),
        ("iam:ListRolePolicies", TASK_ROLE),
        ("iam:ListAttachedRolePolicies", TASK_ROLE),
    ]
    for purpose in ("preview", "promote", "deploy"):
        refused = [action for action, arn in asked if not allowed(roles[purpose], action, arn, request=HERE)]
        assert refused == [], purpose
