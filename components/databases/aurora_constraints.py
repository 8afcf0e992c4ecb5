"""What Aurora refuses of a cluster, and what would have no effect on one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from components.constraints import Problem, within
from components.databases.aurora_versions import (
    AURORA_GUIDE,
    IO_OPTIMIZED,
    PAUSES,
    PROTOCOLS,
    REACHES_256_ACU,
    AuroraEngine,
    aurora_version_problems,
    has,
)
from components.databases.constraints import (
    certificate_problems,
    database_name_problems,
    monitoring_problems,
    restore_problems,
)
from components.databases.parameter_constraints import extension_problems, parameter_problems
from components.databases.window_constraints import window_problems
from components.sizing import RDS_CLASSES

SERVERLESS_CLASS = "db.serverless"
"""AWS's class of instances whose capacity follows the load."""

FAMILIES = ("r5", "r6g", "r6i", "r7g", "r7i", "r8g", "x2g")
AURORA_CLASSES = frozenset(
    [
        *(name for name in RDS_CLASSES if name.split(".")[1] in FAMILIES),
        *(f"db.{family}.{size}" for family in ("t3", "t4g") for size in ("medium", "large")),
    ]
)
"""Provisioned classes that both engines offer; Aurora has no general-purpose (m) and no micro or small ones.

Source: docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.DBInstanceClass.SupportAurora.html
"""

MOST_READERS = 15
LEAST_MAX_ACU, MOST_ACU, MOST_ACU_BEFORE = 1, 256, 128
LONGEST_BACKTRACK_HOURS = 72
SHORTEST_PAUSE, LONGEST_PAUSE = 5, 1440
"""Minutes: 300 to 86,400 seconds."""

WITHOUT_BACKTRACK = frozenset(
    [
        *("af-south-1", "ap-east-1", "ap-southeast-3", "ap-southeast-4", "cn-north-1", "eu-north-1", "eu-south-1"),
        *("eu-south-2", "me-central-1", "me-south-1", "sa-east-1", "us-gov-east-1", "us-gov-west-1"),
    ]
)
"""Regions where no cluster can be wound back.

Sources: docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.Aurora_Fea_Regions_DB-eng.Feature.Backtrack.html,
docs.aws.amazon.com/config/latest/developerguide/aurora-mysql-backtracking-enabled.html
"""

WITHOUT_EFFECT: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "storage_gib": (
            "Aurora's volume has no size: it grows in steps of 10 GiB with what is stored, up to 128 TiB or more",
            f"{AURORA_GUIDE}/Aurora.Overview.StorageReliability.html",
        ),
        "max_storage_gib": (
            "Aurora's volume grows by itself, and nothing can limit it",
            f"{AURORA_GUIDE}/Aurora.Overview.StorageReliability.html",
        ),
        "iops": (
            "Aurora's volume has no number of operations to choose",
            f"{AURORA_GUIDE}/Aurora.Overview.StorageReliability.html",
        ),
        "throughput_mib": (
            "Aurora's volume has no throughput to choose",
            f"{AURORA_GUIDE}/Aurora.Overview.StorageReliability.html",
        ),
        "multi_az": (
            "Aurora keeps six copies in three zones anyway, and any reader takes over for the writer",
            f"{AURORA_GUIDE}/Concepts.AuroraHighAvailability.html",
        ),
        "replica_class": (
            "any reader may come to write, so all instances here have one class",
            f"{AURORA_GUIDE}/Concepts.AuroraHighAvailability.html",
        ),
        "replica_zones": (
            "the instances take the network's zones in turn, since any of them may come to write",
            f"{AURORA_GUIDE}/Concepts.AuroraHighAvailability.html",
        ),
        "blue_green": (
            "the provider makes no blue/green deployment of a cluster; make it in the console, and refresh afterwards",
            "registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/rds_cluster",
        ),
        "backup_copy_region": (
            "RDS does not copy Aurora's automated backups; copy snapshots by AWS Backup, or make it a global database",
            f"{AURORA_GUIDE}/Aurora.Managing.Backups.html",
        ),
    }
)
"""Settings of RDS instances that mean nothing to a cluster, with the reason."""


