"""What Lambda's runtime does for a Python function: imports its handler, calls it once, answers in JSON.

Run by its path, in a process of its own: `python -P function_host.py FOLDER HANDLER REQUEST ARN`, the event in stdin.
What the function prints goes to stderr; stdout holds the answer alone, and the exit code 1 says that it is an error.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
import time
import traceback
from typing import Any


class Context:
    """What a handler is told of its call, as far as ours ask."""

    def __init__(self, request: str, arn: str, timeout_seconds: int) -> None:
        self.aws_request_id = request
        self.invoked_function_arn = arn
        self.function_name = arn.split(":")[6]
        self._end = time.monotonic() + timeout_seconds

    def get_remaining_time_in_millis(self) -> int:
        """Until Lambda would stop the call."""
        return max(0, int((self._end - time.monotonic()) * 1000))


def answer(folder: str, handler: str, request: str, arn: str) -> tuple[int, Any]:
    """(exit code, what is answered)."""
    given = json.load(sys.stdin)
    sys.path.insert(0, folder)
    module, _, name = handler.rpartition(".")
    try:
        function = getattr(importlib.import_module(module.replace("/", ".")), name)
        made = function(json.loads(given["event"]), Context(request, arn, given["timeout_seconds"]))
        json.dumps(made)
    except Exception as error:
        traceback.print_exc()
        return 1, {"errorType": type(error).__name__, "errorMessage": str(error), "requestId": request}
    return 0, made


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        code, result = answer(*sys.argv[1:])
    print(json.dumps(result))
    sys.exit(code)
