import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from infra.settings import Settings
from infra.settings.problems import fields_of, model_in
from infra.settings.schema import FILE, schema, text

ROOT = Path(__file__).parents[3]
VALIDATOR = jsonschema.Draft7Validator(schema())


def stack_file(environment="prod", **top):
    return {**yaml.safe_load((ROOT / f"Pulumi.{environment}.yaml").read_text()), **top}


def test_the_committed_schema_is_current():
    assert FILE.read_text() == text(), "run: python -m infra.settings.schema"


def test_it_is_a_valid_schema():
    jsonschema.Draft7Validator.check_schema(schema())


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_each_stack_file_names_it_and_satisfies_it(environment):
    first = (ROOT / f"Pulumi.{environment}.yaml").read_text().splitlines()[0]
    assert first == f"# yaml-language-server: $schema={FILE.relative_to(ROOT)}"
    assert list(VALIDATOR.iter_errors(stack_file(environment))) == []


def test_what_pulumi_itself_writes_into_a_stack_file_is_allowed():
    content = stack_file(secretsprovider="awskms://alias/x", encryptedkey="abc", encryptionsalt="v1:abc")
    content["config"]["other-program:setting"] = {"anything": [1]}
    assert list(VALIDATOR.iter_errors(content)) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda config: config.update({"headroom:zone": "a"}),
        lambda config: config.update({"aws:profile": "me"}),
        lambda config: config.pop("headroom:account"),
        lambda config: config["headroom:network"].update(nat="two"),
        lambda config: config["headroom:services"]["api"].update(port="5000"),
        lambda config: config["headroom:services"]["api"].update(prot=5000),
        lambda config: config["headroom:services"].update({"Api": {"image": "a:1"}}),
    ],
)
def test_mistakes_show_while_typing(change):
    content = stack_file()
    change(content["config"])
    assert len(list(VALIDATOR.iter_errors(content))) == 1


def test_every_setting_is_described():
    for key, field in fields_of(Settings).items():
        assert field.description, key
        for inner, declared in fields_of(model_in(field)).items():
            assert declared.description, f"{key}.{inner}"


def test_numbers_say_their_unit():
    units = {"days": "day", "seconds": "second", "gib": "GiB", "mib": "MiB", "percent": "percent"}
    for field in fields_of(Settings).values():
        for key, declared in fields_of(model_in(field)).items():
            unit = units.get(key.rpartition("_")[2])
            if unit:
                assert unit in str(declared.description), key


def test_it_is_written_as_json_that_people_can_read():
    assert json.loads(FILE.read_text())["title"] == "Headroom stack file"
