"""A small project on which releases pass from one environment to the next: real git, real records, no Pulumi.

The stand-in keeps what stands in memory and takes it from the checkout that it is given, so that a test sees what was
really applied. Every call to the outside can be the last one: `Stage.kill_at`.
"""

from __future__ import annotations

import copy
import datetime
import hashlib
import io
import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from operations.changes import Run
from operations.errors import Failure, Invocation, Stopped
from operations.project import Project
from operations.promotion.approving import Answer
from operations.promotion.checkouts.repository import Repository
from operations.promotion.health.health import Limits
from operations.promotion.model import Check
from operations.promotion.promote import Wish, promote
from operations.promotion.recording import begin
from operations.promotion.records.documents import Slot, read, written
from operations.promotion.records.objects import Stored
from operations.promotion.records.store import Store
from operations.promotion.world import Place, World
from operations.report.build import Previewed
from operations.screen import Screen
from tests.operations.report.streams import DATABASE, run, step, violation

TASK = "aws:ecs/taskDefinition:TaskDefinition"
ROUTE = {"dev": "none", "staging": "dev", "prod": "staging"}
ACCOUNTS = {"dev": "111111111111", "staging": "222222222222", "prod": "333333333333"}
BEGIN = datetime.datetime(2026, 11, 21, 9, 0, tzinfo=datetime.UTC)
SOAK = 60
"""Minutes, as the stack files have it."""
GIT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
       for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.com"), ("DATE", "2026-11-21T09:00:00Z"))},
}  # fmt: skip
"""Who commits, and when: so that commits have the same ids every time."""


def image(letter: str) -> str:
    """An image by its digest, told apart by one letter."""
    return f"ghcr.io/acme/app@sha256:{letter * 64}"


FILE = """\
config:
  aws:region: eu-central-1
  headroom:account: "{account}"
  headroom:services:
    api:
      # What runs.
      image: {image}
      migrate: [node, migrate.js]
      cpu_units: 256
    web:
      image: {image}
  headroom:databases:
    main:
      version: "17"
  headroom:promotion:
    from: {source}
    settings: [services.*.image, databases.*.version]
    soak_minutes: 60
    bake_minutes: 10
    max_error_percent: 1
    max_p95_seconds: 2
    min_requests: 100
    rollback: never
"""


class StageRepository(Repository):
    """Real git, of which moving the branch is a call to the outside, too."""

    stage: Stage

    def advance(self, commit: str) -> None:
        self.stage.outside("before moving the branch")
        super().advance(commit)
        self.stage.outside("after moving the branch")


class Killed(BaseException):
    """The process is no more: nothing catches it, nothing is tidied up."""


@dataclass
class Bucket:
    """The objects of one account's bucket, by a clock of its own."""

    stage: Stage
    kept: dict[str, tuple[bytes, str, datetime.datetime]] = field(default_factory=dict)

    def url(self, key: str = "") -> str:
        return f"s3://state/{key}"

    def keys(self, prefix: str) -> list[str]:
        self.stage.outside("list")
        return sorted(key for key in self.kept if key.startswith(prefix))

    def get(self, key: str) -> Stored | None:
        self.stage.outside("get")
        if key not in self.kept:
            return None
        text, etag, modified = self.kept[key]
        return Stored(text=text, etag=etag, modified=modified, now=self.stage.clock)

    def create(self, key: str, text: str, *, keep: bool = False) -> str | None:
        return self._put(key, text) if key not in self.kept else None

    def replace(self, key: str, text: str, etag: str) -> str | None:
        return self._put(key, text) if key in self.kept and self.kept[key][1] == etag else None

    def _put(self, key: str, text: str) -> str:
        self.stage.outside(f"before writing {key}")
        etag = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        self.kept[key] = (text.encode(), etag, self.stage.clock)
        self.stage.outside(f"after writing {key}")
        return etag


@dataclass
class Health:
    """What AWS says of an environment."""

    stage: Stage
    environment: str

    def checks(self, since: datetime.datetime, limits: Limits) -> list[Check]:
        self.stage.outside("look at health")
        return [
            Check(name="alarms quiet", passed=not (said := self.stage.ill.get(self.environment)), said=said or "all")
        ]

    def watch(
        self, until: datetime.datetime, limits: Limits, tell: Any, sleep: Any, *, since: Any = None
    ) -> list[Check]:
        self.stage.outside("watch")
        self.stage.clock = max(self.stage.clock, until)
        self.stage.outside("have watched")
        return [check for check in self.checks(since, limits) if not check.passed]


