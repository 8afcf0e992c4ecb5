"""AWS's clients for the account of an environment, real or emulated."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from operations import cloud, sign_in
from operations.errors import Failure, Invocation
from operations.project import Project

SIGN_IN = "sign in to the account (aws sso login, or your usual way), then give the same command"


class Clients:
    """Makes clients that speak to one account and region."""

    def __init__(self, session: boto3.Session, region: str, endpoint: str | None) -> None:
        self._session, self._region, self._endpoint = session, region, endpoint

    def __call__(self, service: str, *, at_once: int = 10, patience_seconds: int = 60) -> Any:
        """A client that may have so many requests under way, and waits as long for an answer."""
        config = Config(
            max_pool_connections=max(10, at_once),
            connect_timeout=min(10, patience_seconds),
            read_timeout=patience_seconds,
            retries={"mode": "standard", "max_attempts": 5},
        )
        return self._session.client(service, region_name=self._region, endpoint_url=self._endpoint, config=config)

    def of(self, session: boto3.Session) -> Clients:
        """The same as somebody else."""
        return Clients(session, self._region, self._endpoint)

    def at(self, region: str) -> Clients:
        """The same in another region: CloudFront's alarms are in us-east-1."""
        return Clients(self._session, region, self._endpoint)

    @property
    def emulated(self) -> bool:
        """Whether it is the emulated AWS that they speak to."""
        return self._endpoint is not None

    def environment(self) -> dict[str, str]:
        """Variables by which a process of ours makes such clients."""
        found = self._session.get_credentials().get_frozen_credentials()
        given = {
            "AWS_REGION": self._region,
            "AWS_DEFAULT_REGION": self._region,
            "AWS_ACCESS_KEY_ID": found.access_key,
            "AWS_SECRET_ACCESS_KEY": found.secret_key,
            "AWS_SESSION_TOKEN": found.token,
            "AWS_ENDPOINT_URL": self._endpoint,
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {**kept, **{name: value for name, value in given.items() if value}}


def clients(project: Project, invocation: Invocation) -> Clients:
    """Clients for the environment's account. Raises Failure where the credentials in use are another account's."""
    name = invocation.environment
    account, region = project.setting(name, "headroom:account"), project.setting(name, "aws:region")
    if invocation.offline:
        given = _emulated(cloud.run(project, "env", "--account", account, "--region", region))
        session = boto3.Session(
            given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"], given["AWS_SESSION_TOKEN"], region
        )
        return Clients(session, region, given["AWS_ENDPOINT_URL"])
    try:
        made = Clients(sign_in.session(name, region), region, None)
        actual = made("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise Failure(f"AWS did not say whose the credentials in use are: {error}", (SIGN_IN,)) from error
    if actual != account:
        raise Failure(
            f"Pulumi.{name}.yaml: headroom:account is {account}, but the credentials in use belong to account "
            f"{actual}; nothing was changed",
            (f"sign in to {account}: by a profile headroom-{name} in AWS's configuration, or else by AWS_PROFILE",),
        )
    return made


def _emulated(shell: str) -> Mapping[str, str]:
    """The variables that `offline.cloud env` exports for a shell."""
    lines = [line.removeprefix("export ") for line in shell.splitlines() if line.startswith("export ")]
    return {name: (shlex.split(value) or [""])[0] for name, _, value in (line.partition("=") for line in lines)}
