"""What AWS says when it does not do what it was asked, in the words of a command."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from operations.errors import Failure

DENIED = frozenset({"AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "AccessDeniedError"})
SERVICES = {"Secrets Manager": "secretsmanager"}


@contextmanager
def asked(what: str) -> Iterator[None]:
    """Raises Failure with AWS's own words, and the permission that is missing."""
    try:
        yield
    except ClientError as error:
        raise refusal(what, error) from error
    except BotoCoreError as error:
        raise Failure(f"AWS could not be asked {what}: {error}") from error


def refusal(what: str, error: ClientError) -> Failure:
    """AWS's own words, and the permission that is missing."""
    told = error.response.get("Error", {})
    code, says = str(told.get("Code") or ""), str(told.get("Message") or "").strip()
    if code not in DENIED:
        return Failure(f"AWS was asked {what}, and says {code} to {error.operation_name}: {says}")
    named = re.search(r"perform: ([\w-]+:\w+)", says)
    permission = named.group(1) if named else error.operation_name
    return Failure(
        f"AWS was asked {what}, and refuses {error.operation_name}: {says}",
        (f"let your role have {permission} (docs/keys.md lists what the commands need)",),
    )