class StagePlace(Place):
    """An environment of the stage."""

    stage: Stage

    @classmethod
    def of(cls, stage: Stage, environment: str) -> StagePlace:
        place = cls(Project(stage.root), environment, True)
        object.__setattr__(place, "stage", stage)
        return place

    @property
    def store(self) -> Store:
        return self.stage.store(self.environment)

    def caller(self) -> str:
        return f"arn:aws:sts::{ACCOUNTS[self.environment]}:assumed-role/deploy/ada"

    @property
    def aws(self) -> Any:
        return self.stage.pager

    def health(self, outputs: Any, resources: Any) -> Any:
        return Health(self.stage, self.environment)


@dataclass
class Engine:
    """Stands in for Pulumi: what stands in an environment are the images of its stack file and the program."""

    stage: Stage

    def preview(self, project: Project, environments: Sequence[str]) -> list[Previewed]:
        self.stage.outside("preview")
        return [Previewed(environment=name, run=self._run(project, name)) for name in environments]

    def _run(self, project: Project, environment: str) -> Run:
        wanted, stands = wanted_by(project, environment), self.stage.stands.get(environment, {})
        told: list[dict[str, Any]] = []
        for name in sorted({*wanted, *stands}):
            old, new = stands.get(name), wanted.get(name)
            token = DATABASE if name.startswith("database") else TASK
            if old == new:
                told.append(step("same", token, name, stack=environment, old={"is": old}, new={"is": new}))
            elif old is None:
                told.append(step("create", token, name, stack=environment, new={"is": new}))
            else:
                op = self.stage.operations.get(name, "update")
                forced = ["is"] if op == "replace" else None
                told.append(
                    step(op, token, name, stack=environment, old={"is": old}, new={"is": new},
                         detail={"is": "update-replace" if forced else "update"}, forced=forced)
                )  # fmt: skip
        broken = [violation(rule, "urn:pulumi:x::headroom::a:b:C::d") for rule in self.stage.broken_rules]
        advised = [violation(rule, "urn:pulumi:x::headroom::a:b:C::d", level="advisory") for rule in self.stage.advice]
        return run(*told, *broken, *advised)

    def apply(self, project: Project, environment: str, again: str) -> None:
        self.stage.outside("before apply")
        wanted = wanted_by(project, environment)
        self.stage.applied.append((environment, project.config(environment)))
        self.stage.require_in_git(environment, (project.root / f"Pulumi.{environment}.yaml").read_text())
        half = dict(list(wanted.items())[:1])
        self.stage.stands[environment] = {**self.stage.stands.get(environment, {}), **half}
        self.stage.outside("half way")
        if self.stage.fails.get(environment) == "stopped":
            raise Stopped("stopped, as you asked.")
        if self.stage.fails.get(environment) == "apply":
            raise Failure("TaskDefinition web: AWS said no", ("mend it",))
        self.stage.stands[environment] = wanted
        self.stage.outside("after apply")

    def await_rollout(self, environment: str, outputs: Mapping[str, Any]) -> None:
        self.stage.outside("await rollout")
        if self.stage.fails.get(environment) == "rollout":
            raise Failure("api: ECS rolled revision 7 back\n  api wrote: password=hunter2hunter2")

    def resources(self, environment: str) -> Sequence[Mapping[str, Any]]:
        self.stage.outside("export state")
        return [{"urn": name, "inputs": value} for name, value in self.stage.stands.get(environment, {}).items()]

    def outputs(self, environment: str) -> Mapping[str, Any]:
        return {"account": ACCOUNTS[environment], "topics": {"page": f"arn:aws:sns:eu-central-1:{environment}:page"}}

    def tag(self, environment: str, tags: Mapping[str, str]) -> None:
        self.stage.outside("tag")
        self.stage.tags[environment] = dict(tags)

    def drift(self, environment: str) -> Sequence[str]:
        self.stage.outside("look for drift")
        return self.stage.drifted.get(environment, ())


@dataclass
class Pager:
    """Takes pages, as boto3's clients would."""

    pages: list[tuple[str, str]] = field(default_factory=list)

    def at(self, region: str) -> Pager:
        return self

    def __call__(self, service: str, **settings: Any) -> Pager:
        return self

    def publish(self, *, TopicArn: str, Subject: str, Message: str) -> None:  # noqa: N803
        self.pages.append((Subject, Message))


