"""What `make bench` measures and prints; the measuring itself is never timed here."""

import json
import os
import sys
from typing import Any

import pulumi
import pytest

from benchmarks import endurance
from benchmarks.bare.recording import SECRET, UNKNOWN, read, record
from benchmarks.bare.replay import class_of, register, setting
from benchmarks.measure import CommandFailedError, Measurement, measure
from benchmarks.report import Row, growth, table
from benchmarks.scenarios import FEW, MANY, QUICK, Scenario, scenarios, with_services
from infra.settings import load
from infra.settings.problems import to_config
from tests.components.conftest import run_program

DEV = Scenario("dev", "dev", {})


def test_every_scenario_is_accepted_by_the_settings():
    for scenario in scenarios():
        config, secrets = to_config(scenario.config)
        assert load(config, secrets, f"Pulumi.{scenario.stack}.yaml").compute == scenario.compute


def test_one_ten_forty_and_a_hundred_services_are_measured_on_ecs_and_on_eks():
    measured = {(scenario.compute, scenario.services) for scenario in scenarios() if scenario.services}
    assert measured == {(platform, count) for platform in ("ecs", "eks") for count in (1, 10, 40, 100)}
    assert set(QUICK) <= {scenario.title for scenario in scenarios()}


@pytest.mark.parametrize("count", [1, 40, 100])
def test_services_differ_in_name_path_and_priority(count):
    services = with_services(count).config["headroom:services"]
    public = [service for service in services.values() if service["public"]]
    assert len(services) == count
    assert len(public) == -(-count // 2)
    assert len({service["priority"] for service in public}) == len({tuple(s["paths"]) for s in public}) == len(public)


def test_a_measurement_knows_time_memory_and_output_of_each_kind_of_process(tmp_path):
    script = "import sys, time; print('hello'); block = bytearray(64 << 20); time.sleep(0.4)  # offline.engine"
    measured = measure([sys.executable, "-c", script], tmp_path, dict(os.environ))
    assert measured.output == "hello\n"
    assert measured.seconds > 0.4
    assert measured.peak_mib["engine"] > 64


def test_a_command_that_fails_shows_what_it_said(tmp_path):
    with pytest.raises(CommandFailedError, match="exited with 3:\nno such stack"):
        measure([sys.executable, "-c", "print('no such stack'); raise SystemExit(3)"], tmp_path, dict(os.environ))


def measured(seconds: float = 1.0, output: str = "", **peaks: int) -> Measurement:
    return Measurement(seconds, seconds / 2, peaks, output)


def test_the_table_gives_time_a_resource_the_ratio_and_memory():
    row = Row(DEV, "preview", 60, measured(3.0, engine=80, program=204, provider=60), floor=measured(2.0))
    text = table([row]).splitlines()[2].replace(" ", "")
    assert text == "|dev|preview|3.0|1.5|60|50.0|1.50|1.50|80|204|provider60|"


def test_the_table_is_aligned():
    rows = [Row(DEV, "up", 5, measured()), Row(with_services(40), "preview", 600, measured(11.0))]
    assert len({len(line) for line in table(rows).splitlines()}) == 1


@pytest.mark.parametrize(("seconds", "said"), [(10.0, "1.00 times as long"), (20.0, "2.00 times as long")])
def test_the_last_lines_say_whether_time_grows_faster_than_services(seconds, said):
    few, many = (with_services(count, "eks") for count in (FEW, MANY))
    rows = [Row(few, "up", 100, measured(1.0)), Row(many, "up", 1000, measured(seconds)), Row(DEV, "up", 9, measured())]
    (line,) = growth(rows)
    assert line.startswith("up on EKS: ")
    assert said in line
    assert line.endswith(": linear" if seconds == 10.0 else ": more than linear")


def state(kind: str, name: str, inputs: dict[str, object], **depends: list[str]) -> dict[str, Any]:
    urns = {key: [urn(*of.split(" ")) for of in names] for key, names in depends.items()}
    return {
        "urn": urn(kind, name),
        "type": kind,
        "custom": True,
        "inputs": inputs,
        "dependencies": [of for names in urns.values() for of in names],
        "propertyDependencies": urns,
    }


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:dev::headroom::headroom:area:Component${kind}::{name}"


GROUP = "aws:cloudwatch/logGroup:LogGroup"
KEY = "aws:kms/key:Key"


def test_a_recording_has_no_component_and_each_resource_after_what_it_depends_on():
    states = [
        state(GROUP, "a", {"kmsKeyId": UNKNOWN}, kmsKeyId=[f"{KEY} z"]),
        {"urn": "urn:pulumi:dev::headroom::headroom:area:Component::of", "custom": False},
        state(KEY, "z", {}),
    ]
    steps = json.dumps({"steps": [{"urn": one["urn"], "newState": one} for one in states]}, indent=4)
    preview = read(f"warning: {{}} of no account\n{steps}\n")
    assert [one["type"] for one in record(preview)] == [KEY, GROUP]
    with pytest.raises(CommandFailedError, match="no JSON:\nnothing"):
        read("nothing")


def test_the_plain_program_registers_what_was_recorded_with_unknown_values_from_where_they_came():
    states = [
        state(KEY, "of", {"description": "d"}),
        state(GROUP, "of", {"kmsKeyId": UNKNOWN, "retentionInDays": 7, "tags": {"A": "b"}}, kmsKeyId=[f"{KEY} of"]),
        state("aws:secretsmanager/secretVersion:SecretVersion", "of", {"secretId": UNKNOWN, "secretString": SECRET}),
    ]

    def program() -> None:
        made: dict[str, pulumi.CustomResource] = {}
        for number, one in enumerate(states):
            made[one["urn"]] = register(one, number, made)

    stack = run_program(program)
    group = stack.one(GROUP)
    assert group["inputs"] == {"kmsKeyId": stack.one(KEY)["id"], "retentionInDays": 7, "tags": {"A": "b"}}
    assert stack.one("secretsmanager/secretVersion:SecretVersion")["inputs"]["secretId"] == stack.one(KEY)["id"]


def test_settings_of_providers_are_taken_as_values_or_as_json_within_text():
    assert setting("defaultTags", '{"tags": {"A": "b"}}') == setting("defaultTags", {"tags": {"A": "b"}})
    assert setting("region", "eu-central-1") == "eu-central-1"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("aws:lambda/function:Function", "pulumi_aws.lambda_.function.Function"),
        ("pulumi:providers:aws", "pulumi_aws.provider.Provider"),
        (
            "kubernetes:networking.k8s.io/v1:NetworkPolicy",
            "pulumi_kubernetes.networking.v1.NetworkPolicy.NetworkPolicy",
        ),
    ],
)
def test_the_plain_program_finds_the_sdks_classes(kind, name):
    found = class_of(kind)
    assert found is not None
    assert f"{found.__module__}.{found.__name__}" == name
    assert class_of("kubernetes:eks.amazonaws.com/v1:TargetGroupBinding") is None


def test_memory_over_many_ups_is_shown_for_the_first_each_tenth_and_the_last():
    taken = measured(2.0, engine=80, program=120)
    lines = endurance.table([endurance.Round(number, taken, 200 + number) for number in range(1, 13)]).splitlines()
    assert [line.split()[0] for line in lines] == ["up", "1", "10", "12"]
    assert lines[1].split() == ["1", "2.0", "80", "120", "0", "201"]


def test_memory_is_flat_unless_a_kind_of_process_takes_more_and_more():
    steady = [endurance.Round(n, measured(engine=80 + n % 2), 200) for n in range(1, 51)]
    growing = [endurance.Round(n, measured(engine=80), 200 + n) for n in range(1, 51)]
    assert endurance.verdict(steady) == "Memory is flat."
    assert endurance.verdict(growing) == "Memory grows: emulated AWS from 230 to 250 MiB."
    assert endurance.verdict(steady[:12]).startswith("Too few ups")
