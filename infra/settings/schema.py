"""The JSON schema of a stack file, made from the settings, for editors: completion, units, and mistakes while typing.

`python -m infra.settings.schema` writes `infra/settings.schema.json`, which the first line of each stack file names.
"""

import json
from pathlib import Path
from typing import Any

from infra.settings.model import Settings
from infra.settings.problems import PROJECT, REGION_KEY

FILE = Path(__file__).parents[1] / "settings.schema.json"

PULUMIS_OWN: dict[str, Any] = {
    "secretsprovider": {"type": "string", "description": "Pulumi's: what encrypts secrets in the stack's state."},
    "encryptedkey": {"type": "string", "description": "Pulumi's: the data key, encrypted by the secrets provider."},
    "encryptionsalt": {"type": "string", "description": "Pulumi's: salt of the passphrase."},
    "environment": {"description": "Pulumi's: environments of Pulumi ESC."},
}


def schema() -> dict[str, Any]:
    """The schema of a whole `Pulumi.<stack>.yaml`."""
    settings = _tidy(Settings.model_json_schema(by_alias=True, ref_template="#/definitions/{model}"))
    keys = {_full(key): value for key, value in settings["properties"].items()}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Headroom stack file",
        "type": "object",
        "required": ["config"],
        "additionalProperties": False,
        "properties": {
            "config": {
                "description": settings["description"],
                "type": "object",
                "required": [_full(key) for key in settings["required"]],
                "additionalProperties": False,
                "properties": keys,
                "patternProperties": {rf"^(?!aws:|{PROJECT}:)[^:]+:": {"description": "Config of another program."}},
            },
            **PULUMIS_OWN,
        },
        "definitions": settings["$defs"],
    }


def _full(key: str) -> str:
    return key if key == REGION_KEY else f"{PROJECT}:{key}"


def _tidy(node: Any) -> Any:
    """Without pydantic's titles, which repeat the keys; a map whose names have a pattern takes no other name."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    tidy = {key: _tidy(value) for key, value in node.items() if not (key == "title" and isinstance(value, str))}
    return {**tidy, "additionalProperties": False} if "patternProperties" in tidy else tidy


def text() -> str:
    """What stands in the file."""
    return json.dumps(schema(), indent=2) + "\n"


def main() -> None:
    """Writes the file."""
    FILE.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
