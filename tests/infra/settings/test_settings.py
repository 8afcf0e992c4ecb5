import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from infra.settings import Settings, SettingsError, load, read, read_file
from infra.settings.problems import field_at, fields_of, is_map, model_in, to_config
from tests import yaml_files

ROOT = Path(__file__).parents[3]
STACK_FILES = sorted(ROOT.glob("Pulumi.*.yaml"))
CASES = [case for file in sorted((Path(__file__).parent / "wrong").glob("*.yaml")) for case in yaml_files.read(file)]
SOURCES = "docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html"

RIGHT: dict[str, Any] = {
    "aws:region": "eu-central-1",
    "headroom:account": "111111111111",
    "headroom:owner": "backend",
    "headroom:network": {"cidr": "10.10.0.0/16", "zones": ["a", "b"], "nat": "single"},
    "headroom:databases": {"main": {"version": "17.6", "class": "db.t4g.small"}},
    "headroom:caches": {"main": {"version": "8.1", "class": "cache.t4g.small", "use": "cache"}},
    "headroom:services": {
        "api": {
            "image": "ghcr.io/example/api:1.0.0",
            "public": True,
            "port": 5000,
            "paths": ["/api/*"],
            "database": "main",
        },
        "worker": {"image": "ghcr.io/example/worker:1.0.0"},
    },
}


def changed(changes: dict[str, Any]) -> dict[str, Any]:
    """The right settings, with a few keys set (`services.api.port`) or, by None, taken out."""
    content = copy.deepcopy(RIGHT)
    for path, value in changes.items():
        first, *rest = path.split(".")
        keys = [first if ":" in first else f"headroom:{first}", *rest]
        section = content
        for key in keys[:-1]:
            section = section.setdefault(key, {})
        if value is None:
            del section[keys[-1]]
        else:
            section[keys[-1]] = value
    return content


def settings_of(content: dict[str, Any]) -> Settings:
    return load(*to_config(content), "Pulumi.dev.yaml")


def mistakes(content: dict[str, Any]) -> list[str]:
    with pytest.raises(SettingsError) as error:
        settings_of(content)
    return str(error.value).splitlines()


def test_the_right_settings_are_right():
    assert settings_of(RIGHT).services["api"].port == 5000


@pytest.mark.parametrize("case", CASES, ids=lambda case: json.dumps(case["set"])[:60])
def test_a_wrong_value_is_named_with_what_is_allowed(case):
    said = mistakes(changed(case["set"]))
    field = field_at(Settings, tuple(key_named(case).split(".")))
    line = f"Pulumi.dev.yaml: {case['says']}"
    assert said in ([line], [f"{line}. {field.description if field else ''}"])


def key_named(case: dict[str, Any]) -> str:
    """The key that the line starts with, without the place in a list."""
    return str(case["says"].split(" ")[0].removeprefix("headroom:").split("[")[0])


def test_every_setting_has_a_wrong_value_above():
    tried = {path.split("[")[0] for case in CASES for path in case["set"]}
    # A case may set a whole entry; its line names the key.
    tried |= {key_named(case) for case in CASES}
    plain = {".".join(p for p in path.split(".") if p not in ("api", "main", "worker", "web")) for path in tried}
    assert sorted(set(keys_of(Settings)) - plain) == []


def keys_of(model: type[BaseModel], prefix: str = "") -> list[str]:
    keys = []
    for key, field in fields_of(model).items():
        inside = model_in(field)
        keys += keys_of(inside, f"{prefix}{key}.") if inside is not BaseModel else [f"{prefix}{key}"]
    return keys


def test_all_mistakes_are_told_at_once_in_the_order_of_the_keys():
    content = changed(
        {
            "account": "1",
            "network.zones": ["a"],
            "databases.main.storage_gib": 1,
            "services.api.prot": 1,
            "services.api.memory_mib": 700,
            "services.worker.database": "mian",
        }
    )
    keys = [line.removeprefix("Pulumi.dev.yaml: headroom:").split(" ")[0] for line in mistakes(content)]
    assert keys == [
        "account",
        "databases.main.storage_gib",
        "network.zones",
        "services.api.memory_mib",
        "services.api.prot",
        "services.worker.database",
    ]


