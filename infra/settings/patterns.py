"""Patterns of texts in the settings, what each means to a reader, and the types that are made of them."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import StringConstraints

NAME = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
VARIABLE = r"^[A-Z][A-Z0-9_]{0,127}$"
EMAIL = r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$"
ROUTE = r"^/[A-Za-z0-9_.$/~\"'@:+*?&-]{0,127}$"
HEALTH_PATH = r"^/[^\s]{0,1023}$"
CERTIFICATE = r"^(none|arn:aws[a-z-]*:acm:[^:]+:\d{12}:certificate/[0-9a-f-]+)$"
REGION = r"^[a-z]{2}(-[a-z]+)+-\d$"
ACCOUNT = r"^\d{12}$"
OWNER = r"^[A-Za-z0-9][A-Za-z0-9 _.:/=+@-]{0,127}$"
ORIGIN = r"^https?://[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?$"
VPC = r"^vpc-[0-9a-f]{8,17}$"
SUBNET = r"^subnet-[0-9a-f]{8,17}$"
USER = r"^\d{1,10}(:\d{1,10})?$"

WORDS: Mapping[str, str] = {
    NAME: "up to 20 small letters, digits and single hyphens, such as api",
    VARIABLE: "capital letters, digits and underscores, such as LOG_LEVEL",
    EMAIL: "an e-mail address",
    ROUTE: "a path of up to 128 characters that starts with /, such as /api/*",
    HEALTH_PATH: "a path that starts with /, such as /health",
    CERTIFICATE: "none, or the ARN of an ACM certificate",
    REGION: "the name of an AWS region, such as eu-central-1",
    ACCOUNT: "12 digits, in quotes",
    ORIGIN: "the origin of a page without a path, such as https://app.example.com",
    USER: "numbers of a user and a group, in quotes, such as '1000:1000'",
    VPC: "the id of a VPC, such as vpc-0a1b2c3d4e5f67890",
    SUBNET: "the id of a subnet, such as subnet-0a1b2c3d4e5f67890",
    OWNER: "up to 128 letters, digits, spaces and _.:/=+@-, as AWS takes them in tags",
}
"""What each pattern means to a reader."""

LogDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]
"""Retention periods that CloudWatch Logs accepts (PutRetentionPolicy), in days."""

Name = Annotated[str, StringConstraints(pattern=NAME, max_length=20)]
"""Name of a service, database or cache: it becomes part of AWS names, of which a target group's (32) is the shortest
and a database's the strictest."""
VariableName = Annotated[str, StringConstraints(pattern=VARIABLE)]
Email = Annotated[str, StringConstraints(pattern=EMAIL)]
Route = Annotated[str, StringConstraints(pattern=ROUTE)]
Origin = Annotated[str, StringConstraints(pattern=ORIGIN)]
VpcId = Annotated[str, StringConstraints(pattern=VPC)]
SubnetId = Annotated[str, StringConstraints(pattern=SUBNET)]
