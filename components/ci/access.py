"""Roles by which a continuous integration signs in without any key: to preview, to deploy, to promote. E7, C5."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.access import document
from components.ci.boundary import boundary
from components.ci.places import Reach
from components.ci.roles import OWN_STATEMENTS
from components.ci.statements import Purpose, ci_name, read_policies, write_policies
from components.ci.trust import Subject, ci_trust

SESSION_SECONDS: Mapping[Purpose, int] = {"preview": 3600, "deploy": 10800, "promote": 3600}
"""How long a role is held at most. A deployment waits for databases and CloudFront, which can take an hour the first
time, for its rollout and its bake time, and for the same again where it is rolled back; AWS allows twelve hours."""


@dataclass(frozen=True, kw_only=True)
class CiAccessArgs:
    """Who signs in, for what, and what belongs to the environment."""

    reach: Reach
    """What the roles are about."""
    subjects: Mapping[Purpose, Sequence[Subject]]
    """Purpose to the jobs that may take its role; a purpose that is left out gets none."""

    def __post_init__(self) -> None:
        if not any(self.subjects.values()):
            raise ValueError("subjects names no job; leave the component out")


class CiAccess(pulumi.ComponentResource):
    """The account's providers of identities, the boundary, shared policies, and a role for each purpose."""

    boundary_arn: pulumi.Output[str]
    """ARN of the boundary, which every role of the stack must carry."""
    roles: Mapping[Purpose, pulumi.Output[str]]
    """Purpose to the ARN of its role."""

    def __init__(self, name: str, args: CiAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:ci:CiAccess", name, None, opts)
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        providers = self._make_providers()
        bound = self._make_policy("boundary", boundary(args.reach), "The most that a deployment and its roles may do")
        self.boundary_arn = bound.arn
        reading = self._make_policies("read", read_policies(args.reach), "Looks at resources")
        writing = self._make_policies("write", write_policies(args.reach), "Changes resources")
        policies: Mapping[Purpose, Sequence[aws.iam.Policy]] = {
            "preview": reading,
            "deploy": [*reading, *writing],
            "promote": reading,
        }
        self.roles = {
            purpose: CiRole(
                purpose,
                CiRoleArgs(
                    reach=args.reach,
                    subjects=subjects,
                    policies=policies.get(purpose, ()),
                    boundary=bound if purpose == "deploy" else None,
                    after=providers,
                ),
                self._child,
            ).arn
            for purpose, subjects in args.subjects.items()
            if subjects
        }
        self.register_outputs({"roles": dict(self.roles), "boundary": self.boundary_arn})

    def _make_providers(self) -> list[pulumi.Resource]:
        """One a issuer. AWS checks GitHub's and GitLab's certificates itself, so that no thumbprint is needed.

        Source: docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
        """
        issuers = {subject.issuer.host: subject.issuer for group in self._args.subjects.values() for subject in group}
        return [
            aws.iam.OpenIdConnectProvider(host, url=issuer.url, client_id_lists=[issuer.audience], opts=self._child)
            for host, issuer in issuers.items()
            if issuer.make
        ]

    def _make_policies(self, kind: str, documents: Sequence[str], description: str) -> list[aws.iam.Policy]:
        return [
            self._make_policy(f"{kind}-{number}", text, f"{description} ({number} of {len(documents)})")
            for number, text in enumerate(documents, 1)
        ]

    def _make_policy(self, part: str, text: str, description: str) -> aws.iam.Policy:
        name = ci_name(self._args.reach.scope, part)
        return aws.iam.Policy(part, name=name, description=description, policy=text, opts=self._child)


@dataclass(frozen=True, kw_only=True)
class CiRoleArgs:
    """Who may take a role, and what it has."""

    reach: Reach
    """What the role is about."""
    subjects: Sequence[Subject]
    """The jobs that may take it."""
    policies: Sequence[aws.iam.Policy] = ()
    """Managed policies that it shares with others."""
    boundary: aws.iam.Policy | None = None
    """What it may do at most; None where it changes nothing."""
    after: Sequence[pulumi.Resource] = ()
    """What its trust names."""


class CiRole(pulumi.ComponentResource):
    """One role; its name is its purpose."""

    arn: pulumi.Output[str]
    """ARN of the role."""

    def __init__(self, name: Purpose, args: CiRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:ci:CiRole", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        scope = args.reach.scope
        role = aws.iam.Role(
            f"ci-{name}",
            name=ci_name(scope, name),
            description=f"Continuous integration: {name}",
            assume_role_policy=json.dumps(ci_trust(scope, args.subjects)),
            max_session_duration=SESSION_SECONDS[name],
            permissions_boundary=args.boundary.arn if args.boundary else None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*args.after]),
        )
        own = json.dumps(document(OWN_STATEMENTS[name](args.reach)))
        aws.iam.RolePolicy(f"ci-{name}", role=role.name, policy=own, opts=child)
        for number, policy in enumerate(args.policies, 1):
            aws.iam.RolePolicyAttachment(f"ci-{name}-{number}", role=role.name, policy_arn=policy.arn, opts=child)
        self.arn = role.arn
        self.register_outputs({"arn": role.arn})


def within(arn: pulumi.Input[str]) -> pulumi.ResourceTransformation:
    """Puts the boundary on every role that has none."""

    def bounded(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ != "aws:iam/role:Role" or args.props.get("permissions_boundary") is not None:
            return None
        return pulumi.ResourceTransformationResult({**args.props, "permissions_boundary": arn}, args.opts)

    return bounded
