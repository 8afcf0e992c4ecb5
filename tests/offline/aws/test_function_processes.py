"""A process for every call, of a host that has boto3 imported: nothing of one call is there for another."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from offline.aws.function_processes import Ended, Place, Processes

ROOT = Path(__file__).resolve().parents[3]
Call = Callable[..., tuple[Ended, Place]]


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    made = Processes()
    yield made
    assert made._host is not None and made._calls is not None
    made._calls.close()
    assert made._host.wait(30) == 0


@pytest.fixture
def call(processes: Processes, tmp_path: Path) -> Call:
    """Calls a handler of this body, in a folder of its own, with these further files."""

    def run(body: str, *, seconds: float = 30, files: dict[str, str] | None = None, **environment: str) -> Any:
        place = Place(tmp_path / f"call-{len(list(tmp_path.iterdir()))}")
        place.code.mkdir(parents=True)
        place.printed.touch()
        lines = "\n".join(f"    {line}" for line in body.splitlines())
        (place.code / "index.py").write_text(f"import os, sys\ndef handler(event, context):\n{lines}\n")
        for name, text in (files or {}).items():
            (place.code / name).parent.mkdir(exist_ok=True)
            (place.code / name).write_text(text)
        asked = {"handler": "index.handler", "request": "r", "arn": "arn:aws:lambda:eu-central-1:1:function:f"}
        asked |= {"event": "{}", **place.names()}
        return processes.run({**asked, "timeout_seconds": seconds, "environment": environment}, seconds), place

    return run


def answered(outcome: tuple[Ended, Place]) -> Any:
    assert outcome[0].code == 0, outcome[1].printed.read_text()
    return json.loads(outcome[1].answer.read_text())


def ends(process: int) -> bool:
    """Whether a process is gone, at once or soon."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        stat = Path(f"/proc/{process}/stat")
        if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def test_a_call_sees_nothing_that_another_has_left(call):
    first = "os.environ['LEFT'] = sys.left = 'here'; sys.path.append('/left'); os.chdir('/'); os.umask(0o777)"
    assert answered(call(first, GIVEN="1")) is None
    second = "return [sorted(os.environ), hasattr(sys, 'left'), '/left' in sys.path, os.getcwd(), os.umask(0)]"
    outcome = call(second, OTHER="2")
    assert answered(outcome) == [["OTHER"], False, False, str(outcome[1].code), os.umask(os.umask(0o22))]


def test_boto3_is_there_before_a_function_asks_and_credentials_are_its_own(call):
    body = "ready = 'boto3' in sys.modules\nimport boto3\nreturn [ready, boto3.Session().get_credentials().access_key]"
    for key in ("one", "two"):
        outcome = call(body, AWS_ACCESS_KEY_ID=key, AWS_SECRET_ACCESS_KEY="secret", HOME="/nowhere")
        assert answered(outcome) == [True, key]


@pytest.mark.parametrize("name", ["boto3", "jmespath", "xml"])
def test_a_module_that_a_function_brings_itself_comes_before_what_is_imported_already(name, call):
    body = f"import {name}\nreturn {name}.__file__"
    outcome = call(body, files={f"{name}/__init__.py": ""})
    assert answered(outcome) == str(outcome[1].code / name / "__init__.py")


def test_paths_of_a_functions_own_come_after_its_folder(call):
    outcome = call("return sys.path[:2]", PYTHONPATH="/opt/layer")
    assert answered(outcome) == [str(outcome[1].code), "/opt/layer"]


@pytest.mark.parametrize(
    ("body", "code"), [("os._exit(3)", 3), ("sys.exit(5)", 5), ("os.kill(os.getpid(), 9)", -9), ("os.abort()", -6)]
)
def test_the_exit_code_is_the_processes_own(body, code, call):
    ended, place = call(f"print('before')\n{body}")
    assert (ended.code, place.answer.exists()) == (code, False)
    assert place.printed.read_text().splitlines()[0] == "before"


def test_what_goes_to_standard_output_below_python_is_printed_and_no_answer(call):
    outcome = call("os.system('echo beside')\nreturn sys.stdin.read()")
    assert answered(outcome) == ""
    assert outcome[1].printed.read_text() == "beside\n"


STARTED = "import subprocess\nprint(subprocess.Popen(['sleep', '300']).pid)\n"


@pytest.mark.parametrize(("after", "seconds"), [("return 1", 30.0), ("import time; time.sleep(300)", 1.0)])
def test_what_a_call_has_started_ends_with_it(after, seconds, call):
    ended, place = call(STARTED + after, seconds=seconds)
    assert ended.code == (0 if after == "return 1" else None)
    assert ends(int(place.printed.read_text()))


def test_calls_run_beside_each_other(call, tmp_path):
    body = "import pathlib, time\npathlib.Path({!r}).touch()\nwhile not os.path.exists({!r}): time.sleep(0.02)"
    files = str(tmp_path / "call-a"), str(tmp_path / "call-b")
    outcomes: list[Ended] = []
    running = threading.Thread(target=lambda: outcomes.append(call(body.format(*files))[0]))
    running.start()
    while not Path(files[0]).exists():
        assert running.is_alive()
        time.sleep(0.02)
    outcomes.append(call(body.format(*reversed(files)))[0])
    running.join()
    assert [ended.code for ended in outcomes] == [0, 0]


def test_a_host_that_is_killed_fails_its_call_and_another_takes_the_next(call):
    assert call("os.kill(os.getppid(), 9)\nimport time; time.sleep(0.2)")[0].code == -signal.SIGKILL
    assert answered(call("return 1")) == 1


def test_calls_end_with_the_process_that_asked(tmp_path):
    """As with the emulated AWS: killed, it leaves neither a host nor a call."""
    (tmp_path / "index.py").write_text(
        "import os, time\ndef handler(event, context):\n    print(os.getppid(), os.getpid())\n    time.sleep(300)\n"
    )
    (tmp_path / "printed").touch()
    call: dict[str, Any] = {
        "handler": "index.handler",
        "request": "r",
        "arn": "a:b:c:d:e:f:g",
        "event": "{}",
        "environment": {},
    }
    call |= {"timeout_seconds": 300, "folder": str(tmp_path), "printed": str(tmp_path / "printed"), "answer": "answer"}
    text = f"from offline.aws.function_processes import Processes\nProcesses().run({call!r}, 300)"
    asking = subprocess.Popen([sys.executable, "-c", text], cwd=ROOT)
    while not (said := (tmp_path / "printed").read_text()).endswith("\n"):
        assert asking.poll() is None
        time.sleep(0.02)
    asking.kill()
    asking.wait()
    assert [ends(int(process)) for process in said.split()] == [True, True]