@dataclass(frozen=True, kw_only=True)
class ServerlessRange:
    """Capacity of Aurora Serverless v2; the same for every instance of the cluster."""

    min_acu: float
    """Least capacity, in Aurora capacity units (about 2 GiB of memory each); 0 lets an idle instance pause."""
    max_acu: float
    """Most capacity, in Aurora capacity units; the limit of connections follows from it."""
    pause_minutes: int = 0
    """Minutes without a connection after which an instance pauses; 0 where it never does."""


def aurora_class_problems(instance_class: str, serverless: ServerlessRange | None) -> list[Problem]:
    """Aurora offers few of RDS's classes, and db.serverless goes with a range of capacity."""
    source = f"{AURORA_GUIDE}/Concepts.DBInstanceClass.SupportAurora.html"
    if instance_class == SERVERLESS_CLASS:
        if serverless is not None:
            return []
        reason, remedy = "a serverless instance needs a range of capacity", "add serverless: {min_acu: .., max_acu: ..}"
        source = f"{AURORA_GUIDE}/aurora-serverless-v2.requirements.html"
    elif serverless is not None:
        reason = "the range in serverless is for instances of class db.serverless only"
        remedy = f"choose class: {SERVERLESS_CLASS}, or leave serverless out"
    elif instance_class in AURORA_CLASSES:
        return []
    else:
        family = instance_class.rpartition(".")[0]
        sizes = sorted(name for name in AURORA_CLASSES if name.startswith(f"{family}."))
        families = sorted({name.rpartition(".")[0] for name in AURORA_CLASSES})
        reason = "Aurora has no such class"
        choice = f"one of {', '.join(sizes)}" if sizes else f"a class of {', '.join(families)}"
        remedy = f"choose {choice}, or {SERVERLESS_CLASS}"
    return [Problem(key="class", value=instance_class, reason=reason, remedy=remedy, source=source)]


def burstable_problems(instance_class: str, deletion_protection: bool) -> list[Problem]:
    """AWS means burstable classes for development and tests: whoever protects a database means it to last."""
    if not instance_class.startswith("db.t") or instance_class not in AURORA_CLASSES or not deletion_protection:
        return []
    return [
        Problem(
            key="class",
            value=instance_class,
            reason="Aurora's burstable classes are for development and tests, and this database is protected",
            remedy="choose db.r8g.large or db.serverless, or deletion_protection: false",
            source=f"{AURORA_GUIDE}/Concepts.DBInstanceClass.Types.html",
        )
    ]


def serverless_problems(engine: AuroraEngine, version: str, chosen: ServerlessRange | None) -> list[Problem]:
    """The bounds of the capacity, its steps, and what a pause needs."""
    if chosen is None:
        return []
    return [*_steps(chosen), *_bounds(engine, version, chosen), *_pause(engine, version, chosen)]


def _steps(chosen: ServerlessRange) -> list[Problem]:
    return [
        Problem(
            key=f"serverless.{key}",
            value=value,
            reason="capacity comes in steps of 0.5 ACU",
            remedy=f"choose {int(value * 2) / 2:g} or {int(value * 2) / 2 + 0.5:g}",
            source=f"{AURORA_GUIDE}/aurora-serverless-v2.requirements.html",
        )
        for key, value in (("min_acu", chosen.min_acu), ("max_acu", chosen.max_acu))
        if value * 2 != int(value * 2)
    ]


def _bounds(engine: AuroraEngine, version: str, chosen: ServerlessRange) -> list[Problem]:
    most = MOST_ACU if has(REACHES_256_ACU, engine, version) else MOST_ACU_BEFORE
    source = f"{AURORA_GUIDE}/aurora-serverless-v2.how-it-works.html"
    problems = []
    if not LEAST_MAX_ACU <= chosen.max_acu <= most:
        where = "" if most == MOST_ACU else f" (256 in a release newer than {version})"
        allowed = f"{LEAST_MAX_ACU} to {most} ACU{where}"
        reason, remedy = f"AWS takes {allowed}", f"choose {LEAST_MAX_ACU} to {most}"
        problems.append(
            Problem(key="serverless.max_acu", value=chosen.max_acu, reason=reason, remedy=remedy, source=source)
        )
    if not 0 <= chosen.min_acu <= chosen.max_acu:
        reason = f"the least capacity is 0 to the most, max_acu: {chosen.max_acu:g}"
        remedy = "choose a lower min_acu, or a higher max_acu" if chosen.min_acu > 0 else "choose 0 or more"
        problems.append(
            Problem(key="serverless.min_acu", value=chosen.min_acu, reason=reason, remedy=remedy, source=source)
        )
    return problems


