"""CloudWatch Logs: log groups, resource policies, metric filters and saved queries."""

from __future__ import annotations

from typing import Any

from offline.aws import paths
from offline.aws.iam_text import as_given
from offline.aws.model import Autoname, Call, Find, ResourceType, Scope, Tagging


def _named(found: list[Any], scope: Scope) -> Any:
    return next((group for group in found if group["logGroupName"] == scope["id"]), None)


def _bare_arn(scope: Scope) -> Any:
    """AWS ends a log group's ARN with `:*`; Terraform and Pulumi do not."""
    arn = scope["item"].get("logGroupArn") or scope["item"].get("arn", "")
    return str(arn).removesuffix(":*")


def _retains(scope: Scope) -> bool:
    return bool(scope.get("retentionInDays"))


RETENTION = Call(
    operation="put_retention_policy",
    params={"logGroupName": "$name"},
    only=("retentionInDays",),
    when=_retains,
)
FOREVER = Call(
    operation="delete_retention_policy",
    params={"logGroupName": "$name"},
    names={"retentionInDays": ""},
    only=("retentionInDays",),
    when=lambda scope: not _retains(scope),
)

LOG_GROUP = ResourceType(
    token="aws:cloudwatch/logGroup:LogGroup",
    service="logs",
    create=(
        Call(operation="create_log_group", names={"name": "logGroupName"}),
        RETENTION,
        Call(
            operation="delete_retention_policy",
            params={"logGroupName": "$name"},
            names={"retentionInDays": ""},
            only=("retentionInDays",),
            when=lambda scope: scope.get("retentionInDays") == 0,
        ),
    ),
    id="{name}",
    find=(
        Find(
            operation="describe_log_groups",
            params={"logGroupNamePrefix": "$id"},
            path="logGroups",
            pick=_named,
        ),
    ),
    update=(
        RETENTION,
        FOREVER,
        Call(
            operation="associate_kms_key",
            params={"logGroupName": "$name"},
            only=("kmsKeyId",),
            when=lambda scope: bool(scope.get("kmsKeyId")),
            checked=True,
        ),
        Call(
            operation="disassociate_kms_key",
            params={"logGroupName": "$name"},
            names={"kmsKeyId": ""},
            only=("kmsKeyId",),
            when=lambda scope: not scope.get("kmsKeyId"),
            checked=True,
        ),
    ),
    delete=(
        Call(
            operation="delete_log_group",
            extended=True,
            params={"logGroupName": "$name"},
            when=lambda scope: not scope.get("skipDestroy"),
        ),
    ),
    replace=("logGroupClass", "name", "namePrefix"),
    conflicts=(("name", "namePrefix"),),
    autoname=Autoname(longest=512),
    local=("skipDestroy",),
    lost=("logGroupClass", "deletionProtectionEnabled"),
    reads={
        "retentionInDays": lambda scope: scope["item"].get(
            "retentionInDays", 0 if "retentionInDays" in scope else paths.MISSING
        )
    },
    outputs={"arn": _bare_arn, "name": "logGroupName"},
    predicted={"arn": "arn:{partition}:logs:{region}:{account}:log-group:{name}"},
    tagging=Tagging(
        add=Call(operation="tag_resource", params={"resourceArn": "$arn", "tags": "$tags_added_map"}),
        remove=Call(operation="untag_resource", params={"resourceArn": "$arn", "tagKeys": "$tags_removed"}),
        find=Find(operation="list_tags_for_resource", params={"resourceArn": "$arn"}, path="tags"),
    ),
)

LOG_RESOURCE_POLICY = ResourceType(
    token="aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
    service="logs",
    create=(Call(operation="put_resource_policy", only=("policyName", "policyDocument")),),
    id="{policyName}",
    find=(
        Find(
            operation="describe_resource_policies",
            path="resourcePolicies",
            pick=lambda found, scope: next((item for item in found if item["policyName"] == scope["id"]), None),
        ),
    ),
    update=(Call(operation="put_resource_policy", params={"policyName": "$policyName"}, only=("policyDocument",)),),
    delete=(Call(operation="delete_resource_policy", params={"policyName": "$id"}),),
    replace=("policyName",),
    reads={"policyDocument": lambda scope: as_given(scope, "policyDocument", scope["item"].get("policyDocument"))},
    documents=("policyDocument",),
)


def _named_filter(found: list[Any], scope: Scope) -> Any:
    return next((item for item in found if item["filterName"] == scope["id"]), None)


def _transformation(scope: Scope) -> Any:
    found = (scope["item"].get("metricTransformations") or [{}])[0]
    names = {
        "name": "metricName",
        "namespace": "metricNamespace",
        "value": "metricValue",
        "defaultValue": "defaultValue",
        "unit": "unit",
        "dimensions": "dimensions",
    }
    given = scope.get("metricTransformation") or {}
    read = {name: found[member] for name, member in names.items() if found.get(member) not in (None, {})}
    return {name: str(value) if isinstance(given.get(name), str) else value for name, value in read.items()}


_PUT_FILTER = Call(
    operation="put_metric_filter",
    params={"filterName": "$name", "logGroupName": "$logGroupName"},
    names={
        "name": "",
        "logGroupName": "",
        "pattern": "filterPattern",
        "metricTransformation.name": "metricTransformations[0].metricName",
        "metricTransformation.namespace": "metricTransformations[0].metricNamespace",
        "metricTransformation.value": "metricTransformations[0].metricValue",
        "metricTransformation.defaultValue": "metricTransformations[0].defaultValue",
        "metricTransformation.unit": "metricTransformations[0].unit",
        "metricTransformation.dimensions": "metricTransformations[0].dimensions",
    },
    extended=True,
)

LOG_METRIC_FILTER = ResourceType(
    token="aws:cloudwatch/logMetricFilter:LogMetricFilter",
    service="logs",
    create=(_PUT_FILTER,),
    id="{name}",
    find=(
        Find(
            operation="describe_metric_filters",
            params={"logGroupName": "$logGroupName"},
            path="metricFilters",
            pick=_named_filter,
        ),
    ),
    update=(_PUT_FILTER,),
    delete=(Call(operation="delete_metric_filter", params={"filterName": "$id", "logGroupName": "$logGroupName"}),),
    replace=("name", "logGroupName"),
    autoname=Autoname(longest=512, prefix_property=""),
    reads={
        "name": "filterName",
        "logGroupName": "logGroupName",
        "pattern": "filterPattern",
        "metricTransformation": _transformation,
    },
)

QUERY_DEFINITION = ResourceType(
    token="aws:cloudwatch/queryDefinition:QueryDefinition",
    service="logs",
    create=(Call(operation="put_query_definition", extended=True),),
    id="{answer.queryDefinitionId}",
    find=(
        Find(
            operation="describe_query_definitions",
            path="queryDefinitions",
            pick=lambda found, scope: next((item for item in found if item["queryDefinitionId"] == scope["id"]), None),
            extended=True,
        ),
    ),
    update=(Call(operation="put_query_definition", params={"queryDefinitionId": "$id"}, extended=True),),
    delete=(Call(operation="delete_query_definition", params={"queryDefinitionId": "$id"}, extended=True),),
    outputs={"queryDefinitionId": "queryDefinitionId"},
)

TYPES = (LOG_GROUP, LOG_RESOURCE_POLICY, LOG_METRIC_FILTER, QUERY_DEFINITION)
