"""`headroom publish`: shows what would change of a site, changes it, and says what it did."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.text import Text

from operations.clients import clients
from operations.commands import OK, Session
from operations.errors import Failure
from operations.program_name import headroom
from operations.project import Project
from operations.publish import Plan, Upload, make_plan, to_look_at
from operations.site_files import YEAR, Site, is_page, read_site
from operations.site_store import AT_ONCE, Remembered, SiteStore

SHOWN = 20
"""Files that are named before the rest is counted."""


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the user asked for beside the folder."""

    delete: bool
    """Whether what the site has no more is deleted."""
    keep_days: int
    """Days for which what old pages need is kept all the same."""
    wait: bool
    """Whether the command ends only when CloudFront has forgotten everywhere."""
    dry_run: bool
    """Whether nothing is changed."""
    yes: bool
    """Whether nobody is asked."""
    max_file_mib: int
    """Largest file, in MiB."""


def publish(session: Session, folder: Path, wishes: Wishes, now: datetime.datetime) -> int:
    """Makes the environment's site what the folder holds."""
    site = read_site(folder, max_file_mib=wishes.max_file_mib)
    store = _open(session)
    before = store.remembered()
    plan = _plan(store, site, before, wishes, now)
    screen = session.screen
    screen.print(Text(f"Publishing {folder} to {session.place}, {store.bucket}", style="bold"))
    screen.print(*_remarks(site, plan, before))
    if plan.is_empty:
        screen.print(Text(f"Nothing changed: the site is as {folder} has it, {_files(site.files)}.", style="green"))
        return OK
    screen.print(*_changes(plan))
    if wishes.dry_run:
        screen.print("", Text(f"Nothing was changed. That would be: {_did(plan, store)}.", style="bold"))
        return OK
    if not session.invocation.offline and not wishes.yes and not _agreed(session):
        screen.print("Nothing was changed.")
        return OK
    invalidation = _carry_out(store, plan, before)
    screen.print("", Text(f"Published: {_did(plan, store)}.", style="bold green"), *_kept(plan, wishes))
    if invalidation and wishes.wait:
        screen.print(Text(f"Waiting until CloudFront has forgotten everywhere ({invalidation})", style="dim"))
        store.wait(invalidation)
    return OK


def refuse_swapped(project: Project, folder: Path, env: str) -> None:
    """The folder comes first, unlike in every other command: who swaps the two is told the right order."""
    if str(folder) in project.environments and env not in project.environments and not folder.exists():
        raise Failure(
            f"the folder comes first, then the environment: there is no folder {folder}",
            (headroom("publish", env, str(folder)),),
        )


def _open(session: Session) -> SiteStore:
    """The bucket and the distribution that the environment exports."""
    name = session.invocation.environment
    outputs = session.open().outputs()
    if not outputs:
        raise Failure(f"{name} is not up", (session.invocation.command("up"),))
    site: Mapping[str, Any] = outputs.get("site") or {}
    if not site.get("bucket"):
        raise Failure(
            f"{name} has no site: no bucket with `use: site` stands in Pulumi.{name}.yaml",
            (f"add one under headroom:buckets, then {session.invocation.command('up')}",),
        )
    made = clients(session.project, session.invocation)
    return SiteStore(
        s3=made("s3", at_once=AT_ONCE),
        cloudfront=made("cloudfront"),
        account=str(outputs["account"]),
        bucket=str(site["bucket"]),
        distribution=str(site.get("distribution") or ""),
    )


def _plan(store: SiteStore, site: Site, before: Remembered, wishes: Wishes, now: datetime.datetime) -> Plan:
    stored = store.stored()
    found = store.headers(to_look_at(site, stored, before.record))
    return make_plan(site, stored, before.record, found, now=now, delete=wishes.delete, keep_days=wishes.keep_days)


def _carry_out(store: SiteStore, plan: Plan, before: Remembered) -> str:
    """The record comes last: a run that ends before it is made up for by the next, which forgets the same paths."""
    etags = store.upload(plan.uploads)
    store.delete(plan.deletions)
    invalidation = store.invalidate(plan.paths) if plan.paths and store.distribution else ""
    if plan.changes_record or before.damaged:
        store.remember(plan.record_after(etags), before)
    return invalidation


def _agreed(session: Session) -> bool:
    if not session.screen.interactive:
        raise Failure("there is no terminal to ask on", ("add --yes to go on without being asked",))
    return session.screen.ask(f"Publish this to {session.place}?")


def _remarks(site: Site, plan: Plan, before: Remembered) -> Iterator[Text]:
    if before.damaged:
        yield Text("  The record of what was published can't be read: it is made anew.", style="yellow")
    if site.hidden:
        yield Text(f"  Left out, since their names start with a dot: {_named(site.hidden)}", style="dim")
    for key in plan.renamed:
        yield Text(
            f"  {key} has another content under its old name. It was cached for a year by that name, and is asked for "
            "every five minutes from now on; who has it already may see the old one. A new name would help.",
            style="yellow",
        )


def _changes(plan: Plan) -> Iterator[Text]:
    lines = [
        Text(f"  {'+' if u.is_new else '~'} {u.file.key}", style="green" if u.is_new else "yellow")
        for u in plan.uploads
    ]
    lines += [Text(f"  - {key}", style="red") for key in plan.deletions]
    yield from lines[:SHOWN]
    if len(lines) > SHOWN:
        yield Text(f"    and {len(lines) - SHOWN} more", style="dim")


def _did(plan: Plan, store: SiteStore) -> str:
    """`3 files uploaded (1.2 MB: 2 for a year, 1 page), 1 deleted, 40 unchanged; 2 paths forgotten by E123`."""
    words = [_uploaded(plan.uploads)] if plan.uploads else []
    words += [f"{len(plan.deletions)} deleted"] if plan.deletions else []
    words += [f"{len(plan.unchanged)} unchanged"] if plan.unchanged else []
    text = ", ".join(words) or "the record was made anew"
    if not plan.paths:
        return text
    if not store.distribution:
        return f"{text}; there is no CDN before the bucket"
    what = "every path" if list(plan.paths) == ["/*"] else _counted(len(plan.paths), "path")
    return f"{text}; {what} forgotten by the CDN"


def _uploaded(uploads: Sequence[Upload]) -> str:
    yearly = sum(upload.headers.cache_control == YEAR for upload in uploads)
    pages = sum(upload.file.is_page for upload in uploads)
    kinds = [f"{yearly} cached for a year"] if yearly else []
    kinds += [_counted(pages, "page")] if pages else []
    size = sum(upload.file.size for upload in uploads)
    return f"{_counted(len(uploads), 'file')} uploaded ({', '.join([_size(size), *kinds])})"


def _kept(plan: Plan, wishes: Wishes) -> Iterator[Text]:
    if not plan.kept:
        return
    pages = sum(is_page(key) for key in plan.kept)
    still = f"{_counted(len(plan.kept), 'file')} of earlier versions still there"
    if wishes.delete:
        yield Text(f"{still}; each goes {wishes.keep_days} days after the site had it last.", style="dim")
    else:
        also = f", {_counted(pages, 'page')} among them" if pages else ""
        yield Text(f"{still}{also}; --delete takes away what is no more.", style="dim")


def _named(keys: Sequence[str]) -> str:
    rest = len(keys) - SHOWN
    return ", ".join(keys[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def _files(files: Mapping[str, object]) -> str:
    return _counted(len(files), "file")


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _size(size: int) -> str:
    for unit, step in (("MB", 1_000_000), ("kB", 1_000)):
        if size >= step:
            return f"{size / step:.1f} {unit}"
    return _counted(size, "byte")
