"""`headroom bootstrap`: prepares an environment's AWS account, and says what comes next."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError
from rich.text import Text

from operations import bootstrap, sign_in
from operations.clients import SIGN_IN, Clients
from operations.errors import Failure
from operations.program_name import headroom
from operations.project import Project
from operations.screen import Screen

OK = 0


def bootstrap_account(project: Project, screen: Screen, name: str) -> int:
    """Makes state bucket and key, and prints the commands that make the stack. Raises Failure when AWS refuses."""
    project.require(name)
    account, region = project.setting(name, "headroom:account"), project.setting(name, "aws:region")
    try:
        store = bootstrap.bootstrap(_clients(name, region), account=account, region=region)
    except bootstrap.NotSignedInError as error:
        raise Failure(str(error), (SIGN_IN,)) from error
    except bootstrap.BootstrapError as error:
        raise Failure(str(error)) from error
    for line in store.done or ("Everything stood already.",):
        screen.print(f"  {line}")
    screen.print("", f"The state of {name} lies in {store.bucket}. Next:")
    for command in following(name, store, sign_in.profile(name)):
        screen.print(Text(f"  {command}", style="cyan", no_wrap=True))
    return OK


def following(name: str, store: bootstrap.StateStore, profile: str | None) -> tuple[str, ...]:
    """The commands that make the stack. Pulumi's own do not know of the environment's profile: they are told."""
    by = f"AWS_PROFILE={profile} " if profile else ""
    return (
        f"{by}pulumi login '{store.login_url}'",
        f"{by}pulumi stack init {name} --secrets-provider='{store.secrets_provider}'",
        headroom("up", name),
    )


def _clients(name: str, region: str) -> Clients:
    try:
        return Clients(sign_in.session(name, region), region, None)
    except BotoCoreError as error:  # a profile that does not exist, a file that can't be read
        raise bootstrap.NotSignedInError(f"there are no AWS credentials to use: {error}") from error
