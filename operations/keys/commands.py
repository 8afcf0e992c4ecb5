"""`headroom keys ...`: what looks, and changes nothing. Returns an exit code, or raises Failure."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.text import Text

from operations.clients import Clients, clients
from operations.commands import OK, Session
from operations.errors import Failure
from operations.keys import table
from operations.keys.audit import findings
from operations.keys.credential import DERIVED, Credential, as_json
from operations.keys.inventory import Inventory, read

FOUND = 2
"""Exit code of an audit that found something."""


def list_keys(session: Session, *, as_json_: bool) -> int:
    """Prints every key, secret and user."""
    inventory = look(session)
    if as_json_:
        _write([as_json(one, inventory.now) for one in inventory.credentials])
    else:
        session.screen.print(*table.table(inventory.credentials, inventory.now))
    return OK


def status(session: Session, name: str, *, as_json_: bool) -> int:
    """Prints all that is known of one; without a name, of those in a rotation."""
    inventory = look(session)
    chosen = [choose(inventory.credentials, name)] if name else [one for one in inventory.credentials if one.state]
    if as_json_:
        _write([as_json(one, inventory.now) for one in chosen])
    elif chosen:
        for one in chosen:
            session.screen.print(*table.status(one, inventory.now))
    else:
        session.screen.print(f"No rotation is under way in {session.invocation.environment}.")
    return OK


def audit(session: Session, *, as_json_: bool) -> int:
    """Prints every key with what is wrong with it; 2 where anything is."""
    inventory = look(session)
    found = findings(inventory.credentials, inventory.now)
    if as_json_:
        told = [as_json(one, inventory.now) for one in inventory.credentials]
        _write({"findings": [asdict(finding) for finding in found], "keys": told})
        return FOUND if found else OK
    screen = session.screen
    screen.print(*table.table(inventory.credentials, inventory.now))
    screen.block(table.audited(found))
    many = f"{len(found)} finding{'s' if len(found) != 1 else ''}" if found else "nothing is wrong"
    screen.print("", Text(f"{session.invocation.environment}: {many}.", style="yellow" if found else "green"))
    return FOUND if found else OK


def look(session: Session, *, uses: bool = True) -> Inventory:
    """What there is. Raises Failure where the environment is not up."""
    aws, outputs = reach(session)
    return read(aws, session.invocation.environment, outputs, uses=uses)


def reach(session: Session) -> tuple[Clients, Mapping[str, Any]]:
    """Clients of the environment's account, and what its stack exports."""
    outputs = session.open().outputs()
    if not outputs:
        raise Failure(f"{session.invocation.environment} is not up", (_up(session),))
    return clients(session.project, session.invocation), outputs


def _up(session: Session) -> str:
    name, offline = session.invocation.environment, session.invocation.offline
    return type(session.invocation)(environment=name, offline=offline).command("up")


def choose(credentials: Sequence[Credential], name: str) -> Credential:
    """The one of this name, or of this last part of a name. Raises Failure for none, and for several."""
    wanted = name.strip("/")
    exact = [one for one in credentials if wanted in (one.name, one.arn)]
    ending = [one for one in credentials if one.name.endswith(f"/{wanted}") and one.kind not in DERIVED]
    matching = exact or ending
    if len(matching) == 1:
        return matching[0]
    if matching:
        listed = ", ".join(one.name for one in matching)
        raise Failure(f"{name} may be any of these: {listed}", ("give the whole name",))
    known = [one.name for one in credentials if one.kind not in DERIVED]
    parts = {part: whole for whole in known for part in (whole, whole.rpartition("/")[2])}
    nearest = difflib.get_close_matches(wanted, parts, n=1, cutoff=0.5)
    hint = f" Did you mean {parts[nearest[0]]}?" if nearest else ""
    raise Failure(f"there is no {name}.{hint}\nThere are: {', '.join(known) or 'none'}")


def _write(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2) + "\n")
