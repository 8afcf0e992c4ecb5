"""Takes out of what a stack holds whatever makes the environment itself: account, region, domain, its own name, and the
names and ids that AWS or Pulumi made up. What is left means the same in another environment.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from operations.changes import short_type
from operations.state import Resource, outputs

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""Marks a value of Pulumi's own in an exported state: a secret, an asset, an archive.
github.com/pulumi/pulumi, sdk/go/common/resource/sig/sig.go."""
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"
"""Follows it where the value is a secret."""
SECRET: Final = "[secret]"
"""Stands in place of every secret: two of them are never told apart."""

HOSTS: Final = ("dnsName", "domainName", "address", "endpoint", "primaryEndpointAddress", "readerEndpointAddress",
                "bucketDomainName", "bucketRegionalDomainName")  # fmt: skip
"""Outputs that are a host's name."""
IDS: Final = ("id", "arn", "keyId", "uniqueId", "zoneId", "invokeArn", "qualifiedArn", "url", "streamArn", "name",
              "clusterResourceId", "resourceId", "serviceId", "hostedZoneId", "securityGroupRuleId", "allocationId",
              "etag")  # fmt: skip
"""Outputs that name the resource otherwise."""
MADE_UP: Final = re.compile(
    r"(?=.*\d)[\w-]{8,}"  # with a digit: names by Pulumi (cluster-d59aadd), ids (subnet-0a1b…), UUIDs
    r"|(?:[a-z]{1,4}_)?[A-Z0-9]{10,}"  # CloudFront's
)
"""What a made up name looks like. Words without a digit are of the program: they are the same everywhere."""
REGION: Final = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
TOKEN: Final = re.compile(r"[A-Za-z0-9_<>-]+")
AWS_ID: Final = re.compile(r"\b([a-z]{2,12})-[0-9a-f]{17}\b")
"""An id of something that the stack does not hold, such as what CloudFront makes in the VPC."""
ADDRESS: Final = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(/\d{1,2})?(?![\d.])")
MEMBER: Final = re.compile(r"-\d{1,4}$")
"""Follows a made up name where AWS numbers what belongs to it, as the nodes of a cache."""
HOST: Final = re.compile(r"[\w.<>-]+\.(?:amazonaws\.com|cloudfront\.net)\b")
REVISION: Final = re.compile(r"(:(?:task-definition/|function:)[\w<>. -]+?):\d+\b")
"""A number behind a name, one more with each change."""
SUFFIX: Final = re.compile(r"(:secret:[\w/<>. -]+)-[A-Za-z0-9]{6}(?![\w/-])")
"""Six letters that Secrets Manager puts behind a secret's name."""
DEVICES: Final = ("null", "zero", "random", "urandom", "stdin", "stdout", "stderr", "fd", "shm", "tty")
"""What may follow `/dev/` that is no environment."""


class Names:
    """What one environment's own names are."""

    def __init__(
        self,
        environment: str,
        account: str,
        region: str,
        domain: str = "",
        cidr: str = "",
        registry: tuple[str, str] | None = None,
    ) -> None:
        """`domain` is empty where the environment has none; `cidr` are the addresses of its network; `registry` is the
        account and region that its images come from, its own or another's."""
        self._fixed = {account: "<account>", region: "<region>", domain: "<domain>", environment: "<env>"}
        patterns = [rf"(?<![A-Za-z0-9]){re.escape(word)}" for word in (account, region) if word]
        if registry:
            owner, place = registry
            images = {
                f"{owner}.dkr.ecr.{place}.amazonaws.com": "<registry>",
                f":ecr:{place}:{owner}:repository/": ":ecr:<registry>:repository/",
            }
            self._fixed |= images
            patterns = [*map(re.escape, images), *patterns]
        # An address of mail is somebody's, and not the environment's.
        patterns = [*([rf"(?<![\w@-]){re.escape(domain)}(?![\w-])"] if domain else []), *patterns]
        devices = "|".join(DEVICES)
        patterns.append(rf"(?<![A-Za-z0-9]){re.escape(environment)}(?![A-Za-z0-9]|/(?:{devices})\b)")
        self._pattern = re.compile("|".join(patterns))
        self._network = ipaddress.ip_network(cidr, strict=False) if cidr else None
        self._own: Mapping[str, str] = {}

    def plain(self, text: str) -> str:
        """A text without account, region, domain, environment, and addresses of the network."""
        plain = self._pattern.sub(lambda found: self._fixed[found[0]], text)
        return ADDRESS.sub(self._within, plain) if self._network else plain

    def _within(self, found: re.Match[str]) -> str:
        """An address by how far it is from the network's first: networks are cut alike."""
        try:
            address = ipaddress.ip_address(found[1])
        except ValueError:
            return found[0]
        if self._network is None or address not in self._network:
            return found[0]
        away = ipaddress.ip_address(int(address) - int(self._network.network_address))
        return f"<network>+{away}{found[2] or ''}"

    def text(self, text: str) -> str:
        """A text in which also what was made up stands as the resource that it names."""
        plain = REVISION.sub(r"\1", SUFFIX.sub(r"\1", self.plain(text)))
        if self._own:
            plain = HOST.sub(lambda found: self._own.get(found[0], found[0]), plain)
            plain = TOKEN.sub(lambda found: self._owner(found[0]), plain)
        return AWS_ID.sub(r"<\1>", plain)

    def _owner(self, token: str) -> str:
        if token in self._own:
            return self._own[token]
        member = MEMBER.search(token)
        whole = self._own.get(token[: member.start()]) if member else None
        if whole and member:
            return f"{whole}{member[0]}"
        return "-".join(self._own.get(part, part) for part in token.split("-"))

    def learn(self, own: Mapping[str, str]) -> None:
        """Takes in which made up names stand for what."""
        self._own = own


def learn(a: Names, b: Names, ours: Sequence[Resource], theirs: Sequence[Resource]) -> None:
    """Tells both what names were made up: those that only one of the two environments has."""
    first, second = _named(a, ours), _named(b, theirs)
    a.learn({token: label for token, label in first.items() if token not in second})
    b.learn({token: label for token, label in second.items() if token not in first})


def _named(names: Names, resources: Iterable[Resource]) -> dict[str, str]:
    """Made up name -> whose it is. Resources come after those that they refer to, so the first that has it owns it."""
    found: dict[str, str] = {}
    for resource in resources:
        if not resource.get("custom"):
            continue
        label = names.plain(f"<{short_type(str(resource['type']))} {str(resource['urn']).rsplit('::', 1)[-1]}>")
        for name, host in _texts(resource, HOSTS):
            found.setdefault(names.plain(host), f"{label[:-1]} {name}>")
        for text in (str(resource.get("id") or ""), *(value for _, value in _texts(resource, IDS))):
            own = text.split(":", 5)[-1] if text.startswith("arn:") else text  # before it stands where it is
            for token in TOKEN.findall(names.plain(own)):
                if MADE_UP.fullmatch(token) and not REGION.fullmatch(token):
                    found.setdefault(token, label)
    return found


def _texts(resource: Resource, keys: Iterable[str]) -> Iterator[tuple[str, str]]:
    said = outputs(resource)
    for name in keys:
        if isinstance(said.get(name), str):
            yield name, said[name]


def is_secret(value: Any) -> bool:
    """Whether a value of an exported state is a secret."""
    return isinstance(value, Mapping) and value.get(SIGNATURE) == SECRET_SIGNATURE
