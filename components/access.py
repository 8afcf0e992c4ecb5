"""IAM documents as pure functions: what each role may do, computed from names that the settings know.

No statement takes an output, so that every document is known in the first preview. A wildcard stands only where AWS
offers no resource for the action, and says so beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ConditionBlock = Mapping[str, Mapping[str, str | Sequence[str]]]


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The account, region and name space in which ARNs are computed."""

    account: str
    """AWS account id, 12 digits."""
    region: str
    """AWS region, `eu-west-1`."""
    namespace: str
    """First part of every fixed physical name, `headroom/dev`; no slash at either end."""
    partition: str = "aws"
    """ARN partition; `aws` unless in China or GovCloud."""

    @property
    def prefix(self) -> str:
        """The name space for names that allow no slash: `headroom-dev`."""
        return self.namespace.replace("/", "-")
