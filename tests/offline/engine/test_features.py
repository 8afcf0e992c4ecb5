"""States that go from one engine to the other."""

from __future__ import annotations

import json

import pytest

from offline.engine import features
from offline.engine.errors import EngineError

PROGRAM = """
    from pulumi import AssetArchive, FileArchive, StringAsset

    hook = pulumi.ResourceHook("hook", lambda arguments: None)
    near = Provider("near", region="r1")
    a = Thing("a", Options(provider=near, protect=True), value=Output.secret("CANARY-3579"))
    b = Thing("b", Options(replace_with=[a], hooks=pulumi.ResourceHookBinding(before_delete=[hook])), value=a.arn)
    group = Group("group")
    Thing("c", Options(parent=group, depends_on=[b], ignore_changes=["value"], additional_secret_outputs=["arn"]))
    Thing("d", Options(parent=group), code=AssetArchive({"folder": FileArchive("code"), "b": StringAsset("x")}))
    pulumi.export("secret", a.value)
    pulumi.export("plain", {"list": [1, 2.5, None, "x"]})
"""


@pytest.mark.pulumi_cli
@pytest.mark.parametrize("first", ["embedded", "real"])
def test_either_engine_goes_on_from_the_others_state(first, project, real):
    one, other = project(""), real("")
    if first == "real":
        one, other = other, one
    for sample in (one, other):
        sample.environment["PULUMI_CONFIG_PASSPHRASE"] = "test"  # the state names its salt, and either opens it
        (sample.folder / "code").mkdir()
        (sample.folder / "code" / "main.py").write_text("print()")
        sample.program(PROGRAM)
        sample.ok("config", "set", "mem:folder", str(one.cloud))
    one.up()
    exported = one.ok("stack", "export", "--show-secrets")
    assert json.loads(exported)["version"] == 4
    (other.folder / "state.json").write_text(exported)
    other.ok("stack", "import", "--file", "state.json")
    other.up("--expect-no-changes")
    again, back = (json.loads(text)["deployment"] for text in (other.ok("stack", "export", "--show-secrets"), exported))
    told = {item["urn"]: item for item in back["resources"]}
    for item in again["resources"]:
        for key in ("id", "inputs", "outputs", "parent", "dependencies", "provider", "protect", "replaceWith"):
            assert item.get(key) == told[item["urn"]].get(key), (item["urn"], key)


def test_a_deployment_that_makes_use_of_more_is_refused_by_what_it_uses():
    plain: dict[str, object] = {"manifest": {}}
    assert features.deployment_of({"version": 4, "features": ["hooks", "taint"], "deployment": plain}) == plain
    with pytest.raises(EngineError, match="makes use of views: the offline engine does not"):
        features.deployment_of({"version": 4, "features": ["hooks", "views"], "deployment": plain})
    with pytest.raises(EngineError, match="is of version 2; the offline engine reads versions 3 and 4"):
        features.deployment_of({"version": 2, "deployment": plain})
    with pytest.raises(EngineError, match="no object with a 'deployment'"):
        features.deployment_of([])
