"""What RDS refuses of versions and classes."""

import re

from components.constraints import Problem
from components.databases.engines import ENGINES, RELEASES, RdsEngine, major_version
from components.sizing import RDS_CLASSES

CLASSES = f"{RELEASES}/UserGuide/Concepts.DBInstanceClass.Summary.html"
INSIGHTS = f"{RELEASES}/UserGuide/USER_PerfInsights.Overview.Engines.html"

SHAPES = {"postgres": re.compile(r"^\d+(\.\d+)?$"), "mysql": re.compile(r"^\d+(\.\d+){0,2}$")}
"""What a version of each engine looks like. Extended Support's releases, such as 8.0.46-rds.20260908, come by
themselves."""

WITHOUT_INSIGHTS = frozenset(f"db.{family}.{size}" for family in ("t3", "t4g") for size in ("micro", "small"))
"""Classes too small for MySQL's Performance Schema."""


def version_problems(engine: RdsEngine, version: str) -> list[Problem]:
    """RDS creates supported releases only. A minor release that is older than the oldest creatable one is refused;
    every one that is left runs on every class that `sizing` knows."""
    facts = ENGINES[engine]
    major = major_version(engine, version)
    minor = version.removeprefix(major).lstrip(".")
    majors = ", ".join(facts.oldest)
    if not SHAPES[engine].match(version):
        reason, remedy = f"a version is a number such as {facts.example}", f"choose one of {majors}"
    elif major not in facts.oldest:
        reason, remedy = f"{facts.title} {major} is not in RDS' standard support", f"choose one of {majors}"
    elif minor and int(minor) < facts.oldest[major]:
        oldest = f"{major}.{facts.oldest[major]}"
        reason, remedy = "RDS no longer creates this minor release", f"choose {oldest} or newer, or {major} alone"
    else:
        return []
    return [Problem(key="version", value=version, reason=reason, remedy=remedy, source=facts.source)]


def instance_class_problems(engine: RdsEngine, instance_class: str, key: str = "class") -> list[Problem]:
    """RDS offers a fixed set of classes, the same to PostgreSQL and MySQL."""
    if instance_class in RDS_CLASSES:
        return []
    family = instance_class.rpartition(".")[0]
    sizes = [name for name in RDS_CLASSES if name.startswith(f"{family}.")] if family != "db" else []
    families = sorted({name.rpartition(".")[0] for name in RDS_CLASSES})
    reason = f"RDS for {ENGINES[engine].title} has no such class that components/sizing.py knows"
    remedy = f"choose one of {', '.join(sizes)}" if sizes else f"choose a class of {', '.join(families)}"
    return [Problem(key=key, value=instance_class, reason=reason, remedy=remedy, source=CLASSES)]


def insights_problems(engine: RdsEngine, instance_class: str, insights: bool) -> list[Problem]:
    """Database Insights wants memory that MySQL's smallest classes don't have."""
    if not insights or engine != "mysql" or instance_class not in WITHOUT_INSIGHTS:
        return []
    return [
        Problem(
            key="insights",
            value=insights,
            reason=f"RDS for MySQL has no Performance Insights, and so no Database Insights, on {instance_class}",
            remedy=f"choose insights: false, or {instance_class.rpartition('.')[0]}.medium or larger",
            source=INSIGHTS,
        )
    ]
