"""A service that verifies API keys, for a drill on this machine: `python -m operations.keys.drill_service ...`.

It does what a service is told to do: has the verifier's one file beside it, and knows the digests only.
"""

from __future__ import annotations

import importlib.util
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HEADER = "x-api-key"
RETRIES = 12
"""Parts of its time to forget after which the verifier may look again: as with its own 60 and 5 seconds."""


def verifier(path: str) -> Any:
    """The file as a module."""
    spec = importlib.util.spec_from_file_location("verifier", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["verifier"] = module
    spec.loader.exec_module(module)
    return module


def serve(path: str, secret: str, fresh_seconds: float) -> None:
    """Says its port in the first line, then answers until it is ended."""
    module = verifier(path)
    keys = module.Verifier(
        module.from_secrets_manager(secret), fresh_seconds=fresh_seconds, retry_seconds=fresh_seconds / RETRIES
    )

    class Handler(BaseHTTPRequestHandler):
        """200 to whoever has a key, 401 to all others."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            caller = keys.verify(self.headers.get(HEADER, ""))
            self.send_response(200 if caller else 401)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], float(sys.argv[3]))
