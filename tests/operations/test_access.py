"""The matrix of a small state: two services, a rotation, a bucket, a queue and a secret. E6."""

import json
from typing import Any

from operations.access import matrix
from operations.summary import access

API = "urn:pulumi:dev::headroom::headroom:compute:EcsService::api"
WORKER = "urn:pulumi:dev::headroom::headroom:compute:EcsService::worker"
FUNCTION = "urn:pulumi:dev::headroom::headroom:work:Function::rotate"
SECRET = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:headroom/dev/service/api/KEY-AbCdEf"
BUCKET = "arn:aws:s3:::headroom-dev-uploads"
QUEUE = "arn:aws:sqs:eu-west-1:111111111111:headroom-dev-jobs"


def resource(kind: str, logical: str, parent: str = "", /, **outputs: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:dev::headroom::{kind}::{logical}", "type": kind, "parent": parent, "outputs": outputs}


def role(name: str, parent: str, **more: Any) -> dict[str, Any]:
    arn = f"arn:aws:iam::111111111111:role/{name}"
    return resource("aws:iam/role:Role", name, parent, name=name, arn=arn, **more)


def policy(of: str, action: str, on: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": on}
    return resource("aws:iam/rolePolicy:RolePolicy", of, role=of, policy=json.dumps({"Statement": [statement]}))


def state() -> list[dict[str, Any]]:
    return [
        role("api-execution", API),
        role("api-task", API),
        role("worker-task", WORKER),
        role("rotate", FUNCTION),
        role("idle", FUNCTION.replace("rotate", "idle")),
        policy("api-execution", "secretsmanager:GetSecretValue", SECRET.replace("AbCdEf", "??????")),
        policy("api-task", "s3:PutObject", "arn:aws:s3:::headroom-dev-uploads/*"),
        policy("api-task", "sqs:SendMessage", QUEUE),
        policy("worker-task", "s3:*", "*"),
        policy("worker-task", "sqs:ReceiveMessage", QUEUE),
        policy("rotate", "secretsmanager:PutSecretValue", SECRET),
        resource("aws:secretsmanager/secret:Secret", "KEY", arn=SECRET, name="headroom/dev/service/api/KEY"),
        resource("aws:s3/bucket:Bucket", "uploads", arn=BUCKET, bucket="headroom-dev-uploads"),
        resource("aws:sqs/queue:Queue", "jobs", arn=QUEUE, name="headroom-dev-jobs"),
    ]


def test_a_services_roles_count_together_and_others_only_where_they_reach_something():
    found = matrix(state(), "dev")
    assert (found.services, found.others) == (["api", "worker"], ["rotate (Function)"])
    assert found.cells == {
        "bucket uploads": {"api": "write", "worker": "read-write", "rotate (Function)": "none"},
        "queue jobs": {"api": "write", "worker": "read", "rotate (Function)": "none"},
        "secret service/api/KEY": {"api": "read", "worker": "none", "rotate (Function)": "write"},
    }


def test_a_resources_own_policy_counts():
    denial = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::headroom-dev-uploads/*"}
    kind = "aws:s3/bucketPolicy:BucketPolicy"
    closed = resource(kind, "uploads", bucket="headroom-dev-uploads", policy=json.dumps({"Statement": [denial]}))
    assert matrix([*state(), closed], "dev").cells["bucket uploads"]["worker"] == "none"


def test_what_waits_for_its_deletion_does_not_count():
    gone = [{**found, "delete": True} for found in state()]
    assert matrix(gone, "dev").cells == {}


def test_an_attached_policy_that_the_stack_does_not_hold_is_named():
    kind = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    foreign = resource(kind, "api", role="api-task", policyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    found = matrix([*state(), foreign], "dev")
    assert found.unread == ["arn:aws:iam::aws:policy/ReadOnlyAccess of api-task"]
    assert "ReadOnlyAccess" in [line.plain for line in access(found, 100)][-1]


def test_one_that_it_holds_is_evaluated():
    document = json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    arn = "arn:aws:iam::111111111111:policy/all"
    held = [
        resource("aws:iam/policy:Policy", "all", arn=arn, policy=document),
        resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "a", role="api-task", policyArn=arn),
    ]
    assert matrix([*state(), *held], "dev").cells["queue jobs"]["api"] == "read-write"


def test_the_table_has_a_row_for_each_resource_and_never_runs_over_the_edge():
    lines = [line.plain for line in access(matrix(state(), "dev"), 200)]
    assert lines[0].split() == ["api", "worker"]
    assert lines[1].split() == ["bucket", "uploads", "write", "read-write"]
    assert lines[-2:] == ["rotate (Function)", "  write: secret service/api/KEY"]
    narrow = [line.plain for line in access(matrix(state(), "dev"), 34)]
    assert max(map(len, narrow)) <= 34
    assert len([line for line in narrow if line.startswith("queue jobs")]) == 2


def test_a_services_role_on_eks_is_the_services():
    pod = API.replace("EcsService", "EksService")
    found = matrix([*state(), role("api-pod", pod), policy("api-pod", "s3:GetObject", f"{BUCKET}/*")], "dev")
    assert found.services == ["api", "worker"]
    assert found.cells["bucket uploads"]["api"] == "read-write"


def test_the_role_that_moves_a_services_requests_is_not_the_services():
    moving = "urn:pulumi:dev::headroom::headroom:compute:EcsService$headroom:compute:Shifting::api"
    own = {"StringEquals": {"aws:ResourceTag/Service": "api"}}
    statement = {
        "Effect": "Allow",
        "Action": "elasticloadbalancing:ModifyRule",
        "Resource": "arn:aws:elasticloadbalancing:eu-west-1:111111111111:listener-rule/app/*/*/*/*",
        "Condition": own,
    }
    document = json.dumps({"Statement": [statement]})
    held = [
        role("api-shifting", moving),
        resource("aws:iam/rolePolicy:RolePolicy", "s", role="api-shifting", policy=document),
    ]
    assert matrix([*state(), *held], "dev") == matrix(state(), "dev")
