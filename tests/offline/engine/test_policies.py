"""Policy packs by the real analyzer."""

from __future__ import annotations

import json

PACK = """
from pulumi_policy import (
    EnforcementLevel, PolicyConfigSchema, PolicyPack, ResourceValidationPolicy, StackValidationPolicy,
)


def valued(args, report):
    if args.resource_type == "mem:index:Thing" and args.props.get("value") != args.get_config()["value"]:
        report("the value is not right")


def few(args, report):
    if len([r for r in args.resources if r.resource_type == "mem:index:Thing"]) > 2:
        report("too many things")


def fill(args):
    if args.resource_type == "mem:index:Thing" and "filled" not in args.props:
        return {**args.props, "filled": "by policy"}


PolicyPack("pack", enforcement_level=EnforcementLevel.MANDATORY, policies=[
    ResourceValidationPolicy("valued", "right values", valued, config_schema=PolicyConfigSchema(
        properties={"value": {"type": "string"}}, required=["value"])),
    StackValidationPolicy("few", "not too many", few, enforcement_level=EnforcementLevel.ADVISORY),
    ResourceValidationPolicy("filled", "fill in", remediate=fill, enforcement_level=EnforcementLevel.REMEDIATE),
])
"""


def test_packs_block_remedy_and_advise(project):
    sample = project('Thing("a", value="good")\nThing("b", value="bad")\nThing("c", value="good")')
    pack = sample.folder / "pack"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 1.2.3\n")
    (pack / "__main__.py").write_text(PACK)
    settings = sample.folder / "settings.json"
    words = ["--policy-pack", str(pack), "--policy-pack-config", str(settings)]

    settings.write_text("{}")
    assert "valued: value is required" in sample.error("preview", *words)
    settings.write_text(json.dumps({"valued": {"value": "good"}}))
    text = sample.error("preview", *words)
    assert "[mandatory]  valued  (mem:index:Thing: b)" in text and "[advisory]  few" in text
    assert "❌ pack@v1.2.3" in text and "3 to create" not in text and "4 to create" in text
    sample.failing_up(*words)
    assert "b" not in sample.things()

    settings.write_text(json.dumps({"all": "advisory", "valued": {"value": "good"}, "filled": "remediate"}))
    log = sample.folder / "events"
    assert "[advisory]  valued" in sample.up(*words, "--event-log", str(log))
    assert sample.things()["b"]["filled"] == "by policy"
    events = [json.loads(line) for line in log.read_text().splitlines()]
    violations = [event["policyEvent"] for event in events if "policyEvent" in event]
    assert {(v["policyName"], v["enforcementLevel"]) for v in violations} == {
        ("valued", "advisory"),
        ("few", "advisory"),
    }
    remedy = next(event["policyRemediationEvent"] for event in events if "policyRemediationEvent" in event)
    assert "filled" not in remedy["before"] and remedy["after"]["filled"] == "by policy"

    (pack / "__main__.py").write_text("raise ValueError('a bad pack')")
    assert "a bad pack" in sample.error("preview", *words)
    assert "there is no policy pack in" in sample.error("preview", "--policy-pack", str(sample.folder / "nowhere"))


CRASHING = """
import os
import sys

from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy


def crash(args, report):
    if args.name == "b":
        print("about to fall over", file=sys.stderr, flush=True)
        os._exit(9)


def throw(args, report):
    if args.name == "c":
        raise ValueError("not a policy")


PolicyPack("pack", enforcement_level=EnforcementLevel.MANDATORY, policies=[
    ResourceValidationPolicy("crash", "crashes", crash), ResourceValidationPolicy("throw", "throws", throw),
])
"""


