"""Where a smoke run lives: a folder of its own, with a stack of its own, whose name collides with nothing.

Every name in AWS, every tag and every secret carries the stack's name (`headroom-smoke-1a2b3c-...`), so a run stands
beside anything else in the account. Its state lies in the folder as well, encrypted with a passphrase that lies there:
nothing has to be prepared in the account, and nothing is left in it.
"""

from __future__ import annotations

import datetime
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from operations.errors import Failure
from operations.project import Project

PREFIX: Final = "smoke-"
PROFILE: Final = "profiles/minimal.yaml"
LEVELS_OF: Final = "dev"
"""Whose levels of the policies hold."""
NOTE: Final = "run.json"
LINKED: Final = ("infra", "components", "functions", "operations", "offline", ".venv")
COPIED: Final = ("Pulumi.yaml",)
IMAGE: Final = "docker.io/traefik/whoami:v1.11.0"
"""A web server of 3 MB for arm64 and amd64 that answers 200 to /health: github.com/traefik/whoami, README."""
SERVICE: Final = "api"
PORT_VARIABLE: Final = "WHOAMI_PORT_NUMBER"
"""Where that server reads its port; others read PORT, which every service is given."""


@dataclass(frozen=True, kw_only=True)
class Note:
    """What is known of a run, for whoever finds its folder."""

    name: str
    """Of the stack, such as smoke-1a2b3c."""
    account: str
    region: str
    rehearsal: bool
    process: int
    started: str
    """ISO 8601, UTC."""
    hourly: float = 0.0
    """US dollars an hour, by list prices; 0 until they are known."""


@dataclass(frozen=True)
class Place:
    """A run's folder."""

    root: Path
    main: Project
    """The project that is tried."""

    @property
    def name(self) -> str:
        return self.root.name

    @property
    def log(self) -> Path:
        """What a run says once its terminal is closed; it stays when the folder goes."""
        return self.root.with_suffix(".log")

    @property
    def project(self) -> Project:
        """The folder as a project; offline it shares the emulated AWS and the state of the main one."""
        return Project(self.root, self.main.offline_home)

    @property
    def environment(self) -> dict[str, str]:
        """Variables by which Pulumi keeps the run's state in the folder."""
        return {
            "PULUMI_BACKEND_URL": f"file://{self.root / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.root / "passphrase"),
        }

    @property
    def note(self) -> Note:
        """Raises Failure where it can't be read."""
        try:
            return Note(**json.loads((self.root / NOTE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise Failure(f"{self.root / NOTE} can't be read: {error}") from error

    def write(self, note: Note) -> None:
        (self.root / NOTE).write_text(json.dumps(asdict(note), indent=2) + "\n", encoding="utf-8")

    def remove(self) -> None:
        """Deletes the folder; links are deleted, and not what they lead to."""
        shutil.rmtree(self.root)


def folder(project: Project) -> Path:
    """Where the folders of runs lie, which git ignores."""
    return project.root / ".headroom" / "smoke"


def left_behind(project: Project) -> list[Place]:
    """Runs that did not come to their end, and one that goes on in another terminal."""
    return list(_places(project))


def _places(project: Project) -> Iterator[Place]:
    for path in sorted(folder(project).glob(f"{PREFIX}*")):
        if (path / NOTE).is_file():
            yield Place(path, project)


def find(project: Project, name: str) -> Place:
    """The folder of a run. Raises Failure where there is none."""
    found = {place.name: place for place in _places(project)}
    if name not in found:
        known = f"there are: {', '.join(found)}" if found else "there is no run at all"
        raise Failure(f"there is no run {name!r} in {folder(project)}; {known}")
    return found[name]


def make(project: Project, *, image: str, rehearsal: bool, now: datetime.datetime) -> Place:
    """A folder for a new run, with its stack file. Raises Failure where dev's stack file lacks what it needs."""
    account, region = project.setting("dev", "headroom:account"), project.setting("dev", "aws:region")
    name = f"{PREFIX}{secrets.token_hex(3)}"
    place = Place(folder(project) / name, project)
    config = _config(project, account=account, region=region, image=image)
    place.root.mkdir(parents=True)
    for part in LINKED:
        if (project.root / part).exists():
            (place.root / part).symlink_to((project.root / part).resolve())
    for part in COPIED:
        shutil.copy(project.root / part, place.root)
    _policies(project, place)
    (place.root / "state").mkdir()
    (place.root / "passphrase").touch(mode=0o600)
    (place.root / "passphrase").write_text(secrets.token_urlsafe(32), encoding="utf-8")
    document = yaml.safe_dump({"config": config}, sort_keys=False)
    (place.root / f"Pulumi.{name}.yaml").write_text(document, encoding="utf-8")
    note = Note(
        name=name,
        account=account,
        region=region,
        rehearsal=rehearsal,
        process=os.getpid(),
        started=now.isoformat(timespec="seconds"),
    )
    place.write(note)
    return place


def _policies(project: Project, place: Place) -> None:
    """The policy pack, with a file of levels under the stack's name."""
    (place.root / "policies").mkdir()
    for path in (project.root / "policies").iterdir():
        if path.name != "__pycache__":
            (place.root / "policies" / path.name).symlink_to(path.resolve())
    levels = (project.root / "policies" / f"{LEVELS_OF}.json").resolve()
    (place.root / "policies" / f"{place.name}.json").symlink_to(levels)


def _config(project: Project, *, account: str, region: str, image: str) -> Mapping[str, Any]:
    """The minimal profile in dev's account, with a service that can be asked, and nobody to send mails to."""
    try:
        config = dict(yaml.safe_load((project.root / PROFILE).read_text(encoding="utf-8"))["config"])
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError) as error:
        raise Failure(f"{PROFILE} can't be read: {error}") from error
    config |= {"headroom:account": account, "aws:region": region}
    config["headroom:owner"] = project.given("dev", "headroom:owner") or config["headroom:owner"]
    service = dict(config["headroom:services"][SERVICE])
    port = str(service["port"])
    service |= {"image": image, "environment": {PORT_VARIABLE: port} if image == IMAGE else {}}
    config["headroom:services"] = {SERVICE: service}
    config["headroom:alarms"] = {"warn_emails": []}
    return config
