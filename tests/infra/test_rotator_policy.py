"""What the rotation may do fits into a role's policies, however many services there are, and is no wider for it. E6."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest

LONGEST = 10_240
"""Characters of all policies within a role, blanks not counted (docs.aws.amazon.com/IAM/latest/UserGuide/
reference_iam-quotas.html)."""
SERVICES = [f"service-number-{number:05}" for number in range(40)]
"""Names as long as the settings take them."""


def many(content: dict[str, Any]) -> None:
    """40 services, each with a database, a tenant of its own, an API key to verify, and a cache."""
    services = content["headroom:services"]
    worker = services["worker"]
    for name in SERVICES:
        tenant = {"tenants": {"one": "main"}} if name < SERVICES[8] else {}
        services[name] = copy.deepcopy(worker) | {"min_count": 1, "max_count": 2, "database": "main", **tenant}
        services[name] |= {"database_pool": 1, "database_read_pool": 1, "workers": 1, "secrets": {}, "cache": None}
    content["headroom:databases"]["main"] |= {"class": "db.r7g.4xlarge", "pooling": "proxy"}
    for key in content["headroom:api_keys"].values():
        key["services"] = ["api", *SERVICES]


@pytest.fixture(scope="module")
def statements(up: Any) -> list[dict[str, Any]]:
    stack = up("staging", many)
    text = stack.one("iam/rolePolicy:RolePolicy", "rotate-secret")["inputs"]["policy"]
    assert len(re.sub(r"\s", "", text)) < LONGEST
    found: list[dict[str, Any]] = json.loads(text)["Statement"]
    return found


def test_no_pattern_reaches_out_of_the_environment(statements: list[dict[str, Any]]) -> None:
    for statement in statements:
        for arn in statement["Resource"]:
            if ":secret:" in arn or ":log-group:" in arn:
                assert "headroom/staging/" in arn, arn
            if ":task-definition/" in arn or ":role/" in arn:
                assert "/headroom-staging-" in arn, arn


def test_it_reads_no_secret_that_it_does_not_rotate(statements: list[dict[str, Any]]) -> None:
    """Neither the database's master user's, nor what teams put there."""
    (reads,) = [s["Resource"] for s in statements if "secretsmanager:GetSecretValue" in s["Action"]]
    patterns = [re.compile(re.escape(arn).replace(r"\*", ".*").replace(r"\?", ".")) for arn in reads]
    start = "arn:aws:secretsmanager:eu-central-1:222222222222:secret:headroom/staging/"

    def reached(name: str) -> bool:
        return any(pattern.fullmatch(f"{start}{name}-AbCdEf") for pattern in patterns)

    for name in ("service/api/database", f"service/{SERVICES[0]}/database/one", "database/main/proxy/api__2"):
        assert reached(name), name
    for name in ("database/main", "service/api/SESSION_KEY", "service/worker/STRIPE_KEY", "traces"):
        assert not reached(name), name


def test_no_other_tag_is_too_long_for_aws(up: Any) -> None:
    for secret in up("staging", many).all("secretsmanager/secret:Secret"):
        assert all(len(value) <= 256 for value in (secret["inputs"].get("tags") or {}).values()), secret["name"]
