"""`headroom offline ...`: the emulated AWS, as its user sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from operations import cloud
from operations.errors import Invocation
from operations.program_name import headroom
from operations.project import Project
from operations.screen import Screen
from operations.words import listed

OK = 0


def status(project: Project, screen: Screen) -> int:
    """Whether it runs, where, and what the offline engine keeps in it."""
    answer = cloud.ask(project, "status")
    _say(answer, screen)
    screen.block(_stacks(project, running=bool(answer.get("running"))))
    return OK


def start(project: Project, screen: Screen) -> int:
    """Starts it; one that runs goes on."""
    _say(cloud.ask(project, "start"), screen)
    return OK


def stop(project: Project, screen: Screen) -> int:
    """Stops it, and says what went with it."""
    held = _holding(project)
    cloud.ask(project, "stop")
    screen.print("The emulated AWS is stopped.")
    if held:
        screen.print(f"It kept everything in memory, so what stood in {listed(held)} is gone. To build it again:")
        for name in held:
            screen.print(Text(f"  {_up(name, '--rebuild')}", style="cyan"))
    return OK


def reset(project: Project, screen: Screen, *, yes: bool) -> int:
    """Empties every account and forgets every offline stack."""
    from operations import stacks

    found = [stack.name for stack in stacks.offline_stacks(project)]
    question = f"Empty the emulated AWS, and forget {listed(found)}?" if found else "Empty the emulated AWS?"
    if screen.interactive and not yes and not screen.ask(question):
        screen.print("Nothing was changed.")
        return OK
    for name in found:
        stacks.remove(project, Invocation(environment=name, offline=True))
    _say(cloud.ask(project, "reset"), screen)
    screen.print("Every account is empty" + (f"; {listed(found)} forgotten." if found else "."))
    screen.block([Text(f"Next: {_up('dev')}", style="cyan")])
    return OK


def environment(project: Project, name: str) -> int:
    """Prints the shell's settings for one environment's account, to be read by `eval`."""
    project.require(name)
    account, region = project.setting(name, "headroom:account"), project.setting(name, "aws:region")
    print(cloud.run(project, "env", "--account", account, "--region", region).rstrip())
    return OK


def coverage(project: Project) -> int:
    """Lists which resource types the emulated AWS executes, and which are only checked."""
    print(cloud.run(project, "coverage").rstrip())
    return OK


def restore(project: Project, screen: Screen, name: str, version: int | None) -> int:
    """Lists what is kept of an offline stack's state, or puts a version back."""
    from operations import stacks

    project.require(name)
    invocation = Invocation(environment=name, offline=True)
    if version is None:
        found = stacks.versions(project, invocation)
        again = headroom("offline", "restore", name, "VERSION")
        lines = [Text(f"The state of {name}, the latest first", style="bold"), *map(_version, found), Text("")]
        screen.print(*lines, Text(f"{again}  puts one back", style="cyan"))
        return OK
    kept = stacks.restore(project, invocation, version)
    screen.print(
        f"The state of {name} is version {version} again; what it was is kept as version {kept}.",
        "The emulated AWS is as it was: what was made since stands there, and this state does not know of it.",
        Text(f"  offline/bin/pulumi refresh --yes --stack {name}  reads what stands into the state", style="cyan"),
        Text(f"  {_up(name)}  then makes {name} what its settings say", style="cyan"),
    )
    return OK


def _version(found: Mapping[str, Any]) -> Text:
    text = Text(f"  {found['version']:>4}", style="cyan")
    if found["problem"]:
        text.append(f"  {found['problem']}", style="red")
    else:
        saved = f"{found['time'][:10]} {found['time'][11:16]} UTC" if found["time"] else "at an unknown time"
        held = f"{found['resources']} resource{'' if found['resources'] == 1 else 's'}"
        text.append(f"  saved {saved} by {found['by']}, {held}", style="default")
    text.append(", present" if found["present"] else "", style="bold")
    text.append(", with the journal of an interrupted command" if found["interrupted"] else "", style="default")
    return text


def _say(answer: Mapping[str, Any], screen: Screen) -> None:
    if not answer.get("running"):
        screen.print(f"The emulated AWS is not running. It starts with {_up('dev')}")
        return
    screen.print(f"The emulated AWS runs at {answer.get('endpoint')}")
    screen.print(Text(f"  since {answer.get('started')}, process {answer.get('pid')}", style="dim"))


def _stacks(project: Project, *, running: bool) -> list[Text]:
    from operations import stacks

    lines = []
    for stack in stacks.offline_stacks(project):
        text = Text(f"  {stack.name}".ljust(12), style="cyan")
        if stack.resource_count is None:
            repair = headroom("offline", "restore", stack.name)
            lines.append(text.append(f"its state is damaged: {repair}  lists what is kept of it", style="default"))
            continue
        state = "empty" if not stack.resource_count else "up" if running else "lost with the emulated AWS that held it"
        text.append(state, style="default")
        if stack.last_update:
            text.append(f", last changed {stack.last_update:%Y-%m-%d %H:%M} UTC", style="dim")
        lines.append(text)
    return [Text("Offline stacks", style="bold"), *lines] if lines else []


def _holding(project: Project) -> list[str]:
    from operations import stacks

    return [stack.name for stack in stacks.offline_stacks(project) if stack.resource_count]


def _up(name: str, *options: str) -> str:
    return Invocation(environment=name, offline=True).command("up", *options)