def _pause(engine: AuroraEngine, version: str, chosen: ServerlessRange) -> list[Problem]:
    source = f"{AURORA_GUIDE}/aurora-serverless-v2-auto-pause.html"
    if chosen.min_acu == 0 and not has(PAUSES, engine, version):
        first = "14.12, 15.7 or 16.3" if engine == "aurora-postgresql" else "8.0.mysql_aurora.3.08.0"
        reason, remedy = f"{version} can't scale to 0", f"choose 0.5 or more, or version {first} or newer"
        return [Problem(key="serverless.min_acu", value=0, reason=reason, remedy=remedy, source=source)]
    key, value = "serverless.pause_minutes", chosen.pause_minutes
    if chosen.min_acu > 0 and value:
        reason = f"only a cluster whose least capacity is 0 pauses, and min_acu is {chosen.min_acu:g}"
        return [
            Problem(key=key, value=value, reason=reason, remedy="choose min_acu: 0, or leave it out", source=source)
        ]
    if chosen.min_acu == 0 and not SHORTEST_PAUSE <= value <= LONGEST_PAUSE:
        allowed = f"{SHORTEST_PAUSE} to {LONGEST_PAUSE} minutes"
        reason = f"with min_acu: 0 an idle instance pauses, after {allowed}"
        remedy = f"choose {allowed}, or min_acu: 0.5 for one that never pauses"
        return [Problem(key=key, value=value, reason=reason, remedy=remedy, source=source)]
    return []


def reader_problems(replicas: int, max_replicas: int, serverless: ServerlessRange | None) -> list[Problem]:
    """A cluster has 15 readers at most; autoscaling starts from one, and only where a CPU's load says something."""
    source = f"{AURORA_GUIDE}/Aurora.Integrating.AutoScaling.html"
    problems = within("replicas", replicas, 0, MOST_READERS, "readers of one cluster", source)
    if max_replicas == 0:
        return problems
    reason = ""
    if serverless is not None:
        reason = "serverless instances grow by themselves, and AWS does not add readers to them"
        remedy = "leave max_replicas out, and choose replicas"
        source = f"{AURORA_GUIDE}/aurora-serverless-v2.requirements.html"
    elif replicas == 0:
        reason = "readers are added by the readers' CPU, so without a first one nothing would ever be added"
        remedy = "choose replicas: 1 or more, or leave max_replicas out"
    elif max_replicas < replicas:
        reason = f"it is the most of all readers, and replicas, their least, is {replicas}"
        remedy = f"choose {replicas} to {MOST_READERS}, or 0 to turn autoscaling off"
    if reason:
        problems.append(Problem(key="max_replicas", value=max_replicas, reason=reason, remedy=remedy, source=source))
    return problems + within("max_replicas", max_replicas, 0, MOST_READERS, "readers of one cluster", source)


def backtrack_problems(engine: AuroraEngine, backtrack_hours: int, region: str) -> list[Problem]:
    """Only Aurora MySQL can be wound back, in some regions, by three days at most."""
    if backtrack_hours == 0:
        return []
    source = f"{AURORA_GUIDE}/AuroraMySQL.Managing.Backtrack.html"
    reason = ""
    if engine != "aurora-mysql":
        reason = "only Aurora MySQL can be wound back"
        remedy = "leave backtrack_hours out; a restore to a point in time makes a second cluster instead"
    elif region in WITHOUT_BACKTRACK:
        reason = f"no cluster can be wound back in {region}"
        remedy = "leave backtrack_hours out; a restore to a point in time makes a second cluster instead"
    if reason:
        return [Problem(key="backtrack_hours", value=backtrack_hours, reason=reason, remedy=remedy, source=source)]
    return within("backtrack_hours", backtrack_hours, 0, LONGEST_BACKTRACK_HOURS, "hours", source)


