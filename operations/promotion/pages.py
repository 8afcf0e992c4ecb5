"""Calls whoever is on call: gates that were passed by, a promotion that failed, a rollback."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from operations.clients import Clients
from operations.report.redaction import Redaction

LONGEST_SUBJECT = 100
"""Characters of a subject, which takes printable ASCII only.

Source: docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""
LONGEST_TEXT = 200_000
"""Bytes of a text; SNS takes 262,144 with all that belongs to it."""
ALOUD = "NOBODY WAS PAGED"
"""How it begins when the page did not go out."""


def page(aws: Clients, outputs: Mapping[str, Any], subject: str, text: str) -> str:
    """Publishes to the topic `page` of the stack whose outputs these are. Returns nothing, or what kept it from that:
    what is under way does not stop for it, but somebody must be told. Subject and text are mailed, so they must hold no
    secret; what looks like one is left out."""
    arn = str((outputs.get("topics") or {}).get("page") or "")
    if not arn:
        return nobody("the stack has no topic `page`", subject)
    hide = Redaction(()).text
    subject, text = hide(subject), hide(text)
    try:
        aws.at(arn.split(":")[3])("sns").publish(TopicArn=arn, Subject=_subject(subject), Message=_text(text))
    except (ClientError, BotoCoreError) as error:
        return nobody(str(error), subject)
    return ""


def nobody(why: str, subject: str) -> str:
    """That the page did not go out."""
    return f"{ALOUD}: {why}. Tell them yourself: {subject}"


def _subject(words: str) -> str:
    """In one line of what SNS takes, beginning with a letter, a number or a mark."""
    found = re.sub(r"\s+", " ", words.encode("ascii", "replace").decode()).strip()
    found = re.sub(r"[^ -~]", "", found) or "headroom"
    return found if len(found) <= LONGEST_SUBJECT else found[: LONGEST_SUBJECT - 3].rstrip() + "..."


def _text(words: str) -> str:
    """Cut where SNS would refuse it; it takes no empty one."""
    cut = words.encode()[:LONGEST_TEXT].decode(errors="ignore")
    return cut.strip() or "no more is known"
