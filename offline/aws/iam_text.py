"""Policy documents, which travel as text and are the same when they mean the same."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Mapping
from typing import Any

from offline.aws import paths
from offline.aws.model import Scope
from offline.aws.shapes import same_document


def text_of(value: Any) -> Any:
    """A policy as text: IAM answers with a document, URL-encoded or decoded by boto3."""
    if isinstance(value, str):
        return urllib.parse.unquote(value) if value.startswith("%7B") else value
    return json.dumps(value) if isinstance(value, Mapping) else value


def as_given(scope: Scope, name: str, actual: Any) -> Any:
    """AWS's document; the property's own text where both mean the same."""
    if actual is None:
        return paths.MISSING
    text = text_of(actual)
    given = scope.get(name)
    return given if given is not None and same_document(given, text) else text
