"""Work that ends on Kubernetes, as plain data: schedules, and migrations before a new version takes traffic."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from components.kubernetes.objects import NAME, WORK, Manifest, manifest, with_labels
from components.kubernetes.pod import Pod, work_template

START_LATE_SECONDS = 300
"""A run that could not start for so long is left out."""
KEPT_RUNS = 3


def cron_job(
    pod: Pod,
    name: str,
    *,
    schedule: str,
    time_zone: str,
    command: Sequence[str],
    timeout_seconds: int,
    retries: int = 0,
) -> Manifest:
    """Runs a command of the service at set times (T7), never two at once. `schedule` has five fields."""
    job: dict[str, Any] = {
        "backoffLimit": retries,
        "activeDeadlineSeconds": timeout_seconds,
        "ttlSecondsAfterFinished": 86400,
        "template": work_template(pod, command, WORK),
    }
    spec = {
        "schedule": schedule,
        "timeZone": time_zone,
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": START_LATE_SECONDS,
        "successfulJobsHistoryLimit": KEPT_RUNS,
        "failedJobsHistoryLimit": KEPT_RUNS,
        "jobTemplate": {"metadata": {"labels": {NAME: pod.service}}, "spec": job},
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
