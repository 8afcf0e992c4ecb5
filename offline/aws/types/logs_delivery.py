"""CloudWatch's log delivery: what logs, where to, and the two together."""

from __future__ import annotations

from typing import Any

from offline.aws import paths
from offline.aws.model import Call, Find, ResourceType, Scope, Tagging

TAGGING = Tagging(
    add=Call(operation="tag_resource", params={"resourceArn": "$arn", "tags": "$tags_added_map"}),
    remove=Call(operation="untag_resource", params={"resourceArn": "$arn", "tagKeys": "$tags_removed"}),
    find=Find(operation="list_tags_for_resource", params={"resourceArn": "$arn"}, path="tags"),
)

OWN_FOLDERS = "AWSLogs/{account-id}/CloudFront/"
"""What AWS puts before the folders of a CloudFront delivery; the provider takes it off again."""

SOURCE = ResourceType(
    token="aws:cloudwatch/logDeliverySource:LogDeliverySource",
    service="logs",
    create=(Call(operation="put_delivery_source"),),
    id="{name}",
    find=(Find(operation="get_delivery_source", params={"name": "$id"}, path="deliverySource"),),
    delete=(Call(operation="delete_delivery_source", params={"name": "$id"}, extended=True),),
    replace=("name", "logType", "resourceArn"),
    unique=("name",),
    reads={"resourceArn": "resourceArns[0]"},
    tagging=TAGGING,
)

DESTINATION = ResourceType(
    token="aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
    service="logs",
    create=(Call(operation="put_delivery_destination"),),
    id="{name}",
    find=(Find(operation="get_delivery_destination", params={"name": "$id"}, path="deliveryDestination"),),
    update=(
        Call(
            operation="put_delivery_destination",
            params={"name": "$id"},
            # moto forgets the format where it is not said again.
            only=("deliveryDestinationConfiguration", "outputFormat"),
        ),
    ),
    delete=(Call(operation="delete_delivery_destination", params={"name": "$id"}, extended=True),),
    replace=("name", "outputFormat"),
    unique=("name",),
    tagging=TAGGING,
)


def _suffix(scope: Scope) -> Any:
    found = scope["item"].get("s3DeliveryConfiguration")
    if not found:
        return paths.MISSING
    folders = str(found.get("suffixPath", "")).removeprefix(OWN_FOLDERS)
    return [{"suffixPath": folders, "enableHiveCompatiblePath": bool(found.get("enableHiveCompatiblePath"))}]


DELIVERY = ResourceType(
    token="aws:cloudwatch/logDelivery:LogDelivery",
    service="logs",
    create=(
        Call(
            operation="create_delivery",
            names={"s3DeliveryConfigurations": "s3DeliveryConfiguration"},
            extended=True,
        ),
    ),
    id="{answer.delivery.id}",
    find=(Find(operation="get_delivery", params={"id": "$id"}, path="delivery"),),
    update=(
        Call(
            operation="update_delivery_configuration",
            params={"id": "$id"},
            names={"s3DeliveryConfigurations": "s3DeliveryConfiguration"},
            only=("fieldDelimiter", "recordFields", "s3DeliveryConfigurations"),
            extended=True,
        ),
    ),
    delete=(Call(operation="delete_delivery", params={"id": "$id"}),),
    replace=("deliveryDestinationArn", "deliverySourceName"),
    reads={"s3DeliveryConfigurations": _suffix},
    tagging=TAGGING,
    note="nothing is delivered",
)

TYPES = (SOURCE, DESTINATION, DELIVERY)
