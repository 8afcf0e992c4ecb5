"""A secret stands in no file, event, report or message in plain text."""

from __future__ import annotations

import json

import pytest

from offline.engine.crypter import Crypter, from_salt, new_salt
from offline.engine.errors import EngineError

CANARY = "CANARY-9876"


def test_what_was_decrypted_is_encrypted_to_the_same_text():
    salt = new_salt("correct horse")
    crypter = from_salt("correct horse", salt)
    text = crypter.encrypt("value")
    again = from_salt("correct horse", salt)
    assert again.decrypt(text) == "value"
    assert again.encrypt("value") == text
    with pytest.raises(EngineError, match="incorrect passphrase"):
        from_salt("wrong", salt)
    with pytest.raises(EngineError, match="unknown format 'v9'"):
        Crypter(b"0" * 32).decrypt("v9:a:b")


def test_a_canary_is_found_nowhere(project):
    sample = project("""
        secret = config.require_secret("token")
        a = Thing("a", value="x", password=secret, nested={"deep": [secret]}, text=Output.concat("pre-", secret))
        Thing("b", value=a.arn, copy=a.password if hasattr(a, "password") else secret)
        print("the program prints CANARY-9876")
        pulumi.log.warn("and warns of CANARY-9876")
        pulumi.export("secret", secret)
        pulumi.export("length", Output.unsecret(secret).apply(len))
    """)
    sample.ok("config", "set", "--secret", "token", "--", CANARY)
    assert CANARY not in (sample.folder / "Pulumi.dev.yaml").read_text()
    assert CANARY not in sample.ok("config") + sample.ok("config", "--json")
    assert sample.ok("config", "get", "token").strip() == CANARY
    seen = ""
    events = sample.folder / "events"
    for words in (("preview", "--diff"), ("preview", "--json"), ("up", "--yes", "--skip-preview", "--diff")):
        done = sample.run(*words, "--event-log", str(events))
        assert done.returncode == 0, done.stderr
        seen += done.stdout + done.stderr
    assert "the program prints [secret]" in seen
    seen += events.read_text()
    first = sample.checkpoint.read_text()
    sample.program("""
        secret = config.require_secret("token")
        a = Thing("a", value="y", password=secret, nested={"deep": [secret]}, text=secret)
        Thing("b", fail="create", kind=secret, value=a.arn)
        pulumi.export("secret", secret)
    """)
    seen += sample.ok("preview", "--diff") + sample.failing_up("--diff") + sample.ok("stack", "export")
    seen += json.dumps(sample.outputs()) + sample.ok("stack", "history", "--json")
    assert CANARY not in seen
    for path in sample.home.rglob("*"):
        assert path.is_dir() or CANARY not in path.read_text(errors="replace"), path
    assert CANARY in sample.ok("stack", "export", "--show-secrets")
    assert sample.ok("stack", "output", "secret", "--show-secrets").strip() == CANARY
    assert "ciphertext" in first


def test_ciphertexts_stay_when_nothing_changed(project):
    sample = project(
        'Thing("a", password=Output.secret("CANARY-1111"))\npulumi.export("x", Output.secret("other-one"))'
    )
    sample.up()
    before = json.loads(sample.checkpoint.read_text())["checkpoint"]["latest"]
    sample.up()
    after = json.loads(sample.checkpoint.read_text())["checkpoint"]["latest"]
    assert after["resources"] == before["resources"] and after["secrets_providers"] == before["secrets_providers"]


def test_another_passphrase_and_a_missing_one_are_told(project):
    sample = project('Thing("a", password=Output.secret("CANARY-1111"))')
    sample.up()
    before = sample.checkpoint.read_bytes()
    text = sample.failing_up(PULUMI_CONFIG_PASSPHRASE="wrong")
    assert "error: incorrect passphrase" in text
    assert f"the state file {sample.checkpoint} needs it, and nothing was changed" in text
    passphrase = sample.home / "passphrase"
    kept = passphrase.read_bytes()
    passphrase.write_bytes(b"\xff\xfe")
    assert f"the passphrase's file cannot be read: {passphrase}" in sample.error("preview")
    passphrase.unlink()
    text = sample.error("preview")
    assert "passphrase must be set with PULUMI_CONFIG_PASSPHRASE" in text and "does not exist" in text
    assert sample.checkpoint.read_bytes() == before
    passphrase.write_bytes(kept)
    for key in (sample.home / "keys").iterdir():  # a derived key that was damaged is derived again
        key.write_bytes(b"x" * len(key.read_bytes()))
    sample.up("--expect-no-changes")


@pytest.mark.parametrize("salt", ["v1:!!!:v1:AA:BB", "v1:AAAAAAAAAAA=:v1:AA:BB", "v1:AAAAAAAAAAA=", "v9:x:y", "x"])
def test_a_damaged_salt_is_told(salt):
    with pytest.raises(EngineError, match="encryption salt"):
        from_salt("correct horse", salt)


def test_a_damaged_secret_is_told_apart_from_a_wrong_passphrase():
    crypter = from_salt("correct horse", new_salt("correct horse"))
    with pytest.raises(EngineError, match="is damaged, or of another stack"):
        crypter.decrypt(new_salt("correct horse").partition(":")[2].partition(":")[2])
