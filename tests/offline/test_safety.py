"""The offline plugins reach this machine only, whatever surrounds them; a real engine that finds them gets nowhere."""

from __future__ import annotations

import http.server
import json
import os
import shutil
import subprocess
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from offline import cloud
from offline.aws.connection import RefusedError, require_offline
from offline.aws.values import to_struct
from tests.offline.aws.provider_harness import ACCOUNT, REGION, FailedError, Plugin

TOPIC = "aws:sns/topic:Topic"
PLUGINS = cloud.ROOT / "offline" / "plugins"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    home = tmp_path_factory.mktemp("safety")
    yield cloud.environment(cloud.ensure(home), ACCOUNT, REGION)
    cloud.stop(home)


@pytest.fixture
def started(environment: dict[str, str]) -> Iterator[Callable[..., Plugin]]:
    """The AWS plugin with other variables than the offline mode's."""
    plugins = []

    def start(**changed: str) -> Plugin:
        plugins.append(Plugin({name: value for name, value in {**environment, **changed}.items() if value}))
        return plugins[-1]

    yield start
    for plugin in plugins:
        plugin.close()


class Recorder:
    """A web server that notes who asks it for what."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Handler(http.server.BaseHTTPRequestHandler):
            def handle_one_request(self) -> None:
                line = self.rfile.readline().decode(errors="replace")
                asked.append(line)
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                self.close_connection = True

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    made = Recorder()
    yield made
    made.close()


def test_every_variable_that_could_lead_elsewhere_is_refused() -> None:
    good = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "headroom-offline-x",
    }
    assert require_offline(good) == "http://127.0.0.1:1"
    assert require_offline({**good, "AWS_ENDPOINT_URL_S3": "http://localhost:1"})
    for name, value in (
        ("AWS_ENDPOINT_URL", ""),
        ("AWS_ENDPOINT_URL", "https://sns.eu-central-1.amazonaws.com"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1.example.com"),
        ("AWS_ENDPOINT_URL", "http://localhost.example.com:80"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1@example.com"),
        ("AWS_ENDPOINT_URL", "http://0.0.0.0:1"),
        ("AWS_ENDPOINT_URL", "127.0.0.1:1"),
        ("AWS_ENDPOINT_URL_S3", "https://s3.amazonaws.com"),
        ("AWS_ENDPOINT_URL_SNS", "http://10.0.0.1"),
        ("AWS_PROFILE", "production"),
        ("AWS_DEFAULT_PROFILE", "production"),
        ("AWS_ACCESS_KEY_ID", ""),
        ("AWS_SECRET_ACCESS_KEY", ""),
        ("AWS_SESSION_TOKEN", ""),
        ("AWS_SESSION_TOKEN", "FQoGZXIvYXdzEBYaD"),
    ):
        with pytest.raises(RefusedError, match=name):
            require_offline({**good, name: value})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("AWS_PROFILE", "production", "AWS_PROFILE names the profile 'production'; unset it"),
        ("AWS_ENDPOINT_URL_SNS", "https://sns.amazonaws.com", "AWS_ENDPOINT_URL_SNS is 'https://sns.amazonaws.com'"),
    ],
)
def test_the_plugin_is_not_configured_then(name: str, value: str, words: str, started: Callable[..., Plugin]) -> None:
    with pytest.raises(FailedError, match=words):
        started(**{name: value}).configure(region=REGION)


def test_what_answers_on_loopback_and_is_not_the_emulator_is_refused(
    started: Callable[..., Plugin], recorder: Recorder
) -> None:
    plugin = started(AWS_ENDPOINT_URL=recorder.url)
    with pytest.raises(FailedError, match=f"what answers at {recorder.url} is not the emulated AWS"):
        plugin.configure(region=REGION)
    assert recorder.asked == ["GET /headroom/health HTTP/1.1\r\n"]
    with pytest.raises(FailedError, match=r"http://127\.0\.0\.1:9 does not answer"):
        started(AWS_ENDPOINT_URL="http://127.0.0.1:9").configure(region=REGION)


@pytest.mark.parametrize(
    "setting",
    [
        *("endpoints", "profile", "accessKey", "secretKey", "token", "sharedConfigFiles", "sharedCredentialsFiles"),
        *("assumeRoles", "assumeRoleWithWebIdentity", "httpProxy", "httpsProxy", "ec2MetadataServiceEndpoint"),
    ],
)
def test_no_setting_of_the_provider_leads_elsewhere(setting: str, plugin: Plugin) -> None:
    given = {"region": REGION, setting: "[{}]" if setting in ("endpoints", "assumeRoles") else "x"}
    answer = plugin.call("CheckConfig", provider_pb2.CheckRequest(news=to_struct(given)))
    assert [failure.property for failure in answer.failures] == [setting]
    with pytest.raises(FailedError, match=f"does not know the setting '{setting}'; leave it out offline"):
        plugin.configure(**given)


@pytest.fixture(scope="module")
def plugin(environment: dict[str, str]) -> Iterator[Plugin]:
    made = Plugin(environment)
    yield made
    made.close()


def test_it_asks_neither_the_instance_nor_the_container_nor_a_proxy(
    started: Callable[..., Plugin], recorder: Recorder, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("[default\nnonsense")
    around = {
        "AWS_EC2_METADATA_DISABLED": "false",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": recorder.url,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": recorder.url,
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "config"),
        "HTTP_PROXY": recorder.url,
        "http_proxy": recorder.url,
    }
    with pytest.raises(FailedError, match="AWS_ACCESS_KEY_ID is not set"):
        started(**around, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="").configure(region=REGION)
    plugin = started(**around)
    plugin.configure(region=REGION)
    identifier, _ = plugin.create(TOPIC, plugin.checked(TOPIC, {"name": "near"}))
    plugin.delete(TOPIC, identifier, {"arn": identifier})
    assert recorder.asked == []


def bare_environment(**more: str) -> dict[str, str]:
    """A shell that knows nothing of the offline mode, on a machine that is signed in to AWS."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "HEADROOM_", "PULUMI_"))}
    signed_in = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": REGION}
    return {**kept, **signed_in, **more}