def test_a_policy_pack_that_crashes_stops_the_operation_before_the_step(either):
    sample = either('a = Thing("a")\nThing("b", value=a.arn)')
    pack = sample.folder / "pack"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text("runtime: python\n")
    (pack / "__main__.py").write_text(CRASHING)
    assert sample.run("preview", "--policy-pack", str(pack)).returncode != 0
    assert "pack" in sample.failing_up("--policy-pack", str(pack))
    assert set(sample.things()) == {"a"}
    sample.program('a = Thing("a")\nThing("c", value=a.arn)')
    assert "not a policy" in sample.failing_up("--policy-pack", str(pack))
    assert set(sample.things()) == {"a"}
    sample.up()
    assert set(sample.things()) == {"a", "c"}


def test_a_pack_that_crashed_is_told_with_its_last_words_and_not_called_kept(project):
    sample = project('Thing("b")')
    pack = sample.folder / "pack"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text("runtime: python\n")
    (pack / "__main__.py").write_text(CRASHING)
    text = sample.error("preview", "--policy-pack", str(pack))
    assert "policy pack 'pack' failed" in text and "exited with 9" in text and "about to fall over" in text
    assert "❌ pack" in text and "✅" not in text


UNKNOWING = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy
from pulumi_policy.proxy import UnknownValueError


def fill(args):
    raise UnknownValueError("04da6b54-80e4-46f7-96ec-b56ff0331ba9", ["value"])


PolicyPack("pack", policies=[ResourceValidationPolicy(
    "filled", "fill in", lambda args, report: None, remediate=fill, enforcement_level=EnforcementLevel.REMEDIATE)])
"""


def test_a_remedy_that_needs_what_is_not_known_yet_is_advice(either):
    sample = either('Thing("a")')
    pack = sample.folder / "pack"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text("runtime: python\n")
    (pack / "__main__.py").write_text(UNKNOWING)
    text = sample.ok("preview", "--policy-pack", str(pack))
    assert "[advisory]  filled  (mem:index:Thing: a)" in text and "can't run remediation" in text


ENDING = """
import pathlib

from pulumi_policy import PolicyPack, StackValidationPolicy


def look(args, report):
    pathlib.Path("../looked").touch()
    report("looked")


PolicyPack("pack", policies=[StackValidationPolicy("look", "looks", look)])
"""


def test_the_stack_is_judged_while_the_program_comes_to_its_end(project):
    sample = project("""
        import atexit, pathlib, time

        def wait():
            until = time.monotonic() + 30
            while not pathlib.Path("looked").exists() and time.monotonic() < until:
                time.sleep(0.05)
            print("judged" if pathlib.Path("looked").exists() else "not yet", flush=True)

        atexit.register(wait)
        Thing("a", value="1")
    """)
    pack = sample.folder / "pack"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text("runtime: python\n")
    (pack / "__main__.py").write_text(ENDING)
    text = sample.ok("preview", "--policy-pack", str(pack))
    assert "judged" in text and "not yet" not in text
    assert "[mandatory]  look" in text or "[advisory]  look" in text


UNJUDGED = """
import pathlib

from pulumi_policy import PolicyPack, ResourceValidationPolicy
from pulumi_policy.policy import _PolicyAnalyzerServicer


def analyze(servicer, request, context, always=_PolicyAnalyzerServicer.Analyze):
    with pathlib.Path("asked").open("a") as file:
        file.write(request.name + " ")
    if request.type == "mem:index:Thing":
        context.set_trailing_metadata((("x-headroom-judged", "no"),))
    return always(servicer, request, context)


_PolicyAnalyzerServicer.Analyze = analyze
PolicyPack("pack", policies=[ResourceValidationPolicy("look", "looks", lambda args, report: None)])
"""


def test_a_pack_is_asked_once_of_a_type_that_it_says_it_does_not_judge(project):
    sample = project("""
        a = Thing("a", value="1")
        Thing("b", value=a.arn)
        one = Group("one")
        Group("two", Options(depends_on=[one]))
    """)
    pack = sample.folder / "pack"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text("runtime: python\n")
    (pack / "__main__.py").write_text(UNJUDGED)
    sample.up("--policy-pack", str(pack))
    asked = (pack / "asked").read_text().split()
    assert {"a", "one", "two"} <= {*asked} and "b" not in asked
