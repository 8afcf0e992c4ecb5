"""Configuration as the program reads it."""

from __future__ import annotations

import json


def test_objects_come_by_sorted_key_whatever_their_order_in_the_file(either):
    sample = either("""
        found = config.require_object("limits")
        pulumi.export("order", [*found, *found["b"]])
        pulumi.export("text", config.require("limits"))
    """)
    path = sample.folder / "Pulumi.dev.yaml"
    limits = "  sample:limits:\n    c: 1\n    b: {z: true, y: null}\n    a: [2, {q: 1, p: 2}]\n    7: x\n"
    path.write_text(path.read_text().replace("config:\n", f"config:\n{limits}"))
    sample.up()
    outputs = sample.outputs()
    assert outputs["order"] == ["7", "a", "b", "c", "y", "z"]
    assert json.loads(outputs["text"]) == {"7": "x", "a": [2, {"p": 2, "q": 1}], "b": {"y": None, "z": True}, "c": 1}
    assert outputs["text"].replace(" ", "") == '{"7":"x","a":[2,{"p":2,"q":1}],"b":{"y":null,"z":true},"c":1}'


def test_secret_configuration_is_secret_wherever_it_goes(either):
    sample = either("""
        token = config.require_secret("token")
        network = config.require_secret_object("network")
        Thing("a", value=token, nested=network, text=Output.concat("Bearer ", token))
        pulumi.export("token", token)
        pulumi.export("network", network)
    """)
    sample.ok("config", "set", "--secret", "token", "CANARY-2468")
    sample.ok("config", "set", "--path", "--secret", "network.token", "CANARY-1357")
    sample.ok("config", "set", "--path", "network.zone", "a")
    assert "CANARY" not in (sample.folder / "Pulumi.dev.yaml").read_text()
    assert "CANARY" not in sample.ok("config") + sample.ok("config", "--json")
    sample.up()
    assert sample.outputs() == {"token": "[secret]", "network": "[secret]"}
    assert "CANARY" not in sample.checkpoint.read_text()
    assert sample.things()["a"]["text"] == "Bearer CANARY-2468"
    assert sample.things()["a"]["nested"] == {"token": "CANARY-1357", "zone": "a"}
    sample.ok("config", "set", "--secret", "token", "CANARY-9999")
    shown = sample.ok("preview", "--diff") + sample.up("--diff")
    assert "CANARY" not in shown + sample.ok("stack", "history", "--json") and "[secret]" in shown
    assert sample.things()["a"]["value"] == "CANARY-9999"
