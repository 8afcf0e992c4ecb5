"""RDS Proxy: changes of a proxy, endpoints of its own, and the faults that moto answers with a crash."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from offline.aws.extensions.wrapping import wrap

CHANGES: Mapping[str, str] = {
    "Auth": "auth",
    "RequireTLS": "require_tls",
    "IdleClientTimeout": "idle_client_timeout",
    "DebugLogging": "debug_logging",
    "RoleArn": "role_arn",
    "SecurityGroups": "vpc_security_group_ids",
    "DefaultAuthScheme": "default_auth_scheme",
}
"""Members of ModifyDBProxy to moto's attributes."""

PORTS = {"POSTGRESQL": 5432, "MYSQL": 3306, "SQLSERVER": 1433}


@dataclass
class Endpoint:
    """An endpoint beside the proxy's default one."""

    db_proxy_endpoint_name: str
    db_proxy_name: str
    db_proxy_endpoint_arn: str
    vpc_id: str
    vpc_subnet_ids: list[str]
    vpc_security_group_ids: list[str]
    endpoint: str
    target_role: str
    tags: list[dict[str, str]]
    status: str = "available"
    is_default: bool = False
    created_date: Any = field(default=None)

    def get_tags(self) -> list[dict[str, str]]:
        return self.tags

    def add_tags(self, tags: list[dict[str, str]]) -> list[dict[str, str]]:
        self.remove_tags([tag["Key"] for tag in tags])
        self.tags += tags
        return self.tags

    def remove_tags(self, keys: list[str]) -> None:
        self.tags = [tag for tag in self.tags if tag["Key"] not in keys]


def install() -> None:
    """Extends moto's proxies, and adds what it lacks."""
    from moto.rds.models import RDSBackend
    from moto.rds.responses import RDSResponse

    wrap(RDSBackend, "create_db_proxy", create_db_proxy)
    wrap(RDSBackend, "register_db_proxy_targets", register_db_proxy_targets)
    wrap(RDSBackend, "delete_db_proxy", delete_db_proxy)
    wrap(RDSBackend, "_get_resource_for_tagging", tagged_resource)
    wrap(RDSBackend, "deregister_db_proxy_targets", of_a_known_proxy)
    wrap(RDSBackend, "describe_db_proxy_targets", of_a_known_proxy)
    wrap(RDSBackend, "describe_db_proxy_target_groups", of_a_known_proxy)
    wrap(RDSBackend, "modify_db_proxy_target_group", modify_db_proxy_target_group)
    wrap(RDSResponse, "create_db_proxy", keep_default_auth_scheme)
    for operation in (
        modify_db_proxy,
        create_db_proxy_endpoint,
        describe_db_proxy_endpoints,
        modify_db_proxy_endpoint,
        delete_db_proxy_endpoint,
    ):
        setattr(RDSResponse, operation.__name__, operation)


def _known(backend: Any, name: str) -> Any:
    from moto.rds.exceptions import DBProxyNotFoundFault

    if name not in backend.db_proxies:
        raise DBProxyNotFoundFault(name)
    return backend.db_proxies[name]


def _domain(backend: Any) -> str:
    letters = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(12))
    return f"proxy-{letters}.{backend.region_name}.rds.amazonaws.com"


def create_db_proxy(original: Callable[..., Any], backend: Any, db_proxy_name: str, *rest: Any, **more: Any) -> Any:
    """moto names its endpoint as AWS does not, and has no endpoints beside it."""
    proxy = original(backend, db_proxy_name, *rest, **more)
    proxy.endpoint = f"{db_proxy_name}.{_domain(backend)}"
    proxy.default_auth_scheme = "NONE"
    proxy.own_endpoints = {}
    return proxy


def keep_default_auth_scheme(original: Callable[..., Any], response: Any) -> Any:
    """moto drops it."""
    answer = original(response)
    proxy = response.backend.db_proxies[response.params["DBProxyName"]]
    proxy.default_auth_scheme = response.params.get("DefaultAuthScheme", "NONE")
    return answer


def register_db_proxy_targets(
    original: Callable[..., Any], backend: Any, db_proxy_name: str, *rest: Any, **more: Any
) -> Any:
    """AWS registers a primary instance or a cluster that exists, and one of them only."""
    from moto.rds.exceptions import DBInstanceNotFoundError, InvalidParameterValue

    proxy = _known(backend, db_proxy_name)
    group = proxy.proxy_target_groups["default"]
    identifiers = (list(rest) + [more[key] for key in more if key.endswith("identifiers")])[-2:]
    for instance in identifiers[1] or []:
        if instance not in backend.databases:
            raise DBInstanceNotFoundError(instance)
        if backend.databases[instance].is_replica:
            raise InvalidParameterValue(f"DB Instance {instance} is a read replica; register its source")
    if group.targets:
        raise InvalidParameterValue(f"Target group default of {db_proxy_name} has a target already")
    made = original(backend, db_proxy_name, *rest, **more)
    for target in made:
        target.port = PORTS[proxy.engine_family]
        if target.type == "RDS_INSTANCE":
            target.endpoint = backend.databases[target.rds_resource_id].address
    return made


