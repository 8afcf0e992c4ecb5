"""Staging labels of one's own stay with their version when AWSCURRENT moves on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from offline.aws.extensions.wrapping import wrap

AWS_LABELS = ("AWSCURRENT", "AWSPREVIOUS")


def install() -> None:
    """Extends moto's move of AWSCURRENT, which takes every label of the version before."""
    from moto.secretsmanager.models import FakeSecret

    wrap(FakeSecret, "reset_default_version", reset_default_version)


def reset_default_version(
    original: Callable[..., None], secret: Any, secret_version: Mapping[str, Any], version_id: str
) -> None:
    """A label goes only when the new version takes it.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version
    """
    taken = {*secret_version["version_stages"], *AWS_LABELS}
    kept = {
        name: [label for label in version["version_stages"] if label not in taken]
        for name, version in secret.versions.items()
    }
    original(secret, secret_version, version_id)
    for name, labels in kept.items():
        if name != version_id:
            stages = secret.versions[name]["version_stages"]
            stages[:] = [*(label for label in stages if label in AWS_LABELS), *labels]
