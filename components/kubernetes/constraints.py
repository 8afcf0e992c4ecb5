"""What Kubernetes refuses of a service, and what it takes although it cannot work."""

import re
from collections.abc import Mapping, Sequence

from components.constraints import Problem, within
from components.kubernetes.pod import PROPAGATION_SECONDS, SHUTDOWN_SECONDS, Resources

REFERENCE = "kubernetes.io/docs/reference/kubernetes-api"
PROBES_SOURCE = "kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes"
NAMES_SOURCE = "kubernetes.io/docs/concepts/overview/working-with-objects/namespaces"
HPA_SOURCE = f"{REFERENCE}/workload-resources/horizontal-pod-autoscaler-v2"
RESOURCES_SOURCE = "kubernetes.io/docs/concepts/configuration/manage-resources-containers"
CRON_SOURCE = "kubernetes.io/docs/concepts/workloads/controllers/cron-jobs"
SPOT_SOURCE = "docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html"

LABEL = re.compile(r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$")
TAKEN = ("default", "kube-system", "kube-public", "kube-node-lease", "amazon-cloudwatch", "aws-secrets-manager")
"""Namespaces of the cluster's own, and of its add-ons."""
SPOT_NOTICE_SECONDS = 120
LONGEST_PERIOD, LONGEST_WINDOW = 1800, 3600
"""Seconds that a policy of an autoscaler may count over, and that it may look back."""
LONGEST_WORK_NAME = 52


def name_problems(name: str) -> list[Problem]:
    """A service's name becomes its namespace, its Service and the label of its pods."""
    if name in TAKEN or name.startswith("kube-"):
        reason, remedy = "that namespace is the cluster's own", "name the service otherwise"
    elif not LABEL.match(name):
        reason = "a namespace's name has small letters, digits and dashes, 63 at most, and starts with a letter"
        remedy = "name the service so"
    else:
        return []
    return [Problem(key="services", value=name, reason=reason, remedy=remedy, source=NAMES_SOURCE)]


def count_problems(min_count: int, max_count: int) -> list[Problem]:
    """An autoscaler needs a range, and cannot start from nothing."""
    if min_count < 1:
        return within("min_count", min_count, 1, 1000, "pods", HPA_SOURCE)
    if max_count < min_count:
        return [
            Problem(
                key="max_count",
                value=max_count,
                reason=f"it is below min_count, {min_count}, and an autoscaler needs a range",
                remedy=f"choose {min_count} or more",
                source=HPA_SOURCE,
            )
        ]
    return []


def resource_problems(resources: Resources) -> list[Problem]:
    """What is promised cannot be more than what may be taken."""
    pairs = (
        ("cpu_request_millicores", resources.cpu_request_millicores, resources.cpu_limit_millicores),
        ("memory_request_mib", resources.memory_request_mib, resources.memory_limit_mib),
    )
    problems = [
        Problem(
            key=key,
            value=request,
            reason=f"it is above the limit, {limit}, and Kubernetes refuses such a pod",
            remedy=f"choose {limit} or less",
            source=RESOURCES_SOURCE,
        )
        for key, request, limit in pairs
        if request > limit
    ]
    for key, request, _ in pairs:
        problems += within(key, request, 1, 10**6, "", HPA_SOURCE)
    return problems


def probe_problems(
    *, port: int | None, health_path: str | None, liveness_path: str | None, interval_seconds: int, timeout_seconds: int
) -> list[Problem]:
    """Equal probes restart every pod when what they all need is down, such as the database."""
    problems = []
    if port is not None and liveness_path is not None and liveness_path == health_path:
        problems.append(
            Problem(
                key="liveness_path",
                value=liveness_path,
                reason="it is the health path too, so that a database that is down would restart every pod",
                remedy="name a path that looks at the process alone, or leave it out",
                source=PROBES_SOURCE,
            )
        )
    if timeout_seconds > interval_seconds:
        problems.append(
            Problem(
                key="health_timeout_seconds",
                value=timeout_seconds,
                reason=f"a check would still wait when the next one starts, after {interval_seconds} seconds",
                remedy=f"choose {interval_seconds} or less",
                source=PROBES_SOURCE,
            )
        )
    if port is not None:
        problems += within("port", port, 1, 65535, "", f"{REFERENCE}/workload-resources/pod-v1")
    return problems


def spot_problems(spot_percent: int, drain_seconds: int, critical: bool) -> list[Problem]:
    """Spot nodes go at two minutes' notice: never under what is critical, and only where a drain fits."""
    problems = within("spot_percent", spot_percent, 0, 100, "percent", SPOT_SOURCE)
    if spot_percent and critical:
        problems.append(
            Problem(
                key="spot_percent",
                value=spot_percent,
                reason="the service is critical, and AWS takes Spot nodes away at two minutes' notice",
                remedy="choose 0, or say that the service is not critical",
                source=SPOT_SOURCE,
            )
        )
    longest = SPOT_NOTICE_SECONDS - PROPAGATION_SECONDS - SHUTDOWN_SECONDS
    if spot_percent and drain_seconds > longest:
        problems.append(
            Problem(
                key="drain_seconds",
                value=drain_seconds,
                reason=f"on Spot a pod has {SPOT_NOTICE_SECONDS} seconds to leave, of which stopping takes some",
                remedy=f"choose {longest} or less, or spot_percent 0",
                source=SPOT_SOURCE,
            )
        )
    return problems


def image_problems(image: str) -> list[Problem]:
    """An image without a version is another one at each restart of a pod."""
    _, _, last = image.rpartition("/")
    if "@sha256:" in last or (":" in last and not last.endswith(":latest")):
        return []
    return [
        Problem(
            key="image",
            value=image,
            reason="pods that start later would run another version",
            remedy="name a tag other than latest, or a digest",
            source="kubernetes.io/docs/concepts/containers/images",
        )
    ]


def work_name_problems(name: str) -> list[Problem]:
    """Kubernetes appends eleven characters to the name of a schedule's jobs."""
    if len(name) <= LONGEST_WORK_NAME and LABEL.match(name):
        return []
    return [
        Problem(
            key="schedules",
            value=name,
            reason=f"a CronJob's name has small letters, digits and dashes, {LONGEST_WORK_NAME} at most",
            remedy="name the schedule so",
            source=CRON_SOURCE,
        )
    ]


NUMBERED_DAYS: Mapping[str, str] = {str(number): str(number - 1) for number in range(1, 8)}
"""EventBridge counts the days of the week from 1 for Sunday, Kubernetes from 0."""
RATE = re.compile(r"^rate\((\d+) (minute|hour|day)s?\)$")
CRON = re.compile(r"^cron\((.*)\)$")


def kubernetes_cron(expression: str) -> str:
    """The five fields of Kubernetes for a time as EventBridge Scheduler has it: `cron(0 3 ? * SUN *)` is `0 3 * * SUN`.

    Raises ValueError where Kubernetes has no words for it.
    """
    rate, cron = RATE.match(expression), CRON.match(expression)
    if rate:
        return _rate(expression, int(rate[1]), rate[2])
    fields: Sequence[str] = cron[1].split() if cron else ()
    if len(fields) != 6:
        raise ValueError(f"{expression} is no time of EventBridge Scheduler; write cron(0 2 * * ? *) or rate(1 hour)")
    minutes, hours, days, months, weekdays, years = fields
    if years != "*" or re.search(r"[LW#]", days + weekdays.replace("WED", "")):
        raise ValueError(
            f"{expression} has a year, or L, W or #, for which Kubernetes has no words ({CRON_SOURCE}); leave them out"
        )
    if days not in ("?", "*") and weekdays not in ("?", "*"):
        raise ValueError(f"{expression} names days of the month and of the week; name one of them")
    numbered = re.sub(r"(?<![/\d])[1-7](?!\d)", lambda found: NUMBERED_DAYS[found[0]], weekdays)
    return " ".join([minutes, hours, days.replace("?", "*"), months, numbered.replace("?", "*")])


def _rate(expression: str, every: int, unit: str) -> str:
    whole = {"minute": 60, "hour": 24, "day": 1}[unit]
    if every < 1 or (whole % every and every != whole):
        frame = "an hour" if unit == "minute" else "a day"
        raise ValueError(
            f"{expression} does not fit into {frame} evenly, and Kubernetes counts from its start ({CRON_SOURCE}); "
            f"choose a divisor of {whole}, or a cron expression"
        )
    step = "*" if every == 1 else f"*/{every}"
    if unit == "minute":
        return f"{step} * * * *" if every < whole else "0 * * * *"
    return f"0 {step if every < whole else 0} * * *" if unit == "hour" else "0 0 * * *"
