"""Only what may be promoted is, and of a stack file only these values change. W2."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from infra.settings.promotion import SETTINGS
from operations.errors import Failure
from operations.promotion.model import Value
from operations.promotion.settings.promotable import edited, plan, read

ROOT = Path(__file__).parents[4]
DIGEST = "registry@sha256:" + "a" * 64
FILE = """\
# What dev chooses.
config:
  headroom:account: "111111111111"  # ours
  headroom:eks:
    version: "1.36"
  headroom:services:
    api:
      # The version that runs.
      image: registry:1.0.0   # by the release job
      min_count: 2
    web: {image: 'registry:1.0.0', port: 3000}
"""


def config(text: str = FILE) -> Any:
    return yaml.safe_load(text)["config"]


def test_each_environments_file_holds_the_same_promotable_settings() -> None:
    found = {
        name: read(config((ROOT / f"Pulumi.{name}.yaml").read_text()), SETTINGS) for name in ("dev", "staging", "prod")
    }
    assert list(found["dev"]) == list(found["staging"]) == list(found["prod"])
    assert str(found["prod"]["services.api.image"]).startswith("registry")
    assert found["prod"]["databases.main.version"] == "17"


def test_a_star_stands_for_any_one_name() -> None:
    assert read(config(), ["services.*.image", "eks.version", "caches.*.version"]) == {
        "services.api.image": "registry:1.0.0",
        "services.web.image": "registry:1.0.0",
        "eks.version": "1.36",
    }
    assert list(read(config(), ["services.web.image"])) == ["services.web.image"]


@pytest.mark.parametrize("value", ["{a: 1}", "[a]", "2026-11-21"])
def test_what_is_no_single_value_is_refused(value: str) -> None:
    with pytest.raises(Failure, match=r"headroom:eks.version is .*single values") as failure:
        read(config(f"config:\n  headroom:eks:\n    version: {value}\n"), ["eks.version"])
    assert failure.value.remedies


def test_a_name_with_a_dot_is_refused_as_no_path_can_mean_it() -> None:
    text = "config:\n  headroom:databases:\n    main:\n      parameters:\n        pg_stat_statements.max: '1'\n"
    assert read(config(text), ["databases.*.version"]) == {}
    with pytest.raises(Failure, match=r"pg_stat_statements\.max has a dot in its name"):
        read(config(text), ["databases.*.parameters.*"])


def test_a_plan_tells_what_changes_what_the_target_lacks_and_what_only_it_has() -> None:
    source = {"services.api.image": DIGEST, "services.web.image": "registry:1.0.0", "services.worker.image": "a:1"}
    found = plan(source, config(), ["services.*.image", "eks.version"])
    assert found.changes == {"services.api.image": ("registry:1.0.0", DIGEST)}
    assert found.absent == ("services.worker.image",)
    assert found.extra == ("eks.version",)


def test_a_tag_of_a_one_off_task_s_image_takes_no_digest_s_place() -> None:
    """Prod's policies refuse tags, and the first preview of prod can't tell which images its tasks have."""
    files = {name: config((ROOT / f"Pulumi.{name}.yaml").read_text()) for name in ("staging", "prod")}
    found = plan(read(files["staging"], SETTINGS), files["prod"], SETTINGS)
    assert "tasks.postgres_image" not in found.changes
    newer = "public.ecr.aws/docker/library/postgres@sha256:" + "c" * 64
    pinned = {"tasks.postgres_image": newer, "tasks.mysql_image": "mysql:9"}
    assert [new for _, new in plan(pinned, files["prod"], SETTINGS).changes.values()] == [newer, "mysql:9"]


def test_text_and_a_number_are_different_settings() -> None:
    assert plan({"eks.version": 1.36}, config(), ["eks.version"]).changes == {"eks.version": ("1.36", 1.36)}
    assert plan({"services.api.min_count": True}, config(), ["services.*.min_count"]).changes != {}


def test_an_edited_file_differs_in_these_values_alone() -> None:
    text = edited(FILE, {"services.api.image": DIGEST, "services.web.image": DIGEST, "eks.version": "1.10"})
    assert text == FILE.replace("image: registry:1.0.0   #", f"image: {DIGEST}   #").replace(
        "'registry:1.0.0'", f"'{DIGEST}'"
    ).replace('"1.36"', '"1.10"')


def test_windows_line_ends_and_a_missing_last_one_stay() -> None:
    text = FILE.replace("\n", "\r\n").removesuffix("\r\n")
    assert edited(text, {"eks.version": "1.37"}) == text.replace("1.36", "1.37")
    assert edited("\ufeff" + FILE, {"eks.version": "1.37"}) == "\ufeff" + FILE.replace("1.36", "1.37")


@pytest.mark.parametrize("value", ["17", "1.10", "yes", "no", "on", "1e3", "0o17", "0x1F", "12:30", "null", "~", "",
                                   "2026-11-21", "# 1", "a: b", "a #b", "- a", "[a]", "&a", "*a", "!a", "@a", "é", "y",
                                   ".inf", "1_000", "=", "<<", "registry:", "a\nb", "'", '"', "\\", "\t"])  # fmt: skip
@pytest.mark.parametrize("written", ["old", '"old"', "'old'", "", "&here old", "!!str old"])
def test_text_stays_text_whatever_yaml_would_read(value: str, written: str) -> None:
    text = edited(f"config:\n  headroom:eks:\n    version: {written}  # why\n    x: 1\n", {"eks.version": value})
    assert yaml.safe_load(text) == {"config": {"headroom:eks": {"version": value, "x": 1}}}
    assert text.endswith("  # why\n    x: 1\n")


@pytest.mark.parametrize("value", [17, 1.5, True, False, None, -3])
def test_other_values_keep_their_type(value: Value) -> None:
    text = edited(FILE, {"services.api.min_count": value, "eks.version": value})
    assert read(config(text), ["services.*.min_count", "eks.version"]) == {
        "services.api.min_count": value,
        "eks.version": value,
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("config:\n  headroom:eks:\n    version: |\n      1.36\n", "is written as a block"),
        ("config:\n  headroom:eks:\n    version: >-\n      1.36\n", "is written as a block"),
        ("config:\n  headroom:eks:\n    version: &a '1.36'\n    x: *a\n", "is shared with another place"),
        ("x: &e {version: '1'}\nconfig:\n  headroom:eks: *e\n", "is shared with another place"),
        ("x: &e {version: '1'}\nconfig:\n  headroom:eks:\n    <<: *e\n", "comes from another place by a merge key"),
        ("config:\n  headroom:eks:\n    version: '1'\n    version: '2'\n", "stands twice"),
        ("config:\n  headroom:eks:\n    version: {a: 1}\n", "is no single value"),
        ("config:\n  headroom:eks: {}\n", "does not stand there"),
        ("config:\n  headroom:eks: text\n", "does not stand there"),
        ("config: [\n", "line 2: it can't be read as YAML"),
        ("- a\n", "holds no settings"),
        ("", "holds no settings"),
    ],
)
def test_what_no_single_place_decides_is_refused_in_one_sentence(text: str, says: str) -> None:
    with pytest.raises(Failure) as failure:
        edited(text, {"eks.version": "1.37"}, "Pulumi.prod.yaml")
    assert failure.value.message.startswith("Pulumi.prod.yaml")
    assert says in failure.value.message


def test_an_anchor_elsewhere_does_no_harm() -> None:
    text = "config:\n  headroom:eks:\n    version: '1'\n    a: &x [1, 2]\n    b: *x\n"
    assert edited(text, {"eks.version": "2"}) == text.replace("'1'", "'2'")


def alike(one: str, other: str) -> int:
    """How many characters two texts have in common at their start."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


