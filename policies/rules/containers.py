"""Rules on containers of ECS, on what functions and containers are told, and on images."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.documents import matches
from policies.graph import Graph, Resource
from policies.parts import Part, is_not_true, is_true, whole
from policies.plain_secrets import secret_name, secret_value
from policies.rule import GraphRule, ResourceRule, Rule
from policies.verdict import MISSING, PASS, UNKNOWN, Properties, Verdict, combine, fail, lookup, undetermined
from policies.workloads import FUNCTION, TASK_DEFINITION, WORKLOADS, pod_containers, pod_spec, task_containers

REPOSITORY = "aws:ecr/repository:Repository"
LIFECYCLE = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
REGISTRY_SCANNING = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"
BUILD_PROJECT = "aws:codebuild/project:Project"

ROOT = re.compile(r"^(?:root|0+)(?::.*)?$")
POWERFUL = frozenset({"ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO", "SYS_BOOT", "NET_ADMIN", "DAC_READ_SEARCH", "BPF"})
"""Capabilities by which a container gets out of its own world."""
USE_SECRETS = "put it into headroom:services.<name>.secrets, as external or generated"
DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
AWS_VERSION = re.compile(r"^public\.ecr\.aws/(?:aws-observability|cloudwatch-agent|xray)/[\w-]+:v?\d+\.\d+\.\d+\w*$")
"""An image that AWS itself releases, by a full version."""


def container_hardened(task: Properties) -> Verdict:
    """Who breaks into a container that is root, may write its own programs, or shares the host's world, has the host.

    Containers for Windows have neither users by number nor read-only root file systems. Without `user` a container runs
    as its image says, which is root more often than not.
    """
    root = whole(task)
    verdicts = [
        root.demand(path, lambda value: value != "host", f"shares the host's {what}", f"remove {path}: host")
        for path, what in (("pidMode", "processes"), ("ipcMode", "memory"), ("networkMode", "network"))
    ]
    for volume in root.parts("volumes"):
        what = "mounts a directory of the host"
        verdicts.append(volume.demand("hostPath", lambda value: value in (MISSING, ""), what, "mount EFS or tmpfs"))
    system = root.get("runtimePlatform.operatingSystemFamily")
    if system is UNKNOWN:
        verdicts.append(undetermined(root.at("runtimePlatform.operatingSystemFamily")))
    windows = isinstance(system, str) and system.startswith("WINDOWS")
    for container in task_containers(task):
        if container.value is UNKNOWN:
            verdicts.append(undetermined(container.where))
            continue
        verdicts += _contained(container)
        verdicts += [] if windows else _unprivileged(container)
    return combine(verdicts)


def _contained(container: Part) -> Iterator[Verdict]:
    yield container.demand("privileged", is_not_true, "is privileged: root on the host", "remove privileged")
    added = container.get("linuxParameters.capabilities.add")
    if added is UNKNOWN or (isinstance(added, list) and UNKNOWN in added):
        yield undetermined(container.at("linuxParameters.capabilities.add"))
    elif isinstance(added, list) and POWERFUL & set(added):
        what = "adds a capability that leads out of the container"
        yield fail(container.at("linuxParameters.capabilities.add"), what, "drop ALL, and add what is needed")


def _unprivileged(container: Part) -> Iterator[Verdict]:
    what = "runs as root, or as whom the image says"
    yield container.demand("user", _is_nobody, what, "set user to a number other than 0, such as 10001:10001")
    what = "may write its own programs"
    yield container.demand("readonlyRootFilesystem", is_true, what, "set it, and mount tmpfs where it must write")


def _is_nobody(user: Any) -> bool:
    return isinstance(user, str) and user != "" and not ROOT.match(user)


def container_no_plain_secrets(subject: Properties) -> Verdict:
    """Whoever may look at a definition reads its variables: in the console, in Pulumi's state, in every earlier
    version, for ever; and rotation never reaches them.

    Judged by names that promise a secret, by how known keys begin, by passwords in addresses, and by randomness. A
    value that is not known yet leaves it open where its name promises a secret; any other is judged before the
    resource is made with it.
    """
    verdicts = [_told(name, value) for name, value in _variables(subject)]
    return combine(verdicts)


def _variables(subject: Properties) -> Iterator[tuple[str, Part]]:
    """Every variable's name, with where its value stands."""
    yield from _mapped(whole(subject).part("environment.variables"))
    # A pod's environment, a task's, and a build project's.
    for container in (*task_containers(subject), *_pods(subject)):
        if container.value is UNKNOWN:
            yield "password", container
            continue
        yield from _listed(container.parts("environment"))
        yield from _listed(container.parts("env"))
    build = whole(subject).parts("environment.environmentVariables")
    yield from _listed([one for one in build if one.get("type") in (MISSING, "PLAINTEXT")])


def _pods(subject: Properties) -> list[Part]:
    return list(pod_containers(pod_spec(subject))) if lookup(subject, "spec") is not MISSING else []


def _mapped(variables: Part) -> Iterator[tuple[str, Part]]:
    if variables.value is UNKNOWN:
        yield "password", variables
    elif isinstance(variables.value, Mapping):
        for name, value in variables.value.items():
            yield name, Part(f"{variables.where}.{name}", value)


