"""A long-running service on EKS: its namespace, its role, its pods, and everything that keeps them well."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pulumi
import pulumi_aws as aws

from components import access
from components.access import Statement
from components.constraints import require
from components.eks import statements as access_eks
from components.eks.service_args import EksServiceArgs
from components.kubernetes import resources as kubernetes_resources
from components.kubernetes.collector import collector, collector_resources
from components.kubernetes.constraints import name_problems
from components.kubernetes.jobs import cron_job, migration_job
from components.kubernetes.network import ANYWHERE, Reach, admission, default_deny, target_group_binding
from components.kubernetes.objects import Manifest, namespace, service_account
from components.kubernetes.pod import Pod, Resources
from components.kubernetes.secrets import SecretReference, secret_class
from components.kubernetes.workload import autoscaler, deployment, disruption_budget, service
from components.services.calls import call_variable, eks_url
from components.services.logs import service_log_group
from components.services.platform import moved_from
from components.services.secrets import ServiceSecrets, ServiceSecretsArgs, secret_name
from components.services.telemetry import HEADER_VARIABLE, trace_statements, trace_variables

MIGRATION = ".migration"
"""End of the key of a variable that a migration reads from another part of a secret: it goes past a pool."""


class EksService(pulumi.ComponentResource):
    """One image, running as at least `min_count` pods in a namespace of its own.

    Autoscaling owns the number of pods, so a deploy leaves it alone. The service's role is its pods' alone, and reads
    its secrets: on Kubernetes no second role starts the pods, as ECS's execution role does.
    """

    namespace: str
    """Namespace of the service, and its name in CloudWatch's Namespace, PodName and Service dimensions."""
    role_name: pulumi.Output[str]
    """Role that the service's own code acts as."""
    log_group: str
    """Log group of the pods, the same as on ECS."""
    pods: pulumi.Resource
    """The Deployment: whoever depends on it waits until its pods are ready."""

    def __init__(self, name: str, args: EksServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        require(name_problems(name))
        super().__init__("headroom:compute:EksService", name, None, moved_from("headroom:compute:EcsService", opts))
        self._name, self._args, self.namespace = name, args, name
        self._child = pulumi.ResourceOptions(parent=self)
        self.log_group = service_log_group(args.scope, name)
        self._ready: list[pulumi.Resource] = [*args.cluster.ready, *args.ready, self._make_logs()]
        references = self._references()
        pod = self._pod(references)
        role = self._make_role()
        place = self._make("namespace", namespace(name), [])
        basis = self._make_all(
            {
                "account": service_account(name),
                "deny": default_deny(name),
                **{policy["metadata"]["name"]: policy for policy in self._admission()},
                **self._secret_class(pod, references),
            },
            [place],
        )
        self._ready += basis
        # The binding first: pods that start before it would count as ready without their target group's word.
        before = [*self._ready, *self._expose(pod, place), *self._migrate(pod)]
        self.pods = self._make("pods", deployment(pod), before)
        self._make("scaling", self._autoscaler(), [self.pods])
        self._make("disruptions", disruption_budget(name), [place])
        for schedule, work in sorted(args.schedules.items()):
            self._make(f"schedule-{schedule}", cron_job(pod, schedule, work), self._ready)
        self.role_name = role.name
        self.register_outputs({"namespace": name, "roleName": role.name})

    @property
    def resources(self) -> Sequence[Resources]:
        """What each container of a pod is promised, and what it may take."""
        args = self._args
        return [args.resources, *([collector_resources(args.traces)] if args.traces else [])]

    def _make(self, suffix: str, manifest: Manifest, after: Sequence[pulumi.Resource]) -> pulumi.CustomResource:
        opts = pulumi.ResourceOptions(parent=self, provider=self._args.cluster.provider, depends_on=list(after))
        return kubernetes_resources.make(f"{self._name}-{suffix}", manifest, opts)

    def _make_all(self, manifests: Mapping[str, Manifest], after: Sequence[pulumi.Resource]) -> list[pulumi.Resource]:
        return [self._make(suffix, manifest, after) for suffix, manifest in manifests.items()]

    def _make_logs(self) -> aws.cloudwatch.LogGroup:
        """Of the same name as on ECS, and so the same one when a service moves."""
        args = self._args
        return aws.cloudwatch.LogGroup(
            f"{self._name}-logs",
            name=self.log_group,
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key.arn,
            tags={"Service": self._name},
            opts=self._child,
        )

    def _references(self) -> dict[str, SecretReference]:
        """Key in the pods' Secret to the secret, or the key of one, that holds the value."""
        args = self._args
        references = {
            variable: SecretReference(name=secret_name(args.scope, self._name, variable)) for variable in args.secrets
        }
        if args.secrets:
            made = ServiceSecrets(
                self._name,
                ServiceSecretsArgs(
                    scope=args.scope,
                    key=args.key,
                    secrets=args.secrets,
                    recovery_days=args.secret_recovery_days,
                    by_hand=args.by_hand,
                ),
                self._child,
            )
            self._ready += made.ready
        for database in args.databases:
            for variable, key in database.variables.items():
                references[variable] = SecretReference(name=database.secret_name, key=key)
            for variable, key in database.migration_variables.items() if args.migration else ():
                references[f"{variable}{MIGRATION}"] = SecretReference(name=database.secret_name, key=key)
            self._ready += database.ready
        if args.cache is not None:
            references["REDIS_URL"] = SecretReference(name=args.cache.secret_name, key="url")
            references["REDIS_READ_URL"] = SecretReference(name=args.cache.secret_name, key="read_url")
            self._ready += args.cache.ready
        if args.traces and args.traces.header:
            references[HEADER_VARIABLE] = SecretReference(name=args.traces.header.secret_name)
            self._ready += args.traces.header.ready
        return references

    def _pod(self, references: Mapping[str, SecretReference]) -> Pod:
        args = self._args
        return Pod(
            service=self._name,
            image=args.image,
            port=args.port,
            health_path=args.health_path,
            liveness_path=args.liveness_path,
            health_command=args.health_command,
            start_seconds=args.grace_seconds,
            check_interval_seconds=args.health_interval_seconds,
            check_timeout_seconds=args.health_timeout_seconds,
            healthy_count=args.healthy_count,
            unhealthy_count=args.unhealthy_count,
            drain_seconds=args.drain_seconds if args.route else 0,
            command=args.command,
            user=args.user,
            resources=args.resources,
            tmp_mib=args.tmp_mib,
            environment={
                **args.environment,
                **{call_variable(name): eks_url(name, port) for name, port in args.calls.items()},
                **trace_variables(self._name, args.image, args.traces),
            },
            secrets={key: key for key in references if not (key.endswith(MIGRATION) or key == HEADER_VARIABLE)},
            sidecar=collector(args.traces, self._name, self.log_group) if args.traces else None,
            sidecar_secrets=HEADER_VARIABLE in references,
            annotations=self._annotations(),
            architecture=args.architecture,
            spot_percent=args.spot_percent,
        )

    def _annotations(self) -> dict[str, str]:
        """What the stores' secrets follow: an annotation that changes makes pods that read them again."""
        cache = self._args.cache
        replicas = " with replicas" if cache and cache.has_replicas else ""
        return {
            **{
                f"headroom.dev/database{f'-{found.tenant}' if found.tenant else ''}": found.label
                for found in self._args.databases
            },
            **({"headroom.dev/cache": f"{cache.name}{replicas}"} if cache else {}),
        }

    def _make_role(self) -> aws.iam.Role:
        """Taken by the pods of one service account of one cluster; reads the service's secrets and no other's."""
        args = self._args
        role = aws.iam.Role(
            f"{self._name}-pod",
            description=f"Service {self._name}: its pods",
            assume_role_policy=json.dumps(access_eks.pod_trust(args.scope, args.cluster.name, self._name, self._name)),
            tags={"Service": self._name},
            opts=self._child,
        )
        statements = [*self._secret_statements(), *args.grants, *trace_statements(args.traces)]
        if statements:
            policy = json.dumps(access.document(statements))
            self._ready.append(aws.iam.RolePolicy(f"{self._name}-pod", role=role.name, policy=policy, opts=self._child))
        association = aws.eks.PodIdentityAssociation(
            self._name,
            cluster_name=args.cluster.name,
            namespace=self._name,
            service_account=self._name,
            role_arn=role.arn,
            tags={"Service": self._name},
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.cluster.ready)),
        )
        self._ready.append(association)
        return role

    def _secret_statements(self) -> list[Statement]:
        args = self._args
        own = [(secret_name(args.scope, self._name, variable), args.key) for variable in sorted(args.secrets)]
        stores = [(database.secret_name, database.key) for database in args.databases]
        stores += [(args.cache.secret_name, args.cache.key)] if args.cache else []
        header = args.traces.header if args.traces else None
        stores += [(header.secret_name, header.key)] if header else []
        read = [*own, *stores]
        return access_eks.read_pod_secrets(args.scope, [name for name, _ in read], [key.alias for _, key in read])

    def _secret_class(self, pod: Pod, references: Mapping[str, SecretReference]) -> dict[str, Manifest]:
        if not references:
            return {}
        return {"secrets": secret_class(self._name, pod.secrets_name, references, self._args.scope.region)}

    def _admission(self) -> list[Manifest]:
        args = self._args
        ports = sorted(
            {
                *(door.port for database in args.databases for door in database.doors),
                *([args.cache.port, args.cache.read_port or args.cache.port] if args.cache else []),
            }
        )
        reaches = [Reach(cidrs=[ANYWHERE], port=port) for port in args.egress_ports]
        reaches += [Reach(cidrs=args.store_cidrs, port=port) for port in ports]
        cidrs = args.caller_cidrs if args.route else ()
        return admission(
            self._name, args.port, caller_cidrs=cidrs, callers=args.callers, reaches=reaches, calls=args.calls
        )

    def _migrate(self, pod: Pod) -> list[pulumi.Resource]:
        if not self._args.migration:
            return []
        args = self._args
        past_pools = {
            variable: f"{variable}{MIGRATION}"
            for database in args.databases
            for variable in database.migration_variables
        }
        traced = trace_variables(self._name, args.image, args.traces)
        plain = {name: value for name, value in pod.environment.items() if name not in traced}
        # As on ECS: no collector beside what runs once for a new version.
        migrating = replace(
            pod, environment=plain, secrets={**pod.secrets, **past_pools}, sidecar=None, sidecar_secrets=False
        )
        job = migration_job(migrating, command=args.migration, timeout_seconds=args.migration_timeout_seconds)
        return [self._make("migration", job, self._ready)]

    def _autoscaler(self) -> Manifest:
        args = self._args
        return autoscaler(
            self._name,
            min_count=args.min_count,
            max_count=args.max_count,
            cpu_target_percent=args.cpu_target_percent,
            scale_out_seconds=args.scale_out_seconds,
            scale_in_seconds=args.scale_in_seconds,
        )

    def _expose(self, pod: Pod, place: pulumi.Resource) -> list[pulumi.Resource]:
        """How others find the pods: a name in the cluster, and the target group."""
        if not pod.port:
            return []
        made = self._make("service", service(pod), [place])
        if self._args.route is None:
            return [made]
        binding = target_group_binding(pod, self._args.route.target_group_arn)
        return [made, self._make("binding", binding, [made, *self._args.route.ready, *self._args.cluster.ready])]
