"""Settings of consumers: people and programs that are no service of the stack."""

from typing import Literal

from pydantic import Field

from infra.settings.patterns import Principal
from infra.settings.section import Section


class Consumer(Section):
    """A role that people or programs take which are no service here: developers, a frontend hosted elsewhere."""

    access: Literal["none", "read", "read-write", "full"] = Field(
        description="How much of the environment's data it reaches: none makes no role; read its objects; read-write "
        "those and sends messages; full all of that, and messages, secrets, logs, and a shell in a task."
    )
    principals: tuple[Principal, ...] = Field(
        default=(),
        description="ARNs of the roles, users or accounts that may take the role. An account means its roles and users "
        "that carry the tag headroom:consumer with this consumer's name; by default it is this account.",
    )
