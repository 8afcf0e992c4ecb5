"""The migration of a service's database, before tasks of a new version start (T9)."""

from collections.abc import Mapping, Sequence

import pulumi

from components.services.args import EcsServiceArgs, MigrationArgs
from components.tasks.one_off_task import OneOffTask, OneOffTaskArgs


def migration_task(service: str) -> str:
    """Name of the one-off task, as the runner knows it."""
    return f"{service}_migrate".replace("-", "_")


class Migration(pulumi.ComponentResource):
    """A one-off task with the image, the variables, the secrets and the rights of the service.

    It runs again when the image or the command changes, or anything else of what the task is. While it runs, and after
    it failed, the service goes on as it was: the old version must bear the new schema (docs/migrations.md).
    """

    done: pulumi.Resource
    """The service depends on it."""

    def __init__(
        self,
        name: str,
        service: EcsServiceArgs,
        args: MigrationArgs,
        *,
        environment: Mapping[str, str],
        secrets: Mapping[str, pulumi.Output[str]],
        secret_names: Sequence[str],
        key_aliases: Sequence[str],
        log_group: str,
        security_group_id: pulumi.Input[str],
        ready: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("headroom:compute:Migration", name, None, opts)
        task = OneOffTaskArgs(
            scope=service.scope,
            title=f"Migration of {name}",
            service=name,
            cluster=service.cluster,
            runner=args.runner,
            subnet_ids=service.subnet_ids,
            security_group_ids=[security_group_id],
            image=service.image,
            log_group=log_group,
            command=args.command,
            environment=environment,
            secrets=secrets,
            secret_names=secret_names,
            key_aliases=key_aliases,
            grants=service.grants,
            user=service.user,
            architecture=service.architecture,
            cpu_units=service.cpu_units,
            memory_mib=service.memory_mib,
            tmp_mib=service.tmp_mib,
            wait_seconds=args.wait_seconds,
            ready=ready,
        )
        self.done = OneOffTask(f"{name}-migrate", task, pulumi.ResourceOptions(parent=self)).done
        self.register_outputs({})
