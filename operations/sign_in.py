"""As whom an environment on real AWS is reached, and where its state lies: one account each, and several at once.

A profile `headroom-<env>` in AWS's configuration is used for that environment, and else the credentials in use. Where
the state lies in one of the buckets that `headroom bootstrap` makes, each environment's is looked for in its own.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import boto3
import botocore.session
import yaml

from operations.bootstrap import state_bucket
from operations.project import Project

CREDENTIALS = (
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_DEFAULT_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
)  # fmt: skip
"""Variables that AWS's SDK for Go, which Pulumi uses, puts before the profile that AWS_PROFILE names.
Source: github.com/aws/aws-sdk-go-v2, config/resolve_credentials.go (resolveCredentialChain)"""

BACKEND = "PULUMI_BACKEND_URL"

OWN_BUCKET = re.compile(r"s3://headroom-state-\d{12}-[a-z]{2}[a-z0-9-]*-\d(?P<folder>/[^?]*)?(\?(?P<query>.*))?")
"""A state's address in a bucket that `headroom bootstrap` made, of whichever account and region."""


def profile(environment: str) -> str | None:
    """The environment's own profile, where AWS's configuration has it. Raises BotoCoreError when it can't be read."""
    name = f"headroom-{environment}"
    return name if name in botocore.session.Session().available_profiles else None


def session(environment: str, region: str) -> boto3.Session:
    """A session with the environment's own profile, or else with the credentials in use. Raises BotoCoreError."""
    return boto3.Session(profile_name=profile(environment), region_name=region)


def as_profile(own: str | None) -> dict[str, str]:
    """What a program is run with that reaches AWS by a profile, or else by the credentials in use."""
    found = dict(os.environ)
    if own:
        found = {name: value for name, value in found.items() if name not in CREDENTIALS} | {"AWS_PROFILE": own}
    return found


def variables(project: Project, environment: str) -> dict[str, str]:
    """What Pulumi is run with on real AWS. Raises BotoCoreError where AWS's configuration can't be read."""
    own = profile(environment)
    found = as_profile(own)
    now = _backend(project, found)
    wanted = _of_environment(now, project, environment, own)
    return found if wanted == now else found | {BACKEND: wanted}


def _of_environment(url: str, project: Project, environment: str, own: str | None) -> str:
    """The address in the environment's own bucket; any other address than one of ours as it is."""
    matched = OWN_BUCKET.fullmatch(url)
    account = project.given(environment, "headroom:account") if matched else None
    region = project.given(environment, "aws:region") if matched else None
    if not matched or not account or not region:
        return url
    # A profile in the address comes before AWS_PROFILE, and a region before AWS_REGION.
    changes = {"region": region, **({"profile": own} if own else {})}
    given = parse_qsl(matched["query"] or "", keep_blank_values=True)
    query = urlencode([(name, changes.get(name, value)) for name, value in given])
    return f"s3://{state_bucket(account, region)}{matched['folder'] or ''}{f'?{query}' if query else ''}"


def _backend(project: Project, environment: Mapping[str, str]) -> str:
    """Where Pulumi keeps state, in its own order: the variable, the project's file, the login; empty if none says.

    Source: github.com/pulumi/pulumi, pkg/backend/... GetCurrentCloudURL
    """
    return environment.get(BACKEND) or _of_project(project) or _of_login(environment)


def _of_project(project: Project) -> str:
    try:
        found = yaml.safe_load((project.root / "Pulumi.yaml").read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return ""  # Pulumi says what is wrong with it
    return _text(_text_map(found).get("backend"), "url")


def _of_login(environment: Mapping[str, str]) -> str:
    """What `pulumi login` left."""
    folder = environment.get("PULUMI_CREDENTIALS_PATH") or environment.get("PULUMI_HOME")
    file = (Path(folder) if folder else Path.home() / ".pulumi") / "credentials.json"
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return _text(found, "current")


def _text_map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any, key: str) -> str:
    found = _text_map(value).get(key)
    return found if isinstance(found, str) else ""
