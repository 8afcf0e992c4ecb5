"""What `make bench` measures and prints; the measuring itself is never timed here."""

import os
import sys

import pytest

from benchmarks import endurance
from benchmarks.__main__ import planned
from benchmarks.measure import CommandFailedError, Measurement, measure
from benchmarks.report import Row, table
from benchmarks.scenarios import scenarios, with_services
from infra.settings import load
from infra.settings.problems import to_config


def test_every_scenario_is_accepted_by_the_settings():
    for scenario in scenarios():
        config, secrets = to_config(scenario.config)
        assert load(config, secrets, f"Pulumi.{scenario.stack}.yaml").account


@pytest.mark.parametrize("count", [1, 40])
def test_services_differ_in_name_path_and_priority(count):
    services = with_services(count).config["headroom:services"]
    assert len(services) == len({service["priority"] for service in services.values()}) == count
    assert len({tuple(service["paths"]) for service in services.values()}) == count


def test_a_measurement_knows_time_memory_and_output_of_each_kind_of_process(tmp_path):
    script = "import sys, time; print('hello'); block = bytearray(64 << 20); time.sleep(0.4)  # offline.engine"
    measured = measure([sys.executable, "-c", script], tmp_path, dict(os.environ))
    assert measured.output == "hello\n"
    assert measured.seconds > 0.4
    assert measured.peak_mib["engine"] > 64


def test_a_command_that_fails_shows_what_it_said(tmp_path):
    with pytest.raises(CommandFailedError, match="exited with 3:\nno such stack"):
        measure([sys.executable, "-c", "print('no such stack'); raise SystemExit(3)"], tmp_path, dict(os.environ))


def test_the_resources_are_those_that_the_preview_announces():
    assert planned(Measurement(1.0, {}, "Resources:\n    + 71 to create\n")) == 71
    with pytest.raises(CommandFailedError, match="does not say how much"):
        planned(Measurement(1.0, {}, "nothing"))


def test_the_table_gives_time_a_resource_the_ratio_and_memory():
    ours = Measurement(3.0, {"engine": 80, "program": 204, "provider": 60}, "")
    row = Row("dev", "preview", 60, ours, bare=Measurement(2.0, {}, ""))
    assert table([row]).splitlines()[2].replace(" ", "") == "|dev|preview|3.0|60|50.0|1.50|80|204|provider60|"


def test_the_table_is_aligned():
    rows = [
        Row("dev", "up", 5, Measurement(1.0, {}, "")),
        Row("40 services", "preview", 600, Measurement(11.0, {}, "")),
    ]
    assert len({len(line) for line in table(rows).splitlines()}) == 1


def test_memory_over_many_ups_is_shown_for_the_first_each_tenth_and_the_last():
    taken = Measurement(2.0, {"engine": 80, "program": 120}, "")
    lines = endurance.table([endurance.Round(number, taken, 200 + number) for number in range(1, 13)]).splitlines()
    assert [line.split()[0] for line in lines] == ["up", "1", "10", "12"]
    assert lines[1].split() == ["1", "2.0", "80", "120", "0", "201"]
