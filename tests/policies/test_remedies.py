"""What remedies tell people to set can be set."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "infra" / "settings.schema.json").read_text())
SETTING = re.compile(r"(headroom:[a-z_]+)((?:\.(?:<name>|[a-z_]+))+)")
SAID = sorted({found for text in re.findall(r"\"(.*)\"", (ROOT / "policies" / "remedies.json").read_text())
               for found in SETTING.findall(text)})  # fmt: skip


def properties(node: Any) -> tuple[dict[str, Any], list[Any]]:
    """A schema's own properties, and what any name leads to."""
    if "$ref" in node:
        return properties(SCHEMA["definitions"][node["$ref"].rpartition("/")[2]])
    choices = [properties(choice) for choice in (*node.get("anyOf", ()), *node.get("oneOf", ()))]
    own = {key: value for known, _ in choices for key, value in known.items()} | node.get("properties", {})
    named = [value for _, any_name in choices for value in any_name]
    extra = node.get("additionalProperties")
    return own, [*named, *node.get("patternProperties", {}).values(), *([extra] if isinstance(extra, dict) else [])]


@pytest.mark.parametrize(("group", "path"), SAID, ids=lambda part: part)
def test_a_remedy_names_a_setting_that_exists(group: str, path: str) -> None:
    node = SCHEMA["properties"]["config"]["properties"][group]
    for key in path.strip(".").split("."):
        own, named = properties(node)
        assert key in own or named, f"{group}{path}: there is no {key} among {', '.join(own)}"
        node = own[key] if key in own else named[0]


def test_remedies_name_settings() -> None:
    assert len(SAID) > 30
