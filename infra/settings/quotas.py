"""Settings of quotas: what AWS granted the account, where it is more than every account has."""

from pydantic import Field

from components.quotas import LISTENER_RULES, MOST_GROUP_RULES, SECURITY_GROUP_RULES
from infra.settings.section import Section


class Quotas(Section):
    """What an environment of many services is held to before anything is built (docs/quotas.md)."""

    listener_rules: int = Field(
        default=LISTENER_RULES,
        ge=LISTENER_RULES,
        le=1000,
        description="Listener rules that the load balancer may have: 100 unless AWS raised the account's quota.",
    )
    security_group_rules: int = Field(
        default=SECURITY_GROUP_RULES,
        ge=SECURITY_GROUP_RULES,
        le=MOST_GROUP_RULES,
        description="Rules that a security group may have in each direction: 60 unless AWS raised the account's quota; "
        "more than 200 go only with fewer security groups a network interface.",
    )