@pytest.mark.parametrize(
    ("package", "words"),
    [
        ("aws", "runs against the emulated AWS on loopback only, and AWS_ENDPOINT_URL is not set"),
        ("kubernetes", "makes nothing real, and was found on PATH by something other than the offline engine"),
    ],
)
def test_a_plugin_that_a_real_engine_starts_gets_no_further_than_its_first_call(package: str, words: str) -> None:
    process = subprocess.Popen(
        [str(PLUGINS / f"pulumi-resource-{package}"), "127.0.0.1:1"],
        env=bare_environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    with grpc.insecure_channel(f"127.0.0.1:{process.stdout.readline().strip()}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        with pytest.raises(grpc.RpcError, match=words):
            stub.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address="127.0.0.1:1"))
        if package == "aws":  # an engine that is too old to greet
            with pytest.raises(grpc.RpcError, match=words):
                stub.Configure(provider_pb2.ConfigureRequest(args=to_struct({"region": REGION})))
    process.kill()
    process.communicate()


@pytest.mark.pulumi_cli
@pytest.mark.parametrize(
    ("token", "around"),
    [
        ("aws:s3/bucket:Bucket", {}),
        ("aws:s3/bucket:Bucket", {"AWS_ENDPOINT_URL": "https://s3.eu-central-1.amazonaws.com"}),
        ("aws:s3/bucket:Bucket", {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_SESSION_TOKEN": "FQoGZXIvYXdzEBYaD"}),
        ("kubernetes:core/v1:Namespace", {}),
    ],
    ids=["signed in", "AWS's own endpoint", "credentials of AWS at loopback", "Kubernetes"],
)
def test_a_real_up_that_finds_them_on_path_stops_before_it_changes_anything(
    token: str, around: dict[str, str], tmp_path: Path
) -> None:
    pulumi = shutil.which("pulumi")
    assert pulumi
    (tmp_path / "Pulumi.yaml").write_text(
        f"name: real\nruntime:\n  name: python\n  options: {{virtualenv: {cloud.ROOT / '.venv'}}}\n"
    )
    (tmp_path / "__main__.py").write_text(
        textwrap.dedent(f"""
            import pulumi
            pulumi.CustomResource({token!r}, "a", {{}})
        """)
    )
    environ = bare_environment(
        PATH=f"{PLUGINS}:{os.environ['PATH']}",
        PULUMI_HOME=str(tmp_path / "home"),
        PULUMI_BACKEND_URL=f"file://{tmp_path}",
        PULUMI_CONFIG_PASSPHRASE="test",
        PULUMI_SKIP_UPDATE_CHECK="true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION="true",
        **around,
    )

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([pulumi, *words], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120)

    assert run("stack", "init", "dev").returncode == 0
    for words in (("preview",), ("up", "--yes", "--skip-preview")):
        done = run(*words, "--stack", "dev")
        said = done.stdout + done.stderr
        assert done.returncode != 0 and "the offline" in said, said
    state = json.loads(run("stack", "export", "--stack", "dev").stdout)
    kinds = {resource["type"] for resource in state["deployment"].get("resources", [])}
    assert token not in kinds
