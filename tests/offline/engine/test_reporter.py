"""What became secret only now: its old plain text is shown nowhere any more."""

from __future__ import annotations

CANARY = "CANARY-8642"


def test_a_newly_secret_value_is_shown_nowhere_though_the_old_state_has_it_in_plain_text(project):
    sample = project(f'Thing("a", value="{CANARY}", nested={{"deep": ["{CANARY}"]}})\npulumi.export("x", "{CANARY}")')
    sample.up()
    assert CANARY in sample.checkpoint.read_text()
    sample.program(f"""
        secret = Output.secret("{CANARY}")
        Thing("a", value=secret, nested={{"deep": [secret]}}, other="1")
        pulumi.export("x", secret)
    """)
    log = sample.folder / "events"
    shown = (
        sample.ok("preview", "--diff") + sample.ok("preview", "--json") + sample.ok("preview", "--event-log", str(log))
    )
    shown += sample.up("--diff", "--event-log", str(log)) + log.read_text()
    shown += sample.ok("stack", "history", "--json") + sample.ok("stack", "export") + sample.ok("stack", "output")
    shown += sample.ok("refresh", "--yes", "--skip-preview", "--diff")
    assert CANARY not in shown and "[secret]" in shown
    assert CANARY not in sample.checkpoint.read_text()  # kept versions of before have it still


def test_a_replaced_secret_hides_the_old_plain_text_and_the_new_one(project):
    sample = project(f'Thing("a", value="{CANARY}")\npulumi.export("x", "{CANARY}")')
    sample.up()
    sample.program('secret = Output.secret("NEWER-1357")\nThing("a", value=secret)\npulumi.export("x", secret)')
    log = sample.folder / "events"
    shown = sample.ok("preview", "--diff") + sample.ok("preview", "--json")
    shown += sample.up("--diff", "--event-log", str(log)) + log.read_text() + sample.ok("stack", "export")
    assert CANARY not in shown and "NEWER-1357" not in shown
    assert "[secret]" in shown