def test_a_broken_list_of_databases_is_not_held_against_the_services():
    assert [line.split(" ")[1] for line in mistakes(changed({"databases": []}))] == ["headroom:databases"]


def test_services_that_share_a_priority_are_both_named():
    web = {"image": "a/b:1", "public": True, "port": 80, "paths": ["/*"], "priority": 7}
    said = mistakes(changed({"services.api.priority": 7, "services.web": web}))
    reason = "share it, and no two rules of a listener may"
    assert said == [
        f"Pulumi.dev.yaml: headroom:services.api.priority is 7: api and web {reason}; "
        f"give api a priority of its own ({SOURCES})",
        f"Pulumi.dev.yaml: headroom:services.web.priority is 7: web and api {reason}; "
        f"give web a priority of its own ({SOURCES})",
    ]


def test_without_nat_an_image_must_come_from_ecr_in_the_same_region():
    worker = "111111111111.dkr.ecr.eu-central-1.amazonaws.com/worker:1"
    said = mistakes(changed({"network.nat": "none", "services.worker.image": worker, "services.api.database": None}))
    assert said == [
        'Pulumi.dev.yaml: headroom:services.api.image is "ghcr.io/example/api:1.0.0": with nat none no task can reach '
        "that registry; copy it to ECR in eu-central-1, or choose another headroom:network.nat"
    ]


def test_a_secret_in_config_is_refused_and_never_repeated():
    config, _ = to_config(changed({"owner": "canary", "alarms.warn_emails": ["canary"]}))
    with pytest.raises(SettingsError) as error:
        load(config, {"headroom:owner", "headroom:alarms"}, "Pulumi.dev.yaml")
    says = (
        "holds a secret value, and no secret stands in Pulumi config. Take it out, name the variable `external` "
        "under headroom:services.<name>.secrets, and put its value into Secrets Manager"
    )
    assert str(error.value).splitlines() == [
        f"Pulumi.dev.yaml: headroom:alarms {says}",
        f"Pulumi.dev.yaml: headroom:owner {says}",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"services.api.secrets": {"STRIPE": "canary"}},
        {"services.api.secrets": {"STRIPE": ["canary"]}},
        {"services.api.secrets": ["canary"]},
        {"services.api.secrets": "canary"},
        {"services.api.environment": {"STRIPE_API_KEY": "canary", "LEVEL": 5}},
        {"services.api.stripe": "canary"},
        {"services": "canary"},
        {"stripe": "canary"},
    ],
    ids=str,
)
def test_what_may_be_a_secret_put_in_the_wrong_place_is_never_repeated(changes):
    assert "canary" not in "\n".join(mistakes(changed(changes)))


def test_config_of_other_programs_is_left_alone():
    assert settings_of(RIGHT | {"other:thing": "x", "pulumi:tags": {"a": "b"}}) == settings_of(RIGHT)


def test_settings_can_not_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        settings_of(RIGHT).network.nat = "none"


@pytest.mark.parametrize("file", STACK_FILES, ids=lambda file: file.name)
def test_each_stack_file_is_right(file):
    assert read_file(file).region == "eu-central-1"


def test_there_are_three_stack_files():
    assert [file.name for file in STACK_FILES] == ["Pulumi.dev.yaml", "Pulumi.prod.yaml", "Pulumi.staging.yaml"]


def test_all_stack_files_have_the_same_keys_in_the_same_order():
    shapes = [key_paths(yaml.safe_load(file.read_text())) for file in STACK_FILES]
    assert shapes[0] == shapes[1] == shapes[2]


def key_paths(node: Any, prefix: str = "") -> list[str]:
    if not isinstance(node, dict):
        return []
    return [path for key, value in node.items() for path in (f"{prefix}{key}", *key_paths(value, f"{prefix}{key}."))]


