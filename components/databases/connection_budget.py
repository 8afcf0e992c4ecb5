"""How many connections a database must bear at worst, against what it accepts: arithmetic, free of Pulumi (D3).

Every consumer is counted at its largest: all tasks, each with all its processes, each with its pool full. A rolling
deploy runs the old and the new tasks side by side, up to 200 %, so tasks of services count twice. Connections to read
from go to the replicas where there are any, and each replica is counted with all of them: a client takes the first
replica that answers, which may be the same for all.

Behind a pool the database sees the pool's connections only, whatever the number of clients.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from components import sizing
from components.constraints import Problem
from components.databases.parameters import connections_of
from components.sizing import RDS_CLASSES, DatabaseEngine

Pooling = Literal["none", "proxy", "pgbouncer"]
Role = Literal["writer", "replica"]

DEPLOY_PERCENT = 200
"""Share of a service's tasks that run in the middle of a deploy; the services' `deployment_maximum_percent`."""

RESERVE = 15
"""Connections that nobody plans with: 3 that PostgreSQL keeps for superusers, up to 7 of RDS itself (replication,
monitoring, backups, the proxy's own checks), and 5 for people in trouble and for the first minutes of a failover.

Sources: postgresql.org/docs/current/runtime-config-connection.html (superuser_reserved_connections),
docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Managing.html (at least 3 for AWS automation)
"""

LADDER: Mapping[str, tuple[str, ...]] = {
    "rds": ("db.t4g", "db.m7g", "db.r7g"),
    "aurora": ("db.t4g", "db.r7g"),
}
"""Families by price, to name the first class that is large enough (D4); Aurora has no general purpose ones."""
SMALLEST_OF_AURORA_GIB = 4
SOURCE = "docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections"


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """Whoever opens connections: a service, a job, a migration."""

    name: str
    """As its reader knows it, `api`, `migration of api`."""
    tasks: int
    """Tasks at most, outside of a deploy."""
    workers: int = 1
    """Processes of a task, each with a pool of its own."""
    databases: int = 1
    """Databases that each process has pools for: the service's own, and one for each of its tenants."""
    pool: int
    """Connections that a process opens at most to write."""
    read_pool: int = 0
    """Connections that a process opens at most to read, by DATABASE_READ_URL."""
    rolls: bool = True
    """Whether a deploy runs old and new tasks side by side."""
    direct: bool = False
    """Whether it goes past the pool, as migrations do."""

    @property
    def most_tasks(self) -> int:
        """Tasks at a time, in the middle of a deploy."""
        return self.tasks * DEPLOY_PERCENT // 100 if self.rolls else self.tasks

    @property
    def most_pools(self) -> int:
        """Pools at a time: one a process and database."""
        return self.most_tasks * self.workers * self.databases

    @property
    def connections(self) -> int:
        """Connections to write."""
        return self.most_pools * self.pool

    @property
    def read_connections(self) -> int:
        """Connections to read."""
        return self.most_pools * self.read_pool

    def line(self, pool: int) -> str:
        """`api: 10 tasks x 2 in a deploy x 2 workers x 10 = 400`."""
        factors = [f"{self.tasks} task{'s' if self.tasks > 1 else ''}"]
        factors += [f"{DEPLOY_PERCENT // 100} in a deploy"] if self.rolls else []
        factors += [f"{self.workers} workers"] if self.workers > 1 else []
        factors += [f"{self.databases} databases"] if self.databases > 1 else []
        return f"{self.name}: {' x '.join([*factors, str(pool)])} = {self.most_pools * pool}"


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """What a database accepts."""

    engine: DatabaseEngine
    """Its engine, on which the formula depends."""
    instance_class: str
    """Class of every instance, or `db.serverless`."""
    replicas: int
    """Instances to read from beside the writer."""
    replica_class: str | None = None
    """Class of the replicas on RDS, where it is another one."""
    pooling: Pooling = "none"
    """What stands before the writer."""
    pool_percent: int = 80
    """Share of the writer's connections that the pool may open, in percent."""
    min_acu: float = 0
    """Least capacity of a serverless instance."""
    max_acu: float = 0
    """Most capacity of a serverless instance."""

    @property
    def most(self) -> int:
        """Connections that the writer accepts."""
        if self.instance_class == "db.serverless":
            return sizing.serverless_max_connections(self.min_acu, self.max_acu, self.engine)
        return sizing.max_connections(self.instance_class, self.engine)

    @property
    def replica_most(self) -> int:
        """Connections that each replica accepts."""
        if self.engine == "postgres" or self.engine == "mysql":
            return connections_of(self.engine, self.instance_class, self.replica_class)[1]
        return self.most

    @property
    def pooled(self) -> int:
        """Connections that the pool may open."""
        return self.most * self.pool_percent // 100

    @property
    def reads_are_pooled(self) -> bool:
        """Aurora's readers have an endpoint of the proxy; RDS's replicas have none (AWS, "Quotas and limitations")."""
        on_aurora = self.engine.startswith("aurora")
        return self.pooling == "proxy" and on_aurora if self.replicas else self.pooling != "none"

    def class_of(self, role: Role) -> str:
        """Class of the writer, or of a replica."""
        return self.replica_class if role == "replica" and self.replica_class else self.instance_class

    def sized_by(self, role: Role) -> str:
        """`db.t4g.small`, or `0.5 to 8 ACU`."""
        serverless = f"{self.min_acu:g} to {self.max_acu:g} ACU"
        return serverless if self.instance_class == "db.serverless" else self.class_of(role)


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The connections of one instance, line by line."""

    role: Role
    """Which instance."""
    lines: tuple[tuple[str, int], ...]
    """What each entry says, and what it adds."""
    limit: int
    """Connections that the instance accepts."""

    @property
    def total(self) -> int:
        """Connections at worst."""
        return sum(number for _, number in self.lines)

    @property
    def fits(self) -> bool:
        """Whether all of them are accepted."""
        return self.total <= self.limit


def pool_clients(consumers: Iterable[Consumer], capacity: Capacity) -> int:
    """Connections that clients open to the pool at worst, reads among them where they are pooled."""
    reads = capacity.reads_are_pooled
    return sum(c.connections + (c.read_connections if reads else 0) for c in consumers if not c.direct)


def writer_budget(consumers: Sequence[Consumer], capacity: Capacity) -> Budget:
    """The writer's connections: of everyone, or of the pool and whoever goes past it."""
    if capacity.pooling == "none":
        lines = [(c.line(_to_writer(c, capacity)), c.most_pools * _to_writer(c, capacity)) for c in consumers]
    else:
        pool = f"{capacity.pooling}: {capacity.pool_percent} % of {capacity.most} = {capacity.pooled}"
        past = [(f"{c.line(c.pool)}, past the pool", c.connections) for c in consumers if c.direct]
        lines = [(pool, capacity.pooled), *past]
    return Budget(role="writer", lines=(*lines, (f"reserve: {RESERVE}", RESERVE)), limit=capacity.most)


def _to_writer(consumer: Consumer, capacity: Capacity) -> int:
    """Without a replica, DATABASE_READ_URL leads to the writer as well."""
    return consumer.pool + (0 if capacity.replicas else consumer.read_pool)


def replica_budget(consumers: Sequence[Consumer], capacity: Capacity) -> Budget | None:
    """A replica's connections; none if there is no replica."""
    if not capacity.replicas:
        return None
    if capacity.reads_are_pooled:
        lines = [(f"proxy: {capacity.pool_percent} % of {capacity.most} = {capacity.pooled}", capacity.pooled)]
    else:
        lines = [(c.line(c.read_pool), c.read_connections) for c in consumers if c.read_pool]
    return Budget(role="replica", lines=(*lines, (f"reserve: {RESERVE}", RESERVE)), limit=capacity.replica_most)


def budgets(consumers: Sequence[Consumer], capacity: Capacity) -> list[Budget]:
    """The writer's budget, and that of each replica, which are all the same."""
    found = [writer_budget(consumers, capacity), replica_budget(consumers, capacity)]
    return [budget for budget in found if budget is not None]


def budget_problems(consumers: Sequence[Consumer], capacity: Capacity) -> list[Problem]:
    """A database that would have to refuse connections, with the arithmetic and the ways out."""
    return [
        Problem(
            key=class_key(budget.role, capacity),
            value=capacity.class_of(budget.role),
            reason=_arithmetic(budget, capacity),
            remedy=f"ways out: {'; '.join(ways_out(consumers, capacity, budget))}",
            source=SOURCE,
        )
        for budget in budgets(consumers, capacity)
        if not budget.fits
    ]


def class_key(role: Role, capacity: Capacity) -> str:
    """Setting that holds the class."""
    return "replica_class" if role == "replica" and capacity.replica_class else "class"


def _arithmetic(budget: Budget, capacity: Capacity) -> str:
    which = "the writer" if budget.role == "writer" else "each replica"
    lines = "".join(f"\n    {line}" for line, _ in budget.lines)
    sums = " + ".join(str(number) for _, number in budget.lines)
    return (
        f"{which} accepts {budget.limit} connections ({capacity.sized_by(budget.role)}), "
        f"and these may come at once:{lines}\n"
        f"    {sums} = {budget.total}, {budget.total - budget.limit} too many"
    )


def ways_out(consumers: Sequence[Consumer], capacity: Capacity, budget: Budget) -> list[str]:
    """What would make the budget fit, the cheapest first; each has been tried."""
    found = []
    if smaller := _smaller_pools(consumers, capacity, budget):
        found.append(smaller)
    if budget.role == "writer" and capacity.pooling != "none" and (percent := _smaller_share(consumers, capacity)):
        found.append(f"pool.max_connections_percent: {percent}")
    key, today = class_key(budget.role, capacity), capacity.class_of(budget.role)
    pooled = capacity.reads_are_pooled if budget.role == "replica" else capacity.pooling != "none"
    # A pool grows with the class: none helps where its share is too large.
    if not pooled and (larger := first_class_that_fits(capacity.engine, today, budget.total)):
        found.append(f"{key}: {larger} (the first that fits)")
    elif capacity.instance_class == "db.serverless" and (acu := _first_capacity_that_fits(capacity, budget.total)):
        found.append(f"serverless.max_acu: {acu} with min_acu: 1 or more")
    if budget.role == "writer" and capacity.pooling == "none":
        found.append("pooling: proxy" + ("" if "mysql" in capacity.engine else ", or pgbouncer"))
    return found or ["fewer tasks or workers"]


def _smaller_pools(consumers: Sequence[Consumer], capacity: Capacity, budget: Budget) -> str:
    """The largest pool that fits if every process had it at most."""
    reads = budget.role == "replica"
    if (capacity.reads_are_pooled if reads else capacity.pooling != "none") or not consumers:
        return ""

    def needed(size: int) -> int:
        return RESERVE + sum(
            c.most_pools * (min(c.read_pool, size) if reads else _capped(c, size, capacity)) for c in consumers
        )

    size = _largest(needed, budget.limit, max(max(c.pool, c.read_pool) for c in consumers))
    key = "database_read_pool" if reads else "database_pool"
    both = key if reads or capacity.replicas else "database_pool and database_read_pool"
    return f"{both}: {size} at most" if size else ""


def _capped(consumer: Consumer, size: int, capacity: Capacity) -> int:
    reads = 0 if capacity.replicas else min(consumer.read_pool, size)
    return min(consumer.pool, size) + reads


def _largest(needed: Callable[[int], int], limit: int, start: int) -> int:
    return next((size for size in range(start, 0, -1) if needed(size) <= limit), 0)


def _smaller_share(consumers: Sequence[Consumer], capacity: Capacity) -> int:
    """The largest share of the connections that leaves room for what goes past the pool; 0 if none does."""
    past = RESERVE + sum(c.connections for c in consumers if c.direct)
    return max(0, (capacity.most - past) * 100 // capacity.most)


def first_class_that_fits(engine: DatabaseEngine, instance_class: str, connections: int) -> str | None:
    """The first class on the ladder that is no smaller and accepts so many connections, or None."""
    if instance_class not in RDS_CLASSES:
        return None
    aurora = engine.startswith("aurora")
    least = max(RDS_CLASSES[instance_class].memory_gib, SMALLEST_OF_AURORA_GIB if aurora else 0)
    candidates = [
        (size.memory_gib, size.vcpu, place, name)
        for place, family in enumerate(LADDER["aurora" if aurora else "rds"])
        for name, size in RDS_CLASSES.items()
        if name.startswith(f"{family}.") and size.memory_gib >= least and not _is_dear(name)
    ]
    fitting = [name for *_, name in sorted(candidates) if sizing.max_connections(name, engine) >= connections]
    return fitting[0] if fitting else None


def _is_dear(name: str) -> bool:
    """Burstable classes above large cost about as much as others, which do not run out of credit."""
    return name.startswith("db.t") and name.endswith("xlarge")


def _first_capacity_that_fits(capacity: Capacity, connections: int) -> int | None:
    sizes = sizing.SERVERLESS_CONNECTIONS[capacity.engine]
    return next((acu for acu, most in sizes.items() if most >= connections), None)


def pool_shares(limit: int, tasks: int, clients: Mapping[str, int]) -> dict[str, int]:
    """How many connections each task of a PgBouncer may open for each user: the limit, by what each asks for.

    Everyone gets one at least, and all together never more than the limit.
    Raises ValueError if the limit is smaller than one connection a user and task.
    """
    each = limit // tasks
    if each < len(clients):
        raise ValueError(f"{limit} connections are too few for {len(clients)} users in {tasks} tasks")
    spare, total = each - len(clients), sum(clients.values())
    return {name: 1 + (spare * wanted // total if total else spare // len(clients)) for name, wanted in clients.items()}
