"""The emulated AWS: one process, kept between commands, gone when it is told to go."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from offline import cloud
from offline.aws.connection import Connection, GoneError

REGION = "eu-central-1"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Of an odd name: nothing may take it apart."""
    made = tmp_path / "my home #1 100% é"
    made.mkdir()
    yield made
    cloud.stop(made)


def client(running: cloud.Cloud, account: str, service: str):
    values = cloud.environment(running, account, REGION)
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=values["AWS_ENDPOINT_URL"],
        aws_access_key_id=values["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=values["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=values["AWS_SESSION_TOKEN"],
    )


def test_it_starts_once_and_is_found_again(home: Path) -> None:
    assert cloud.running(home) is None
    first = cloud.ensure(home)
    assert cloud.ensure(home) == first
    assert first.endpoint == f"http://127.0.0.1:{first.port}"
    assert (home / "aws" / "server.log").stat().st_mode & 0o777 == 0o600


def test_two_that_start_it_at_once_get_the_same(home: Path) -> None:
    found: list[cloud.Cloud] = []
    threads = [threading.Thread(target=lambda: found.append(cloud.ensure(home))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len({item.id for item in found}) == 1


def test_each_account_sees_its_own_and_a_reset_empties_all(home: Path) -> None:
    running = cloud.ensure(home)
    topic = client(running, "111111111111", "sns").create_topic(Name="one")["TopicArn"]
    assert topic == f"arn:aws:sns:{REGION}:111111111111:one"
    assert client(running, "222222222222", "sns").list_topics()["Topics"] == []
    stale = {name: client(running, "111111111111", name) for name in ("sns", "ec2", "s3", "sqs", "lambda")}
    environ = cloud.environment(running, "111111111111", REGION)
    address = stale["s3"].generate_presigned_url("list_buckets")
    renewed = cloud.reset(home)
    assert renewed.id != running.id
    assert renewed.port == running.port
    for ask in (
        *(stale["sns"].list_topics, stale["ec2"].describe_vpcs, stale["s3"].list_buckets),
        *(stale["sqs"].list_queues, stale["lambda"].list_functions),
    ):
        with pytest.raises(ClientError, match=r"InvalidClientTokenId.* another life of the emulated AWS issued it"):
            ask()
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(address)
    with pytest.raises(GoneError, match=r"the emulated AWS that held this stack is gone: .* has been started anew"):
        Connection(renewed.endpoint, REGION, environ).call("sns", "list_topics", {})
    assert client(renewed, "111111111111", "sns").list_topics()["Topics"] == []


def test_a_killed_server_is_noticed_and_replaced(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = cloud.ensure(home)
    os.kill(first.pid, signal.SIGKILL)
    os.waitpid(first.pid, 0)
    assert (home / "aws" / "server.json").exists()
    with socket.create_server((cloud.HOST, first.port)), monkeypatch.context() as patched:
        patched.setattr(cloud, "ANSWER_SECONDS", 0.2)
        assert cloud.running(home) is None  # though something else has its port by now
    assert cloud.ensure(home).id != first.id


def test_a_server_that_lives_and_does_not_answer_is_neither_replaced_nor_ended(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    busy = cloud.ensure(home)
    os.kill(busy.pid, signal.SIGSTOP)
    try:
        monkeypatch.setattr(cloud, "ANSWER_SECONDS", 0.2)
        for command in ("start", "status", "stop", "reset"):
            assert cloud.main(["--home", str(home), command]) == 1
            assert capsys.readouterr().err == (
                f"error: process {busy.pid}, which emulates AWS, did not answer within 0.2 s; try again when this "
                f"machine has less to do, or end it, and lose what is in it: kill -9 {busy.pid}\n"
            )
    finally:
        os.kill(busy.pid, signal.SIGCONT)
        monkeypatch.undo()
    assert cloud.ensure(home) == busy


def test_a_reset_takes_another_port_where_something_else_has_taken_the_old(home: Path) -> None:
    (home / "aws").mkdir()
    with socket.create_server((cloud.HOST, 0)) as other:
        taken = other.getsockname()[1]
        assert cloud._start(home, port=taken).port != taken


def test_a_damaged_record_counts_for_nothing(home: Path) -> None:
    (home / "aws").mkdir()
    (home / "aws" / "server.json").write_text("{")
    assert cloud.running(home) is None


def test_stopping_ends_the_process(home: Path) -> None:
    running = cloud.ensure(home)
    assert cloud.stop(home) == running
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            os.kill(running.pid, 0)
        except ProcessLookupError:
            break
    assert cloud.running(home) is None
    assert cloud.stop(home) is None


def test_the_commands_say_what_they_did(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = ["--home", str(home)]
    assert cloud.main([*place, "status"]) == 0
    assert capsys.readouterr().out == "the emulated AWS is not running\n"
    assert cloud.main([*place, "start", "--json"]) == 0
    started = json.loads(capsys.readouterr().out)
    assert started["running"] is True
    assert cloud.main([*place, "env", "--account", "111111111111", "--region", REGION]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "unset AWS_PROFILE AWS_DEFAULT_PROFILE"
    assert f"export AWS_ENDPOINT_URL={started['endpoint']}" in lines
    assert any(line.startswith("export AWS_SESSION_TOKEN=headroom-offline-") for line in lines)
    assert cloud.main([*place, "stop"]) == 0
    assert capsys.readouterr().out.startswith("the emulated AWS stopped")


def test_an_account_that_is_none_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cloud.main(["--home", str(home), "env", "--account", "dev", "--region", REGION]) == 1
    assert capsys.readouterr().err == "error: account is 'dev'; an AWS account has 12 digits\n"


def test_coverage_is_printed_for_people_and_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert cloud.main(["coverage"]) == 0
    assert "aws:rds/instance:Instance" in capsys.readouterr().out
    assert cloud.main(["coverage", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["state"] == "executed"


def test_it_ends_by_itself_when_its_home_is_deleted(home: Path) -> None:
    running = cloud.ensure(home)
    shutil.rmtree(home / "aws")
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and cloud._answers(running):
        time.sleep(0.1)
    assert not cloud._answers(running)


def test_a_disk_without_room_is_an_error_in_words(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "aws").mkdir()
    (home / "aws" / "server.log").symlink_to("/dev/full")
    assert cloud.main(["--home", str(home), "start"]) == 1
    assert capsys.readouterr().err == f"error: the offline home {home} can't be used: No space left on device\n"


def test_what_the_server_says_when_it_does_not_start_is_told(tmp_path: Path) -> None:
    home = tmp_path
    (home / "aws" / "server.json").mkdir(parents=True)
    (home / "aws" / "server.log").write_text("of an earlier life\n")
    with pytest.raises(cloud.CloudError, match=r"the emulated AWS did not start: IsADirectoryError: .*; its log is /"):
        cloud.ensure(home)


def test_a_home_that_cannot_be_written_is_an_error_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert cloud.main(["--home", str(tmp_path / "file"), "start"]) == 1
    assert capsys.readouterr().err == f"error: the offline home {tmp_path / 'file'} can't be used: Not a directory\n"
