"""The variables of the processes that an operation starts: they lead to the emulated AWS, and never to a real one."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import os
import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .context import owns_something
from .errors import EngineError
from .files import replace_file
from .options import Config
from .resource_state import ResourceState
from .urns import package_of

CLOUD_PACKAGE = "aws"
DEFAULT_ACCOUNT = "123456789012"
"""The account of a project whose configuration names none; the emulator's own default."""
DEFAULT_REGION = "us-east-1"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_OWN_VARIABLES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


class CloudEnvironment:
    """The emulated AWS of one stack; it is started when the first part of an operation needs it."""

    def __init__(self, *, home: Path, record: Path, project: str, config: Config, judged: bool = False) -> None:
        """`record` remembers which life of the emulator holds the stack's resources.

        `judged` says that the program runs, and so that it will refuse an account that is none, with all else that is
        wrong: until then it has credentials of the default account.
        """
        self._home = home
        self._record = record
        self._config = config
        self._account = config[f"{project}:account"].text if f"{project}:account" in config else ""
        if judged and not re.fullmatch(r"\d{12}", self._account):
            self._account = ""
        self._lock = threading.Lock()
        self._cloud: Any = None
        self._variables: dict[str, str] = {}
        self._holds = False

    def needed(self, resources: Sequence[ResourceState]) -> bool:
        """True when configuration or state speak of AWS; else only a plugin of the package starts the emulator."""
        configured = any(key.startswith(f"{CLOUD_PACKAGE}:") for key in self._config)
        return configured or bool(self._account) or in_cloud(resources)

    def base(self) -> dict[str, str]:
        """The variables without the engine's own, and without any that could lead to a real account."""
        found = {
            key: value
            for key, value in os.environ.items()
            if key not in _OWN_VARIABLES and not key.startswith(("AWS_", "HEADROOM_ENGINE_"))
        }
        own_path = os.environ.get("HEADROOM_ENGINE_PATH", "")
        entries = [entry for entry in found.get("PYTHONPATH", "").split(os.pathsep) if entry and entry != own_path]
        found.pop("PYTHONPATH", None)
        if entries:
            found["PYTHONPATH"] = os.pathsep.join(entries)
        return found | {
            "HEADROOM_OFFLINE": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def variables(self) -> dict[str, str]:
        """The base with the emulator's endpoint and credentials; starts it if need be."""
        with self._lock:
            if not self._variables:
                cloud = self._start()
                region = self._config.get(f"{CLOUD_PACKAGE}:region")
                module = importlib.import_module("offline.cloud")
                try:
                    found = module.environment(
                        cloud, self._account or DEFAULT_ACCOUNT, region.text if region else DEFAULT_REGION
                    )
                except Exception as error:
                    self._check_lives()
                    raise EngineError(f"the emulated AWS gave no credentials: {error}") from None
                host = urlsplit(found.get("AWS_ENDPOINT_URL", "")).hostname
                if host not in LOOPBACK:
                    raise EngineError(f"the offline engine runs against loopback endpoints only, not {host}")
                if self._holds:
                    self._note()
                self._variables = {**self.base(), **found}
        return dict(self._variables)

    async def for_package(self, package: str) -> dict[str, str]:
        """The variables of a package's plugin."""
        if package == CLOUD_PACKAGE or self._variables:
            return await asyncio.to_thread(self.variables)
        return self.base()

    def _start(self) -> Any:
        if self._cloud is None:
            try:
                self._cloud = importlib.import_module("offline.cloud").ensure(self._home)
            except ImportError as error:
                raise EngineError(f"the emulated AWS cannot be started: {error}") from None
            except EngineError:
                raise
            except Exception as error:
                raise EngineError(str(error) or repr(error)) from None
        return self._cloud

    def check_not_lost(self, resources: Sequence[ResourceState]) -> None:
        """Raises EngineError when the stack's resources went with an earlier life of the emulator."""
        if not in_cloud(resources):
            return
        try:
            held_by = json.loads(self._record.read_bytes())
            known = str(held_by["id"])
        except FileNotFoundError:
            return
        except (ValueError, KeyError, TypeError):
            raise EngineError(
                f"{self._record} is damaged: it names the emulated AWS that holds this stack. If that was not stopped "
                "since the last `up`, delete the file; otherwise forget the stack with `headroom offline reset`"
            ) from None
        with self._lock:
            cloud = self._start()
        if known != cloud.id:
            raise _lost(f"started {held_by.get('started')}; the one that runs now started {cloud.started}")

    def _check_lives(self) -> None:
        """Raises EngineError when the emulator has ended since this operation began, and the stack was in it."""
        if not self._record.exists():
            return
        try:
            running = importlib.import_module("offline.cloud").running(self._home)
        except Exception as error:  # one that lives, and does not answer
            raise EngineError(str(error) or repr(error)) from None
        if running != self._cloud:
            raise _lost(f"started {self._cloud.started}; it ended while this command ran")

    def remember(self, resources: Sequence[ResourceState]) -> None:
        """Notes which life of the emulator holds the stack's resources; nothing when it has none there."""
        if not in_cloud(resources):
            self._record.unlink(missing_ok=True)
        elif self._cloud is not None:
            self._note()

    def hold(self) -> None:
        """From now on resources may be made in it: if engine and emulator are killed, the next command knows."""
        with self._lock:
            self._holds = True
            if self._variables:
                self._note()

    def _note(self) -> None:
        note = json.dumps({"id": self._cloud.id, "started": str(self._cloud.started)}).encode()
        with contextlib.suppress(FileNotFoundError):
            if self._record.read_bytes() == note:
                return
        replace_file(self._record, note)


def _lost(when: str) -> EngineError:
    return EngineError(
        f"the emulated AWS that held this stack is gone ({when}). Forget the lost state and build the stack anew with "
        "`headroom up <environment> --offline --rebuild`, or reset all with `headroom offline reset`"
    )


def in_cloud(resources: Sequence[ResourceState]) -> bool:
    """True when some of the resources exist in AWS."""
    return any(owns_something(state) and package_of(state.type) == CLOUD_PACKAGE for state in resources)
