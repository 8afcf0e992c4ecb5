"""preview, up, refresh, destroy."""

from __future__ import annotations

import asyncio
import datetime
import os
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

from ..errors import EngineError
from ..event_log import EventLog
from ..options import Config, Kind, Options, Target
from ..state_store import Interrupted, StackState
from ..values import MASK
from ..versions import engine_version
from .stack_commands import confirm, stack_rm
from .workspace import INSTALLATION, Workspace

_NAMES = {"preview": "preview", "update": "update", "refresh": "refresh", "destroy": "destroy"}


def preview(workspace: Workspace, arguments: Namespace) -> None:
    """Shows what `up` would do."""
    _Command(workspace, arguments, "preview").run()


def up(workspace: Workspace, arguments: Namespace) -> None:
    """Creates, updates and deletes until the stack is what the program says."""
    _Command(workspace, arguments, "update").run()


def refresh(workspace: Workspace, arguments: Namespace) -> None:
    """Brings the state to what exists."""
    _Command(workspace, arguments, "refresh").run()


def destroy(workspace: Workspace, arguments: Namespace) -> None:
    """Deletes all that the stack owns."""
    _Command(workspace, arguments, "destroy").run()
    if getattr(arguments, "remove", False):
        arguments.force = arguments.preserve_config = False
        arguments.yes, arguments.name = True, None
        stack_rm(workspace, arguments)


