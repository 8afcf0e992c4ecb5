"""Checks of how new versions take over."""

from collections.abc import Iterator, Mapping
from dataclasses import fields

from components.services.deploys import Deploy, deploy_problems
from infra.settings.checking import Values, at
from infra.settings.problems import Finding

KEYS = frozenset(field.name for field in fields(Deploy))


def deploys_findings(services: Mapping[str, Values], cluster: Values) -> Iterator[Finding]:
    """Every strategy that its service can't have, and every number that does not belong to it."""
    for name, service in services.items():
        chosen = service.get("deploy")
        if not isinstance(chosen, Mapping):
            continue
        deploy = Deploy(**{key: value for key, value in chosen.items() if key in KEYS})
        public = service.get("public") is not False
        requests = service.get("requests_per_target")
        if deploy.paired and cluster.get("wait_for_tasks"):
            why = f"with two target groups ECS alone turns the rule of {name}"
            remedy = f"choose strategy rolling, without second_target_group, in services.{name}.deploy"
            yield Finding(("cluster", "wait_for_tasks"), f"is true: {why}; {remedy}, or set this to false")
        for problem in deploy_problems(deploy, public=public, requests_per_target=requests):
            where = ("services", name) if problem.key == "requests_per_target" else ("services", name, "deploy")
            yield from at(where, [problem])
