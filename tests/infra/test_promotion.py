"""How releases come into an environment is no matter of its resources. W2."""

from __future__ import annotations

from typing import Any

from tests.components.conftest import run_program
from tests.infra.stack_files import registered


def test_no_resource_changes_with_what_is_wished_of_promotions() -> None:
    def made(wished: dict[str, Any] | None) -> dict[str, Any]:
        def change(content: dict[str, Any]) -> None:
            content.pop("headroom:promotion")
            if wished is not None:
                content["headroom:promotion"] = wished

        return {one["urn"]: one["inputs"] for one in registered(run_program, "staging", change).resources}

    before = made(None)
    assert before
    assert before == made({"from": "dev", "settings": ["eks.version"], "bake_minutes": 7, "rollback": "never"})
