"""The command line: what it takes, what it refuses, and how it says so."""

from __future__ import annotations

import contextlib
import json
import os
import pty
from pathlib import Path

import pytest

PULUMI = Path(__file__).parents[3] / "offline" / "bin" / "pulumi"


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("up", "--plan", "x"), "`pulumi up --plan`"),
        (("preview", "--save-plan=x"), "`pulumi preview --save-plan`"),
        (("preview", "--import-file", "x"), "`pulumi preview --import-file`"),
        (("logs",), "`pulumi logs`"),
        (("stack", "rename", "x"), "`pulumi stack rename`"),
        (("config", "refresh"), "`pulumi config refresh`"),
        (("login", "s3://bucket"), "`pulumi login s3://bucket`"),
        (("stack", "init", "x", "--secrets-provider", "awskms://k"), "the secrets provider 'awskms://k'"),
    ],
)
def test_what_it_does_not_do_is_refused_by_name(words, what, monkeypatch, tmp_path, capsys):
    from offline.engine.cli.main import main

    (tmp_path / "Pulumi.yaml").write_text("name: sample\nruntime: python\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HEADROOM_OFFLINE_HOME", str(tmp_path / "home"))
    assert main(list(words)) == 255
    assert capsys.readouterr().err.startswith(f"error: the offline engine does not do {what}")


def test_small_commands_answer_as_the_automation_api_expects(project):
    sample = project('pulumi.export("text", "x")\npulumi.export("list", [1, 2])')
    assert sample.ok("version").startswith("v3.") and sample.ok("version").endswith("+offline\n")
    assert json.loads(sample.ok("whoami", "--json"))["user"] == "offline"
    assert "already exists" in sample.error("stack", "init", "dev")
    assert "no stack named 'other' found" in sample.error("stack", "select", "--stack", "other")
    sample.ok("stack", "select", "--create", "other")
    rows = json.loads(sample.ok("stack", "ls", "--json"))
    assert [(row["name"], row["current"]) for row in rows] == [("dev", False), ("other", True)]
    sample.ok("stack", "rm", "--yes", "other")
    sample.ok("stack", "select", "dev")
    sample.up()
    assert sample.ok("stack", "output", "list").strip() == "[1, 2]"
    assert "does not have output property 'nothing'" in sample.error("stack", "output", "nothing")
    assert "still has resources" in sample.error("stack", "rm", "--yes", "dev")
    assert json.loads(sample.ok("stack", "history", "--json"))[0]["result"] == "succeeded"
    assert "--yes must be passed in non-interactive mode" in sample.error("up")
    assert "offline engine" in sample.run("preview").stderr
    assert "nothing to install" in sample.ok("install")
    assert "state in file://" in sample.ok("login")


def test_on_a_terminal_up_previews_and_asks(project):
    sample = project('Thing("a")')
    for answer, things in (("no", set()), ("y", {"a"})):
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(sample.folder)
            os.execve(PULUMI, [str(PULUMI), "up"], sample.environment)
        seen = ""
        while "[y/N]" not in seen:
            seen += os.read(terminal, 4096).decode()
        assert "2 to create" in seen and sample.things() == {}
        os.write(terminal, answer.encode() + b"\n")
        with contextlib.suppress(OSError):  # the terminal closes with the child
            while chunk := os.read(terminal, 4096):
                seen += chunk.decode()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert (status, set(sample.things())) == (0 if things else 255, things), seen


def test_configuration_is_set_read_and_removed_by_path(project):
    sample = project("")
    sample.ok("config", "set", "--path", "network.zones[0]", "a")
    sample.ok("config", "set", "--path", "network.zones[1]", "b")
    sample.ok("config", "set", "--path", "network.count", "3")
    sample.ok("config", "set", "--path", "--secret", "network.token", "--", "CANARY-3333")
    sample.ok("config", "set", "mem:flag", "true")
    assert sample.ok("config", "get", "--path", "network.zones[1]").strip() == "b"
    found = json.loads(sample.ok("config", "--json", "--show-secrets"))["sample:network"]
    assert found["objectValue"] == {"zones": ["a", "b"], "count": 3, "token": "CANARY-3333"} and found["secret"]
    assert "CANARY" not in (sample.folder / "Pulumi.dev.yaml").read_text()
    sample.ok("config", "rm", "--path", "network.zones[0]")
    sample.ok("config", "set-all", "--plaintext", "a=1", "--secret", "b=CANARY-4444")
    sample.ok("config", "rm-all", "mem:flag", "a")
    assert set(json.loads(sample.ok("config", "--json"))) == {"mem:folder", "sample:b", "sample:network"}
    assert "does not fit" in sample.error("config", "set", "--path", "network.zones[7]", "x")
    assert "not found for stack 'dev'" in sample.error("config", "get", "nothing")


def test_broken_project_files_are_one_clear_error(project):
    sample = project("")
    (sample.folder / "Pulumi.dev.yaml").write_text("config: [\n")
    assert "Pulumi.dev.yaml cannot be read" in sample.error("preview")
    (sample.folder / "Pulumi.dev.yaml").unlink()
    path = sample.folder / "Pulumi.yaml"
    path.write_text("name: sample\n")
    assert f"{path} has no 'runtime'" in sample.error("preview")
    path.write_text("name: sample\nruntime: nodejs\n")
    assert "the offline engine does not do programs in nodejs" in sample.error("preview")
    path.write_text("name: sample\nruntime:\n  name: python\n  options: {virtualenv: nowhere}\n")
    assert "names the virtual environment 'nowhere'" in sample.error("preview")
    path.write_text("name: sample\nruntime: python\nmain: nowhere\n")
    assert "nowhere does not exist" in sample.error("preview")
    path.write_text("{")
    assert f"{path} cannot be read" in sample.error("preview")
    path.unlink()
    assert "no Pulumi.yaml project file found" in sample.error("preview")
