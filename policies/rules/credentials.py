"""Rules on how databases and caches know who they talk to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from policies.graph import Graph, Resource
from policies.rule import GraphRule, ResourceRule, Rule
from policies.values import declared, filled
from policies.verdict import MISSING, PASS, UNKNOWN, Properties, Verdict, combine, fail, lookup, undetermined

INSTANCE = "aws:rds/instance:Instance"
GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
SINGLE = "aws:elasticache/cluster:Cluster"
SERVERLESS = "aws:elasticache/serverlessCache:ServerlessCache"
USER = "aws:elasticache/user:User"
USER_GROUP = "aws:elasticache/userGroup:UserGroup"
MEMORYDB = "aws:memorydb/cluster:Cluster"

PASSWORDS: Final[Mapping[str, str]] = {
    INSTANCE: "password",
    "aws:rds/cluster:Cluster": "masterPassword",
    "aws:docdb/cluster:Cluster": "masterPassword",
    "aws:redshift/cluster:Cluster": "masterPassword",
    GROUP: "authToken",
    USER: "passwords",
    "aws:memorydb/user:User": "authenticationMode.passwords",
}
"""Where a type has its password, or a list of them."""
GENERATORS: Final = ("random:", "aws:secretsmanager/", "aws:ssm/parameter:")
"""Types whose values nobody wrote into the program."""
SHORTEST = 16
FEWEST_LETTERS = 8
"""Different ones in a password; of 16 drawn at random from letters and digits fewer than one in a million has less."""
WORDS: Final = (
    *("password", "passwd", "passw0rd", "p@ssw", "secret", "admin", "master", "default", "change", "welcome", "1234"),
    *("qwerty", "letmein", "hunter", "example", "dummy", "please", "database", "postgres", "mysql", "redis"),
)
"""What people write, in lower case, and chance in one password of a hundred thousand: so no shorter words."""
DRAW = "leave it to RDS (manageMasterUserPassword), or draw it by secretsmanager.get_random_password"


def db_password_not_literal(store: Resource, graph: Graph) -> Verdict:
    """A password in the program is in its history, on every developer's disk, and the same in the next environment.

    The SDK marks every password secret, a literal one too: so the mark tells nothing. What is computed from a random
    value or a secret, managed by RDS, or write-only passes. Else the password's look decides, and never leaves this
    function: one drawn at random is long, has many different letters, and holds no word.
    """
    path = PASSWORDS[store.type]
    value = lookup(store.properties, path)
    if value is UNKNOWN:
        return PASS if _drawn(store, path) else undetermined(path)
    members = value if isinstance(value, list) else [value]
    paths = [f"{path}[{index}]" for index in range(len(members))] if isinstance(value, list) else [path]
    return combine(_password(store, where, one) for where, one in zip(paths, members, strict=True))


def _password(store: Resource, path: str, value: Any) -> Verdict:
    if value is UNKNOWN:
        return PASS if _drawn(store, path) else undetermined(path)
    if not isinstance(value, str) or not value or not _typed(value):
        return PASS
    return fail(path, "looks like a password that somebody wrote", DRAW)


def _drawn(store: Resource, path: str) -> bool:
    """Whether what is not known yet comes from a generator or is a secret."""
    root = path.split(".")[0].split("[")[0]
    made_from = (urn.split("::")[2].rpartition("$")[2] for urn in store.depends_on.get(root, ()) if urn.count("::") > 2)
    return any(token.startswith(GENERATORS) for token in made_from) or bool({root, path} & store.secret_paths)


def _typed(password: str) -> bool:
    short = len(password) < SHORTEST or len(set(password)) < FEWEST_LETTERS
    return short or any(word in password.lower() for word in WORDS)


def redis_auth(cache: Resource, graph: Graph) -> Verdict:
    """A cache that asks nobody for a password hands every session to whatever gets into its network.

    Users (RBAC) or an AUTH token. Judged are also the users themselves, single nodes, which know no passwords, and
    serverless caches. Memcached has none to ask.
    """
    return _CHECKS[cache.type](cache, graph)


def _group(group: Resource, graph: Graph) -> Verdict:
    token, users = _first(group, "authToken", "authTokenWo"), declared(group, "userGroupIds")
    if token not in (MISSING, UNKNOWN, "") or (isinstance(users, list) and users):
        return PASS
    for path, value in (("userGroupIds", users), ("authToken", token)):
        if value is UNKNOWN:
            drawn = path == "authToken" and _drawn(group, path)
            return PASS if drawn or graph.behind(group, path, USER_GROUP) else undetermined(path)
    if filled(declared(group, "globalReplicationGroupId")) and users is MISSING:
        return PASS  # a copy in another region asks for what its primary asks for
    what = "is not set, and there is no AUTH token: everybody who reaches the cache may do everything"
    return fail("userGroupIds", what, "make the cache by headroom:caches, or give it users")


def _single(node: Resource, graph: Graph) -> Verdict:
    engine = declared(node, "engine")
    if filled(declared(node, "replicationGroupId")) or engine == "memcached":
        return PASS
    if engine is UNKNOWN:
        return undetermined("engine")
    what = "is a node of its own, which can't ask for a password"
    return fail("engine", what, "make a replication group, with one node if you like: headroom:caches with nodes: 1")


def _serverless(cache: Resource, graph: Graph) -> Verdict:
    users = declared(cache, "userGroupId")
    if lookup(cache.properties, "engine") == "memcached" or (users is not UNKNOWN and filled(users)):
        return PASS
    if users is UNKNOWN:
        return PASS if graph.behind(cache, "userGroupId", USER_GROUP) else undetermined("userGroupId")
    return fail("userGroupId", "is not set: everybody who reaches the cache may do everything", "give it users")


def _user(user: Resource, graph: Graph) -> Verdict:
    """A user without a password may be on for nothing."""
    mode, access = declared(user, "authenticationMode.type"), lookup(user.properties, "accessString")
    if isinstance(access, str) and "off" in access.split():
        return PASS
    if mode is UNKNOWN:
        return undetermined("authenticationMode.type")
    if mode != "no-password-required" and lookup(user.properties, "noPasswordRequired") is not True:
        return PASS
    if access is UNKNOWN:
        return undetermined("accessString")
    what = "lets somebody in who shows no password"
    return fail("authenticationMode.type", what, "set it to password or iam, or switch the user off (off -@all)")


def _memorydb(cluster: Resource, graph: Graph) -> Verdict:
    acl = lookup(cluster.properties, "aclName")
    if acl is UNKNOWN:
        return PASS if cluster.depends_on.get("aclName") else undetermined("aclName")
    if acl in (MISSING, "open-access"):
        return fail("aclName", "lets everybody in who reaches the cluster", "make an ACL with users of your own")
    return PASS


_CHECKS: Final = {GROUP: _group, SINGLE: _single, SERVERLESS: _serverless, USER: _user, MEMORYDB: _memorydb}


def _first(resource: Resource, *paths: str) -> Any:
    """The first of several properties that is set."""
    return next((value for value in (declared(resource, path) for path in paths) if value is not MISSING), MISSING)


def redis_auth_update_strategy(group: Properties) -> Verdict:
    """With SET, every client that still has the old token is refused at once; with DELETE, nobody needs one any more.

    ROTATE, which AWS takes where nothing is said, lets both tokens in. SET ends the old one: it is for the time after
    a ROTATE, and says so by the tag `headroom:token-rotated`.
    https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html
    """
    path = "authTokenUpdateStrategy"
    value = lookup(group, path)
    if value is UNKNOWN:
        return undetermined(path)
    if value in (MISSING, "ROTATE"):
        return PASS
    if value == "DELETE":
        return fail(path, "takes the token away", "leave it out; give the cache users before its token goes")
    rotated = lookup(group, "tags.headroom:token-rotated")
    if rotated is UNKNOWN:
        return undetermined("tags")
    if rotated is not MISSING:
        return PASS
    what = "ends the old token while clients may still have it"
    return fail(path, what, "set ROTATE; once all clients have the new token, SET with the tag headroom:token-rotated")


RULES: tuple[Rule, ...] = (
    GraphRule(
        check=db_password_not_literal,
        title="No password of a database or cache stands in the program",
        types=frozenset(PASSWORDS),
        severity="critical",
        references=("requirement E6",),
    ),
    GraphRule(
        check=redis_auth,
        title="Caches ask for a password",
        types=frozenset(_CHECKS),
        severity="high",
        references=("AWS FSBP ElastiCache.6", "Checkov CKV_AWS_31", "cdk-nag AwsSolutions-AEC6"),
    ),
    ResourceRule(
        check=redis_auth_update_strategy,
        title="A new token is let in before the old one ends",
        types=frozenset({GROUP}),
        severity="high",
        references=("requirement E3",),
    ),
)
