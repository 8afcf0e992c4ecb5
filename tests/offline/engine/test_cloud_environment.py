"""The variables of programs and plugins: the emulated AWS, or none."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

from offline.engine.cloud_environment import CloudEnvironment
from offline.engine.errors import EngineError
from offline.engine.options import ConfigValue
from offline.engine.resource_state import ResourceState


@dataclass
class Cloud:
    id: str
    started: str = "2026-01-01T00:00:00Z"


BUCKET = ResourceState(urn="urn:pulumi:dev::p::aws:s3/bucket:Bucket::b", type="aws:s3/bucket:Bucket", custom=True)
CONFIG = {"p:account": ConfigValue(text="111111111111"), "aws:region": ConfigValue(text="eu-central-1")}


@pytest.fixture
def emulator(monkeypatch):
    """Stands in for offline.cloud; its `life` and `endpoint` can be changed."""
    module: Any = ModuleType("offline.cloud")
    module.life, module.endpoint, module.asked = "one", "http://127.0.0.1:5000", []
    module.ensure = lambda home: Cloud(module.life)

    def environment(cloud, account, region):
        module.asked.append((cloud.id, account, region))
        return {"AWS_ENDPOINT_URL": module.endpoint, "AWS_ACCESS_KEY_ID": "offline"}

    module.environment = environment
    module.running = lambda home: Cloud(module.life) if module.life else None
    monkeypatch.setitem(sys.modules, "offline.cloud", module)
    return module


def surroundings(tmp_path, config=CONFIG) -> CloudEnvironment:
    return CloudEnvironment(home=tmp_path, record=tmp_path / "cloud.json", project="p", config=config)


def test_account_and_region_come_from_the_configuration(emulator, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "secret")
    found = surroundings(tmp_path).variables()
    assert emulator.asked == [("one", "111111111111", "eu-central-1")]
    assert found["AWS_ENDPOINT_URL"] == "http://127.0.0.1:5000" and found["AWS_CONFIG_FILE"] == "/dev/null"
    assert not {"AWS_PROFILE", "AWS_SECRET_ACCESS_KEY", "PULUMI_CONFIG_PASSPHRASE"} & set(found)
    surroundings(tmp_path, {}).variables()
    assert emulator.asked[-1] == ("one", "123456789012", "us-east-1")


def test_a_program_hears_of_an_account_that_is_none_before_the_emulator_does(emulator, tmp_path):
    config = {**CONFIG, "p:account": ConfigValue(text="mine")}
    place = {"home": tmp_path, "record": tmp_path / "cloud.json", "project": "p", "config": config}
    CloudEnvironment(**place, judged=True).variables()
    assert emulator.asked[-1][1] == "123456789012"
    CloudEnvironment(**place).variables()
    assert emulator.asked[-1][1] == "mine"


def test_only_a_stack_that_speaks_of_aws_starts_the_emulator(emulator, tmp_path):
    assert surroundings(tmp_path).needed([])
    assert surroundings(tmp_path, {}).needed([BUCKET])
    assert not surroundings(tmp_path, {}).needed([])


def test_an_emulator_that_lives_and_does_not_answer_is_told_in_its_words_and_not_taken_for_gone(emulator, tmp_path):
    def slow(*_):
        raise RuntimeError("process 7 did not answer within 10 s")

    place = surroundings(tmp_path)
    emulator.ensure = slow
    with pytest.raises(EngineError, match=r"^process 7 did not answer"):
        place.variables()
    emulator.ensure = lambda home: Cloud(emulator.life)
    place.variables()
    place.remember([BUCKET])
    emulator.environment = emulator.running = slow
    with pytest.raises(EngineError, match=r"^process 7 did not answer"):
        surroundings(tmp_path).variables()


def test_it_refuses_anything_but_loopback(emulator, tmp_path):
    emulator.endpoint = "https://rds.us-east-1.amazonaws.com"
    with pytest.raises(EngineError, match=r"loopback endpoints only, not rds\.us-east-1\.amazonaws\.com"):
        surroundings(tmp_path).variables()


def test_a_stack_whose_emulator_is_gone_says_so(emulator, tmp_path):
    cloud = surroundings(tmp_path)
    cloud.check_not_lost([BUCKET])
    cloud.variables()
    cloud.remember([BUCKET])
    surroundings(tmp_path).check_not_lost([BUCKET])
    emulator.life = "two"
    surroundings(tmp_path).check_not_lost([])
    with pytest.raises(EngineError, match=r"the emulated AWS that held this stack is gone .* --rebuild"):
        surroundings(tmp_path).check_not_lost([BUCKET])
    cloud.remember([])
    surroundings(tmp_path).check_not_lost([BUCKET])


def test_what_holds_a_stack_is_noted_before_anything_is_made_in_it(emulator, tmp_path):
    preview = surroundings(tmp_path)
    preview.variables()
    assert not (tmp_path / "cloud.json").exists()
    preview.hold()  # the up after the preview, in the same command
    other = surroundings(tmp_path)
    emulator.life = "two"  # engine and emulator were killed
    with pytest.raises(EngineError, match=r"the emulated AWS that held this stack is gone .* --rebuild"):
        other.check_not_lost([BUCKET])
    up = surroundings(tmp_path)
    up.hold()
    up.variables()
    surroundings(tmp_path).check_not_lost([BUCKET])


@pytest.mark.parametrize("content", ["", "[]", "{", '{"started": "x"}'])
def test_a_damaged_note_of_what_holds_a_stack_is_told(content, emulator, tmp_path):
    (tmp_path / "cloud.json").write_text(content)
    with pytest.raises(EngineError, match=r"cloud\.json is damaged: it names the emulated AWS that holds this stack"):
        surroundings(tmp_path).check_not_lost([BUCKET])
    surroundings(tmp_path).check_not_lost([])


def test_an_emulator_that_ends_before_it_gave_credentials_is_named_as_lost(emulator, tmp_path):
    surroundings(tmp_path).remember([BUCKET])
    kept = surroundings(tmp_path)
    kept.variables()
    kept.remember([BUCKET])
    later = surroundings(tmp_path)
    later.check_not_lost([BUCKET])

    def ended(cloud, account, region):
        raise ConnectionError("Remote end closed connection without response")

    emulator.environment = ended
    with pytest.raises(EngineError, match="gave no credentials: Remote end closed"):
        later.variables()
    emulator.life = ""
    with pytest.raises(EngineError, match=r"that held this stack is gone .*ended while this command ran.*--rebuild"):
        later.variables()
