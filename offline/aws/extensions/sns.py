"""SNS: a message to a web hook stays on this machine, as all of the emulated AWS does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from offline.aws.extensions.wrapping import wrap

HERE = ("127.0.0.1", "localhost", "::1")


def install() -> None:
    """Extends what moto does with a message: it would send it to whatever address there is."""
    from moto.sns.models import Subscription

    wrap(Subscription, "publish", publish)


def publish(original: Callable[..., None], subscription: Any, *args: Any, **arguments: Any) -> None:
    """Delivers a message, but to no web hook beyond this machine: a drill would page whoever is on duty."""
    if subscription.protocol in ("http", "https") and urlsplit(subscription.endpoint).hostname not in HERE:
        return
    original(subscription, *args, **arguments)