def io_problems(engine: AuroraEngine, version: str, io_optimized: bool) -> list[Problem]:
    """I/O-Optimized storage came with a release."""
    if not io_optimized or has(IO_OPTIMIZED, engine, version):
        return []
    return [
        Problem(
            key="io_optimized",
            value="true",
            reason=f"{version} has no I/O-Optimized storage",
            remedy="choose a newer version, or leave io_optimized out",
            source=f"{AURORA_GUIDE}/Concepts.Aurora_Fea_Regions_DB-eng.Feature.storage-type.html",
        )
    ]


def aurora_insights_problems(engine: AuroraEngine, instance_class: str, insights: bool) -> list[Problem]:
    """Database Insights does not see into Aurora MySQL's T3."""
    if not insights or engine != "aurora-mysql" or not instance_class.startswith("db.t3."):
        return []
    return [
        Problem(
            key="insights",
            value="true",
            reason=f"Database Insights does not support Aurora MySQL on {instance_class}",
            remedy="choose insights: false, or a db.t4g class",
            source=f"{AURORA_GUIDE}/USER_PerfInsights.Overview.Engines.html",
        )
    ]


def aurora_backup_problems(backup_days: int) -> list[Problem]:
    """Aurora always backs up."""
    return within("backup_days", backup_days, 1, 35, "days", f"{AURORA_GUIDE}/Aurora.Managing.Backups.html")


def aurora_restore_problems(restore: Mapping[str, str | None]) -> list[Problem]:
    """As of an instance; but what is kept of a deleted cluster has no ARN, and the provider asks for the cluster."""
    if not restore.get("backups"):
        return restore_problems(restore)
    return [
        Problem(
            key="restore.backups",
            value=restore["backups"],
            reason="backups that are kept of an Aurora cluster are not restored by an ARN",
            remedy="name the cluster under database while it stands, or a snapshot",
            source=f"{AURORA_GUIDE}/aurora-pitr.html",
        )
    ]


def without_effect_problems(engine: AuroraEngine, given: Collection[str]) -> list[Problem]:
    """Settings that are written down and do nothing mislead whoever reads them."""
    return [
        Problem(key=key, value="set", reason=reason, remedy=f"leave it out of an {engine} database", source=source)
        for key, (reason, source) in WITHOUT_EFFECT.items()
        if key in given
    ]


def aurora_problems(
    *,
    engine: AuroraEngine,
    version: str,
    instance_class: str,
    serverless: ServerlessRange | None,
    replicas: int,
    max_replicas: int,
    backup_days: int,
    backup_window: str,
    maintenance_window: str,
    backtrack_hours: int,
    io_optimized: bool,
    deletion_protection: bool,
    insights: bool,
    monitoring_seconds: int,
    ca: str,
    database_name: str,
    extensions: Sequence[str],
    parameters: Mapping[str, str],
    region: str,
) -> list[Problem]:
    """All that AWS would refuse of a cluster."""
    return [
        *aurora_version_problems(engine, version),
        *aurora_class_problems(instance_class, serverless),
        *burstable_problems(instance_class, deletion_protection),
        *serverless_problems(engine, version, serverless),
        *reader_problems(replicas, max_replicas, serverless),
        *aurora_backup_problems(backup_days),
        *backtrack_problems(engine, backtrack_hours, region),
        *io_problems(engine, version, io_optimized),
        *window_problems(backup_window, maintenance_window),
        *aurora_insights_problems(engine, instance_class, insights),
        *monitoring_problems(monitoring_seconds),
        *certificate_problems(ca),
        *database_name_problems(PROTOCOLS[engine], database_name),
        *extension_problems(PROTOCOLS[engine], extensions),
        *parameter_problems(PROTOCOLS[engine], parameters),
    ]
