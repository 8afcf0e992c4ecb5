"""What Fluent Bit does with the lines of pods, as the text that AWS's add-on takes in place of its own.

AWS's own brings every pod's lines into one log group, each wrapped into an object that tells of its pod. Then neither a
metric that a service writes into its log (EMF) would be found, nor a query that works on ECS. So the lines of services
go as they are into the services' own log groups, the same as on ECS; all others stay as AWS has them.

Sources: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/install-CloudWatch-Observability-EKS-addon.html (custom
Fluent Bit configuration), docs.fluentbit.io/manual/pipeline/outputs/cloudwatch (log_key, templates),
docs.fluentbit.io/manual/pipeline/filters/rewrite-tag, and the add-on's chart, whose file this replaces:
github.com/aws-observability/helm-charts, charts/amazon-cloudwatch-observability/values.yaml, version 6.4.0.
"""

from collections.abc import Mapping, Sequence

from components.kubernetes.objects import LOGS

FILE = "application-log.conf"
"""Name of the add-on's file on pods' lines; another of that name replaces it."""

Section = tuple[str, Mapping[str, str]]


def application_log(log_groups: str) -> str:
    """The file. A pod that has the label goes to the log group `<log_groups>/<value of the label>`.

    The groups are made by whoever makes the service, with a retention and a key: none is made here. A pod without the
    label never meets the template, for Fluent Bit writes an error for each line that does not fit one, into a log
    that it reads itself.
    """
    label = f"$kubernetes['labels']['{LOGS}']"
    sections: Sequence[Section] = [
        _tail("container", "/var/log/containers/*.log", "50MB", Exclude_Path=", ".join([*AGENTS, *NETWORK])),
        *(_tail(name, path, "5MB") for name, path in zip(("log", "cwagent"), AGENTS, strict=True)),
        _pods(),
        (
            "FILTER",
            {
                "Name": "rewrite_tag",
                "Match": "application.*",
                "Rule": f"{label} ^.+$ service.$TAG false",
                "Emitter_Name": "services",
                "Emitter_Storage.type": "filesystem",
                "Emitter_Mem_Buf_Limit": "50MB",
            },
        ),
        (
            "OUTPUT",
            {
                **_to("service.*", "services"),
                "log_group_template": f"{log_groups}/{label}",
                "log_stream_prefix": "pod-",
                "log_stream_template": "$kubernetes['pod_name'].$kubernetes['container_name']",
                # The line itself, so that its JSON is the event.
                "log_key": "log",
            },
        ),
        ("OUTPUT", {**_to("application.*", "others"), "log_stream_prefix": "${HOST_NAME}-"}),
    ]
    return "\n".join(_text(*section) for section in sections)


AGENTS = ("/var/log/containers/fluent-bit*", "/var/log/containers/cloudwatch-agent*")
"""Whose own lines have a reader of their own, so that a flood of them holds up nobody."""

NETWORK = ("/var/log/containers/aws-node*", "/var/log/containers/kube-proxy*")
"""Whose lines AWS's file of the data plane reads."""


def _tail(name: str, path: str, memory: str, **more: str) -> Section:
    return (
        "INPUT",
        {
            "Name": "tail",
            "Tag": "application.*",
            "Path": path,
            **more,
            "multiline.parser": "docker, cri",
            "DB": f"/var/fluent-bit/state/flb_{name}.db",
            "Mem_Buf_Limit": memory,
            "Skip_Long_Lines": "On",
            "Refresh_Interval": "10",
            "Rotate_Wait": "30",
            "storage.type": "filesystem",
            "Read_from_Head": "${READ_FROM_HEAD}",
        },
    )


def _pods() -> Section:
    """Whose line it is. Labels are off in AWS's file."""
    return (
        "FILTER",
        {
            "Name": "kubernetes",
            "Match": "application.*",
            "Kube_URL": "https://kubernetes.default.svc:443",
            "Kube_Tag_Prefix": "application.var.log.containers.",
            "Merge_Log": "On",
            "Merge_Log_Key": "log_processed",
            "K8S-Logging.Parser": "On",
            "K8S-Logging.Exclude": "Off",
            "Labels": "On",
            "Annotations": "Off",
            "Use_Kubelet": "On",
            "Kubelet_Port": "10250",
            "Buffer_Size": "0",
        },
    )


def _to(match: str, alias: str) -> Mapping[str, str]:
    return {
        "Name": "cloudwatch_logs",
        "Alias": alias,
        "Match": match,
        "region": "${AWS_REGION}",
        "log_group_name": "/aws/containerinsights/${CLUSTER_NAME}/application",
        "auto_create_group": "false",
        "extra_user_agent": "container-insights",
    }


def _text(kind: str, settings: Mapping[str, str]) -> str:
    lines = "".join(f"  {key} {value}\n" for key, value in settings.items())
    return f"[{kind}]\n{lines}"
