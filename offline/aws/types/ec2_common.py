"""What all of EC2's types share: tags, and how their ARNs look."""

from __future__ import annotations

from typing import Any

from offline.aws.model import Call, Tagging

TAGGING = Tagging(
    add=Call(operation="create_tags", params={"Resources": ["$id"], "Tags": "$tags_added"}),
    remove=Call(operation="delete_tags", params={"Resources": ["$id"], "Tags": "$tags_removed_list"}),
)


def tag_specification(resource_type: str) -> dict[str, Any]:
    """Tags that a create call gives to what it makes."""
    return {"TagSpecifications": [{"ResourceType": resource_type, "Tags": "$tags_list"}]}


def arn(resource_type: str) -> str:
    """Of a resource known by its id."""
    return f"arn:{{partition}}:ec2:{{region}}:{{account}}:{resource_type}/{{id}}"
