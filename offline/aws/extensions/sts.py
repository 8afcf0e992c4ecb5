"""Session tokens that say where they come from, so that the offline provider takes no others."""

from __future__ import annotations

import secrets

TOKEN_PREFIX = "headroom-offline-"


def install() -> None:
    """Marks every session token that this server issues."""
    import moto.sts.models as models

    setattr(models, "random_session_token", session_token)  # noqa: B010 (moto does not export the name)


def session_token() -> str:
    """A token as long as AWS's own."""
    return TOKEN_PREFIX + secrets.token_urlsafe(180)