@dataclass
class Stage:
    """Everything, with dev, staging and prod up from the first commit."""

    root: Path
    clock: datetime.datetime = BEGIN
    stands: dict[str, dict[str, Any]] = field(default_factory=dict)
    applied: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    ill: dict[str, str] = field(default_factory=dict)
    """Environment -> alarm that is on."""
    drifted: dict[str, Sequence[str]] = field(default_factory=dict)
    fails: dict[str, str] = field(default_factory=dict)
    """Environment -> `apply`, `rollout` or `stopped`."""
    broken_rules: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)
    """Rules that are not kept, and need not be."""
    operations: dict[str, str] = field(default_factory=dict)
    """Name of a resource -> what becomes of it when it changes; `update` otherwise."""
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    pager: Pager = field(default_factory=Pager)
    kill_at: int | None = None
    """Which call to the outside from now on is the last."""
    calls: list[str] = field(default_factory=list)
    out: io.StringIO = field(default_factory=io.StringIO)
    buckets: dict[str, Bucket] = field(default_factory=dict)
    watch: Callable[[str], None] | None = None
    """Is told of every call to the outside."""
    tries_out: bool = False
    """Whether what is applied need not be in git: an up from a tree that is not clean."""
    answers: list[bool] | None = None
    """What somebody at the terminal answers; None: there is no terminal."""

    @classmethod
    def begin(cls, root: Path) -> Stage:
        """A new project, nothing of it up."""
        root.mkdir()
        (root / "Pulumi.yaml").write_text("name: headroom\nruntime: python\n")
        for folder in ("infra", "components", "policies", "functions"):
            (root / folder).mkdir()
            (root / folder / "made.py").write_text("one = 1\n")
        for name, account in ACCOUNTS.items():
            text = FILE.format(account=account, image=image("a"), source=ROUTE[name])
            (root / f"Pulumi.{name}.yaml").write_text(text)
            (root / "policies" / f"{name}.json").write_text("{}")
        made = cls(root)
        made.git("init", "-q", "-b", "main")
        made.commit("begin")
        return made

    @classmethod
    def whole(cls, root: Path) -> Stage:
        """Three environments up and recorded; dev has a newer image, which has soaked."""
        made = cls.begin(root)
        for name in ACCOUNTS:
            made.up(name)
            made.soak(1)
        made.change("dev", image("a"), image("b"))
        made.commit("a newer version")
        made.up("dev")
        made.soak()
        return made

    def copy(self, root: Path) -> Stage:
        """The same elsewhere."""
        root.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(self.root, root)
        made = Stage(root, self.clock, copy.deepcopy(self.stands))
        made.buckets = {name: Bucket(made, dict(bucket.kept)) for name, bucket in self.buckets.items()}
        return made

    def git(self, *words: str) -> str:
        done = subprocess.run(["git", "-C", str(self.root), *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def forget(self, branch: str) -> None:
        """A branch whose pull request was squashed, as a later clone knows of it: not at all."""
        self.git("branch", "-q", "-D", branch)
        self.git("reflog", "expire", "--expire=now", "--all")
        self.git("gc", "-q", "--prune=now")

    def change(self, environment: str, old: str, new: str) -> None:
        """Edits a stack file."""
        path = self.root / f"Pulumi.{environment}.yaml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def image_of(self, environment: str, service: str = "api") -> str:
        """What git says of a service."""
        config = yaml.safe_load(self.git("show", f"HEAD:Pulumi.{environment}.yaml"))["config"]
        return str(config["headroom:services"][service]["image"])

    def outside(self, what: str) -> None:
        """A call to the outside begins, or has ended."""
        self.calls.append(what)
        if self.watch:
            watch, self.watch = self.watch, None
            watch(what)
            self.watch = watch
        if self.kill_at is not None:
            self.kill_at -= 1
            if self.kill_at < 0:
                raise Killed(what)

    def require_in_git(self, environment: str, text: str) -> None:
        """Nothing is applied that the branch does not say."""
        assert self.tries_out or self.git("show", f"main:Pulumi.{environment}.yaml") + "\n" == text

    def bucket(self, environment: str) -> Bucket:
        return self.buckets.setdefault(environment, Bucket(self))

    def store(self, environment: str) -> Store:
        objects: Any = self.bucket(environment)
        objects.invocation = Invocation(environment=environment, offline=True)
        return Store(objects, environment)

    def take_over(self, environment: str) -> None:
        """Somebody else holds the environment now: whoever did was silent for too long."""
        kept, key = self.bucket(environment).kept, f"releases/{environment}/position.json"
        holder = StagePlace.of(self, environment).holder("promote")
        slot = replace(read(Slot, kept[key][0]), write="theirs", holder=holder)
        kept[key] = (written(slot).encode(), "theirs", self.clock)

    def world(self) -> World:
        """As a new process has it."""
        project = Project(self.root)
        self.out = io.StringIO()
        screen = StageScreen(self, Console(file=self.out, width=200, highlight=False))
        places: dict[str, Place] = {name: StagePlace.of(self, name) for name in ACCOUNTS}

        def sleep(seconds: float) -> None:
            self.clock += datetime.timedelta(seconds=seconds)

        repository = StageRepository(self.root)
        repository.stage = self
        return World(
            project=project, offline=True, screen=screen, engine=Engine(self), repository=repository,
            now=lambda: self.clock, sleep=sleep, places=places,
        )  # fmt: skip

    def up(self, environment: str) -> str:
        """`headroom up`, from a clean checkout."""
        world = self.world()
        place = world.place(environment)
        stack: Any = StageStack(self, environment)
        with begin(place, stack, lambda: self.clock) as recorder:
            [would] = world.engine.preview(world.project, [environment])
            world.engine.apply(world.project, environment, "")
            return recorder if isinstance(recorder, str) else recorder.finish(would.run)

    def promote(self, source: str = "dev", target: str = "staging", **wishes: Any) -> int:
        """`headroom promote`, as a new process. Unless an answer is given, it is approved by a review's hash."""
        answer = wishes.pop("answer", None)
        if answer is None:
            answer = Answer(approve=self.approval(source, target), passes=bool(wishes.get("break_glass")))
        return promote(self.world(), source, target, Wish(answer=answer, **wishes))

    def approval(self, source: str = "dev", target: str = "staging") -> str:
        """The hash that a review prints, gates passed by or not."""
        answer = Answer(review_only=True, format="json", passes=True)
        world = self.world()
        promote(world, source, target, Wish(answer=answer, break_glass="to see"))
        return str(json.loads(self.said)["approval"])

    def store_has_failed(self, environment: str) -> bool:
        """Whether a failure was recorded."""
        return any(b'"failed"' in text for text, _, _ in self.bucket(environment).kept.values())

    def soak(self, minutes: float = SOAK) -> None:
        """Time goes by."""
        self.clock += datetime.timedelta(minutes=minutes)

    @property
    def said(self) -> str:
        """What the last command printed."""
        return self.out.getvalue()


@dataclass
class StageStack:
    """A stack, as `headroom up` has it."""

    stage: Stage
    environment: str

    def resources(self) -> Sequence[Mapping[str, Any]]:
        return Engine(self.stage).resources(self.environment)

    def tag(self, name: str, value: str) -> None:
        self.stage.tags.setdefault(self.environment, {})[name] = value


class Slow(list[bool]):
    """Somebody who says yes, and reads for so long that staging is changed by hand meanwhile."""

    def __init__(self, stage: Stage) -> None:
        super().__init__([True])
        self._stage = stage

    def pop(self, *_: object) -> bool:
        self._stage.stands["staging"]["made by hand"] = "bucket"
        return True


class StageScreen(Screen):
    """A terminal at which somebody has answers ready, or none at all."""

    def __init__(self, stage: Stage, console: Console) -> None:
        super().__init__(console, console)
        self._stage = stage

    @property
    def interactive(self) -> bool:
        return self._stage.answers is not None

    def ask(self, question: str) -> bool:
        self.console.print(question)
        assert self._stage.answers, question
        return self._stage.answers.pop(0)


def wanted_by(project: Project, environment: str) -> dict[str, Any]:
    """What a stack file asks for."""
    config = project.config(environment)
    images = {f"service {name}": given["image"] for name, given in config["headroom:services"].items()}
    databases = {f"database {name}": given["version"] for name, given in config["headroom:databases"].items()}
    program = (project.root / "infra" / "made.py").read_text()
    return {**images, **databases, "program": program}
