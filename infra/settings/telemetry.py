"""Settings of traces: where the services' collectors send them."""

from typing import Literal

from pydantic import Field

from components.services.telemetry import IMAGE, LEAST_MIB, MOST_MIB
from infra.settings.patterns import HEADER, RECEIVER
from infra.settings.section import Section


class Telemetry(Section):
    """A collector of OpenTelemetry beside each service; off by default."""

    traces: Literal["none", "xray", "otlp"] = Field(
        default="none",
        description="Where traces go: nowhere, to AWS X-Ray, or to a receiver that speaks OTLP over HTTP.",
    )
    sample_percent: int = Field(
        default=5,
        ge=1,
        le=100,
        description="Share of the traces that are recorded, in percent; X-Ray charges for each.",
    )
    endpoint: str = Field(
        default="none",
        pattern=RECEIVER,
        description="URL of the receiver with traces: otlp, without /v1/traces; else none.",
    )
    header: str = Field(
        default="none",
        pattern=HEADER,
        description="Name of the header that the receiver knows us by, such as x-api-key; else none. Its value is a "
        "secret that your team puts into Secrets Manager, under <namespace>/telemetry/header, before a task starts.",
    )
    image: str = Field(
        default=IMAGE, description="The collector: AWS Distro for OpenTelemetry, with a tag other than latest."
    )
    memory_mib: int = Field(
        default=128,
        ge=LEAST_MIB,
        le=MOST_MIB,
        description="Memory of a collector, in MiB; it is taken from its service's.",
    )
