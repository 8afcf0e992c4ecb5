"""Aurora clusters: storage, insights and monitoring that moto drops, and changes that it loses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from offline.aws.extensions.wrapping import wrap

KEPT: Mapping[str, Any] = {
    "monitoring_interval": 0,
    "monitoring_role_arn": None,
    "database_insights_mode": "standard",
    "performance_insights_retention_period": None,
    "performance_insights_kms_key_id": None,
    "engine_lifecycle_support": "open-source-rds-extended-support",
    "enable_local_write_forwarding": False,
}
"""Parameters that moto drops, with what AWS reports where they were not given."""

ENABLED = "enable_performance_insights"


def install() -> None:
    """Extends moto's clusters, and adds what it lacks."""
    from moto.rds.models import DBInstance, RDSBackend
    from moto.rds.responses import RDSResponse

    wrap(RDSBackend, "create_db_cluster", create_db_cluster)
    wrap(RDSBackend, "restore_db_cluster_from_snapshot", restore_db_cluster_from_snapshot)
    wrap(RDSBackend, "restore_db_cluster_to_point_in_time", restore_db_cluster_to_point_in_time)
    wrap(RDSBackend, "modify_db_cluster", modify_db_cluster)
    wrap(DBInstance, "default_db_parameter_group_details", default_db_parameter_group_details)
    operation = reset_db_cluster_parameter_group
    setattr(RDSResponse, operation.__name__, operation)


def _keep(cluster: Any, parameters: Mapping[str, Any], fresh: bool) -> None:
    if fresh or ENABLED in parameters:
        cluster.performance_insights_enabled = bool(parameters.get(ENABLED, False))
    for name, default in KEPT.items():
        if fresh or name in parameters:
            setattr(cluster, name, parameters.get(name, default))
    if not cluster.performance_insights_enabled:
        cluster.performance_insights_retention_period = None
        cluster.performance_insights_kms_key_id = None
    elif cluster.performance_insights_retention_period is None:
        cluster.performance_insights_retention_period = 7
    if fresh or "storage_type" in parameters:
        # AWS reports Aurora's standard storage as none at all.
        wanted = parameters.get("storage_type")
        cluster.storage_type = None if wanted == "aurora" else wanted
    scaling = cluster.serverless_v2_scaling_configuration
    if scaling and float(scaling["min_capacity"]) == 0:
        scaling.setdefault("seconds_until_auto_pause", 300)


def _is_aurora(parameters: Mapping[str, Any]) -> bool:
    return str(parameters.get("engine", "")).startswith("aurora")


def create_db_cluster(original: Callable[..., Any], backend: Any, kwargs: Mapping[str, Any]) -> Any:
    """moto replaces a cluster of the same name, and knows no storage of Aurora's."""
    from moto.rds.exceptions import RDSClientError

    identifier = kwargs["db_cluster_identifier"]
    if identifier in backend.clusters:
        raise RDSClientError("DBClusterAlreadyExistsFault", f"DB Cluster already exists: {identifier}")
    if not _is_aurora(kwargs):
        return original(backend, kwargs)
    cluster = original(backend, {name: value for name, value in kwargs.items() if name != "storage_type"})
    if cluster.serverless_v2_scaling_configuration is not None:
        cluster.serverless_v2_scaling_configuration = dict(cluster.serverless_v2_scaling_configuration)
    _keep(cluster, kwargs, fresh=True)
    return cluster


def restore_db_cluster_from_snapshot(
    original: Callable[..., Any], backend: Any, from_snapshot_id: str, overrides: Mapping[str, Any]
) -> Any:
    """moto carries over the clock and the members of the cluster that was; AWS makes a new one of its data."""
    cluster = original(backend, from_snapshot_id, overrides)
    _keep(cluster, overrides, fresh=True)
    return cluster


def restore_db_cluster_to_point_in_time(original: Callable[..., Any], backend: Any, **arguments: Any) -> Any:
    """As from a snapshot."""
    cluster = original(backend, **arguments)
    _keep(cluster, arguments, fresh=True)
    return cluster


def modify_db_cluster(original: Callable[..., Any], backend: Any, kwargs: Mapping[str, Any]) -> Any:
    """moto looks for the log types and the sign-in by IAM under the names that only CreateDBCluster has."""
    from moto.rds.exceptions import DBClusterNotFoundError

    identifier = kwargs["db_cluster_identifier"]
    if identifier not in backend.clusters:
        raise DBClusterNotFoundError(identifier)
    dropped = ("cloudwatch_logs_export_configuration", "enable_iam_database_authentication", "storage_type")
    plain = {name: value for name, value in kwargs.items() if name not in (*dropped, *KEPT, ENABLED)}
    if "preferred_maintenance_window" in plain:
        plain["preferred_maintenance_window"] = plain["preferred_maintenance_window"].lower()
    if "serverless_v2_scaling_configuration" in plain:
        plain["serverless_v2_scaling_configuration"] = dict(plain["serverless_v2_scaling_configuration"])
    if "cloudwatch_logs_export_configuration" in kwargs:
        plain["enable_cloudwatch_logs_exports"] = kwargs["cloudwatch_logs_export_configuration"]
    original(backend, plain)
    cluster = backend.clusters[kwargs.get("new_db_cluster_identifier") or identifier]
    if "enable_iam_database_authentication" in kwargs:
        cluster.iam_auth = kwargs["enable_iam_database_authentication"]
    _keep(cluster, kwargs, fresh=False)
    return cluster


def default_db_parameter_group_details(original: Callable[..., tuple[str, str]], instance: Any) -> tuple[str, str]:
    """moto takes all but the last number of a version for the family; Aurora's have their own order."""
    if not instance.engine.startswith("aurora"):
        return original(instance)
    end = ".mysql_aurora" if instance.engine == "aurora-mysql" else "."
    family = instance.engine + str(instance.engine_version).partition(end)[0]
    return family, f"default.{family}"


def reset_db_cluster_parameter_group(response: Any) -> Any:
    """ResetDBClusterParameterGroup: what is not set any more has the engine's default."""
    from moto.core.responses import ActionResult

    name = response.params["DBClusterParameterGroupName"]
    (group,) = response.backend.describe_db_cluster_parameter_groups(name)
    if response.params.get("ResetAllParameters"):
        group.parameters.clear()
    for parameter in response.params.get("Parameters", []):
        group.parameters.pop(parameter["ParameterName"], None)
    return ActionResult({"DBClusterParameterGroupName": name})
