"""Rotates secrets: API keys, Redis users, database users. A module a kind; all the rest is the same for all.

**What a kind is** (`kinds/<kind>.py`, registered in `kinds/__init__.py`; `kinds/kind.py` has the interface):

- `fresh(current)`: the secret's next value, of the current one's. Random; asked once a rotation, and kept.
- `expect(live)`: writes down what is to be valid where others read it, before it can be made so; most do nothing.
- `apply(live)`: makes exactly these values' credentials valid, the first one being that which is used from now on; one
  or two. It is told the whole truth each time, so it bears to be called again after any kill.
- `prove(live)`: raises RotationError unless each of them works.
- `last_use(value, since)`: when the credential was last used since then; None when nobody knows, or nobody did.

A value is the secret's JSON as a dictionary. What a kind needs to know beside it stands in the secret's tags.

**Tags of a secret.** The stack sets `headroom:*`; the function sets `rotation:*`, which the stack's provider ignores.

| tag | holds |
|---|---|
| headroom:kind | api-key, redis-user, postgres-user, mysql-user |
| headroom:owner | who answers for it |
| headroom:period-days | days between two rotations |
| headroom:overlap-days | days that the old credential stays valid; and that it can be brought back after that |
| headroom:readers | services that read the secret when they start, by blanks; they are rolled after a rotation |
| headroom:verifiers | of an api-key: services whose digests hold it, by blanks |
| headroom:readers-2, ... | more of them: a tag holds 256 characters; and so with the verifiers |
| headroom:consumer, headroom:access | of an api-key: whose it is, and `read`, `read-write` or `full` |
| headroom:user | of a redis-user: ElastiCache's id of the user; of a database's: the first of its two names |
| headroom:database | of a database's user: the database, whose document has it (`logins`) |
| headroom:pool | of a database's user: `proxy` or `pgbouncer`, which must know both of its names |
| rotation:phase | `overlap` (two are valid), `deactivated` (one is, the old one can come back), `done` |
| rotation:rotated | when the current value became current, ISO 8601 in UTC |
| rotation:rolled | when the readers were last known to run with the current value; empty: not yet |
| rotation:deactivate-after | of `overlap`: when the old credential ends |
| rotation:delete-after | of `deactivated`: when it can't be brought back any more |
| rotation:extended | of `overlap`: when its end was put off, which happens once, since the old one was still in use |

**Versions.** AWSCURRENT is used; AWSPREVIOUS is the old one as long as it is valid or can be brought back;
AWSPENDING is one in the making.

**Events.** Secrets Manager's own (`Step`, `SecretId`, `ClientRequestToken`), and ours, `{"Action": ..., "Secrets":
[names]}`. Each answers `{"secrets": {name: {"phase", "rotated", "rolled", "deactivate_after", "delete_after",
"extended", "current", "previous", "pending"}}}`: times, and the ids of versions; what is in the way is an error.

| action | does |
|---|---|
| prepare | the first value, where there is none, and what others need to know of it; `begin` makes it valid |
| begin | the first value, or the first rotation of one that the stack made; then lines up what the stack says of it |
| sweep | rolls, deactivates and deletes what is due; called every hour |
| deactivate | ends the old credential now; with `Force` even if it is in use or its readers were not rolled |
| reactivate | brings a deactivated credential back, for the length of the overlap |
| revert | makes the old credential the current one again; the new one stays valid for the overlap |
| delete | of a deactivated one: it can't be brought back any more |
| abandon | ends a rotation that did not get to its end: what was current stays so |
| rolled | says that the readers run with the current value, where the function can't see it (EKS) |
| connect | takes `Fields` anew (see below); the credential stays |
| status | changes nothing |

`Fields`, of begin and connect, with one secret: all of a connection's fields but username and password, with URLs that
name nobody (`rediss://host:6379`); the credential is put into each. `Connections` {secret: fields} is the same for
several. `Digests` {secret: [consumers]}: nobody else's keys stay in these. `Logins` {document: [secrets]}: nobody
else's users stay in these documents of databases; `Tasks` {document: task}: how the task is run that makes them.

**Secrets as JSON.** api-key: `id`, `key`, `access`, `consumer`, `created`. Connections: `username`, `password`, and
URLs (`url`, `read_url`, `direct_url`), which all get the new credential (`connection.with_credential`).
"""