def of_a_known_proxy(original: Callable[..., Any], backend: Any, *rest: Any, **more: Any) -> Any:
    """moto crashes on a proxy that is not there; AWS says so."""
    _known(backend, rest[0] if rest else more.get("proxy_name") or more["db_proxy_name"])
    return original(backend, *rest, **more)


def modify_db_proxy_target_group(original: Callable[..., Any], backend: Any, proxy_name: str, config: Any) -> Any:
    """AWS keeps what the request leaves out; moto knows no first statement of a connection."""
    _known(backend, proxy_name)
    group = original(backend, proxy_name, config)
    if "MaxIdleConnectionsPercent" in config:
        group.max_idle_connections = config["MaxIdleConnectionsPercent"]
    return group


def delete_db_proxy(original: Callable[..., Any], backend: Any, proxy_name: str) -> Any:
    """moto crashes on a proxy that is not there."""
    _known(backend, proxy_name)
    return original(backend, proxy_name)


def tagged_resource(original: Callable[..., Any], backend: Any, arn: str) -> Any:
    """moto knows no endpoints."""
    for proxy in backend.db_proxies.values():
        for made in proxy.own_endpoints.values():
            if made.db_proxy_endpoint_arn == arn:
                return made
    return original(backend, arn)


def _answer(content: Any) -> Any:
    from moto.core.responses import ActionResult

    return ActionResult(content)


def modify_db_proxy(response: Any) -> Any:
    """ModifyDBProxy, which moto lacks."""
    proxy = _known(response.backend, response.params["DBProxyName"])
    for member, attribute in CHANGES.items():
        if member in response.params:
            setattr(proxy, attribute, response.params[member])
    if "NewDBProxyName" in response.params:
        proxies, name = response.backend.db_proxies, response.params["NewDBProxyName"]
        proxies[name] = proxies.pop(proxy.db_proxy_name)
        proxy.db_proxy_name = name
    return _answer({"DBProxy": proxy})


def create_db_proxy_endpoint(response: Any) -> Any:
    """CreateDBProxyEndpoint, which moto lacks."""
    params, backend = response.params, response.backend
    proxy, name = _known(backend, params["DBProxyName"]), params["DBProxyEndpointName"]
    suffix = "".join(secrets.choice(string.hexdigits.lower()) for _ in range(17))
    made = Endpoint(
        db_proxy_endpoint_name=name,
        db_proxy_name=proxy.db_proxy_name,
        db_proxy_endpoint_arn=f"{proxy.arn.rpartition(':db-proxy:')[0]}:db-proxy-endpoint:prx-endpoint-{suffix}",
        vpc_id=proxy.vpc_id,
        vpc_subnet_ids=params["VpcSubnetIds"],
        vpc_security_group_ids=params.get("VpcSecurityGroupIds") or list(proxy.vpc_security_group_ids),
        endpoint=f"{name}.endpoint.{_domain(backend)}",
        target_role=params.get("TargetRole", "READ_WRITE"),
        tags=params.get("Tags") or [],
    )
    proxy.own_endpoints[name] = made
    return _answer({"DBProxyEndpoint": made})


def _endpoint(response: Any) -> tuple[Any, Endpoint]:
    from moto.rds.exceptions import RDSClientError

    name = response.params["DBProxyEndpointName"]
    for proxy in response.backend.db_proxies.values():
        if name in proxy.own_endpoints:
            return proxy, proxy.own_endpoints[name]
    raise RDSClientError("DBProxyEndpointNotFoundFault", f"The DB proxy endpoint {name} does not exist.")


def describe_db_proxy_endpoints(response: Any) -> Any:
    """DescribeDBProxyEndpoints, of those beside the default one."""
    if response.params.get("DBProxyEndpointName"):
        return _answer({"DBProxyEndpoints": [_endpoint(response)[1]]})
    proxies = response.backend.db_proxies.values()
    return _answer({"DBProxyEndpoints": [made for proxy in proxies for made in proxy.own_endpoints.values()]})


def modify_db_proxy_endpoint(response: Any) -> Any:
    """ModifyDBProxyEndpoint."""
    _, made = _endpoint(response)
    made.vpc_security_group_ids = response.params.get("VpcSecurityGroupIds") or made.vpc_security_group_ids
    return _answer({"DBProxyEndpoint": made})


def delete_db_proxy_endpoint(response: Any) -> Any:
    """DeleteDBProxyEndpoint."""
    proxy, made = _endpoint(response)
    return _answer({"DBProxyEndpoint": proxy.own_endpoints.pop(made.db_proxy_endpoint_name)})
