"""What it means to be let in: a call of a service with an API key, or a sign-in with a user's password."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

SECONDS = 10
"""How long an answer is waited for."""
LET_IN, REFUSED = 200, 403

Attempt = Callable[[str], int | None]
"""Of a key, or of a user's secret as JSON: the status of one attempt; None without an answer."""


def by_call(url: str, header: str) -> Attempt:
    """A call of an address, with the key in this header."""

    def attempt(key: str) -> int | None:
        request = urllib.request.Request(url, headers={header: key})
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return int(error.code)
        except OSError:
            return None

    return attempt


def by_command(command: str) -> Attempt:
    """A command of a shell, told the secret's fields as variables (URL, USERNAME, PASSWORD, ...) and by no argument: it
    ends with 0 where it was let in."""

    def attempt(value: str) -> int | None:
        fields = {name.upper(): str(field) for name, field in json.loads(value).items()}
        try:
            done = subprocess.run(
                ["sh", "-c", command], env={**os.environ, **fields}, capture_output=True, timeout=SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return REFUSED if done.returncode else LET_IN

    return attempt


def by_document(secrets: Any, document: str) -> Attempt:
    """What the emulated AWS has for a database: the document by which a real one would be lined up."""

    def attempt(value: str) -> int | None:
        wanted = json.loads(value)
        try:
            lines = json.loads(secrets.get_secret_value(SecretId=document)["SecretString"])["lines"]
        except (ClientError, BotoCoreError):
            return None
        known = [line.split("|")[1:] for line in lines.splitlines()]
        return LET_IN if [wanted["username"], wanted["password"]] in known else REFUSED

    return attempt