NAMES = st.from_regex(r"[a-z]{1,5}", fullmatch=True)
SCALARS = st.one_of(st.text(max_size=20), st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False))


@given(
    services=st.dictionaries(NAMES, SCALARS, min_size=1, max_size=4),
    other=st.dictionaries(NAMES, SCALARS, max_size=3),
    new=SCALARS,
    style=st.sampled_from([None, '"', "'"]),
    flow=st.sampled_from([None, False, True]),
    ends=st.sampled_from(["\n", "\r\n"]),
    data=st.data(),
)
def test_nothing_but_the_value_changes(
    services: dict[str, Value],
    other: dict[str, Value],
    new: Value,
    style: str | None,
    flow: bool | None,
    ends: str,
    data: st.DataObject,
) -> None:
    name = data.draw(st.sampled_from(sorted(services)))
    content = {"headroom:services": {key: {"image": value, "x": other} for key, value in services.items()}}
    made = yaml.safe_dump({"config": content}, default_style=style, default_flow_style=flow, width=10_000)
    text = "# first" + ends + made.replace("\n", ends) + "# last"
    before = yaml.safe_load(text)
    after = edited(text, {f"services.{name}.image": new})
    before["config"]["headroom:services"][name]["image"] = new
    assert yaml.safe_load(after) == before
    quoted = yaml.safe_dump(services[name], default_style='"', width=10_000, allow_unicode=False)
    around = alike(text, after) + alike(text[::-1], after[::-1])
    assert len(text) - around <= len(quoted)  # of what stood there, no more than the value is gone


def test_the_committed_files_take_new_images_and_keep_every_comment() -> None:
    for name in ("dev", "staging", "prod"):
        text = (ROOT / f"Pulumi.{name}.yaml").read_text()
        values: dict[str, Value] = {path: f"{value}x" for path, value in read(config(text), SETTINGS).items()}
        changed = edited(text, values)
        assert read(config(changed), SETTINGS) == values
        kept = [line for line in text.splitlines() if line in changed.splitlines()]
        assert len(text.splitlines()) - len(kept) == len(values)
