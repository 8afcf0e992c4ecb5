"""The SDK's functions that the offline provider answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from offline.aws import managed_policies, shapes
from offline.aws.connection import Connection
from offline.aws.values import Properties, Secret

Args = Mapping[str, Any]


def invoke(connection: Connection, token: str, args: Args) -> Properties | str:
    """The answer, or the sentence that says why there is none."""
    function = FUNCTIONS.get(token)
    if function is None:
        return f"the offline AWS provider has no answer for {token}; known: {', '.join(sorted(FUNCTIONS))}"
    given = {name: value for name, value in args.items() if value is not None}
    return {**given, **function(connection, given)}


def _region(connection: Connection, args: Args) -> str:
    return str(args.get("region") or connection.region)


def caller_identity(connection: Connection, args: Args) -> Properties:
    """Whose credentials these are."""
    answer = connection.call("sts", "get_caller_identity", {})
    return {"accountId": answer["Account"], "arn": answer["Arn"], "userId": answer["UserId"], "id": answer["Account"]}


def region(connection: Connection, args: Args) -> Properties:
    """The provider's region, or the one asked for."""
    name = str(args.get("region") or args.get("name") or connection.region)
    return {"name": name, "region": name, "id": name, "description": name, "endpoint": f"ec2.{name}.amazonaws.com"}


def partition(connection: Connection, args: Args) -> Properties:
    """The commercial partition: the emulated AWS has no other."""
    return {"partition": "aws", "dnsSuffix": "amazonaws.com", "id": "aws", "reverseDnsPrefix": "com.amazonaws"}


def availability_zones(connection: Connection, args: Args) -> Properties:
    """The region's zones, in AWS's order."""
    where = _region(connection, args)
    filters = [{"Name": item["name"], "Values": item["values"]} for item in args.get("filters") or []]
    zones = connection.call("ec2", "describe_availability_zones", {"Filters": filters}, where)["AvailabilityZones"]
    kept = [
        zone
        for zone in zones
        if zone["ZoneName"] not in (args.get("excludeNames") or [])
        and zone["ZoneId"] not in (args.get("excludeZoneIds") or [])
        and args.get("state", zone["State"]) == zone["State"]
    ]
    kept.sort(key=lambda zone: zone["ZoneName"])
    return {
        "names": [zone["ZoneName"] for zone in kept],
        "zoneIds": [zone["ZoneId"] for zone in kept],
        "groupNames": [where],
        "id": where,
        "region": where,
    }


def random_password(connection: Connection, args: Args) -> Properties:
    """A new one each time; secret."""
    shape_args = {
        "passwordLength": "PasswordLength",
        "excludeCharacters": "ExcludeCharacters",
        "excludeNumbers": "ExcludeNumbers",
        "excludePunctuation": "ExcludePunctuation",
        "excludeUppercase": "ExcludeUppercase",
        "excludeLowercase": "ExcludeLowercase",
        "includeSpace": "IncludeSpace",
        "requireEachIncludedType": "RequireEachIncludedType",
    }
    params = {shape_args[name]: value for name, value in args.items() if name in shape_args}
    where = _region(connection, args)
    answer = connection.call("secretsmanager", "get_random_password", params, where)
    return {"randomPassword": Secret(answer["RandomPassword"]), "id": where, "region": where}


def prefix_list(connection: Connection, args: Args) -> Properties:
    """AWS's own lists, such as S3's in the region."""
    where = _region(connection, args)
    params: dict[str, Any] = {}
    if "prefixListId" in args:
        params["PrefixListIds"] = [args["prefixListId"]]
    filters = [{"Name": item["name"], "Values": item["values"]} for item in args.get("filters") or []]
    if "name" in args:
        filters.append({"Name": "prefix-list-name", "Values": [args["name"]]})
    lists = connection.call("ec2", "describe_managed_prefix_lists", {**params, "Filters": filters}, where)[
        "PrefixLists"
    ]
    matching = [item for item in lists if args.get("name", item["PrefixListName"]) == item["PrefixListName"]]
    if len(matching) != 1:
        raise shapes.MappingError("name", f"{len(matching)} prefix lists match; one must")
    return {**_prefix_list(connection, matching[0], where), "region": where}


def _prefix_list(connection: Connection, found: Mapping[str, Any], where: str) -> Properties:
    entries = connection.call("ec2", "get_managed_prefix_list_entries", {"PrefixListId": found["PrefixListId"]}, where)[
        "Entries"
    ]
    return {
        "id": found["PrefixListId"],
        "prefixListId": found["PrefixListId"],
        "name": found["PrefixListName"],
        "arn": found.get("PrefixListArn", ""),
        "addressFamily": found.get("AddressFamily", "IPv4"),
        "maxEntries": found.get("MaxEntries", 0),
        "ownerId": found.get("OwnerId", "AWS"),
        "version": found.get("Version", 1),
        "tags": shapes.pairs(found.get("Tags")),
        "cidrBlocks": [entry["Cidr"] for entry in entries],
        "entries": [{"cidr": entry["Cidr"], "description": entry.get("Description", "")} for entry in entries],
    }


