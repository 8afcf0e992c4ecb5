"""What the cluster's audit log tells of jobs: no metric counts a Job that failed, so metric filters do.

Container Insights counts pods that run, and a failed one has no container left that it could measure; events of
Kubernetes are not in any log. But every change of a Job's status goes through the API server, whose audit log EKS keeps
with the whole request: docs.aws.amazon.com/eks/latest/best-practices/auditing-and-logging.html ("Default level for
known APIs", group batch). A pattern may look into a list there, as AWS's own workshop does for nodes.
"""

from components.access import Scope
from components.alarms.conditions import Condition, Metric
from components.kubernetes.objects import SCHEDULE
from components.schedules.alarms import not_started, run_failed

JOBS_NAMESPACE = "Headroom/Jobs"
"""Namespace of what is counted here."""
AUDIT_SOURCE = "docs.aws.amazon.com/eks/latest/best-practices/auditing-and-logging.html"

DIMENSIONS = {"Service": "$.objectRef.namespace", "Schedule": f"$.requestObject.metadata.labels.{SCHEDULE}"}
"""Dimension of the metric of failed runs to where the log has it. Without the label, as a migration is, nothing counts:
whoever waits for a migration hears of it."""


def failed_pattern() -> str:
    """The one change by which the job controller says that a Job has failed for good: all retries used up, or out of
    time. FailureTarget comes before it and stays, so that it is the first or the second condition.

    Source: kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup
    """
    failed = " || ".join(f'($.requestObject.status.conditions[{place}].type = "Failed")' for place in (0, 1))
    return (
        '{ ($.objectRef.resource = "jobs") && ($.objectRef.subresource = "status")'
        f" && ($.responseStatus.code = 200) && ({failed}) }}"
    )


def refused_pattern() -> str:
    """A Job that the CronJob controller could not make. 409 means that it is there already."""
    return (
        '{ ($.objectRef.resource = "jobs") && ($.verb = "create") && ($.user.username = "*cronjob-controller")'
        " && ($.responseStatus.code >= 400) && ($.responseStatus.code != 409) }"
    )


def failed_runs_name(scope: Scope) -> str:
    """Name of the metric of failed runs, `FailedRuns-headroom-dev`."""
    return f"FailedRuns-{scope.prefix}"


def refused_runs_name(scope: Scope) -> str:
    """Name of the metric of runs that could not be started."""
    return f"RefusedRuns-{scope.prefix}"


def failed_condition(scope: Scope, service: str, schedule: str, log_group: str) -> Condition:
    """Runs of a schedule that failed."""
    dimensions = {"Service": service, "Schedule": schedule}
    failed = Metric(namespace=JOBS_NAMESPACE, name=failed_runs_name(scope), dimensions=dimensions, statistic="Sum")
    return run_failed(failed, log_group, f"what its Job says (kubectl describe jobs -n {service})")


def refused_condition(scope: Scope) -> Condition:
    """Runs of any schedule that could not be started."""
    refused = Metric(namespace=JOBS_NAMESPACE, name=refused_runs_name(scope), dimensions={}, statistic="Sum")
    return not_started(refused, "the events of CronJobs (kubectl get events -A --field-selector reason=FailedCreate)")
