"""Rules on IAM users: there are none, but for emergencies."""

from __future__ import annotations

from policies.graph import Graph, Resource
from policies.rule import GraphRule, ResourceRule, Rule
from policies.rules.iam.grants import USER
from policies.verdict import MISSING, PASS, UNKNOWN, Properties, Verdict, combine, fail, lookup, undetermined

EMERGENCY_PATH = "/break-glass/"
LOGIN = "aws:iam/userLoginProfile:UserLoginProfile"
SIGN_IN = "let people sign in by IAM Identity Center and programs by roles (headroom:consumers, headroom:ci)"


def iam_no_users(user: Resource, graph: Graph) -> Verdict:
    """A user's password and keys stay valid until somebody remembers them; a role's credentials end by themselves.

    Users of the path /break-glass/ pass: AWS advises a few for the day on which the identity provider fails.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#bp-users-federation-idp
    """
    owners = graph.behind(user, "user", USER) if user.type == LOGIN else [user]
    if not owners:
        return fail("user", "gives a user outside this stack a password for the console", SIGN_IN)
    return combine(_emergency(owner, "user" if user.type == LOGIN else "path") for owner in owners)


def _emergency(user: Resource, where: str) -> Verdict:
    path = lookup(user.properties, "path")
    if path is UNKNOWN:
        return undetermined(where)
    if path == EMERGENCY_PATH:
        return PASS
    return fail(
        where, "is an IAM user, and not one for emergencies", f"{SIGN_IN}; for emergencies set {EMERGENCY_PATH}"
    )


def iam_no_access_keys(key: Properties) -> Verdict:
    """A long-lived key is copied to laptops and logs, and works from anywhere until somebody turns it off."""
    status = lookup(key, "status")
    if status is UNKNOWN:
        return undetermined("status")
    if status == "Inactive":
        return PASS
    return fail("status", "is an access key that works", f"{SIGN_IN}; while one is replaced, set status to Inactive")


def iam_no_user_policies(policy: Properties) -> Verdict:
    """Rights given to one user directly are in nobody's list when he changes teams."""
    remedy = "attach it to a role or group"
    users = lookup(policy, "users")
    if users is UNKNOWN:
        return undetermined("users")
    if isinstance(users, list):
        return fail("users", "gives rights to users directly", remedy) if users else PASS
    if lookup(policy, "user") is not MISSING:
        return fail("user", "gives rights to a user directly", remedy)
    return PASS


RULES: tuple[Rule, ...] = (
    GraphRule(
        check=iam_no_users,
        title="There are no IAM users but for emergencies",
        types=frozenset({USER, LOGIN}),
        severity="high",
        references=("Checkov CKV_AWS_273",),
    ),
    ResourceRule(
        check=iam_no_access_keys,
        title="There are no long-lived access keys",
        types=frozenset({"aws:iam/accessKey:AccessKey"}),
        severity="high",
        references=("requirement E7",),
    ),
    ResourceRule(
        check=iam_no_user_policies,
        title="No user has rights of his own",
        types=frozenset(
            {
                "aws:iam/userPolicy:UserPolicy",
                "aws:iam/userPolicyAttachment:UserPolicyAttachment",
                "aws:iam/policyAttachment:PolicyAttachment",
                "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive",
            }
        ),
        severity="medium",
        references=("AWS FSBP IAM.2", "Checkov CKV_AWS_40"),
    ),
)
