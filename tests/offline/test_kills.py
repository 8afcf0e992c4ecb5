"""kill -9 of the engine, the program, the plugin or the emulated AWS at random moments of an up.

HEADROOM_KILLS says at how many moments (5), HEADROOM_SEED which ones: a failure prints the seed.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from unittest import mock

import pytest

from offline import cloud
from offline.aws.connection import Connection
from offline.engine.cli.main import main

pytestmark = pytest.mark.xdist_group("kills")
MOMENTS = int(os.environ.get("HEADROOM_KILLS", "5"))
SEED = int(os.environ.get("HEADROOM_SEED", "6"))
REGION = "eu-central-1"
PULUMI = cloud.ROOT / "offline" / "bin" / "pulumi"
VICTIMS = ("engine", "plugin", "program", "emulator", "engine", "plugin", "program", "engine")
"""In turn; each in the middle of an up."""
COMMANDS = {"program": "program_runner.py", "plugin": "offline.aws"}
LOST = "the emulated AWS that held this stack is gone"

PROGRAM = """
import json
import pulumi

class Resource(pulumi.CustomResource):
    arn: pulumi.Output[str]

    def __init__(self, token, label, opts=None, **inputs):
        super().__init__(f"aws:{token}", label, {"arn": None, **inputs}, opts)

account = pulumi.Config().require("account")
trust = json.dumps({"Version": "2012-10-17", "Statement": []})
vpc = Resource("ec2/vpc:Vpc", "main", cidrBlock="10.0.0.0/16", enableDnsHostnames=True, tags={"Name": "main"})
for number, zone in enumerate("ab"):
    Resource("ec2/subnet:Subnet", f"private-{zone}", vpcId=vpc.id, cidrBlock=f"10.0.{number}.0/24")
Resource("ec2/internetGateway:InternetGateway", "main", vpcId=vpc.id)
Resource("ec2/securityGroup:SecurityGroup", "api", vpcId=vpc.id, description="api")
key = Resource("kms/key:Key", "main", description="main", enableKeyRotation=True)
Resource("kms/alias:Alias", "main", name="alias/main", targetKeyId=key.id)
Resource("iam/role:Role", "api", assumeRolePolicy=trust, tags={"Service": "api"})
topic = Resource("sns/topic:Topic", "alarms", kmsMasterKeyId=key.id)
queue = Resource("sqs/queue:Queue", "jobs", tags={"Service": "api"})
Resource("sns/topicSubscription:TopicSubscription", "jobs", topic=topic.arn, protocol="sqs", endpoint=queue.arn)
Resource("cloudwatch/logGroup:LogGroup", "api", retentionInDays=30)
Resource("s3/bucket:Bucket", "files", bucketPrefix=f"files-{account}-", tags={"Service": "api"})
token = pulumi.Output.secret("CANARY-7777")
Resource("ssm/parameter:Parameter", "token", name="/api/token", type="SecureString", value=token)
"""
KINDS = {
    "vpcs": ("ec2", "describe_vpcs"),
    "subnets": ("ec2", "describe_subnets"),
    "gateways": ("ec2", "describe_internet_gateways"),
    "groups": ("ec2", "describe_security_groups"),
    "keys": ("kms", "list_keys"),
    "aliases": ("kms", "list_aliases"),
    "roles": ("iam", "list_roles"),
    "topics": ("sns", "list_topics"),
    "subscriptions": ("sns", "list_subscriptions"),
    "queues": ("sqs", "list_queues"),
    "logs": ("logs", "describe_log_groups"),
    "buckets": ("s3", "list_buckets"),
    "parameters": ("ssm", "describe_parameters"),
}
"""What to count, and how it is asked for."""
SLOW = [
    {"match": "ec2:CreateSubnet|sns:CreateTopic|iam:CreateRole|kms:EnableKeyRotation", "seconds": 0.2, "times": 10**9}
]


@dataclass
class Site:
    """One project in one home with one emulated AWS; each moment has a stack and an account of its own."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def environ(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PULUMI_", "HEADROOM_"))}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        return {**kept, "HEADROOM_OFFLINE_HOME": str(self.home), "HEADROOM_PYTHON": sys.executable}

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(PULUMI), *words], cwd=self.folder, env=self.environ(), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, *words: str, code: int = 0) -> str:
        process = self.start(*words)
        text, _ = process.communicate(timeout=120)
        assert process.returncode == code, f"{words} came to {process.returncode}:\n{text}"
        return text

    def up(self, stack: str, code: int = 0) -> str:
        return self.run("up", "--yes", "--skip-preview", "--stack", stack, code=code)

    def make(self, stack: str, account: str) -> None:
        config = {"aws:region": REGION, "kills:account": account}
        (self.folder / f"Pulumi.{stack}.yaml").write_text(json.dumps({"config": config}))
        self.quickly("stack", "init", stack)

    def quickly(self, *words: str) -> str:
        """A small command, in this process."""
        told = io.StringIO()
        with (
            contextlib.chdir(self.folder),
            mock.patch.dict(os.environ, self.environ(), clear=True),
            contextlib.redirect_stdout(told),
        ):
            assert main(list(words)) == 0, words
        return told.getvalue()

    def slow_down(self) -> cloud.Cloud:
        """The emulator that runs now, with some operations that take their time."""
        running = cloud.ensure(self.home)
        connection = HTTPConnection("127.0.0.1", running.port)
        connection.request("PUT", "/headroom/faults", json.dumps(SLOW))
        assert connection.getresponse().status == 200
        connection.close()
        return running

    def counts(self, account: str) -> Counter[str]:
        """How many of each kind stand in an account."""
        running = cloud.ensure(self.home)
        aws = Connection(running.endpoint, REGION, cloud.environment(running, account, REGION))
        found = {kind: aws.call(*question, {}) for kind, question in KINDS.items()}
        return Counter({kind: len(next(iter(answer.values()), [])) for kind, answer in found.items()})


