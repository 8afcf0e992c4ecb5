"""The emulated AWS: moto's own application with our extensions, on loopback, in a process of its own.

`python -m offline.aws.server <home>` serves until it is told to stop; `offline/cloud.py` starts and stops it.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from offline.aws.idempotency import IdempotentCreates, WsgiApp, call
from offline.aws.later import AGENDA

HOST = "127.0.0.1"
HEALTH_PATH = "/headroom/health"
NOT_EMULATED_HEADER = "x-headroom-not-emulated"
CRASH_HEADER = "x-headroom-crash"
WATCH_SECONDS = 2.0
"""How often the server looks whether its file is still there."""

MOTO_SETTINGS = {
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",  # roles attach AmazonECSTaskExecutionRolePolicy and the like
    "MOTO_ACM_VALIDATION_WAIT": "0",
    "MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION": "false",
}

PRELOADED = ("sts", "ec2", "iam", "kms", "rds", "logs", "secretsmanager", "elasticloadbalancing", "ecs", "sns")
PRELOADED_LATER = ("monitoring", "application-autoscaling", "s3", "ssm", "elasticache")


class Guard:
    """Answers what moto cannot: an operation that it lacks, and its own crashes, told apart by a header.

    One request at a time: moto's backends are plain dictionaries, and a list that is made while another thread creates
    fails with "dictionary changed size during iteration". It costs nothing: moto is bound by the interpreter's lock.
    """

    def __init__(self, app: WsgiApp, health: dict[str, Any]) -> None:
        self._app = app
        self._health = health
        self.one_at_a_time = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == HEALTH_PATH:
            start_response("200 OK", [("Content-Type", "application/json")])
            return [json.dumps(self._health).encode()]
        try:
            with self.one_at_a_time:
                status, headers, body = call(self._app, environ)
            start_response(status, headers)
            return [body]
        except NotImplementedError as error:
            return _failure(start_response, "501 Not Implemented", NOT_EMULATED_HEADER, str(error) or "operation")
        except Exception as error:
            with contextlib.suppress(OSError):  # a log that takes no more is no reason not to answer
                traceback.print_exc()
            return _failure(start_response, "500 Internal Server Error", CRASH_HEADER, repr(error))


def _failure(start_response: Any, status: str, header: str, text: str) -> Iterable[bytes]:
    one_line = " ".join(text.split()).encode("ascii", "replace").decode()[:500]
    start_response(status, [("Content-Type", "text/plain"), (header, one_line)])
    return [one_line.encode()]


def application(health: dict[str, Any]) -> tuple[WsgiApp, Any]:
    """The WSGI application, and moto's dispatcher inside it."""
    os.environ.update(MOTO_SETTINGS)
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    from offline.aws.calls import Calls
    from offline.aws.credentials import Credentials
    from offline.aws.extensions import install
    from offline.aws.faults import Faults
    from offline.aws.invocations import Invocations

    install()
    dispatcher = DomainDispatcherApplication(create_backend_app)
    guard = Guard(dispatcher, health)
    threading.Thread(target=AGENDA.serve, args=(guard.one_at_a_time,), daemon=True).start()
    functions = Invocations(guard, guard.one_at_a_time)
    return Calls(Faults(Credentials(IdempotentCreates(functions)))), dispatcher


def preload(dispatcher: Any) -> None:
    """Loads the services' backends, so that the first calls are quick (EC2 alone takes a second)."""
    for service in (*PRELOADED, *PRELOADED_LATER):
        scope = f"AWS4-HMAC-SHA256 Credential=preload/20200101/us-east-1/{service}/aws4_request, SignedHeaders=host"
        dispatcher.get_application({"PATH_INFO": "/", "HTTP_AUTHORIZATION": scope, "HTTP_HOST": HOST})


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Replaces the file whole: a reader never sees half of it."""
    partial = path.with_suffix(f".{os.getpid()}.partial")
    try:
        partial.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def serve(folder: Path, port: int) -> None:
    """Serves on the port (0: any free one), and leaves server.json in the folder while it does."""
    # moto is a great many objects that stay; looking through them again and again is a third of its start.
    gc.set_threshold(50_000, 20, 50)
    from moto.moto_server.werkzeug_app import MotoRequestHandler
    from werkzeug.serving import make_server

    class Handler(MotoRequestHandler):
        """Keeps connections open between requests, and logs failures only."""

        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            if str(code)[:1] == "5":
                with contextlib.suppress(OSError):
                    super().log_request(code, size)

    health: dict[str, Any] = {"pid": os.getpid(), "id": str(uuid.uuid4()), "started": _now()}
    app, dispatcher = application(health)
    server = make_server(HOST, port, app, threaded=True, request_handler=Handler)
    health["port"] = server.server_port
    write_json(folder / "server.json", health)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # nothing in it outlives it
    threading.Thread(target=_watch, args=(folder / "server.json", health["id"]), daemon=True).start()
    threading.Timer(0.2, preload, (dispatcher,)).start()  # after whoever started it has its answer
    server.serve_forever(poll_interval=0.05)


def _watch(file: Path, life: str) -> None:
    """Ends this process when the file is gone, or names another server: no command would find this one any more."""
    while _names(file, life):
        time.sleep(WATCH_SECONDS)
    os._exit(0)


def _names(file: Path, life: str) -> bool:
    try:
        return bool(json.loads(file.read_text(encoding="utf-8"))["id"] == life)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError, KeyError, TypeError):
        return True  # it is there, and can't be read now


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
