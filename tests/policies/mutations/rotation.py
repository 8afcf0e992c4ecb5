"""How secrets and passwords grow old, or end too soon."""

from policies.graph import Resource
from policies.verdict import UNKNOWN, Outcome
from tests.policies.mutations.mutation import Mutation, drop, edit_each, put, without

SECRET = "aws:secretsmanager/secret:Secret"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
USER = "aws:elasticache/user:User"


def api_key(secret: Resource) -> bool:
    return bool(secret.properties.get("tags", {}).get("headroom:kind") == "api-key")


def by_hand(secret: Resource) -> bool:
    return bool(secret.properties.get("tags", {}).get("headroom:rotated-by") == "team")


def user_on(user: Resource) -> bool:
    return str(user.properties["accessString"]).startswith("on ")


MUTATIONS = [
    Mutation(rule="secret-has-rotation", change=without(ROTATION)),
    Mutation(rule="secret-has-rotation", change=drop(SECRET, "tags.headroom:rotated-by", by_hand)),
    Mutation(rule="secret-rotation-period", change=put(ROTATION, "rotationRules.automaticallyAfterDays", 365)),
    Mutation(
        rule="secret-rotation-period",
        change=put(ROTATION, "rotationRules.automaticallyAfterDays", UNKNOWN),
        outcome=Outcome.UNDETERMINED,
    ),
    Mutation(
        rule="secret-recovery-window", change=put(SECRET, "recoveryWindowInDays", 0), environments=("staging", "prod")
    ),  # dev has none as it is
    Mutation(rule="key-grace-period", change=put(SECRET, "tags.headroom:overlap-days", "0", api_key)),
    Mutation(rule="key-grace-period", change=put(SECRET, "tags.headroom:overlap-days", "30", api_key)),
    Mutation(rule="rotation-closure", change=drop(SECRET, "tags.headroom:overlap-days", by_hand)),
    Mutation(rule="rotation-closure", change=drop(SECRET, "tags.headroom:period-days", by_hand)),
    Mutation(rule="db-password-not-literal", change=put("aws:rds/instance:Instance", "password", "Summer2026!")),
    Mutation(rule="db-password-not-literal", change=put(USER, "passwords", ["changeme-changeme"], user_on)),
    Mutation(rule="redis-auth", change=edit_each(GROUP, lambda group: group.pop("userGroupIds"))),
    Mutation(rule="redis-auth", change=put(USER, "authenticationMode", {"type": "no-password-required"}, user_on)),
    Mutation(rule="redis-auth-update-strategy", change=put(GROUP, "authTokenUpdateStrategy", "DELETE")),
    Mutation(rule="redis-auth-update-strategy", change=put(GROUP, "authTokenUpdateStrategy", "SET")),
]