def _listed(variables: list[Part]) -> Iterator[tuple[str, Part]]:
    for variable in variables:
        if variable.value is UNKNOWN:
            yield "password", variable
        elif variable.get("value") is not MISSING:
            name = variable.get("name")
            yield name if isinstance(name, str) else "password", variable.part("value")


def _told(name: str, variable: Part) -> Verdict:
    if variable.value is UNKNOWN:
        return undetermined(variable.where) if secret_name(name) else PASS
    what = secret_value(name, variable.value) if isinstance(variable.value, str) else None
    return fail(variable.where, f"looks like {what}, in plain text", USE_SECRETS) if what else PASS


def ecr_hardened(repository: Resource, graph: Graph) -> Verdict:
    """An image that can be changed under its tag is not the one that was reviewed; one that is not scanned brings known
    holes; and without a lifecycle the old ones stay, and are paid for."""
    root = whole(repository.properties)
    tags = "lets tags be moved to other images"
    verdicts = [root.demand("imageTagMutability", _tags_stay, tags, "set imageTagMutability to IMMUTABLE")]
    if not any(_scans(one, root.get("name")) for one in graph.of_type(REGISTRY_SCANNING)):
        what = "does not scan what is pushed"
        remedy = "set imageScanningConfiguration.scanOnPush, as headroom:registry.scan does"
        verdicts.append(root.demand("imageScanningConfiguration.scanOnPush", is_true, what, remedy))
    if not _expires(repository, graph):
        remedy = "add a LifecyclePolicy, as headroom:registry.keep_images does"
        verdicts.append(fail("name", "keeps every image for ever", remedy))
    return combine(verdicts)


def _tags_stay(value: Any) -> bool:
    return value in ("IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION")


def _scans(configuration: Resource, name: Any) -> bool:
    """Whether the registry scans a repository when something is pushed, or all the time. A filter without `*` is part
    of a name: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-filters.html"""
    filters = [
        str(one.get("filter"))
        for rule in whole(configuration.properties).parts("rules")
        if rule.get("scanFrequency") in ("SCAN_ON_PUSH", "CONTINUOUS_SCAN")
        for one in rule.parts("repositoryFilters")
    ]
    patterns = [one if "*" in one else f"*{one}*" for one in filters]
    return "*" in filters or (isinstance(name, str) and any(matches(pattern, name) for pattern in patterns))


def _expires(repository: Resource, graph: Graph) -> bool:
    name = lookup(repository.properties, "name")
    return bool(graph.referrers(repository, "repository", LIFECYCLE)) or any(
        isinstance(name, str) and lookup(policy.properties, "repository") == name for policy in graph.of_type(LIFECYCLE)
    )


def image_by_digest(workload: Properties) -> Verdict:
    """A tag is a name that its owner may give to something else; a digest is the image that was tested.

    Promotion writes the digest of what ran before into the settings of the next environment, so this is for prod; what
    is built in dev has a tag. Versions of AWS's own collectors pass: AWS gives each number once.
    """
    containers = (*task_containers(workload), *_pods(workload))
    remedy = (
        "write headroom:services.<name>.image as registry@sha256:..., as promotion does, and images of others, such as "
        "headroom:tasks.postgres_image, as name@sha256:..."
    )
    return combine(
        undetermined(container.where)
        if container.value is UNKNOWN
        else container.demand("image", _is_fixed, "is named by a tag", remedy)
        for container in containers
    )


def _is_fixed(image: Any) -> bool:
    return isinstance(image, str) and bool(DIGEST.search(image) or AWS_VERSION.match(image))


RULES: tuple[Rule, ...] = (
    ResourceRule(
        check=container_hardened,
        title="Containers are neither root nor part of their host",
        types=frozenset({TASK_DEFINITION}),
        severity="high",
        references=(
            "AWS FSBP ECS.3",
            "AWS FSBP ECS.4",
            "AWS FSBP ECS.5",
            "AWS FSBP ECS.20",
            "Checkov CKV_AWS_334",
            "Checkov CKV_AWS_335",
            "Checkov CKV_AWS_336",
        ),
    ),
    ResourceRule(
        check=container_no_plain_secrets,
        title="No variable holds a secret in plain text",
        types=frozenset({TASK_DEFINITION, FUNCTION, BUILD_PROJECT}) | WORKLOADS,
        severity="critical",
        references=("AWS FSBP ECS.8", "Checkov CKV_AWS_45", "Checkov CKV_SECRET_6", "AWS FSBP CodeBuild.2"),
    ),
    GraphRule(
        check=ecr_hardened,
        title="Image repositories scan, keep tags where they are, and forget old images",
        types=frozenset({REPOSITORY}),
        severity="medium",
        references=("AWS FSBP ECR.1", "AWS FSBP ECR.2", "AWS FSBP ECR.3", "Checkov CKV_AWS_163", "Checkov CKV_AWS_51"),
    ),
    ResourceRule(
        check=image_by_digest,
        title="Images are named by digest",
        types=frozenset({TASK_DEFINITION}) | WORKLOADS,
        severity="low",
        references=("Checkov CKV_K8S_43", "requirement T10"),
    ),
)
