"""Work that ends on Kubernetes, as plain data: schedules, and migrations before a new version takes traffic."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from components.kubernetes.objects import NAME, SCHEDULE, WORK, Manifest, manifest, with_labels
from components.kubernetes.pod import Pod, Resources, work_template

KEPT_RUNS = 3
LEAST_START_SECONDS = 10
"""Kubernetes looks every ten seconds: below that it may start nothing at all.
Source: kubernetes.io/docs/concepts/workloads/controllers/cron-jobs"""


@dataclass(frozen=True, kw_only=True)
class Work:
    """A command of the service that runs at set times."""

    schedule: str
    """Five fields of cron, as `kubernetes_cron` makes them of EventBridge's six."""
    command: Sequence[str]
    """What runs, in the service's own image."""
    time_zone: str = "UTC"
    """Zone in which the times are meant."""
    timeout_seconds: int = 3600
    """A run that takes longer is ended."""
    retries: int = 0
    """How often a failed run is tried again."""
    start_seconds: int = 300
    """A run that could not start for so long is left out."""
    enabled: bool = True
    """Whether it runs at all."""
    resources: Resources | None = None
    """What a run is promised, and what it may take; the service's by default."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables of the run's own."""


def cron_job(pod: Pod, name: str, work: Work) -> Manifest:
    """Runs a command of the service at set times (T7), never two at once."""
    own = replace(pod, resources=work.resources or pod.resources)
    job: dict[str, Any] = {
        "backoffLimit": work.retries,
        "activeDeadlineSeconds": work.timeout_seconds,
        "ttlSecondsAfterFinished": 86400,
        "template": work_template(own, work.command, WORK, work.environment),
    }
    spec = {
        "schedule": work.schedule,
        "timeZone": work.time_zone,
        "suspend": not work.enabled,
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": max(LEAST_START_SECONDS, work.start_seconds),
        "successfulJobsHistoryLimit": KEPT_RUNS,
        "failedJobsHistoryLimit": KEPT_RUNS,
        "jobTemplate": {"metadata": {"labels": {NAME: pod.service, SCHEDULE: name}}, "spec": job},
    }
    return with_labels(manifest("batch/v1", "CronJob", name, pod.service, spec=spec), {NAME: pod.service})


def migration_job(pod: Pod, *, command: Sequence[str], timeout_seconds: int) -> Manifest:
    """Runs once for each image and command (T9). A Job cannot change, so its name follows from what it does, and
    it is kept when it is done: its absence would mean that it has not run."""
    digest = hashlib.sha256(json.dumps([pod.image, list(command)]).encode()).hexdigest()[:8]
    spec = {
        "backoffLimit": 0,  # a migration that failed half way is for people
        "activeDeadlineSeconds": timeout_seconds,
        "template": work_template(pod, command, WORK),
    }
    name = f"{pod.service}-migrate-{digest}"
    return with_labels(manifest("batch/v1", "Job", name, pod.service, spec=spec), {NAME: pod.service})
