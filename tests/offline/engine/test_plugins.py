"""Provider plugins: found, shared, and their failures told."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

from offline.engine.plugins import PluginPool

ROOT = Path(__file__).resolve().parents[3]


def test_a_package_without_plugin_is_an_error_not_an_echo(project):
    sample = project('pulumi.CustomResource("nowhere:index:Thing", "a", {})')
    text = sample.error("preview")
    assert "there is no provider plugin for the package 'nowhere'" in text
    assert "pulumi-resource-nowhere" in text
    (sample.folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    sample.program('Thing("a")')
    assert "mem:folder is not set" in sample.error("preview")


def test_a_half_made_resource_is_kept_and_tried_again(project):
    sample = project('a = Thing("a", value="1", fail="partial")\nThing("b", value=a.arn)')
    assert f"creating {sample.urn('a')}: half made" in sample.failing_up()
    assert sample.state()["a"]["initErrors"] == ["the second call failed"]
    assert sample.planned()["a"] == "update"
    sample.program('a = Thing("a", value="1", fail="")\nThing("b", value=a.arn)')
    sample.up()
    assert "initErrors" not in sample.state()["a"]
    assert set(sample.things()) == {"a", "b"}


def test_providers_of_one_configuration_share_a_plugin_and_others_do_not(either):
    sample = either("""
        folder = pulumi.Config("mem").require("folder")
        same = Provider("same", folder=folder)
        other = Provider("other", folder=folder + "/other", region=config.get("region") or "r1")
        Thing("a")
        Thing("b", Options(provider=same))
        group = Group("group", Options(providers=[other]))
        Thing("c", Options(parent=group))
    """)
    sample.up()
    assert set(sample.things()) == {"a", "b"}
    assert len(list((sample.cloud / "other").glob("c-*.json"))) == 1
    sample.ok("config", "set", "region", "r2")
    text = sample.up()
    assert "2 replaced" in text
    assert len(list((sample.cloud / "other").glob("c-*.json"))) == 1


def test_providers_of_several_configurations_share_a_process_where_the_plugin_offers_it(tmp_path):
    async def environment(package):
        return {**os.environ, "HEADROOM_OFFLINE": "1"}

    async def run():
        plugins = ROOT / "offline" / "plugins"
        pool = PluginPool(plugins=plugins, python="", folder=tmp_path, root=tmp_path, environment=environment)
        pool.start_ahead("kubernetes")
        first, second, third = await asyncio.gather(*(pool.take("kubernetes") for _ in range(3)))
        assert first.child is second.child is third.child
        assert len({id(plugin) for plugin in (first, second, third)}) == 3
        first.child.process.kill()
        await first.child.process.wait()
        fourth = await pool.take("kubernetes")
        assert fourth.child is not first.child
        await pool.stop()
        assert fourth.child.process.returncode is not None

    asyncio.run(run())


def test_events_tell_each_step_as_the_real_engine_does(project):
    sample = project('a = Thing("a", value="1")\nThing("b", kind=a.arn)')
    sample.up()
    sample.program('a = Thing("a", kind="2", value="1")\nThing("b", kind=a.arn)')
    log = sample.folder / "events"
    sample.up("--event-log", str(log))
    events = [json.loads(line) for line in log.read_text().splitlines()]
    assert [event["sequence"] for event in events] == list(range(len(events)))
    kinds = [next(key for key in event if key.endswith("Event")) for event in events]
    assert kinds[0] == "preludeEvent" and kinds[-2:] == ["summaryEvent", "cancelEvent"]
    steps = [event["resourcePreEvent"]["metadata"] for event in events if "resourcePreEvent" in event]
    assert [step["op"] for step in steps if step["urn"] == sample.urn("a")] == [
        "create-replacement",
        "replace",
        "delete-replaced",
    ]
    replaced = next(step for step in steps if step["op"] == "create-replacement" and step["urn"] == sample.urn("a"))
    assert replaced["keys"] == ["kind"] and replaced["diffs"] == ["kind"] and replaced["logical"] is False
    assert replaced["detailedDiff"] is None  # this provider tells properties, not paths
    assert events[-2]["summaryEvent"]["resourceChanges"] == {"same": 1, "replace": 2}
    assert events[-2]["summaryEvent"]["result"] == "succeeded"
