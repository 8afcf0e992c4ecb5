"""AWS is consistent in the end only: what has just been made may be unknown to the next call for some seconds."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from offline.aws.connection import AwsError

T = TypeVar("T")

PATIENCE_SECONDS = 10.0
"""How long a resource that was just made may be unknown; the Terraform AWS provider waits up to two minutes.
https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html"""
FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 2.0

NOT_FOUND = re.compile(
    r"NotFound|NoSuch|DoesNotExist|Non[Ee]xistent|Unknown(?:Resource|Alias)|^404$|^ResourceNotFound|MissingSnapshot"
)
NOT_FOUND_MESSAGES = re.compile(
    r"not found|does not exist|could not be found|unable to describe|^no .* found", re.IGNORECASE
)
VAGUE_CODES = frozenset({"ValidationError", "ValidationException", "NotFoundException", "ClientException"})
"""Codes that mean a missing resource only by their message."""


def is_not_found(error: AwsError) -> bool:
    """Whether AWS says that the resource does not exist."""
    return bool(
        NOT_FOUND.search(error.code) or (error.code in VAGUE_CODES and NOT_FOUND_MESSAGES.search(error.message))
    )


def found_soon(find: Callable[[], T | None]) -> T | None:
    """What is found within the patience; None, if it never is."""
    return _repeated(find, lambda found: found is None)


def known_soon(send: Callable[[], T], identifier: str, params: Mapping[str, Any]) -> T:
    """The answer to a call about a resource that was just made. Raises AwsError when it stays unknown."""

    def attempt() -> T | AwsError:
        try:
            return send()
        except AwsError as error:
            if not is_not_found(error) or _names_another(error, identifier, params):
                raise
            return error

    answer = _repeated(attempt, lambda found: isinstance(found, AwsError))
    if isinstance(answer, AwsError):
        raise answer
    return answer


def _names_another(error: AwsError, identifier: str, params: Mapping[str, Any]) -> bool:
    """Whether it is something else that AWS misses, such as the policy that is to be attached to a new role."""
    texts = [value for value in params.values() if isinstance(value, str) and value in error.message]
    return any(text not in identifier and identifier not in text for text in texts)


def _repeated(attempt: Callable[[], T], again: Callable[[T], bool]) -> T:
    wait, end = FIRST_WAIT_SECONDS, time.monotonic() + PATIENCE_SECONDS
    found = attempt()
    while again(found) and time.monotonic() < end:
        time.sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT_SECONDS)
        found = attempt()
    return found
