"""What moto's CloudFront drops of a distribution, and the stages of functions.

moto models each part of a distribution by hand and forgets what it does not know (origin access, VPC origins,
functions, compression); here the configuration is kept as it came. What else hangs on a distribution stands in
`cloudfront_parts`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from offline.aws.extensions.wrapping import wrap

UNTOLD: Mapping[str, Any] = {
    "Logging": {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""},
}
"""What AWS says of a distribution that was told nothing of it."""
FUNCTION = "/2020-05-31/function/(?P<function_name>[^/]+)/publish$"


class Config(dict[str, Any]):
    """A distribution's configuration as it came; moto reads some members as attributes."""

    def __getattr__(self, name: str) -> Any:
        if name == "caller_reference":
            return self["CallerReference"]
        if name.startswith("__") or name not in self:
            raise AttributeError(name)
        return self[name]


def install() -> None:
    """Extends distributions and functions."""
    from moto.cloudfront import models, urls
    from moto.cloudfront.models import CloudFrontBackend, Distribution
    from moto.cloudfront.responses import CloudFrontResponse

    urls.url_paths[f"{{0}}{FUNCTION}"] = CloudFrontResponse.dispatch
    wrap(models, "DistributionConfig", configured)
    wrap(Distribution, "__getattr__", member)
    wrap(CloudFrontBackend, "get_distribution_config", get_distribution_config)
    wrap(CloudFrontBackend, "delete_distribution", delete_distribution)
    wrap(CloudFrontBackend, "delete_function", delete_function)
    for operation in (publish_function, update_function, describe_function):
        setattr(CloudFrontResponse, operation.__name__, operation)


def fault(code: str, message: str) -> Exception:
    """A refusal in CloudFront's form."""
    from moto.cloudfront.exceptions import CloudFrontException

    return CloudFrontException(code, message)


def answer(content: Any) -> Any:
    """An answer in CloudFront's form."""
    from moto.core.responses import ActionResult

    return ActionResult(content)


def configured(original: Callable[..., Any], config: dict[str, Any]) -> Config:
    """Checked as moto checks it, kept as it came."""
    kept = json.loads(json.dumps(config))
    original(config)
    return Config(kept)


def member(original: Callable[..., Any], distribution: Any, name: str) -> Any:
    """A list of distributions shows some members beside each other."""
    config = distribution.__dict__.get("distribution_config")
    if isinstance(config, Config) and name in config:
        if name == "ViewerCertificate":  # AWS says which it is, also where nobody did
            return {"CloudFrontDefaultCertificate": False, **config[name]}
        return config[name]
    return original(distribution, name)


def get_distribution_config(original: Callable[..., Any], backend: Any, distribution_id: str) -> Any:
    """With what AWS adds to it."""
    config, etag = original(backend, distribution_id)
    behavior = {"FieldLevelEncryptionId": "", **config["DefaultCacheBehavior"]}
    return Config({**UNTOLD, **config, "DefaultCacheBehavior": behavior}), etag


def delete_distribution(original: Callable[..., Any], backend: Any, distribution_id: str, if_match: bool) -> Any:
    """AWS takes a distribution away only after it was disabled."""
    found = backend.distributions.get(distribution_id)
    if found is not None and str(found.distribution_config["Enabled"]).lower() == "true":
        raise fault("DistributionNotDisabled", "The distribution you are trying to delete has not been disabled.")
    return original(backend, distribution_id, if_match)


def users(backend: Any, text: str) -> list[str]:
    """Distributions whose configuration names an id or an ARN."""
    return [
        name for name, found in backend.distributions.items() if f'"{text}"' in json.dumps(found.distribution_config)
    ]


def delete_function(original: Callable[..., Any], backend: Any, name: str, if_match: bool) -> Any:
    """AWS keeps a function that a distribution runs."""
    if users(backend, backend.describe_function(name).arn):
        raise fault("FunctionInUse", f"The function {name} is associated with a distribution.")
    return original(backend, name, if_match)


def _summary(function: Any, stage: str) -> dict[str, Any]:
    summary: dict[str, Any] = function.function_summary
    return {**summary, "FunctionMetadata": {**summary["FunctionMetadata"], "Stage": stage}}


def publish_function(response: Any) -> Any:
    """PublishFunction: what stands in development goes live."""
    function = response.backend.describe_function(name=response._get_param("Name"))
    function.live, function.status = function.code, "UNASSOCIATED"
    return answer({"FunctionSummary": _summary(function, "LIVE")})


def update_function(response: Any) -> Any:
    """UpdateFunction: only the stage of development changes."""
    from moto.cloudfront.models import random_id

    function = response.backend.describe_function(name=response._get_param("Name"))
    function.config, function.code = response._get_param("FunctionConfig"), response._get_param("FunctionCode")
    function.etag, function.status = random_id(), "UNPUBLISHED"
    return answer({"FunctionSummary": _summary(function, "DEVELOPMENT"), "ETag": function.etag})


def describe_function(response: Any) -> Any:
    """DescribeFunction, of either stage."""
    name, stage = response._get_param("Name"), response._get_param("Stage") or "DEVELOPMENT"
    function = response.backend.describe_function(name=name)
    if stage == "LIVE" and not hasattr(function, "live"):
        raise fault("NoSuchFunctionExists", f"The function {name} is not published.")
    return answer({"FunctionSummary": _summary(function, stage), "ETag": function.etag})
