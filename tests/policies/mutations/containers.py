"""How containers, images and what they are told become dangerous."""

from tests.policies.mutations.mutation import Mutation, edit_containers, put, without

REPOSITORY = "aws:ecr/repository:Repository"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
ANY_IMAGE = "ghcr.io/example/api:1.0.0"

MUTATIONS = [
    Mutation(rule="container-hardened", change=edit_containers(lambda container: container.pop("user"))),
    Mutation(rule="container-hardened", change=edit_containers(lambda container: container.update(privileged=True))),
    Mutation(
        rule="container-hardened",
        change=edit_containers(lambda container: container.update(readonlyRootFilesystem=False)),
    ),
    Mutation(
        rule="container-no-plain-secrets",
        change=edit_containers(
            lambda container: container["environment"].append({"name": "DB_PASSWORD", "value": "changeme"})
        ),
    ),
    Mutation(
        rule="container-no-plain-secrets",
        change=put("aws:lambda/function:Function", "environment.variables.HOOK", "https://a:b@example.com"),
    ),
    Mutation(
        rule="container-no-plain-secrets",
        change=put(DEPLOYMENT, "spec.template.spec.containers.0.env.0", {"name": "API_KEY", "value": "letmein"}),
        compute="eks",
    ),
    Mutation(rule="ecr-hardened", change=put(REPOSITORY, "imageTagMutability", "MUTABLE"), environments=("dev",)),
    Mutation(
        rule="ecr-hardened",
        change=put(REPOSITORY, "imageScanningConfiguration.scanOnPush", False),
        environments=("dev",),
    ),
    Mutation(
        rule="ecr-hardened",
        change=without("aws:ecr/lifecyclePolicy:LifecyclePolicy"),
        environments=("dev",),
    ),
    Mutation(
        rule="image-by-digest",
        change=edit_containers(lambda container: container.update(image=ANY_IMAGE)),
        environments=("prod",),
    ),
    Mutation(
        rule="image-by-digest",
        change=put(DEPLOYMENT, "spec.template.spec.containers.0.image", ANY_IMAGE),
        compute="eks",
        environments=("prod",),
    ),
]