def children(pid: int) -> dict[int, str]:
    """Command lines of the processes that a process has started."""
    found = {}
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            try:
                found[int(child)] = Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
            except FileNotFoundError:
                continue
    return found


def kill(victim: str, engine: subprocess.Popen[str], emulator: cloud.Cloud) -> None:
    """Waits for the victim where it has yet to start."""
    if victim in ("engine", "emulator"):
        os.kill(engine.pid if victim == "engine" else emulator.pid, signal.SIGKILL)
        return
    while engine.poll() is None:
        for pid, command in children(engine.pid).items():
            if COMMANDS[victim] in command:
                os.kill(pid, signal.SIGKILL)
                return
        time.sleep(0.01)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("kills")
    (folder / "Pulumi.yaml").write_text("name: kills\nruntime: python\n")
    (folder / "__main__.py").write_text(textwrap.dedent(PROGRAM))
    made = Site(folder)
    made.slow_down()
    yield made
    cloud.stop(made.home)
    shutil.rmtree(folder)


@dataclass(frozen=True)
class Undisturbed:
    """What an up comes to that nobody disturbs."""

    counts: Counter[str]
    resources: int
    seconds: float


def held(site: Site, stack: str) -> int:
    exported = json.loads(site.quickly("stack", "export", "--stack", stack))
    return len(exported["deployment"].get("resources", []))


@pytest.fixture(scope="module")
def undisturbed(site: Site) -> Undisturbed:
    site.make("warm", "200000000000")
    site.up("warm")
    site.make("quiet", "200000000001")
    began = time.monotonic()
    site.up("quiet")
    seconds = time.monotonic() - began
    return Undisturbed(site.counts("200000000001"), held(site, "quiet"), seconds)


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_the_next_up_ends_where_one_ends_that_nobody_disturbs(
    moment: int, site: Site, undisturbed: Undisturbed
) -> None:
    chance = random.Random(f"{SEED} {moment}")
    victim, after = VICTIMS[moment % len(VICTIMS)], chance.random() * undisturbed.seconds
    stack, account = f"m{moment}", f"3{moment:011}"
    story = f"HEADROOM_SEED={SEED} HEADROOM_KILLS={MOMENTS}: the {victim} was killed after {after:.2f} s"
    site.make(stack, account)
    emulator = site.slow_down()
    process = site.start("up", "--yes", "--skip-preview", "--stack", stack)
    time.sleep(after)
    kill(victim, process, emulator)
    text, _ = process.communicate(timeout=120)
    print(story, text, sep="\n")
    assert "Traceback" not in text and "fault of its own" not in text
    if victim == "emulator" and cloud.running(site.home) is None:  # else the up had yet to start one, and did
        site.slow_down()
        if process.returncode == 0 or held(site, stack) > 2:  # something stood in it
            assert process.returncode == 0 or LOST in text
            assert LOST in site.up(stack, code=255)
            site.quickly("stack", "rm", "--force", "--yes", "--preserve-config", stack)
            site.quickly("stack", "init", stack)
    print(site.up(stack))
    assert site.counts(account) == undisturbed.counts, story
    assert held(site, stack) == undisturbed.resources, story
