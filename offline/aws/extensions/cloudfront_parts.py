"""What moto's CloudFront lacks altogether: cache and response headers policies, VPC origins, and paid metrics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from offline.aws.extensions.cloudfront import answer, fault, users
from offline.aws.extensions.wrapping import wrap

SERVICE_GROUP = "CloudFront-VPCOrigins-Service-SG"
"""Security group that CloudFront makes in a VPC with the first VPC origin there, and removes with the last."""

PATHS = (
    "cache-policy",
    "cache-policy/(?P<policy_id>[^/]+)",
    "response-headers-policy",
    "response-headers-policy/(?P<policy_id>[^/]+)",
    "vpc-origin",
    "vpc-origin/(?P<origin_id>[^/]+)",
    "distributions/(?P<distribution_id>[^/]+)/monitoring-subscription/?",
)


@dataclass
class Kept:
    """Something that is kept as it came."""

    id: str
    config: dict[str, Any]
    etag: str
    made: Any
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Policy:
    """One of CloudFront's two kinds of policies that work alike."""

    name: str
    plural: str

    def many(self, backend: Any) -> dict[str, Kept]:
        """Those of the account, by id."""
        kept: dict[str, Kept] = backend.kept.setdefault(self.name, {})
        return kept

    def shown(self, policy: Kept) -> dict[str, Any]:
        """As AWS shows one."""
        return {"Id": policy.id, "LastModifiedTime": policy.made, f"{self.name}Config": policy.config}

    def whole(self, policy: Kept) -> Any:
        """An answer about one."""
        return answer({self.name: self.shown(policy), "ETag": policy.etag})

    def find(self, response: Any) -> Kept:
        """The one that is asked for."""
        found = self.many(response.backend).get(response._get_param("Id"))
        if found is None:
            raise fault(f"NoSuch{self.name}", f"The {self.name} does not exist.")
        return found

    def create(self, response: Any) -> Any:
        """Create; names are unique in an account."""
        config, kept = response._get_param(f"{self.name}Config"), self.many(response.backend)
        if any(policy.config["Name"] == config["Name"] for policy in kept.values()):
            raise fault(f"{self.name}AlreadyExists", f"A {self.name} with the name {config['Name']} exists.")
        policy = _keep(config, _uuid())
        kept[policy.id] = policy
        return self.whole(policy)

    def update(self, response: Any) -> Any:
        """Update, as a whole."""
        policy = self.find(response)
        policy.config, policy.etag = response._get_param(f"{self.name}Config"), _etag()
        return self.whole(policy)

    def delete(self, response: Any) -> Any:
        """Delete; AWS refuses while a distribution uses it."""
        policy = self.find(response)
        if users(response.backend, policy.id):
            raise fault(f"{self.name}InUse", f"The {self.name} is attached to one or more cache behaviors.")
        self.many(response.backend).pop(policy.id)
        return answer({})

    def list(self, response: Any) -> Any:
        """List, our own only."""
        items = [{"Type": "custom", self.name: self.shown(policy)} for policy in self.many(response.backend).values()]
        return answer({f"{self.name}List": {"MaxItems": 100, "Quantity": len(items), "Items": items}})


POLICIES = (
    Policy("CachePolicy", "cache_policies"),
    Policy("ResponseHeadersPolicy", "response_headers_policies"),
)


def install() -> None:
    """Adds the operations to moto's, and what they keep to its backend."""
    from moto.cloudfront import urls
    from moto.cloudfront.models import CloudFrontBackend
    from moto.cloudfront.responses import CloudFrontResponse

    for path in PATHS:
        urls.url_paths[f"{{0}}/2020-05-31/{path}$"] = CloudFrontResponse.dispatch
    wrap(CloudFrontBackend, "__init__", make_backend)
    wrap(CloudFrontBackend, "delete_origin_access_control", delete_origin_access_control)
    for policy in POLICIES:
        one = policy.plural.removesuffix("ies") + "y"
        _add(f"create_{one}", policy.create)
        _add(f"get_{one}", lambda response, policy=policy: policy.whole(policy.find(response)))
        _add(f"update_{one}", policy.update)
        _add(f"delete_{one}", policy.delete)
        _add(f"list_{policy.plural}", policy.list)
    for operation in (
        create_vpc_origin,
        get_vpc_origin,
        update_vpc_origin,
        delete_vpc_origin,
        list_vpc_origins,
        create_monitoring_subscription,
        get_monitoring_subscription,
        delete_monitoring_subscription,
    ):
        _add(operation.__name__, operation)


def _add(name: str, operation: Callable[..., Any]) -> None:
    from moto.cloudfront.responses import CloudFrontResponse

    def method(response: Any) -> Any:
        return operation(response)

    setattr(CloudFrontResponse, name, method)


def make_backend(original: Callable[..., None], backend: Any, region_name: str, account_id: str) -> None:
    """A backend that keeps more."""
    original(backend, region_name, account_id)
    backend.kept = {}


def _uuid() -> str:
    from moto.moto_api._internal import mock_random

    return str(mock_random.uuid4())


def _etag() -> str:
    from moto.cloudfront.models import random_id

    return random_id()


def _keep(config: dict[str, Any], identifier: str) -> Kept:
    from moto.core.utils import utcnow

    return Kept(identifier, config, _etag(), utcnow())


