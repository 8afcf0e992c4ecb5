"""What AWS answers in place of what was asked: a look goes on without it, and says so."""

from __future__ import annotations

from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

REFUSALS: Final = (BotoCoreError, ClientError, ResponseParserError)
"""Not allowed, not reached, or answered by something that is not AWS."""


def reason(error: Exception) -> str:
    """AWS's own code, such as AccessDenied, or what kind of error it is."""
    code = error.response.get("Error", {}).get("Code") if isinstance(error, ClientError) else None
    return str(code or type(error).__name__)
