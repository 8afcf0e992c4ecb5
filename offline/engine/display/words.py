"""The signs and words of operations."""

from __future__ import annotations

from ..reporter import REPLACEMENT_PARTS, Step

MARKS = {
    "same": " ",
    "create": "+",
    "update": "~",
    "delete": "-",
    "replace": "+-",
    "create-replacement": "++",
    "delete-replaced": "--",
    "read": ">",
    "refresh": "~",
    "import": "=",
    "import-replacement": "=",
    "read-replacement": ">",
    "discard": "<",
    "discard-replaced": "<<",
    "remove-pending-replace": "-",
}
PLANNED = {
    "create": "to create",
    "update": "to update",
    "delete": "to delete",
    "replace": "to replace",
    "import": "to import",
    "discard": "to discard",
    "read": "to read",
    "remove-pending-replace": "to forget",
}
DONE = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "replace": "replaced",
    "import": "imported",
    "discard": "discarded",
    "read": "read",
    "remove-pending-replace": "forgotten",
    "create-replacement": "created replacement",
    "delete-replaced": "deleted original",
    "discard-replaced": "discarded original",
    "import-replacement": "imported replacement",
    "read-replacement": "read replacement",
    "refresh": "refreshed",
    "same": "unchanged",
}
DOING = {
    "create": "creating",
    "update": "updating",
    "delete": "deleting",
    "import": "importing",
    "read": "reading",
    "discard": "discarding",
    "create-replacement": "creating replacement",
    "delete-replaced": "deleting original",
    "discard-replaced": "discarding original",
    "import-replacement": "importing replacement",
    "read-replacement": "reading replacement",
    "remove-pending-replace": "forgetting",
    "refresh": "refreshing",
    "replace": "replacing",
}
COUNTED = ("create", "update", "replace", "delete", "import", "discard", "remove-pending-replace")
TITLES = {
    "preview": "Previewing update",
    "update": "Updating",
    "refresh": "Refreshing",
    "destroy": "Destroying",
}
PREVIEW_TITLES = {
    "preview": "Previewing update",
    "update": "Previewing update",
    "refresh": "Previewing refresh",
    "destroy": "Previewing destroy",
}


def collapse(steps: list[Step]) -> dict[str, Step]:
    """One step for each resource: the parts of a replacement count as the replacement."""
    found: dict[str, Step] = {}
    for step in steps:
        known = found.get(step.urn)
        if known is None or known.outcome in (*REPLACEMENT_PARTS, "same", "refresh"):
            if known is None or known.outcome == "refresh" or step.outcome != "same":
                found[step.urn] = step
        elif step.outcome not in REPLACEMENT_PARTS and step.outcome != "same":
            found[step.urn] = step
    return found
