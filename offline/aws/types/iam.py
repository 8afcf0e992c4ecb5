"""IAM: roles, their policies, managed policies, attachments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from offline.aws import paths
from offline.aws.connection import Connection
from offline.aws.iam_text import as_given, text_of
from offline.aws.model import Autoname, Call, Find, ResourceType, Scope, Tagging


def _attach_missing(scope: Scope) -> Iterator[Mapping[str, Any]]:
    before = set(scope.get("before", {}).get("managedPolicyArns") or [])
    return ({"PolicyArn": arn} for arn in scope.get("managedPolicyArns") or [] if arn not in before)


def _detach_gone(scope: Scope) -> Iterator[Mapping[str, Any]]:
    now = set(scope.get("managedPolicyArns") or [])
    return ({"PolicyArn": arn} for arn in scope["before"].get("managedPolicyArns") or [] if arn not in now)


def _put_inline(scope: Scope) -> Iterator[Mapping[str, Any]]:
    before = scope.get("before", {}).get("inlinePolicies") or []
    for block in scope.get("inlinePolicies") or []:
        if block not in before and block.get("name"):
            yield {"PolicyName": block["name"], "PolicyDocument": text_of(block.get("policy"))}


def _delete_inline(scope: Scope) -> Iterator[Mapping[str, Any]]:
    now = {block.get("name") for block in scope.get("inlinePolicies") or []}
    for block in scope["before"].get("inlinePolicies") or []:
        if block.get("name") and block["name"] not in now:
            yield {"PolicyName": block["name"]}


def _of_role(operation: str, name: str, each: Any) -> Call:
    return Call(operation=operation, params={"RoleName": "$id"}, names={name: ""}, only=(name,), each=each)


ATTACH = _of_role("attach_role_policy", "managedPolicyArns", _attach_missing)
PUT_INLINE = _of_role("put_role_policy", "inlinePolicies", _put_inline)


def _empty_role(aws: Connection, scope: Scope) -> None:
    """A role is deleted without what hangs on it: what the stack put there, or everything with forceDetachPolicies."""
    name = scope["id"]
    attached = aws.call("iam", "list_attached_role_policies", {"RoleName": name})["AttachedPolicies"]
    inline = aws.call("iam", "list_role_policies", {"RoleName": name})["PolicyNames"]
    force = bool(scope.get("forceDetachPolicies"))
    ours = set(scope.get("managedPolicyArns") or [])
    our_inline = {block.get("name") for block in scope.get("inlinePolicies") or []}
    for policy in attached:
        if force or policy["PolicyArn"] in ours:
            aws.call("iam", "detach_role_policy", {"RoleName": name, "PolicyArn": policy["PolicyArn"]})
    for policy_name in inline:
        if force or policy_name in our_inline:
            aws.call("iam", "delete_role_policy", {"RoleName": name, "PolicyName": policy_name})


ROLE = ResourceType(
    token="aws:iam/role:Role",
    service="iam",
    create=(
        Call(
            operation="create_role",
            names={"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
        ),
        ATTACH,
        PUT_INLINE,
    ),
    id="{name}",
    find=(
        Find(operation="get_role", params={"RoleName": "$id"}, path="Role"),
        Find(
            operation="list_attached_role_policies",
            params={"RoleName": "$id"},
            path="AttachedPolicies",
            into="Attached",
        ),
    ),
    update=(
        Call(
            operation="update_assume_role_policy",
            params={"RoleName": "$id"},
            names={"assumeRolePolicy": "PolicyDocument"},
            only=("assumeRolePolicy",),
        ),
        Call(operation="update_role", params={"RoleName": "$id"}, only=("description", "maxSessionDuration")),
        Call(
            operation="put_role_permissions_boundary",
            params={"RoleName": "$id"},
            only=("permissionsBoundary",),
            when=lambda scope: bool(scope.get("permissionsBoundary")),
        ),
        Call(
            operation="delete_role_permissions_boundary",
            params={"RoleName": "$id"},
            names={"permissionsBoundary": ""},
            only=("permissionsBoundary",),
            when=lambda scope: (
                "permissionsBoundary" in scope.get("before", {}) and not scope.get("permissionsBoundary")
            ),
        ),
        ATTACH,
        _of_role("detach_role_policy", "managedPolicyArns", _detach_gone),
        PUT_INLINE,
        _of_role("delete_role_policy", "inlinePolicies", _delete_inline),
    ),
    delete=(Call(operation="delete_role", params={"RoleName": "$id"}),),
    settle=_empty_role,
    replace=("name", "namePrefix", "path"),
    conflicts=(("name", "namePrefix"),),
    autoname=Autoname(longest=64),
    default={"maxSessionDuration": 3600, "path": "/"},
    on_removal={"description": ""},
    local=("forceDetachPolicies",),
    lost=("inlinePolicies",),
    reads={
        "assumeRolePolicy": lambda scope: as_given(
            scope, "assumeRolePolicy", scope["item"]["AssumeRolePolicyDocument"]
        ),
        "managedPolicyArns": lambda scope: _attached(scope),
        "permissionsBoundary": "PermissionsBoundary.PermissionsBoundaryArn",
    },
    unordered=("managedPolicyArns", "inlinePolicies"),
    documents=("assumeRolePolicy", "inlinePolicies[].policy"),
    outputs={"arn": "Arn", "createDate": "CreateDate", "uniqueId": "RoleId", "name": "RoleName"},
    predicted={"arn": "arn:{partition}:iam::{account}:role{path}{name}"},
    tagging=Tagging(
        add=Call(operation="tag_role", params={"RoleName": "$id", "Tags": "$tags_added"}),
        remove=Call(operation="untag_role", params={"RoleName": "$id", "TagKeys": "$tags_removed"}),
    ),
    regional=False,
)


def _attached(scope: Scope) -> Any:
    """Read only where the role owns its attachments; else they are RolePolicyAttachments."""
    if "managedPolicyArns" not in scope:
        return paths.MISSING
    return sorted(policy["PolicyArn"] for policy in scope["item"].get("Attached") or [])


ROLE_POLICY = ResourceType(
    token="aws:iam/rolePolicy:RolePolicy",
    service="iam",
    create=(
        Call(
            operation="put_role_policy",
            names={"role": "RoleName", "name": "PolicyName", "policy": "PolicyDocument"},
        ),
    ),
    id="{role}:{name}",
    find=(Find(operation="get_role_policy", params={"RoleName": "$role", "PolicyName": "$name"}),),
    update=(
        Call(
            operation="put_role_policy",
            params={"RoleName": "$role", "PolicyName": "$name"},
            names={"policy": "PolicyDocument"},
            only=("policy",),
        ),
    ),
    delete=(Call(operation="delete_role_policy", params={"RoleName": "$role", "PolicyName": "$name"}),),
    replace=("name", "namePrefix", "role"),
    unique=("role", "name"),
    conflicts=(("name", "namePrefix"),),
    autoname=Autoname(longest=128),
    reads={"policy": lambda scope: as_given(scope, "policy", scope["item"]["PolicyDocument"])},
    documents=("policy",),
    outputs={"name": "PolicyName", "role": "RoleName"},
    regional=False,
)


def _delete_versions(aws: Connection, scope: Scope) -> None:
    """A policy is deleted only with its older versions gone."""
    versions = aws.call("iam", "list_policy_versions", {"PolicyArn": scope["id"]})["Versions"]
    for version in versions:
        if not version["IsDefaultVersion"]:
            aws.call("iam", "delete_policy_version", {"PolicyArn": scope["id"], "VersionId": version["VersionId"]})


POLICY = ResourceType(
    token="aws:iam/policy:Policy",
    service="iam",
    create=(Call(operation="create_policy", names={"name": "PolicyName", "policy": "PolicyDocument"}),),
    id="{answer.Policy.Arn}",
    find=(
        Find(operation="get_policy", params={"PolicyArn": "$id"}, path="Policy"),
        Find(
            operation="get_policy_version",
            params={"PolicyArn": "$id", "VersionId": "$item.DefaultVersionId"},
            path="PolicyVersion",
            into="Version",
        ),
    ),
    update=(
        Call(
            operation="create_policy_version",
            params={"PolicyArn": "$id", "SetAsDefault": True},
            names={"policy": "PolicyDocument"},
            only=("policy",),
        ),
    ),
    delete=(Call(operation="delete_policy", params={"PolicyArn": "$id"}),),
    settle=_delete_versions,
    replace=("description", "name", "namePrefix", "path"),
    conflicts=(("name", "namePrefix"),),
    autoname=Autoname(longest=128),
    default={"path": "/"},
    local=("delayAfterPolicyCreationInMs",),
    reads={"policy": lambda scope: as_given(scope, "policy", scope["item"]["Version"]["Document"])},
    documents=("policy",),
    outputs={"arn": "Arn", "policyId": "PolicyId", "attachmentCount": "AttachmentCount", "name": "PolicyName"},
    predicted={"arn": "arn:{partition}:iam::{account}:policy{path}{name}"},
    tagging=Tagging(
        add=Call(operation="tag_policy", params={"PolicyArn": "$id", "Tags": "$tags_added"}),
        remove=Call(operation="untag_policy", params={"PolicyArn": "$id", "TagKeys": "$tags_removed"}),
    ),
    regional=False,
    note="AWS keeps five versions of a policy; the fifth change within one life must delete one by hand",
)


def _attachment(found: Any, scope: Scope) -> Any:
    arn = scope.get("policyArn")
    return next(({"PolicyArn": arn, "RoleName": scope["role"]} for item in found if item["PolicyArn"] == arn), None)


ROLE_POLICY_ATTACHMENT = ResourceType(
    token="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    service="iam",
    create=(Call(operation="attach_role_policy", names={"role": "RoleName"}),),
    id="{role}/{policyArn}",
    find=(
        Find(
            operation="list_attached_role_policies",
            params={"RoleName": "$role"},
            path="AttachedPolicies",
            pick=_attachment,
        ),
    ),
    delete=(Call(operation="detach_role_policy", params={"RoleName": "$role", "PolicyArn": "$policyArn"}),),
    replace=("policyArn", "role"),
    delete_first=True,
    regional=False,
)


def _added_audiences(scope: Scope) -> Iterator[Mapping[str, Any]]:
    before = set(scope["before"].get("clientIdLists") or [])
    return ({"ClientID": audience} for audience in scope.get("clientIdLists") or [] if audience not in before)


def _gone_audiences(scope: Scope) -> Iterator[Mapping[str, Any]]:
    now = set(scope.get("clientIdLists") or [])
    return ({"ClientID": audience} for audience in scope["before"].get("clientIdLists") or [] if audience not in now)


def _of_provider(operation: str, name: str, **more: Any) -> Call:
    return Call(operation=operation, params={"OpenIDConnectProviderArn": "$id"}, only=(name,), **more)


OPEN_ID_CONNECT_PROVIDER = ResourceType(
    token="aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    service="iam",
    create=(
        Call(
            operation="create_open_id_connect_provider",
            names={"clientIdLists": "ClientIDList", "thumbprintLists": "ThumbprintList"},
        ),
    ),
    id="{answer.OpenIDConnectProviderArn}",
    find=(Find(operation="get_open_id_connect_provider", params={"OpenIDConnectProviderArn": "$id"}),),
    update=(
        _of_provider(
            "update_open_id_connect_provider_thumbprint",
            "thumbprintLists",
            names={"thumbprintLists": "ThumbprintList"},
            when=lambda scope: bool(scope.get("thumbprintLists")),
        ),
        _of_provider(
            "add_client_id_to_open_id_connect_provider",
            "clientIdLists",
            names={"clientIdLists": ""},
            each=_added_audiences,
            extended=True,
        ),
        _of_provider(
            "remove_client_id_from_open_id_connect_provider",
            "clientIdLists",
            names={"clientIdLists": ""},
            each=_gone_audiences,
            extended=True,
        ),
    ),
    delete=(Call(operation="delete_open_id_connect_provider", params={"OpenIDConnectProviderArn": "$id"}),),
    replace=("url",),
    unique=("url",),
    unordered=("clientIdLists",),
    reads={"url": lambda scope: f"https://{scope['item']['Url'].removeprefix('https://')}"},
    outputs={"arn": "{id}", "thumbprintLists": "ThumbprintList"},
    predicted={"arn": lambda scope: _provider_arn(scope)},
    tagging=Tagging(
        add=Call(
            operation="tag_open_id_connect_provider",
            params={"OpenIDConnectProviderArn": "$id", "Tags": "$tags_added"},
        ),
        remove=Call(
            operation="untag_open_id_connect_provider",
            params={"OpenIDConnectProviderArn": "$id", "TagKeys": "$tags_removed"},
        ),
    ),
    regional=False,
    note="the issuer is not asked for its keys and its certificate",
)


def _provider_arn(scope: Scope) -> str:
    issuer = str(scope["url"]).removeprefix("https://")
    return f"arn:{scope['partition']}:iam::{scope['account']}:oidc-provider/{issuer}"


TYPES = (ROLE, ROLE_POLICY, POLICY, ROLE_POLICY_ATTACHMENT, OPEN_ID_CONNECT_PROVIDER)
