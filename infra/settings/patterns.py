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
PRINCIPAL = r"^arn:aws[a-z-]*:iam::\d{12}:(root|role/.+|user/.+)$"
OWNER = r"^[A-Za-z0-9][A-Za-z0-9 _.:/=+@-]{0,127}$"
ORIGIN = r"^https?://[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?$"
VPC = r"^vpc-[0-9a-f]{8,17}$"
SUBNET = r"^subnet-[0-9a-f]{8,17}$"
DOMAIN = r"^(none|([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63})$"
ZONE = r"^(create|Z[A-Z0-9]{1,31})$"
HOST = r"^(@|[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*)$"
EDGE_FUNCTION = r"^(none|[a-z0-9][a-z0-9_-]{0,62}\.js)$"
COUNTRY = r"^[A-Z]{2}$"
HEADER = r"^[a-z0-9]+(-[a-z0-9]+)*$"
PATH_START = r"^/[A-Za-z0-9_.$/~\"'@:+&-]{0,199}$"
RECEIVER = r"^(none|https://[A-Za-z0-9.-]+(:\d{1,5})?(/[^\s?#]*[^\s?#/])?)$"
HEALTH_CODES = r"^[2-4]\d\d([,-][2-4]\d\d)*$"
SECURITY_GROUP = r"^sg-[0-9a-f]{8,17}$"
SECRET = r"^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}$"
KEY_ALIAS = r"^alias/[A-Za-z0-9/_-]{1,250}$"
SERVER = r"^[a-z0-9-]+(\.[a-z0-9-]+)+$"
REGION_OR_NONE = r"^(none|[a-z]{2}(-[a-z]+)+-\d)$"
TIME_OR_LATEST = r"^(latest|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$"
INSTANCE = r"^[a-z](-?[a-z0-9])*$"
BACKUPS = r"^arn:aws[a-z-]*:rds:[a-z0-9-]+:\d{12}:(auto-backup|cluster-auto-backup):[a-z0-9-]+$"
SNAPSHOT = (
    r"^(arn:aws[a-z-]*:rds:[a-z0-9-]+:\d{12}:(cluster-)?snapshot:)?(rds:|awsbackup:)?[A-Za-z][A-Za-z0-9:-]{0,254}$"
)
WEB_HOOK = r"^https://[A-Za-z0-9.-]+(:\d{1,5})?/[^\s]+$"
RUNBOOKS = r"^[A-Za-z0-9_.-][^\s]{0,199}[^\s/]$"
SLACK_TEAM = r"^T[A-Z0-9]{5,20}$"
SLACK_CHANNEL = r"^[CG][A-Z0-9]{5,20}$"
USER = r"^\d{1,10}(:\d{1,10})?$"
GITHUB_REPOSITORY = r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}(@\d{1,19}/[A-Za-z0-9._-]{1,100}@\d{1,19}|/[A-Za-z0-9._-]{1,100})$"
GITHUB_ENVIRONMENT = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"
GITLAB_PROJECT = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$"
BRANCH = r"^[A-Za-z0-9][A-Za-z0-9_./-]{0,199}$"
ISSUER = r"^https://[a-z0-9-]+(\.[a-z0-9-]+)+(/[A-Za-z0-9._-]+)*$"
ENVIRONMENT = r"^[a-z][a-z0-9-]{0,31}$"
PROMOTABLE = r"^[a-z][a-z0-9_]*(\.(\*|[A-Za-z0-9][A-Za-z0-9_-]*))*$"
TIME_OF_DAY = r"^([01]\d|2[0-3]):[0-5]\d$"

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
    USER: "numbers of a user and a group, in quotes, such as '10001:10001'",
    VPC: "the id of a VPC, such as vpc-0a1b2c3d4e5f67890",
    SUBNET: "the id of a subnet, such as subnet-0a1b2c3d4e5f67890",
    DOMAIN: "none, or the name of a domain in small letters, such as staging.example.com",
    ZONE: "create, or the id of a hosted zone, such as Z0123456789ABC",
    HOST: "what stands before the domain, such as api, or @ for the domain itself",
    EDGE_FUNCTION: "none, or the name of a file such as redirect.js",
    COUNTRY: "the two capitals of a country (ISO 3166-1), such as DE",
    HEADER: "the name of a header in small letters, such as x-api-key",
    PATH_START: "the start of a path without wildcards, such as /api/uploads",
    RECEIVER: "none, or a URL that starts with https://, without a slash at its end",
    HEALTH_CODES: "HTTP status codes, such as '200', '200,204' or '200-299', in quotes",
    SECURITY_GROUP: "the id of a security group, such as sg-0a1b2c3d4e5f67890",
    SECRET: "the whole ARN of a secret, with the six characters at its end",
    KEY_ALIAS: "the alias of a KMS key, such as alias/shared-data",
    SERVER: "the name of a host, such as shared.abcdefghijkl.eu-central-1.rds.amazonaws.com",
    REGION_OR_NONE: "none, or the name of an AWS region, such as eu-west-1",
    TIME_OR_LATEST: "latest, or a time in UTC, such as 2026-11-21T13:00:00Z",
    INSTANCE: "the identifier of a database in RDS, such as headroom-prod-main",
    BACKUPS: "the ARN of automated backups, arn:aws:rds:<region>:<account>:auto-backup:ab-...",
    SNAPSHOT: "the name of a snapshot, or its ARN where it is shared",
    PRINCIPAL: "the ARN of an IAM role, of a user, or of an account (:root)",
    WEB_HOOK: "a URL that starts with https://, with a path",
    RUNBOOKS: "a URL or a path, without a slash at its end",
    SLACK_TEAM: "the id of a Slack workspace, such as T07EA123LEP",
    SLACK_CHANNEL: "the id of a Slack channel, such as C07EZ1ABC23",
    GITHUB_REPOSITORY: "owner/repository, such as octo/app or octo@123456/app@456789, without wildcards",
    GITHUB_ENVIRONMENT: "the name of an environment on GitHub, up to 100 letters, digits and _.-",
    GITLAB_PROJECT: "a project with its groups, such as group/app, without wildcards",
    BRANCH: "the name of a branch, such as main, without wildcards",
    ISSUER: "a URL that starts with https://, without a slash at its end",
    ENVIRONMENT: "none, or the name of an environment, such as staging",
    PROMOTABLE: "a setting below headroom:, such as services.*.image",
    TIME_OF_DAY: "a time of day in quotes, such as '07:30'",
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
WebHook = Annotated[str, StringConstraints(pattern=WEB_HOOK)]
Route = Annotated[str, StringConstraints(pattern=ROUTE)]
Origin = Annotated[str, StringConstraints(pattern=ORIGIN)]
AccountId = Annotated[str, StringConstraints(pattern=ACCOUNT)]
VpcId = Annotated[str, StringConstraints(pattern=VPC)]
SubnetId = Annotated[str, StringConstraints(pattern=SUBNET)]
Country = Annotated[str, StringConstraints(pattern=COUNTRY)]
Host = Annotated[str, StringConstraints(pattern=HOST)]
PathStart = Annotated[str, StringConstraints(pattern=PATH_START)]
Principal = Annotated[str, StringConstraints(pattern=PRINCIPAL)]
GitHubRepository = Annotated[str, StringConstraints(pattern=GITHUB_REPOSITORY)]
GitHubEnvironment = Annotated[str, StringConstraints(pattern=GITHUB_ENVIRONMENT)]
GitLabProject = Annotated[str, StringConstraints(pattern=GITLAB_PROJECT, max_length=255)]
Branch = Annotated[str, StringConstraints(pattern=BRANCH)]
Issuer = Annotated[str, StringConstraints(pattern=ISSUER)]
