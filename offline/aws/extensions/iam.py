"""IAM: the audiences of an identity provider are added and taken away one by one."""

from __future__ import annotations

from typing import Any


def install() -> None:
    """Adds the two operations that moto lacks."""
    from moto.iam.responses import IamResponse

    setattr(IamResponse, "add_client_id_to_open_id_connect_provider", add_client_id)  # noqa: B010 (moto lacks it)
    setattr(IamResponse, "remove_client_id_from_open_id_connect_provider", remove_client_id)  # noqa: B010


def _provider(response: Any) -> Any:
    return response.backend.get_open_id_connect_provider(response._get_param("OpenIDConnectProviderArn"))


def add_client_id(response: Any) -> Any:
    """Adding one that is there already changes nothing, as with AWS."""
    from moto.core.responses import EmptyResult

    provider, audience = _provider(response), response._get_param("ClientID")
    if audience not in provider.client_id_list:
        provider.client_id_list = [*provider.client_id_list, audience]
    return EmptyResult()


def remove_client_id(response: Any) -> Any:
    """Nor does removing one that is not there."""
    from moto.core.responses import EmptyResult

    provider, audience = _provider(response), response._get_param("ClientID")
    provider.client_id_list = [other for other in provider.client_id_list if other != audience]
    return EmptyResult()
