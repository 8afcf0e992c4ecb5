"""stack: init, select, ls, rm, export, import, output, history."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from .. import features
from ..backend import FileBackend
from ..crypter import StateSecrets
from ..errors import EngineError, UnsupportedError
from ..serialize import masked, plain
from ..snapshot import Snapshot
from ..urns import STACK_TYPE
from ..values import MASK
from .workspace import Workspace

_SECRETS_PROVIDERS = ("", "default", "passphrase")


def _given(arguments: Namespace) -> str | None:
    name = getattr(arguments, "name", None) or getattr(arguments, "stack", None)
    return str(name) if name else None


def stack_show(workspace: Workspace, arguments: Namespace) -> None:
    """Says which stack is selected and what it holds."""
    stack = workspace.existing_stack(_given(arguments))
    resources = workspace.state(stack).snapshot.resources
    print(f"Current stack is {stack}:\n    {len(resources)} resources")


def stack_init(workspace: Workspace, arguments: Namespace) -> None:
    """Makes an empty stack."""
    provider = getattr(arguments, "secrets_provider", None) or ""
    if provider not in _SECRETS_PROVIDERS:
        raise UnsupportedError(f"the secrets provider {provider!r}: it encrypts by passphrase")
    if not _given(arguments):
        raise EngineError("give the new stack's name")
    stack = workspace.stack_name(_given(arguments))
    if not _make(workspace.backend, workspace.project.name, stack):
        raise EngineError(f"stack '{stack}' already exists")
    if not getattr(arguments, "no_select", False):
        workspace.backend.select(workspace.project.name, stack)
    print(f"Created stack '{stack}'")


def _make(backend: FileBackend, project: str, stack: str) -> bool:
    """False when it exists, or another command was quicker."""
    if not backend.exists(project, stack):
        with backend.lock(project, stack, "stack init"):
            if not backend.exists(project, stack):
                backend.save(project, stack, None, by="stack init")
                return True
    return False


def stack_select(workspace: Workspace, arguments: Namespace) -> None:
    """Chooses the stack of later commands."""
    if not _given(arguments):
        raise EngineError("give the name of the stack to select")
    stack = workspace.stack_name(_given(arguments))
    if arguments.create and not workspace.backend.exists(workspace.project.name, stack):
        stack_init(workspace, arguments)
        return
    workspace.backend.select(workspace.project.name, workspace.existing_stack(stack))


def stack_ls(workspace: Workspace, arguments: Namespace) -> None:
    """Lists stacks."""
    project = None if arguments.all else workspace.project.name
    rows: list[dict[str, Any]] = []
    for owner, stack in workspace.backend.stacks(project):
        row: dict[str, Any] = {
            "name": stack if project else f"organization/{owner}/{stack}",
            "current": workspace.backend.selected(owner) == stack,
            "updateInProgress": workspace.backend.lock_holder(owner, stack) is not None,
        }
        rows.append(row)
        try:
            checkpoint = workspace.backend.load(owner, stack)
        except EngineError as error:  # the others are listed all the same
            print(f"warning: {error}", file=sys.stderr)
            continue
        row["resourceCount"] = checkpoint.resources
        if checkpoint.deployment and checkpoint.time:
            row["lastUpdate"] = checkpoint.time[:19] + ".000Z"
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return
    print(f"{'NAME':<30}  {'LAST UPDATE':<24}  RESOURCE COUNT")
    for row in rows:
        name = row["name"] + ("*" if row["current"] else "")
        print(f"{name:<30}  {row.get('lastUpdate', 'n/a'):<24}  {row.get('resourceCount', 'n/a')}")


def stack_rm(workspace: Workspace, arguments: Namespace) -> None:
    """Removes a stack, by default only an empty one."""
    stack = workspace.existing_stack(_given(arguments))
    project = workspace.project.name
    if not arguments.yes:
        confirm(arguments, f"This will permanently remove the '{stack}' stack!")
    with workspace.backend.lock(project, stack, "stack rm"):
        if not arguments.force:
            state = workspace.state(stack)
            if state.snapshot.resources or state.snapshot.pending:
                raise EngineError(
                    f"'{stack}' still has resources; removal rejected. Possible actions:\n"
                    "- Make sure that the stack is empty with `pulumi destroy`\n"
                    "- Run `pulumi stack rm` with the --force flag to forget its resources"
                )
        workspace.backend.remove(project, stack)
    if workspace.backend.selected(project) == stack:
        workspace.backend.select(project, "")
    if not arguments.preserve_config and workspace.project.stack_file(stack).exists():
        workspace.project.stack_file(stack).unlink()
    print(f"Stack '{stack}' has been removed!")


def stack_export(workspace: Workspace, arguments: Namespace) -> None:
    """Prints the state; secrets stay encrypted without --show-secrets."""
    state = workspace.state(workspace.existing_stack(_given(arguments)))
    encrypt = None if arguments.show_secrets else state.secrets.encrypt
    exported = features.document(state.snapshot.to_json(encrypt))
    document = json.dumps(exported, indent=4)
    if arguments.file:
        Path(arguments.file).write_text(document + "\n", encoding="utf-8")
    else:
        print(document)


def stack_import(workspace: Workspace, arguments: Namespace) -> None:
    """Replaces the state by an exported one."""
    stack = workspace.existing_stack(_given(arguments))
    project = workspace.project.name
    deployment = _read_deployment(arguments)
    found = StateSecrets(workspace.passphrase, deployment.get("secrets_providers"))
    try:
        snapshot = Snapshot.from_json(deployment, found.decrypt)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise EngineError(f"the deployment to import is damaged: {error!r}") from None
    foreign = [r.urn for r in snapshot.resources if not r.urn.startswith(f"urn:pulumi:{stack}::{project}::")]
    if foreign and not arguments.force:
        raise EngineError(
            f"resource '{foreign[0]}' is from a different stack or project; --force imports it all the same"
        )
    snapshot.verify()
    snapshot.pending = []
    with workspace.backend.lock(project, stack, "stack import"):
        checkpoint = workspace.backend.load(project, stack)
        secrets = StateSecrets(workspace.passphrase, (checkpoint.deployment or {}).get("secrets_providers"))
        saved = snapshot.to_json(secrets.encrypt)  # first: the first secret makes the salt
        snapshot.secrets_provider = secrets.provider()
        saved.pop("secrets_providers", None)
        if snapshot.secrets_provider:
            saved["secrets_providers"] = snapshot.secrets_provider
        workspace.backend.save(project, stack, saved, by="stack import")
        workspace.backend.journal_file(project, stack).unlink(missing_ok=True)
        if not any(resource.type != STACK_TYPE for resource in snapshot.resources):
            workspace.backend.cloud_file(project, stack).unlink(missing_ok=True)
    print("Import complete.")


def _read_deployment(arguments: Namespace) -> dict[str, Any]:
    try:
        text = Path(arguments.file).read_text(encoding="utf-8") if arguments.file else sys.stdin.read()
        return features.deployment_of(json.loads(text))
    except (OSError, ValueError) as error:
        raise EngineError(f"the deployment to import cannot be read: {error!r}") from None


def stack_output(workspace: Workspace, arguments: Namespace) -> None:
    """Prints the outputs, or one of them; a secret reads [secret] without --show-secrets."""
    stack = workspace.existing_stack(getattr(arguments, "stack", None))
    outputs = workspace.state(stack).snapshot.outputs()
    shown = plain(outputs) if arguments.show_secrets else masked(outputs)
    if arguments.name:
        if arguments.name not in shown:
            raise EngineError(f"current stack does not have output property '{arguments.name}'")
        value = shown[arguments.name]
        print(json.dumps(value) if arguments.json or not isinstance(value, str) else value)
    elif arguments.json:
        print(json.dumps(shown, indent=2))
    else:
        width = max([len(key) for key in shown] + [6])
        print(f"{'OUTPUT':<{width}}  VALUE")
        for key, value in sorted(shown.items()):
            print(f"{key:<{width}}  {value if isinstance(value, str) else json.dumps(value)}")


def stack_history(workspace: Workspace, arguments: Namespace) -> None:
    """Prints finished operations, the latest first."""
    stack = workspace.existing_stack(_given(arguments))
    rows = workspace.backend.history(workspace.project.name, stack)
    if arguments.page_size:
        rows = rows[(arguments.page - 1) * arguments.page_size : arguments.page * arguments.page_size]
    if arguments.show_secrets:
        current = workspace.config(stack, arguments).all()
        for row in rows:
            for key, value in row.get("config", {}).items():
                if value.get("value") == MASK and key in current:  # old secrets are not kept anywhere
                    value["value"] = current[key].text
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        print(f"{row['startTime']}  {row['kind']:<8} {row['result']:<10} {json.dumps(row.get('resourceChanges'))}")


def confirm(arguments: Namespace, question: str) -> None:
    """Asks on a terminal; raises EngineError elsewhere, and when the answer is no."""
    if getattr(arguments, "non_interactive", False) or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise EngineError("--yes must be passed in non-interactive mode")
    answer = input(f"{question} Do you want to go on? [y/N] ")
    if answer.strip().lower() not in ("y", "yes"):
        raise EngineError("confirmation declined, nothing was changed")
