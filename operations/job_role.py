"""The role that a job of a repository takes: `python -m operations.job_role staging preview`.

The stack files tell account and region, and the role's name follows from them: a fork needs no variable for any.
Prints lines as GitHub's jobs read them; with a file and a token it writes a profile for AWS's SDKs, too.
"""

from __future__ import annotations

import configparser
from pathlib import Path
from typing import Annotated, get_args

import typer

from components.access import Scope
from components.ci.statements import Purpose, ci_role_arn
from infra.naming import PROJECT, partition
from operations.arguments import find_project
from operations.bootstrap import state_bucket
from operations.errors import Failure
from operations.project import Project

PURPOSES: tuple[str, ...] = get_args(Purpose)


def role(project: Project, environment: str, purpose: Purpose) -> dict[str, str]:
    """Account, region, profile, role and Pulumi's backend by which a job works on an environment. Raises Failure."""
    project.require(environment)
    account, region = project.setting(environment, "headroom:account"), project.setting(environment, "aws:region")
    scope = Scope(account=account, region=region, namespace=f"{PROJECT}/{environment}", partition=partition(region))
    return {
        "account": account,
        "region": region,
        "profile": scope.prefix,
        "role": ci_role_arn(scope, purpose),
        "backend": f"s3://{state_bucket(account, region)}?region={region}",
    }


def add_profile(file: Path, found: dict[str, str], token: Path, session: str) -> None:
    """Puts a profile into AWS's configuration whose holder shows a token of the job's and gets the role."""
    parser = configparser.RawConfigParser()
    parser.read(file, encoding="utf-8")
    parser[f"profile {found['profile']}"] = {
        "region": found["region"],
        "role_arn": found["role"],
        "web_identity_token_file": str(token),
        "role_session_name": session,
    }
    with file.open("w", encoding="utf-8") as out:
        parser.write(out)


def main(
    environment: Annotated[str, typer.Argument(metavar="ENV", help="An environment: dev, staging, prod.")],
    purpose: Annotated[str, typer.Argument(metavar="PURPOSE", help="preview, deploy or promote.")],
    profile: Annotated[Path | None, typer.Option(metavar="FILE", help="AWS's configuration, for a profile.")] = None,
    token: Annotated[Path | None, typer.Option(metavar="FILE", help="The job's token; with --profile.")] = None,
    session: Annotated[str, typer.Option(metavar="NAME", help="As CloudTrail shows it.")] = "headroom",
) -> None:
    """Prints the role of a job, and writes a profile that takes it."""
    if purpose not in PURPOSES:
        raise Failure(f"there is no role to {purpose}: {', '.join(PURPOSES)}")
    found = role(find_project(), environment, purpose)  # type: ignore[arg-type]  # just compared
    if profile is not None and token is None:
        raise Failure("--profile needs --token: the file that holds the job's token")
    if profile is not None and token is not None:
        add_profile(profile, found, token, session)
    typer.echo("\n".join(f"{name}={value}" for name, value in found.items()))


def run() -> None:
    """The command; a failure is words on stderr and exit code 1."""
    try:
        typer.run(main)
    except Failure as failure:
        typer.echo(f"error: {failure.message}", err=True)
        raise SystemExit(1) from failure


if __name__ == "__main__":
    run()