class _Command:
    """One of them."""

    def __init__(self, workspace: Workspace, arguments: Namespace, kind: Kind) -> None:
        self._workspace = workspace
        self._arguments = arguments
        self._kind: Kind = kind
        self._only_preview = kind == "preview" or getattr(arguments, "preview_only", False)
        self._as_json = getattr(arguments, "json", False)
        self._stack = workspace.existing_stack(getattr(arguments, "stack", None))
        self._config = workspace.config(self._stack, arguments).all()
        self._cloud = self._make_cloud()
        self._unsaved: EngineError | None = None

    def run(self) -> None:
        """Runs it under the stack's lock; raises EngineError when it fails."""
        arguments, project = self._arguments, self._workspace.project.name
        if not self._only_preview and not arguments.yes and not self._interactive():
            raise EngineError("--yes must be passed in non-interactive mode, to proceed without being asked")
        print(f"offline engine {engine_version()}: stack {self._stack}, nothing here reaches AWS", file=sys.stderr)
        with self._workspace.backend.lock(project, self._stack, _NAMES[self._kind]):
            if self._only_preview:
                self._once(dry_run=True)
                return
            if not arguments.skip_preview:
                self._once(dry_run=True, rehearsal=True)
                if not arguments.yes:
                    confirm(arguments, f"This will {self._kind} the stack '{self._stack}'.")
            self._once(dry_run=False)

    def _interactive(self) -> bool:
        return not getattr(self._arguments, "non_interactive", False) and sys.stdin.isatty() and sys.stdout.isatty()

    def _make_cloud(self) -> Any:
        from ..cloud_environment import CloudEnvironment

        project = self._workspace.project.name
        return CloudEnvironment(
            home=self._workspace.home,
            record=self._workspace.backend.cloud_file(project, self._stack),
            project=project,
            config=self._config,
            judged=self._kind in ("preview", "update"),
        )

    def _options(self, *, dry_run: bool) -> Options:
        given = self._arguments
        if given.target and given.exclude:
            raise EngineError("--target and --exclude exclude each other")
        return Options(
            kind=self._kind,
            dry_run=dry_run,
            parallel=max(1, min(given.parallel or 16, 256)),
            refresh=getattr(given, "refresh", False),
            targets=tuple(given.target or ()) + tuple(getattr(given, "target_replace", None) or ()),
            excludes=tuple(given.exclude or ()),
            target_dependents=given.target_dependents,
            exclude_dependents=given.exclude_dependents,
            replaces=tuple(getattr(given, "replace", None) or ()) + tuple(getattr(given, "target_replace", None) or ()),
            continue_on_error=getattr(given, "continue_on_error", False),
            exclude_protected=getattr(given, "exclude_protected", False),
            debug=getattr(given, "debug", False),
        )

    def _once(self, *, dry_run: bool, rehearsal: bool = False) -> None:
        """One run; a rehearsal is the preview before an operation, whose events are not logged."""
        from ..display.words import PREVIEW_TITLES, TITLES

        if not self._as_json:
            print(f"{(PREVIEW_TITLES if dry_run else TITLES)[self._kind]} ({self._stack}):", flush=True)
        log = EventLog(None if rehearsal else self._arguments.event_log)
        try:
            asyncio.run(self._run(log, dry_run=dry_run))
        finally:
            log.close()
        if log.failure:
            raise log.failure

    async def _run(self, log: EventLog, *, dry_run: bool) -> None:
        from ..display.live import Live, Silent
        from ..reporter import Reporter

        started = datetime.datetime.now(datetime.UTC)
        watcher = Silent() if dry_run or self._as_json or self._arguments.suppress_progress else Live(sys.stdout)
        reporter = Reporter(log, watcher, dry_run=dry_run)
        state = self._workspace.state(self._stack)
        setup = self._setup(self._options(dry_run=dry_run))
        self._cloud.check_not_lost(state.snapshot.resources)
        if not dry_run:
            self._cloud.hold()
        notes: list[str] = []
        if state.interrupted:
            notes = self._tell(state.interrupted, dry_run=dry_run)
            if not dry_run:
                await self._recover(setup, state, reporter, notes)
                state = self._workspace.state(self._stack)
        outcome = await self._operate(setup, state, reporter, notes)
        self._show(outcome, dry_run=dry_run)
        if self._unsaved:
            raise self._unsaved
        if not dry_run:
            self._add_history(started, reporter)
        self._judge(reporter, dry_run=dry_run)

    def _setup(self, options: Options) -> Any:
        from ..analyzer import PackSource
        from ..operation import Setup

        project, given = self._workspace.project, self._arguments
        client = given.client or ""
        packs = list(given.policy_pack or ())
        configs = list(given.policy_pack_config or ())
        if len(configs) > len(packs):
            raise EngineError("there are more --policy-pack-config than --policy-pack")
        configs += [None] * (len(packs) - len(configs))
        return Setup(
            target=Target(
                project=project.name,
                stack=self._stack,
                root=str(project.root.absolute()),
                folder=str(project.root.absolute() if client else _program_folder(project.main)),
                config=self._config,
            ),
            options=options,
            python=sys.executable if client or self._kind in ("refresh", "destroy") else project.python(),
            plugins=Path(os.environ.get("HEADROOM_OFFLINE_PLUGINS") or INSTALLATION / "offline" / "plugins"),
            cloud=self._cloud,
            stack_outputs=self._workspace.stack_outputs,
            packs=[PackSource(path=path, config_file=file) for path, file in zip(packs, configs, strict=True)],
            client=client,
        )

    @staticmethod
    def _tell(interrupted: Interrupted, *, dry_run: bool) -> list[str]:
        """Says what was interrupted, at once: finishing it may take its time."""
        lines = [f"the last {interrupted.operation} of this stack was interrupted; all that it finished is kept"]
        lines += [f"  was being created: {urn}" for urn in interrupted.creating]
        lines += [f"  was being changed: {urn}" for urn in interrupted.other]
        if dry_run and interrupted.creating:
            lines.append("  the next up, refresh or destroy finishes these creates; here they are still to create")
        print("\n".join(lines), file=sys.stderr, flush=True)
        return lines

    async def _recover(self, setup: Any, state: StackState, reporter: Any, notes: list[str]) -> None:
        """Finishes what an interrupted operation had begun, and saves it."""
        from .. import recover

        def say(text: str) -> None:
            notes.append(f"  {reporter.redactor.clean(text)}")
            print(notes[-1], file=sys.stderr, flush=True)

        await recover.recover(setup, self._workspace.backend, state, reporter, say)
        self._cloud.remember(self._workspace.state(self._stack).snapshot.resources)

    async def _operate(self, setup: Any, state: StackState, reporter: Any, notes: list[str]) -> Any:
        from ..journal import Journal
        from ..ledger import Ledger
        from ..operation import Operation

        backend, project = self._workspace.backend, self._workspace.project.name
        if setup.options.dry_run:
            return await Operation(setup, Ledger(state.snapshot, state.secrets), reporter, notes).run()
        path = backend.journal_file(project, self._stack)
        journal = Journal(path, state.secrets, base=state.digest, operation=self._kind)
        ledger = Ledger(state.snapshot, state.secrets, journal)
        folded = False
        try:
            outcome = await Operation(setup, ledger, reporter, notes).run()
            if not ledger.begun:
                folded = self._save(ledger, journal)
            self._cloud.remember(ledger.resources)
        finally:
            journal.close(remove=folded)
        return outcome

    def _save(self, ledger: Any, journal: Any) -> bool:
        """False when it cannot be written: then the journal stays, and the outcome is shown before the error."""
        from ..state_store import save

        try:
            save(
                self._workspace.backend, self._workspace.project.name, self._stack, ledger, journal, _NAMES[self._kind]
            )
        except EngineError as error:
            self._unsaved = error
        return self._unsaved is None

    def _show(self, outcome: Any, *, dry_run: bool) -> None:
        from ..display.digest import digest
        from ..display.report import report

        if self._as_json:
            print(digest(outcome, self._config), flush=True)
            return
        given = self._arguments
        text = report(outcome, dry_run=dry_run, diff=given.diff, outputs=not given.suppress_outputs)
        print(text, flush=True)

    def _judge(self, reporter: Any, *, dry_run: bool) -> None:
        name = "preview" if dry_run else _NAMES[self._kind]
        if reporter.cancelled:
            raise EngineError(f"{name} canceled")
        if reporter.failed:
            raise EngineError(f"{name} failed")
        changed = {key: count for key, count in reporter.changes.items() if key not in ("same", "read") and count}
        if self._arguments.expect_no_changes and changed:
            raise EngineError(f"no changes were expected but changes {'were proposed' if dry_run else 'occurred'}")

    def _add_history(self, started: datetime.datetime, reporter: Any) -> None:
        backend, project = self._workspace.backend, self._workspace.project.name
        ended = started + datetime.timedelta(seconds=time.monotonic() - reporter.started)  # whatever the clock says
        entry = {
            "kind": _NAMES[self._kind],
            "startTime": started.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "message": self._arguments.message or "",
            "environment": {"exec.kind": self._arguments.exec_kind or "cli", "exec.engine": "offline"},
            "config": _history_config(self._config),
            "result": "failed" if reporter.failed else "succeeded",
            "endTime": ended.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "resourceChanges": reporter.changes,
        }
        backend.add_history(project, self._stack, entry)


def _program_folder(main: Path) -> Path:
    if not main.is_dir():
        raise EngineError(f"the program's folder {main} does not exist: see 'main' in Pulumi.yaml")
    return main.absolute()


def _history_config(config: Config) -> dict[str, Any]:
    return {
        key: {"value": MASK if value.secret else value.text, "secret": value.secret} for key, value in config.items()
    }
