"""The secrets of databases' logins: one for each, and for each database the document of who may sign in. E3, E5, E6.

Their values are the rotation's (functions/rotate_secret): none stands in the state, not even encrypted. A pool stands
between users and their connections: it needs the first values, and the connections hold its address. So a value is made
here (`prepare`), and made valid in the database when that stands (`components.databases.users`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.constraints import require, secret_recovery_problems
from components.databases.logins import Login, document_secret, proxy_secret
from components.keys.by_hand import follows_keys
from components.keys.containers import make_container, restrict
from components.keys.names import Rotated
from components.keys.rotated import begun
from components.keys.statements import written_by_rotation
from components.links import KeyLink, PooledUser, RotatorLink


@dataclass(frozen=True, kw_only=True)
class MadeLogin:
    """A login's secret, without what it connects to."""

    login: Login
    """Whose it is."""
    rotated: Rotated
    """How it is rotated."""
    secret: aws.secretsmanager.Secret
    """The container."""
    document_arn: pulumi.Input[str]
    """ARN of its database's document."""
    ready: Sequence[pulumi.Resource]
    """When it has its first value, and the document names it."""


@dataclass(frozen=True, kw_only=True)
class DatabaseLoginsArgs:
    """Who signs in to the databases."""

    scope: Scope
    """Account, region and name space of the secrets' names."""
    key: KeyLink
    """Key that encrypts the secrets."""
    rotator: RotatorLink
    """What makes and rotates the passwords."""
    logins: Mapping[str, Mapping[Login, Rotated]]
    """Database to its logins, and how each is rotated."""
    recovery_days: int
    """Days in which a deleted secret can be restored, 7 to 30; 0 deletes at once and frees its name."""

    def __post_init__(self) -> None:
        require(secret_recovery_problems(self.recovery_days))


class DatabaseLogins(pulumi.ComponentResource):
    """A secret for each login of any database, with a first password; a document for each database; and for RDS Proxy a
    secret for each user.

    One component for all databases: a service that moves to another one keeps its secret and its password.
    """

    made: Mapping[str, Sequence[MadeLogin]]
    """Database to its logins, by name."""
    pooled: Mapping[str, Sequence[PooledUser]]
    """The same, as a pool takes them."""

    def __init__(self, name: str, args: DatabaseLoginsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:data:DatabaseLogins", name, None, opts)
        self._args, self._child = args, pulumi.ResourceOptions(parent=self)
        self._before: list[pulumi.Resource] = []
        documents = {database: self._make_document(database) for database in args.logins}
        proxied = {
            (database, login): self._make_proxied(database, login)
            for database, logins in args.logins.items()
            for login, rotated in sorted(logins.items())
            if rotated.pool == "proxy"
        }
        secrets = {
            login: self._make(login, rotated)
            for logins in args.logins.values()
            for login, rotated in sorted(logins.items())
        }
        done = self._prepare(name, secrets)
        self.made = {
            database: [
                MadeLogin(
                    login=login,
                    rotated=rotated,
                    secret=secrets[login],
                    document_arn=documents[database].arn,
                    ready=[done],
                )
                for login, rotated in sorted(logins.items())
            ]
            for database, logins in args.logins.items()
        }
        self.pooled = {
            database: [self._pooled(database, made, proxied.get((database, made.login), ())) for made in logins]
            for database, logins in self.made.items()
        }
        self.register_outputs({of: [made.login.name for made in logins] for of, logins in self.made.items()})

    def _prepare(self, name: str, secrets: Mapping[Login, aws.secretsmanager.Secret]) -> pulumi.Resource:
        scope, logins = self._args.scope, self._args.logins
        named = {login.secret_name(scope): secret.arn for login, secret in secrets.items()}
        documents = {
            document_secret(scope, database): sorted(login.secret_name(scope) for login in found)
            for database, found in logins.items()
        }
        return begun(
            name,
            self._args.rotator,
            named,
            rotated={login.secret_name(scope): how for found in logins.values() for login, how in found.items()},
            action="prepare",
            more={"Logins": documents},
            ready=self._before,
            opts=self._child,
        )

    def _make(self, login: Login, rotated: Rotated) -> aws.secretsmanager.Secret:
        whose = f"service {login.service}" + (f", tenant {login.tenant}" if login.tenant else "")
        physical = login.secret_name(self._args.scope)
        tags = {"Service": login.service, **rotated.tags}
        return self._make_secret(login.label, physical, f"Connection of {whose} to its database", tags)

    def _make_document(self, database: str) -> aws.secretsmanager.Secret:
        """Who writes it makes users: so only the rotation does."""
        physical = document_secret(self._args.scope, database)
        described = f"Who may sign in to database {database}"
        owners = follows_keys(rotated.owner for rotated in self._args.logins[database].values())
        secret = self._make_secret(f"{database}-logins", physical, described, {"Service": database, **owners})
        self._before += [secret, self._restrict(f"{database}-logins", secret, physical)]
        return secret

    def _make_proxied(self, database: str, login: Login) -> list[tuple[str, aws.secretsmanager.Secret]]:
        found = []
        for label, user in zip((login.label, f"{login.label}-2"), login.users, strict=True):
            physical = proxy_secret(self._args.scope, database, user)
            described = f"User {user}, as the proxy of database {database} knows it"
            tags = {"Service": login.service, **follows_keys([self._args.logins[database][login].owner])}
            secret = self._make_secret(f"{database}-proxy-{label}", physical, described, tags)
            self._before += [secret, self._restrict(f"{database}-proxy-{label}", secret, physical)]
            found.append((physical, secret))
        return found

    def _make_secret(
        self, name: str, physical: str, description: str, tags: Mapping[str, str]
    ) -> aws.secretsmanager.Secret:
        args = self._args
        return make_container(
            name, physical, description, tags, key=args.key, recovery_days=args.recovery_days, opts=self._child
        )

    def _restrict(self, name: str, secret: aws.secretsmanager.Secret, physical: str) -> aws.secretsmanager.SecretPolicy:
        policy = written_by_rotation(self._args.scope, physical, self._args.rotator.name)
        return restrict(name, secret, policy, self._child)

    def _pooled(
        self, database: str, made: MadeLogin, proxied: Sequence[tuple[str, aws.secretsmanager.Secret]]
    ) -> PooledUser:
        return PooledUser(
            label=made.login.label,
            service=made.login.service,
            database_name=made.login.name,
            document_arn=made.document_arn,
            document_name=document_secret(self._args.scope, database),
            secret_arns=[secret.arn for _, secret in proxied],
            secret_names=[physical for physical, _ in proxied],
            key=self._args.key,
            ready=made.ready,
        )
