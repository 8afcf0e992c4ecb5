"""What an approval is bound to stays the same while nothing moves."""

from __future__ import annotations

from typing import Any

from operations.promotion import seal


def resource(ciphertext: str, name: str = "main") -> dict[str, Any]:
    secret = {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "ciphertext": ciphertext,
    }
    return {"urn": f"urn:{name}", "inputs": {"password": secret, "tags": [{"key": "a", "value": secret}], "size": 1}}


def test_the_state_is_the_same_where_secrets_are_only_encrypted_anew() -> None:
    assert seal.of_state([resource("v1:one")]) == seal.of_state([resource("v1:two")])


def test_the_state_is_another_where_anything_else_is() -> None:
    stands = seal.of_state([resource("v1:one")])
    assert stands != seal.of_state([resource("v1:one", "other")])
    assert stands != seal.of_state([])
    plain = resource("v1:one")
    plain["inputs"]["password"] = "[secret]!"
    assert stands != seal.of_state([plain])
