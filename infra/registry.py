"""Where the images of services come from."""

from collections.abc import Mapping

from components.services.registry import Registry, RegistryArgs
from components.services.registry_rules import is_own, repository_uri, resolve
from infra.environment import Environment


def repositories(env: Environment) -> list[str]:
    """Services that have a repository, as far as this environment knows."""
    chosen = env.settings.registry
    own = [name for name, service in env.settings.services.items() if is_own(service.image)]
    return sorted({*own, *(chosen.repositories if chosen else ())})


def make_registry(env: Environment) -> Registry | None:
    """The registry, where it is this account's and region's to make; other environments pull from there."""
    chosen = env.settings.registry
    if chosen is None or chosen.existing or (chosen.account, chosen.region) != (env.scope.account, env.scope.region):
        return None
    args = RegistryArgs(
        scope=env.scope,
        key=env.keys["services"],
        repositories=repositories(env),
        keep_images=chosen.keep_images,
        keep_releases=chosen.keep_releases,
        environments=chosen.environments,
        untagged_days=chosen.untagged_days,
        pull_accounts=chosen.pull_accounts,
        scan=chosen.scan,
        force_delete=chosen.force_delete,
        protect=chosen.protect,
    )
    return Registry("registry", args, env.opts)


def image(env: Environment, service: str) -> str:
    """A service's image as ECS takes it."""
    chosen, written = env.settings.registry, env.settings.services[service].image
    return resolve(written, service, chosen.account, chosen.region) if chosen else written


def registry_outputs(env: Environment) -> Mapping[str, str]:
    """What the stack exports of the registry, whoever made it."""
    chosen = env.settings.registry
    if chosen is None:
        return {}
    return {name: repository_uri(name, chosen.account, chosen.region) for name in repositories(env)}
