"""ECR: repositories, their policies, and how the registry scans."""

from __future__ import annotations

from typing import Any

from offline.aws.iam_text import as_given
from offline.aws.model import Call, Find, ResourceType, Scope, Tagging


def _encryption(scope: Scope) -> Any:
    found = scope["item"].get("encryptionConfiguration") or {}
    told = {"encryptionType": found.get("encryptionType"), "kmsKey": found.get("kmsKey")}
    return [{name: value for name, value in told.items() if value}]


REPOSITORY = ResourceType(
    token="aws:ecr/repository:Repository",
    service="ecr",
    create=(
        Call(
            operation="create_repository",
            params={"tags": "$tags_list"},
            names={"name": "repositoryName", "encryptionConfigurations": "encryptionConfiguration"},
        ),
    ),
    id="{name}",
    find=(Find(operation="describe_repositories", params={"repositoryNames": ["$id"]}, path="repositories[0]"),),
    update=(
        Call(
            operation="put_image_tag_mutability",
            params={"repositoryName": "$id"},
            only=("imageTagMutability", "imageTagMutabilityExclusionFilters"),
        ),
        Call(
            operation="put_image_scanning_configuration",
            params={"repositoryName": "$id"},
            only=("imageScanningConfiguration",),
        ),
    ),
    delete=(Call(operation="delete_repository", params={"repositoryName": "$id", "force": "$forceDelete"}),),
    replace=("name", "encryptionConfigurations"),
    unique=("name",),
    local=("forceDelete",),
    default={"imageTagMutability": "MUTABLE"},
    on_removal={"imageScanningConfiguration": {"scanOnPush": False}},
    reads={"name": "repositoryName", "encryptionConfigurations": _encryption},
    outputs={
        "arn": "repositoryArn",
        "name": "repositoryName",
        "registryId": "registryId",
        "repositoryUrl": "repositoryUri",
    },
    predicted={
        "arn": "arn:{partition}:ecr:{region}:{account}:repository/{name}",
        "repositoryUrl": "{account}.dkr.ecr.{region}.amazonaws.com/{name}",
        "registryId": "{account}",
    },
    tagging=Tagging(
        add=Call(operation="tag_resource", params={"resourceArn": "$arn", "tags": "$tags_added"}),
        remove=Call(operation="untag_resource", params={"resourceArn": "$arn", "tagKeys": "$tags_removed"}),
        find=Find(operation="list_tags_for_resource", params={"resourceArn": "$arn"}, path="tags"),
    ),
    note="images can be put and listed, not pushed by Docker",
)


def _text_of(kind: str, put: str, get: str, delete: str, member: str, *, changes: bool = True) -> ResourceType:
    """A document of a repository; one that the provider does not change is put anew, after the old one is deleted."""
    call = Call(operation=put, names={"repository": "repositoryName", "policy": member})
    return ResourceType(
        token=f"aws:ecr/{kind[0].lower()}{kind[1:]}:{kind}",
        service="ecr",
        create=(call,),
        id="{repository}",
        find=(Find(operation=get, params={"repositoryName": "$id"}),),
        update=(call,) if changes else (),
        delete=(Call(operation=delete, params={"repositoryName": "$id"}),),
        replace=("repository",) if changes else ("policy", "repository"),
        delete_first=not changes,
        documents=("policy",),
        reads={
            "repository": "repositoryName",
            "policy": lambda scope: as_given(scope, "policy", scope["item"].get(member)),
        },
    )


_SCAN = Call(operation="put_registry_scanning_configuration")

REGISTRY_SCANNING = ResourceType(
    token="aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration",
    service="ecr",
    create=(_SCAN,),
    id="{account}",
    find=(Find(operation="get_registry_scanning_configuration"),),
    update=(_SCAN,),
    delete=(Call(operation="put_registry_scanning_configuration", params={"scanType": "BASIC", "rules": []}),),
    unordered=("rules",),
    reads={"scanType": "scanningConfiguration.scanType", "rules": "scanningConfiguration.rules"},
    note="a registry has it once, whoever made it",
)

TYPES = (
    REPOSITORY,
    _text_of(
        "LifecyclePolicy", "put_lifecycle_policy", "get_lifecycle_policy", "delete_lifecycle_policy",
        "lifecyclePolicyText", changes=False,
    ),
    _text_of(
        "RepositoryPolicy", "set_repository_policy", "get_repository_policy", "delete_repository_policy", "policyText"
    ),
    REGISTRY_SCANNING,
)  # fmt: skip
