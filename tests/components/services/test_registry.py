"""The registry under pretended AWS. T10."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.access import Scope
from components.links import KeyLink
from components.services.registry import Registry, RegistryArgs

Run = Callable[..., Any]

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
KEY = KeyLink(arn="arn:key", alias="alias/headroom-dev-services")
ARGS: dict[str, Any] = {"scope": SCOPE, "key": KEY, "repositories": ["web", "api"]}


def made(run: Run, **changed: Any) -> Any:
    return run(lambda: Registry("registry", RegistryArgs(**(ARGS | changed))))


def repository(stack: Any, service: str = "api") -> dict[str, Any]:
    inputs: dict[str, Any] = stack.one("ecr/repository:Repository", service)["inputs"]
    return inputs


def test_each_service_has_a_repository_whose_tags_never_move(run: Run) -> None:
    stack = made(run)
    assert stack.names("ecr/repository:Repository") == ["api", "web"]
    assert repository(stack)["name"] == "headroom/api"
    assert repository(stack)["imageTagMutability"] == "IMMUTABLE"


def test_images_are_encrypted_by_our_key_and_scanned_when_pushed(run: Run) -> None:
    found = repository(made(run))
    assert found["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": "arn:key"}]
    assert found["imageScanningConfiguration"] == {"scanOnPush": True}


def test_enhanced_scanning_is_the_registrys_and_goes_on(run: Run) -> None:
    stack = made(run, scan="enhanced")
    scanning = stack.one("ecr/registryScanningConfiguration:RegistryScanningConfiguration")["inputs"]
    assert (scanning["scanType"], scanning["rules"][0]["scanFrequency"]) == ("ENHANCED", "CONTINUOUS_SCAN")
    assert scanning["rules"][0]["repositoryFilters"] == [{"filter": "headroom/*", "filterType": "WILDCARD"}]
    assert repository(stack)["imageScanningConfiguration"] == {"scanOnPush": False}


def test_basic_scanning_leaves_the_registrys_own_setting_alone(run: Run) -> None:
    assert made(run).names("RegistryScanningConfiguration") == []


def test_other_accounts_pull_only_if_they_are_named(run: Run) -> None:
    assert made(run).names("ecr/repositoryPolicy:RepositoryPolicy") == []
    stack = made(run, pull_accounts=["222222222222"])
    policy = json.loads(stack.one("ecr/repositoryPolicy:RepositoryPolicy", "api")["inputs"]["policy"])
    assert policy["Statement"][0]["Principal"] == {"AWS": ["arn:aws:iam::222222222222:root"]}


def test_a_repository_with_images_resists_its_deletion_unless_told_otherwise(run: Run) -> None:
    stack = made(run)
    assert repository(stack)["forceDelete"] is False
    assert stack.one("ecr/repository:Repository", "api")["options"]["protect"] is True
    given_up = made(run, protect=False, force_delete=True)
    assert repository(given_up)["forceDelete"] is True
    assert not given_up.one("ecr/repository:Repository", "api")["options"]["protect"]


def test_the_uris_are_known_before_anything_exists(run: Run) -> None:
    stack = run(lambda: Registry("registry", RegistryArgs(**ARGS)).uris, preview=True)
    assert stack.result == {
        "api": "111111111111.dkr.ecr.eu-central-1.amazonaws.com/headroom/api",
        "web": "111111111111.dkr.ecr.eu-central-1.amazonaws.com/headroom/web",
    }


def test_who_pulls_an_image_waits_for_its_repository_and_for_no_other(run: Run) -> None:
    def program() -> Any:
        registry = Registry("registry", RegistryArgs(**ARGS))
        uri = registry.uris["api"]
        images = (f"{uri}:1.0.0", f"{uri}@sha256:{'0' * 64}", f"{uri}-old:1.0.0", "example.com/api:1.0.0")
        return [[made._name for made in registry.ready(image)] for image in images]

    assert run(program).result == [["api"], ["api"], [], []]


@pytest.mark.parametrize("key", ["keep_images", "keep_releases", "untagged_days"])
def test_a_rule_keeps_something(key: str) -> None:
    with pytest.raises(ValueError, match=f"{key} is 0"):
        RegistryArgs(**(ARGS | {key: 0}))