def delete_origin_access_control(original: Callable[..., Any], backend: Any, control_id: str) -> Any:
    """AWS keeps one that a distribution signs by."""
    backend.get_origin_access_control(control_id)
    if users(backend, control_id):
        raise fault("OriginAccessControlInUse", "The origin access control is attached to a distribution.")
    return original(backend, control_id)


def _origins(response: Any) -> dict[str, Kept]:
    origins: dict[str, Kept] = response.backend.kept.setdefault("VpcOrigin", {})
    return origins


def _origin(response: Any) -> Kept:
    found = _origins(response).get(response._get_param("Id"))
    if found is None:
        raise fault("EntityNotFound", "The VPC origin does not exist.")
    return found


def _shown(response: Any, origin: Kept) -> dict[str, Any]:
    backend = response.backend
    return {
        "Id": origin.id,
        "Arn": f"arn:aws:cloudfront::{backend.account_id}:vpcorigin/{origin.id}",
        "AccountId": backend.account_id,
        "Status": "Deployed",
        "CreatedTime": origin.made,
        "LastModifiedTime": origin.made,
        "VpcOriginEndpointConfig": origin.config,
    }


def _about(response: Any, origin: Kept) -> Any:
    return answer({"VpcOrigin": _shown(response, origin), "ETag": origin.etag})


def _network(response: Any, balancer_arn: str) -> tuple[Any, str]:
    """EC2's backend where the load balancer is, and its VPC."""
    from moto.ec2.models import ec2_backends
    from moto.elbv2.models import elbv2_backends

    account, region = response.backend.account_id, balancer_arn.split(":")[3]
    balancer = elbv2_backends[account][region].load_balancers.get(balancer_arn)
    if balancer is None:
        raise fault("InvalidArgument", f"The load balancer {balancer_arn} does not exist.")
    return ec2_backends[account][region], balancer.vpc_id


def create_vpc_origin(response: Any) -> Any:
    """CreateVpcOrigin: deployed at once, with CloudFront's security group in the VPC."""
    config = response._get_param("VpcOriginEndpointConfig")
    if any(origin.config["Name"] == config["Name"] for origin in _origins(response).values()):
        raise fault("EntityAlreadyExists", f"A VPC origin with the name {config['Name']} exists.")
    ec2, vpc_id = _network(response, config["Arn"])
    if ec2.get_security_group_from_name(SERVICE_GROUP, vpc_id) is None:
        ec2.create_security_group(SERVICE_GROUP, "CloudFront VPC origins", vpc_id=vpc_id)
    origin = _keep(config, f"vo_{_etag()}")
    origin.more["vpc"] = (ec2, vpc_id)
    _origins(response)[origin.id] = origin
    tags = response._get_param("Tags.Items", []) or []
    response.backend.tagger.tag_resource(_shown(response, origin)["Arn"], tags)
    return _about(response, origin)


def get_vpc_origin(response: Any) -> Any:
    """GetVpcOrigin."""
    return _about(response, _origin(response))


def list_vpc_origins(response: Any) -> Any:
    """ListVpcOrigins."""
    items = [
        {**_shown(response, origin), "OriginEndpointArn": origin.config["Arn"], "Name": origin.config["Name"]}
        for origin in _origins(response).values()
    ]
    summary = {"Marker": "", "MaxItems": 100, "IsTruncated": False, "Quantity": len(items), "Items": items}
    return answer({"VpcOriginList": summary})


def update_vpc_origin(response: Any) -> Any:
    """UpdateVpcOrigin; AWS refuses while a distribution uses it."""
    origin = _origin(response)
    if users(response.backend, origin.id):
        raise fault("CannotUpdateEntityWhileInUse", "The VPC origin is associated with one or more distributions.")
    origin.config, origin.etag = response._get_param("VpcOriginEndpointConfig"), _etag()
    return _about(response, origin)


def delete_vpc_origin(response: Any) -> Any:
    """DeleteVpcOrigin; AWS refuses while a distribution uses it. The last of a VPC takes the security group along."""
    origin = _origin(response)
    if users(response.backend, origin.id):
        raise fault("CannotDeleteEntityWhileInUse", "The VPC origin is associated with one or more distributions.")
    _origins(response).pop(origin.id)
    ec2, vpc_id = origin.more["vpc"]
    if not any(other.more["vpc"] == (ec2, vpc_id) for other in _origins(response).values()):
        group = ec2.get_security_group_from_name(SERVICE_GROUP, vpc_id)
        if group is not None:
            ec2.delete_security_group(group_id=group.id)
    return _about(response, origin)


def _subscriptions(response: Any) -> dict[str, Any]:
    kept: dict[str, Any] = response.backend.kept.setdefault("MonitoringSubscription", {})
    return kept


def create_monitoring_subscription(response: Any) -> Any:
    """CreateMonitoringSubscription; it also changes one."""
    name = response._get_param("DistributionId")
    response.backend.get_distribution(name)
    _subscriptions(response)[name] = response._get_param("MonitoringSubscription")
    return answer({"MonitoringSubscription": _subscriptions(response)[name]})


def get_monitoring_subscription(response: Any) -> Any:
    """GetMonitoringSubscription."""
    found = _subscriptions(response).get(response._get_param("DistributionId"))
    if found is None:
        raise fault("NoSuchMonitoringSubscription", "A monitoring subscription does not exist for the distribution.")
    return answer({"MonitoringSubscription": found})


def delete_monitoring_subscription(response: Any) -> Any:
    """DeleteMonitoringSubscription."""
    _subscriptions(response).pop(response._get_param("DistributionId"), None)
    return answer({})