def security_group(connection: Connection, args: Args) -> Properties:
    """The one group that fits."""
    where = _region(connection, args)
    filters = [{"Name": item["name"], "Values": item["values"]} for item in args.get("filters") or []]
    for name, filter_ in (("name", "group-name"), ("vpcId", "vpc-id"), ("id", "group-id")):
        if args.get(name):
            filters.append({"Name": filter_, "Values": [args[name]]})
    filters += [{"Name": f"tag:{key}", "Values": [value]} for key, value in (args.get("tags") or {}).items()]
    groups = connection.call("ec2", "describe_security_groups", {"Filters": filters}, where)["SecurityGroups"]
    if len(groups) != 1:
        raise shapes.MappingError("name", f"{len(groups)} security groups match; one must")
    found = groups[0]
    return {
        "id": found["GroupId"],
        "name": found["GroupName"],
        "vpcId": found["VpcId"],
        "description": found["Description"],
        "arn": f"arn:aws:ec2:{where}:{found['OwnerId']}:security-group/{found['GroupId']}",
        "tags": shapes.pairs(found.get("Tags")),
        "region": where,
    }


def policy_document(connection: Connection, args: Args) -> Properties:
    """An IAM policy as JSON. Merging other documents is not done offline."""
    for name in ("sourceJson", "overrideJson", "sourcePolicyDocuments", "overridePolicyDocuments"):
        if args.get(name):
            raise shapes.MappingError(name, "is not supported by the offline provider; write the statements out")
    document: dict[str, Any] = {"Version": args.get("version") or "2012-10-17"}
    if args.get("policyId"):
        document["Id"] = args["policyId"]
    document["Statement"] = [_statement(statement) for statement in args.get("statements") or []]
    text = json.dumps(document, indent=2)
    return {"json": text, "minifiedJson": json.dumps(document, separators=(",", ":")), "id": str(_checksum(text))}


def _checksum(text: str) -> int:
    import zlib

    return zlib.crc32(text.encode())


_STATEMENT_LISTS = {
    "actions": "Action",
    "notActions": "NotAction",
    "resources": "Resource",
    "notResources": "NotResource",
}


def _statement(statement: Args) -> dict[str, Any]:
    written: dict[str, Any] = {"Sid": statement["sid"]} if statement.get("sid") else {}
    written["Effect"] = statement.get("effect") or "Allow"
    for name, member in _STATEMENT_LISTS.items():
        if statement.get(name):
            written[member] = _one_or_list(statement[name])
    for name, member in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if statement.get(name):
            written[member] = _principals(statement[name])
    for condition in statement.get("conditions") or []:
        test = written.setdefault("Condition", {}).setdefault(condition["test"], {})
        test[condition["variable"]] = _one_or_list(condition["values"])
    return written


def _one_or_list(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else sorted(values)


def _principals(principals: list[Args]) -> Any:
    if any(principal["type"] == "*" for principal in principals):
        return "*"
    return {principal["type"]: _one_or_list(principal["identifiers"]) for principal in principals}


def _managed(policies: Mapping[str, str], word: str) -> Callable[[Connection, Args], Properties]:
    def managed_policy(connection: Connection, args: Args) -> Properties:
        """One of CloudFront's own, by name or id."""
        matching = {name: key for name, key in policies.items() if args.get("name") == name or args.get("id") == key}
        if not matching:
            raise shapes.MappingError("name", f"is none of AWS's managed policies: {', '.join(sorted(policies))}")
        ((name, key),) = matching.items()
        return {"id": key, "name": name, "arn": f"arn:aws:cloudfront:::{word}/{key}"}

    return managed_policy


FUNCTIONS: Mapping[str, Callable[[Connection, Args], Properties]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": caller_identity,
    "aws:index/getRegion:getRegion": region,
    "aws:index/getPartition:getPartition": partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": availability_zones,
    "aws:iam/getPolicyDocument:getPolicyDocument": policy_document,
    "aws:secretsmanager/getRandomPassword:getRandomPassword": random_password,
    "aws:ec2/getSecurityGroup:getSecurityGroup": security_group,
    "aws:ec2/getPrefixList:getPrefixList": prefix_list,
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": prefix_list,
    "aws:cloudfront/getCachePolicy:getCachePolicy": _managed(managed_policies.CACHE, "cache-policy"),
    "aws:cloudfront/getOriginRequestPolicy:getOriginRequestPolicy": _managed(
        managed_policies.ORIGIN_REQUEST, "origin-request-policy"
    ),
    "aws:cloudfront/getResponseHeadersPolicy:getResponseHeadersPolicy": _managed(
        managed_policies.RESPONSE_HEADERS, "response-headers-policy"
    ),
}
