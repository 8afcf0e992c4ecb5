"""The roles of a continuous integration, as principals whose documents are evaluated."""

import json
from collections.abc import Mapping

import pytest

from components.access import Scope, document
from components.ci.boundary import boundary
from components.ci.places import Reach
from components.ci.roles import OWN_STATEMENTS
from components.ci.statements import Purpose, ci_role_arn, read_policies, write_policies
from operations.permissions import Principal

REACH = Reach(
    scope=Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev"),
    edge=True,
    backup_regions=["eu-west-1"],
    repositories=["arn:aws:ecr:eu-west-1:999999999999:repository/headroom/*"],
    filled_buckets=["headroom-dev-site-111111111111"],
    emptied_buckets=["headroom-dev-uploads-111111111111"],
    cluster_principals=["arn:aws:iam::111111111111:role/deploy"],
    deletion_days=7,
)


def principal(reach: Reach, purpose: Purpose) -> Principal:
    reading = read_policies(reach)
    shared = {"preview": reading, "deploy": [*reading, *write_policies(reach)], "promote": reading}
    return Principal(
        arn=ci_role_arn(reach.scope, purpose),
        account=reach.scope.account,
        documents=[document(OWN_STATEMENTS[purpose](reach)), *map(json.loads, shared.get(purpose, []))],
        boundary=json.loads(boundary(reach)) if purpose == "deploy" else None,
    )


@pytest.fixture(scope="session")
def reach() -> Reach:
    """An environment with everything that changes the documents."""
    return REACH


@pytest.fixture(scope="session")
def roles() -> Mapping[Purpose, Principal]:
    """Purpose to role."""
    return {purpose: principal(REACH, purpose) for purpose in OWN_STATEMENTS}
