"""A policy pack's configuration: merged, and wrong in a way that is told."""

from __future__ import annotations

import pytest

from offline.engine.errors import EngineError
from offline.engine.policy_config import PolicySchema, PolicySetting, merge

SCHEMAS = [
    PolicySchema(
        name="sized",
        level="mandatory",
        properties={"most": {"type": "integer", "default": 3, "maximum": 9}, "unit": {"enum": ["GiB", "MiB"]}},
    ),
    PolicySchema(name="plain", level="advisory", properties={}, required=[]),
]


def test_the_user_wins_over_the_pack_and_the_pack_over_the_schema():
    found = merge("pack", SCHEMAS, {"sized": {"most": 5}}, {"all": "disabled", "sized": {"unit": "GiB"}})
    assert found == {
        "sized": PolicySetting(level="disabled", properties={"most": 5, "unit": "GiB"}),
        "plain": PolicySetting(level="disabled"),
    }
    assert merge("pack", SCHEMAS, {}, {"plain": "mandatory"})["plain"].level == "mandatory"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"plain": "strict"}, "'strict' is no enforcement level of the policy 'plain'"),
        ({"unheard": "advisory"}, "names 'unheard', which it does not have"),
        ({"plain": 3}, "'plain' is neither a level nor an object"),
        ({"sized": {"most": "3"}}, "sized: most: Invalid type. Expected: integer, given: str"),
        ({"sized": {"most": 10}}, "most: Must be less than or equal to 9"),
        ({"sized": {"unit": "TiB"}}, "unit must be one of the following: 'GiB', 'MiB'"),
    ],
)
def test_a_wrong_configuration_is_told(given, message):
    with pytest.raises(EngineError, match=message):
        merge("pack", SCHEMAS, {}, given)
