"""Certificates of ACM for an environment's names, validated by records in its hosted zone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pulumi
import pulumi_aws as aws

from components.edge.domain_names import validated_names
from components.links import ZoneLink

RECORD_TTL_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class CertificateArgs:
    """Which names, where."""

    zone: ZoneLink
    """Zone that gets the validation records."""
    names: Sequence[str]
    """Names that the certificate holds, ten at most; the first is its own."""
    regions: Sequence[str]
    """Regions that need one: a load balancer its own, CloudFront us-east-1."""
    wait_minutes: int = 15
    """Minutes that a run waits until ACM has seen the records. It sees them within minutes where the zone is delegated,
    and never where it is not; the run then fails, keeps everything, and the next one waits again."""

    def __post_init__(self) -> None:
        if not self.names or not self.regions:
            raise ValueError("names and regions can't be empty: make no certificate instead")
        if len(set(self.regions)) < len(self.regions):
            raise ValueError(f"regions are {', '.join(self.regions)}: each needs one certificate only")


class Certificate(pulumi.ComponentResource):
    """One certificate a region, all for the same names, and the records that validate them.

    ACM asks for the same record in every region of an account, and for the same of `example.com` and `*.example.com`
    (ACM, dns-validation.html). So the records are made once; AWS renews by them as long as they stay.
    """

    arns: Mapping[str, pulumi.Output[str]]
    """Region to the ARN of its certificate, known once it is issued: a listener refuses one that is not."""

    def __init__(self, name: str, args: CertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:edge:Certificate", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        made = {region: self._request(place, region) for place, region in enumerate(args.regions)}
        records = self._make_records(made[args.regions[0]])
        self.arns = {
            region: aws.acm.CertificateValidation(
                self._of(place),
                certificate_arn=made[region].arn,
                validation_record_fqdns=[record.fqdn for record in records],
                region=region,
                opts=pulumi.ResourceOptions(
                    parent=self, custom_timeouts=pulumi.CustomTimeouts(create=f"{args.wait_minutes}m")
                ),
            ).certificate_arn
            for place, region in enumerate(args.regions)
        }
        self.register_outputs({"arns": dict(self.arns)})

    def _of(self, place: int) -> str:
        """The first region's resources have the component's name; the others' tell the region, too."""
        return f"{self._name}-{self._args.regions[place]}" if place else self._name

    def _request(self, place: int, region: str) -> aws.acm.Certificate:
        """A certificate that is replaced goes after its users have the new one: Pulumi makes before it deletes."""
        first, *others = self._args.names
        return aws.acm.Certificate(
            self._of(place),
            domain_name=first,
            subject_alternative_names=others or None,
            validation_method="DNS",
            key_algorithm="RSA_2048",
            region=region,
            opts=self._child,
        )

    def _make_records(self, certificate: aws.acm.Certificate) -> list[aws.route53.Record]:
        """One a name, which the names tell before ACM has answered what stands in them."""
        records = []
        for number, validated in enumerate(validated_names(self._args.names)):
            record = certificate.domain_validation_options.apply(partial(record_of, validated))
            records.append(
                aws.route53.Record(
                    f"{self._name}-{validated}" if number else self._name,
                    zone_id=self._args.zone.zone_id,
                    name=record.apply(lambda known: known[0]),
                    type="CNAME",
                    records=[record.apply(lambda known: known[1])],
                    ttl=RECORD_TTL_SECONDS,
                    # A certificate that was made by hand for the same name has left the same record.
                    allow_overwrite=True,
                    opts=self._child,
                )
            )
        return records


def record_of(name: str, options: Sequence[aws.acm.outputs.CertificateDomainValidationOption]) -> tuple[str, str]:
    """Name and value of the record that validates a name."""
    for option in options:
        if option.domain_name == name and option.resource_record_name and option.resource_record_value:
            return option.resource_record_name, option.resource_record_value
    raise ValueError(f"ACM names no validation record for {name}; run again, it may not have had time to")
