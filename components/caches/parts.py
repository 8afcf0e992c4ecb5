"""What a cache has whether AWS runs nodes for it or not: who may sign in, who may reach it, and its secret.

Services sign in as a user (RBAC) and not with an AUTH token: a user may have two passwords at a time, so a rotation
adds the new one, rolls the services, and takes the old one away, and its commands can be limited. The group holds users
of the engine `redis`, which AWS accepts for both engines: Redis can become Valkey with its users untouched. AWS wants a
user named `default` in it, who may sign in without a password: this one may do nothing.

A user of ElastiCache begins with a password, which stands encrypted in the state; the rotation replaces it before
anybody knows it, and makes every value of the secret (components/keys).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.keys.names import Rotated
from components.keys.rotated import begun, schedule
from components.links import KeyLink, RotatorLink

PORT = 6379
SERVERLESS_READ_PORT = 6380
"""Of a serverless cache's address for reads that may be a little old.

Source: docs.aws.amazon.com/AmazonElastiCache/latest/dg/ReadReplicas.html
"""
USERNAME = "headroom"
PASSWORD_LENGTH = 32
"""Letters and digits only, so that the password stands in a URL as it is; AWS takes 16 to 128."""

SERVICES_MAY = "on ~* &* +@all -@dangerous +info"
"""All keys and channels, and every command but those that stop, empty or spy on the cache (FLUSHALL, CONFIG, MONITOR,
KEYS, ...). INFO counts among these, and clients such as BullMQ ask it for the version."""
NOBODY = "off -@all"


@dataclass(frozen=True, kw_only=True)
class CachePlace:
    """Where the parts of one cache belong."""

    name: str
    """The cache's name in the settings; the parts' logical name."""
    scope: Scope
    """Account, region and name space of names and policies."""
    key: KeyLink
    """Key for the secret."""
    rotator: RotatorLink
    """What makes the user's passwords."""
    rotated: Rotated
    """How they are rotated."""
    opts: pulumi.ResourceOptions
    """The cache as their parent."""

    @property
    def identifier(self) -> str:
        """Id of the user and of the group, `dev-main`; AWS allows 40 characters."""
        return f"{self.scope.namespace.rpartition('/')[2]}-{self.name}"

    @property
    def tags(self) -> Mapping[str, str]:
        """Whose it is."""
        return {"Service": self.name}

    @property
    def secret_name(self) -> str:
        """Fixed physical name of the secret."""
        return f"{self.scope.namespace}/cache/{self.name}"


def cache_fields(host: str, reader: str, read_port: int = PORT) -> dict[str, str | int]:
    """The secret's JSON but for the credential, which the rotation puts into the URLs too. Without a replica the read
    URL is the primary's, so a service may always use it."""
    return {
        "host": host,
        "port": PORT,
        "url": f"rediss://{host}:{PORT}",
        "read_url": f"rediss://{reader}:{read_port}",
    }


def make_security_group(place: CachePlace, vpc_id: pulumi.Input[str]) -> aws.ec2.SecurityGroup:
    """No rule lets anything out: a cache answers, and never calls."""
    return aws.ec2.SecurityGroup(
        place.name,
        vpc_id=vpc_id,
        description=f"Cache {place.name}; consumers add their own ingress",
        tags=place.tags,
        opts=place.opts,
    )


def make_user(place: CachePlace) -> aws.elasticache.User:
    """As whom services sign in."""
    password = aws.secretsmanager.get_random_password_output(
        password_length=PASSWORD_LENGTH,
        exclude_punctuation=True,
        opts=pulumi.InvokeOutputOptions(parent=place.opts.parent),
    ).random_password
    return aws.elasticache.User(
        place.name,
        user_id=place.identifier,
        user_name=USERNAME,
        engine="redis",
        access_string=SERVICES_MAY,
        passwords=[pulumi.Output.secret(password)],
        tags=place.tags,
        opts=pulumi.ResourceOptions.merge(place.opts, pulumi.ResourceOptions(ignore_changes=["passwords"])),
    )


def make_user_group(place: CachePlace, user: aws.elasticache.User) -> aws.elasticache.UserGroup:
    """That user, and the one without a name who may do nothing."""
    disabled = aws.elasticache.User(
        f"{place.name}-default",
        user_id=f"no-{place.identifier}",
        user_name="default",
        engine="redis",
        access_string=NOBODY,
        authentication_mode=aws.elasticache.UserAuthenticationModeArgs(type="no-password-required"),
        tags=place.tags,
        opts=place.opts,
    )
    return aws.elasticache.UserGroup(
        place.name,
        user_group_id=place.identifier,
        engine="redis",
        user_ids=[disabled.user_id, user.user_id],
        tags=place.tags,
        opts=place.opts,
    )


def make_secret(
    place: CachePlace,
    users: aws.elasticache.UserGroup,
    addresses: Sequence[pulumi.Input[str]],
    *,
    read_port: int = PORT,
    recovery_days: int,
    protect: bool,
) -> tuple[aws.secretsmanager.Secret, pulumi.Resource]:
    """The secret that services connect with, and when it has its value; `addresses` are where they write and where
    they read."""
    rotated = place.rotated
    secret = aws.secretsmanager.Secret(
        place.name,
        name=place.secret_name,
        description=f"Connection to cache {place.name}",
        kms_key_id=place.key.arn,
        recovery_window_in_days=recovery_days,
        tags={**place.tags, **rotated.tags},
        opts=pulumi.ResourceOptions.merge(place.opts, pulumi.ResourceOptions(protect=protect)),
    )
    done = begun(
        f"{place.name}-user",
        place.rotator,
        {place.secret_name: secret.arn},
        rotated={place.secret_name: rotated},
        fields=pulumi.Output.all(*addresses).apply(lambda known: cache_fields(known[0], known[1], read_port)),
        ready=[users],
        opts=place.opts,
    )
    schedule(place.name, place.rotator, secret.arn, rotated, ready=[done], opts=place.opts)
    return secret, done