def test_a_stack_file_lists_settings_in_the_order_of_their_declaration():
    content = yaml.safe_load(STACK_FILES[0].read_text())["config"]
    declared = [key if ":" in key else f"headroom:{key}" for key in fields_of(Settings)]
    assert list(content) == declared


def test_environments_have_accounts_and_addresses_of_their_own():
    settings = [read_file(file) for file in STACK_FILES]
    assert len({s.account for s in settings}) == 3
    assert len({s.network.cidr for s in settings}) == 3


def test_the_running_stack_reads_the_config_that_the_engine_passes(run):
    config, _ = to_config(RIGHT)
    assert run(read, config=config).result == settings_of(RIGHT)


def test_the_running_stack_names_its_own_file(run):
    with pytest.raises(SettingsError, match=r"^Pulumi\.prod\.yaml: headroom:account is missing"):
        run(read, stack="prod", config=to_config(changed({"account": None}))[0])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("config: [", "Pulumi.x.yaml can't be read: it is not valid YAML"),
        ("config: &a {headroom:owner: [*a]}", "Pulumi.x.yaml can't be read: it is not valid YAML"),
        ("config: {headroom:owner: !!bool x}", "Pulumi.x.yaml can't be read: it is not valid YAML"),
        (b"\xff\xfe\xfd", "Pulumi.x.yaml can't be read: it is not UTF-8 text"),
        (None, "Pulumi.x.yaml can't be read: No such file or directory"),
    ],
    ids=["broken", "endless", "mistyped", "binary", "absent"],
)
def test_a_file_that_can_not_be_read_is_told_plainly(tmp_path, content, says):
    path = tmp_path / "Pulumi.x.yaml"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SettingsError) as error:
        read_file(path)
    assert str(error.value) == says


WORDS = st.sampled_from(["api", "main", "none", "a", "/", "10.0.0.0/16", "17", "", "[key]", "\ud800", "arn:aws:acm"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=5)
KEYS = st.sampled_from(
    [*fields_of(Settings), *(k for f in fields_of(Settings).values() for k in fields_of(model_in(f)))]
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | WORDS | st.text(max_size=5), inner, max_size=4),
    max_leaves=15,
)


@given(st.dictionaries(KEYS.map(lambda key: key if ":" in key else f"headroom:{key}"), TREES, max_size=8))
def test_no_config_ends_in_a_traceback(content):
    try:
        settings_of(content)
    except SettingsError as error:
        assert str(error)  # noqa: PT017 (either outcome is fine; another exception is not)


@given(st.dictionaries(st.sampled_from([f"headroom:{key}" for key in fields_of(Settings)]), st.text(), max_size=8))
def test_no_text_in_place_of_json_ends_in_a_traceback(config):
    with pytest.raises(SettingsError):
        load(config, [], "Pulumi.dev.yaml")


@given(st.data())
def test_no_wrong_leaf_in_right_settings_ends_in_a_traceback(data):
    paths = [path.split(".") for path in key_paths(RIGHT)]
    content = copy.deepcopy(RIGHT)
    *sections, key = data.draw(st.sampled_from(paths))
    section = content
    for name in sections:
        section = section[name]
    section[key] = data.draw(TREES)
    try:
        settings_of(content)
    except SettingsError as error:
        assert str(error).startswith("Pulumi.dev.yaml: ")  # noqa: PT017


@given(st.text(alphabet="config: {}[]!&*|>-\n#'\"headrom0x.~", max_size=60) | st.text(max_size=20))
def test_no_stack_file_ends_in_a_traceback(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "Pulumi.x.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(SettingsError, match=r"^Pulumi\.x\.yaml"):
        read_file(path)


def test_every_map_is_known_as_one():
    assert [key for key, field in fields_of(Settings).items() if is_map(field)] == [
        "databases",
        "caches",
        "buckets",
        "queues",
        "services",
        "schedules",
        "consumers",
        "api_keys",
    ]
