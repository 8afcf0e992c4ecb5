"""RDS: subnet groups, parameter groups, and what instances and clusters have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from offline.aws import paths
from offline.aws.model import Autoname, Call, Find, ResourceType, Scope, Tagging

TAGGING = Tagging(
    add=Call(operation="add_tags_to_resource", params={"ResourceName": "$arn", "Tags": "$tags_added"}),
    remove=Call(operation="remove_tags_from_resource", params={"ResourceName": "$arn", "TagKeys": "$tags_removed"}),
    find=Find(operation="list_tags_for_resource", params={"ResourceName": "$arn"}, path="TagList"),
)

SUBNET_GROUP = ResourceType(
    token="aws:rds/subnetGroup:SubnetGroup",
    service="rds",
    create=(
        Call(
            operation="create_db_subnet_group",
            names={"name": "DBSubnetGroupName", "description": "DBSubnetGroupDescription"},
        ),
    ),
    id="{name}",
    find=(Find(operation="describe_db_subnet_groups", params={"DBSubnetGroupName": "$id"}, path="DBSubnetGroups[0]"),),
    update=(
        Call(
            operation="modify_db_subnet_group",
            params={"DBSubnetGroupName": "$id"},
            names={"description": "DBSubnetGroupDescription"},
            only=("subnetIds", "description"),
            extended=True,
        ),
    ),
    delete=(Call(operation="delete_db_subnet_group", params={"DBSubnetGroupName": "$id"}),),
    replace=("name", "namePrefix"),
    conflicts=(("name", "namePrefix"),),
    autoname=Autoname(lower=True),
    default={"description": "Managed by Pulumi"},
    reads={"subnetIds": lambda scope: [subnet["SubnetIdentifier"] for subnet in scope["item"].get("Subnets") or []]},
    unordered=("subnetIds",),
    outputs={"arn": "DBSubnetGroupArn", "vpcId": "VpcId", "name": "DBSubnetGroupName"},
    predicted={"arn": "arn:{partition}:rds:{region}:{account}:subgrp:{name}"},
    tagging=TAGGING,
)


def _parameters(entries: Any) -> list[dict[str, Any]]:
    return [
        {
            "ParameterName": entry["name"],
            "ParameterValue": str(entry["value"]),
            "ApplyMethod": entry.get("applyMethod") or "immediate",
        }
        for entry in entries or []
    ]


def _in_twenties(parameters: list[dict[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """RDS takes 20 parameters a request."""
    for start in range(0, len(parameters), 20):
        yield {"Parameters": parameters[start : start + 20]}


def set_parameters(scope: Scope) -> Iterator[Mapping[str, Any]]:
    before = _parameters(scope.get("before", {}).get("parameters"))
    yield from _in_twenties([entry for entry in _parameters(scope.get("parameters")) if entry not in before])


def reset_parameters(scope: Scope) -> Iterator[Mapping[str, Any]]:
    now = {entry["name"] for entry in scope.get("parameters") or []}
    gone = [entry for entry in _parameters(scope["before"].get("parameters")) if entry["ParameterName"] not in now]
    yield from _in_twenties([{**entry, "ApplyMethod": "pending-reboot"} for entry in gone])


def known_parameters(scope: Scope) -> Any:
    """The group's own parameters, in the order they were given."""
    actual = {entry["ParameterName"]: entry for entry in scope["item"].get("Parameters") or []}
    given = {entry["name"]: entry for entry in scope.get("parameters") or []}
    found = []
    for name in [*given, *sorted(set(actual) - set(given))]:
        if name in actual:
            block = {"name": name, "value": actual[name].get("ParameterValue", "")}
            if name in given and "applyMethod" in given[name]:
                block["applyMethod"] = actual[name].get("ApplyMethod", given[name]["applyMethod"])
            found.append(block)
    return found or paths.MISSING


def parameter_group(*, token: str, name: str, cluster: bool, provider_only: tuple[str, ...] = ()) -> ResourceType:
    """A parameter group of instances or of clusters: the same calls by other names."""
    prefix, wire, arn = (
        ("db_cluster_parameter", "DBClusterParameterGroup", "cluster-pg")
        if cluster
        else ("db_parameter", "DBParameterGroup", "pg")
    )
    own = {f"{wire}Name": "$id"}
    put = Call(
        operation=f"modify_{prefix}_group",
        params=own,
        names={"parameters": ""},
        only=("parameters",),
        each=set_parameters,
    )
    reset = Call(
        operation=f"reset_{prefix}_group",
        params={**own, "ResetAllParameters": False},
        names={"parameters": ""},
        only=("parameters",),
        each=reset_parameters,
        extended=True,
    )
    return ResourceType(
        token=f"aws:rds/{token}:{name}",
        service="rds",
        create=(
            Call(
                operation=f"create_{prefix}_group",
                names={"name": f"{wire}Name", "family": "DBParameterGroupFamily"},
                only=("name", "family", "description", "tags"),
            ),
            put,
        ),
        id="{name}",
        find=(
            Find(operation=f"describe_{prefix}_groups", params=own, path=f"{wire}s[0]"),
            Find(
                operation=f"describe_{prefix}s",
                params={**own, "Source": "user"},
                path="Parameters",
                into="Parameters",
            ),
        ),
        update=(reset, put),
        delete=(Call(operation=f"delete_{prefix}_group", params=own),),
        replace=("description", "family", "name", "namePrefix"),
        conflicts=(("name", "namePrefix"),),
        autoname=Autoname(lower=True),
        default={"description": "Managed by Pulumi"},
        reads={"parameters": known_parameters},
        unordered=("parameters",),
        local=provider_only,
        outputs={"arn": f"{wire}Arn", "name": f"{wire}Name"},
        predicted={"arn": f"arn:{{partition}}:rds:{{region}}:{{account}}:{arn}:{{name}}"},
        tagging=TAGGING,
    )


PARAMETER_GROUP = parameter_group(
    token="parameterGroup", name="ParameterGroup", cluster=False, provider_only=("skipDestroy",)
)


def log_exports(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """ModifyDBInstance takes which log types start and which stop."""
    request: dict[str, Any] = {"ApplyImmediately": True}
    if "enabledCloudwatchLogsExports" in scope["changed"]:
        before = set(scope["before"].get("enabledCloudwatchLogsExports") or [])
        after = set(scope.get("enabledCloudwatchLogsExports") or [])
        exports = {"EnableLogTypes": sorted(after - before), "DisableLogTypes": sorted(before - after)}
        request["CloudwatchLogsExportConfiguration"] = {name: types for name, types in exports.items() if types}
    yield request


def window(scope: Scope, name: str = "maintenanceWindow") -> Any:
    """RDS writes days in lower case."""
    actual = scope["item"].get("PreferredMaintenanceWindow", paths.MISSING)
    given = scope.get(name)
    return given if given and str(given).lower() == str(actual).lower() else actual


def managed_secret(scope: Scope) -> Any:
    secret = scope["item"].get("MasterUserSecret")
    if not secret:
        return []
    return [
        {
            "secretArn": secret.get("SecretArn", ""),
            "secretStatus": secret.get("SecretStatus", ""),
            "kmsKeyId": secret.get("KmsKeyId", ""),
        }
    ]


TYPES = (SUBNET_GROUP, PARAMETER_GROUP)
