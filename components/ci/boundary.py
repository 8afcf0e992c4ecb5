"""The boundary: what a deployment, and whatever role it makes, may do at most. It grants nothing by itself.

Who deploys from a repository can write any statement into a role that he makes. So a deployment makes only roles that
carry the boundary that it carries itself, and can change neither the boundary nor who signs in.
Source: docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from components.access import Scope, Statement, document
from components.ci.actions import READ, WRITE
from components.ci.places import RECORDS, Reach
from components.ci.statements import STATE_KEY, boundary_arn, ci_name

BESIDE = ("ecr-public", "eks-auth", "ssm", "ssmmessages", "xray")
"""Services that what runs uses, and a deployment does not."""
USED_SERVICES = tuple(sorted({*READ, *WRITE, *BESIDE}))
"""Services of which anything may be used at all: no trail, organization, account, bill or other product."""
GLOBAL_SERVICES = ("chatbot", "cloudfront", "ecr-public", "iam", "route53", "sts")
"""Services that answer in one region for all. Source: docs.aws.amazon.com/general/latest/gr/rande.html"""

OTHER_PRINCIPALS = (
    "iam:*AccessKey*", "iam:*AccountAlias", "iam:*AccountPasswordPolicy", "iam:*Group*", "iam:*LoginProfile",
    "iam:*MFADevice*", "iam:*SAML*", "iam:*SSHPublicKey*", "iam:*ServerCertificate*", "iam:*ServiceSpecificCredential*",
    "iam:*SigningCertificate*", "iam:*User*", "iam:AddClientID*", "iam:CreateOpenID*", "iam:CreatePolicy*",
    "iam:DeleteOpenID*", "iam:DeletePolicy*", "iam:DeleteRolePermissionsBoundary", "iam:RemoveClientID*",
    "iam:SetDefaultPolicyVersion", "iam:UpdateOpenID*", "sts:AssumeRole*",
)  # fmt: skip
"""Users, groups, their keys, who else signs in, managed policies, and other roles: roles of the stack are enough."""

CHANGES = ("Attach", "Create", "Delete", "Detach", "PassRole", "Put", "Set", "Tag", "Untag", "Update")
"""What verbs of IAM that change something start with."""


def _deny(sid: str, actions: Sequence[str], resources: Sequence[str], condition: Mapping[str, Any]) -> Statement:
    statement: Statement = {"Sid": sid, "Effect": "Deny", "Action": list(actions), "Resource": list(resources)}
    return {**statement, "Condition": dict(condition)} if condition else statement


def boundary(reach: Reach) -> str:
    """The document."""
    scope = reach.scope
    services: Statement = {
        "Sid": "UsedServices",
        "Effect": "Allow",
        "Action": [f"{service}:*" for service in USED_SERVICES],
        "Resource": "*",
    }
    elsewhere: Statement = {
        "Sid": "OtherRegions",
        "Effect": "Deny",
        "NotAction": [f"{service}:*" for service in GLOBAL_SERVICES],
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": reach.regions}},
    }
    found = [services, elsewhere, *_no_escalation(scope), *_no_end_of_state(reach)]
    return json.dumps(document(found), separators=(",", ":"))


def _no_escalation(scope: Scope) -> list[Statement]:
    """Neither other principals, nor roles without the boundary, nor changes of who signs in."""
    arn = f"arn:{scope.partition}:iam::{scope.account}"
    own = [f"{arn}:{kind}/{ci_name(scope, '*')}" for kind in ("role", "policy")]
    unbounded = ["iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
    without = {"StringNotEquals": {"iam:PermissionsBoundary": boundary_arn(scope)}}
    return [
        _deny("OtherPrincipals", OTHER_PRINCIPALS, ["*"], {}),
        _deny("RolesWithoutBoundary", unbounded, ["*"], without),
        _deny("WhoSignsIn", [f"iam:{verb}*" for verb in CHANGES], [*own, f"{arn}:oidc-provider/*"], {}),
    ]


def _no_end_of_state(reach: Reach) -> list[Statement]:
    """Pulumi's state, its older versions, its key, and the records of releases outlive every deployment."""
    scope = reach.scope
    state = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": [STATE_KEY]}}
    key = ["CreateGrant", "DeleteAlias", "DisableKey", "PutKeyPolicy", "ScheduleKeyDeletion", "UpdateAlias"]
    bucket = ["s3:DeleteBucket*", "s3:DeleteObjectVersion", "s3:PutBucket*", "s3:PutEncryption*", "s3:PutLifecycle*"]
    # A record that is deleted is only hidden, and one that is locked can't be; but neither is anybody's to try.
    records = ["s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:PutObjectLegalHold"]
    alias = scope.arn("kms", STATE_KEY)
    return [
        _deny("StateBucket", bucket, [reach.state_bucket, f"{reach.state_bucket}/*"], {}),
        _deny("Records", records, [f"{reach.state_bucket}/{RECORDS}/*"], {}),
        _deny("StateKey", [f"kms:{action}" for action in key], [scope.arn("kms", "key/*")], state),
        _deny("StateAlias", ["kms:DeleteAlias", "kms:UpdateAlias"], [alias], {}),
    ]
