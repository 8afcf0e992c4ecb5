"""Tells whose API key a request brings. One file, the standard library alone: copy it into a service, or import it.

    from verifier import Verifier, from_secrets_manager

    keys = Verifier(from_secrets_manager(os.environ["API_KEY_DIGESTS"]))

    def handle(request):
        caller = keys.verify(request.headers.get("x-api-key", ""))
        if caller is None:
            return Response(401)
        if request.method not in ("GET", "HEAD") and not caller.may_write:
            return Response(403)

A service knows digests only, SHA-256 of each key, from the secret that `API_KEY_DIGESTS` names:

    {"frontend": {"access": "read",
                  "current": {"id": "x7Rk2mPq", "digest": "<64 hexadecimal digits>"},
                  "previous": {"id": "aB3dE5fG", "digest": "<...>", "until": "2026-12-01T02:00:00Z"}}}

`previous` is there while a rotation's overlap lasts, and counts until `until`, where that stands. A key is 32 and more
random bytes, so that its plain SHA-256 can't be turned back, and needs no salt.

What may fail does not fail requests: digests are kept for `fresh_seconds`; an unknown key makes the verifier look
again, at most every `retry_seconds`; when Secrets Manager can't be reached, what is known counts on, for
`stale_seconds`. A verifier that has never read any refuses every key. Time is counted by a clock that does not jump,
and `until` is held against the time that AWS answered with.
"""

from __future__ import annotations

import email.utils
import hashlib
import hmac
import json
import logging
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

FRESH_SECONDS = 60.0
"""After this long, digests are read again. A rotation holds a new key back for longer than this."""
RETRY_SECONDS = 5.0
"""Between two reads there are at least these, whatever strangers send."""
STALE_SECONDS = 86400.0
"""For a day without Secrets Manager, what was read last counts; `until` ends a key all the same."""
USE_SECONDS = 3600.0
"""A key's use is logged once in this time."""
LONGEST = 256
"""Characters; nothing longer is looked at."""

log = logging.getLogger("headroom.api_keys")


@dataclass(frozen=True)
class Document:
    """What a reader brings."""

    text: str
    """The digests, as JSON."""
    now: datetime
    """The time, as whoever keeps them sees it."""


Reader = Callable[[], Document]


@dataclass(frozen=True)
class Caller:
    """Who sent a key that is valid."""

    consumer: str
    """Name of the consumer."""
    access: str
    """`read`, `read-write` or `full`."""
    key_id: str
    """Which of its keys; no secret."""
    is_previous: bool
    """Whether it is the one that a rotation is about to end."""

    @property
    def may_write(self) -> bool:
        """Whether its access is more than reading."""
        return self.access in ("read-write", "full")


@dataclass(frozen=True)
class _Known:
    """A key that counts."""

    caller: Caller
    digest: bytes
    ends: float | None
    """On the clock that does not jump; None: never."""


class Verifier:
    """Knows the digests, and reads them again by itself; threads may share it. Make one a process."""

    def __init__(
        self,
        reader: Reader,
        *,
        fresh_seconds: float = FRESH_SECONDS,
        retry_seconds: float = RETRY_SECONDS,
        stale_seconds: float = STALE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader, self._clock = reader, clock
        self._fresh, self._retry, self._stale = fresh_seconds, retry_seconds, stale_seconds
        self._lock = threading.Lock()
        self._known: tuple[_Known, ...] = ()
        self._read = self._tried = float("-inf")
        self._uses: dict[str, float] = {}

    def verify(self, key: str) -> Caller | None:
        """Whose key this is; None if nobody's. Never raises, and never logs the key."""
        if not is_whole(key):
            return None
        digest = digest_of(key).encode()
        self._look_again_after(self._fresh)
        found = self._find(digest)
        if found is None:
            self._look_again_after(0)
            found = self._find(digest)
        if found is not None:
            self._tell(found)
        return found

    def _find(self, digest: bytes) -> Caller | None:
        """Compares with every digest, whichever is the right one: how long it takes says nothing."""
        now = self._clock()
        found = None
        for known in self._known if now - self._read <= self._stale else ():
            same = hmac.compare_digest(known.digest, digest)
            if same and (known.ends is None or now < known.ends):
                found = known.caller
        return found

    def _look_again_after(self, seconds: float) -> None:
        """Reads the digests if the last ones are older, and the last try is not too near. One thread reads at a time;
        the others go on with what is known, but for the very first read, which all wait for."""
        now, never = self._clock(), self._read == float("-inf")
        if now - self._read < seconds:
            return
        if now - self._tried < self._retry and not (never and self._lock.locked()):
            return
        if not self._lock.acquire(blocking=never):
            return
        try:
            if self._clock() - self._tried >= self._retry:
                self._look()
        finally:
            self._lock.release()

    def _look(self) -> None:
        self._tried = self._clock()
        try:
            document = self._reader()
            known = _known(document, self._clock())
        except Exception as error:
            # The kind alone: what a parser says may quote what it read.
            log.warning("API keys' digests can't be read (%s); the known ones count on", type(error).__name__)
            return
        self._known, self._read = known, self._clock()

    def _tell(self, caller: Caller) -> None:
        """Leaves a trace of which key is in use, so that an old one is not ended while it is."""
        now = self._clock()
        if now - self._uses.get(caller.key_id, float("-inf")) < USE_SECONDS:
            return
        self._uses[caller.key_id] = now
        said = {"api_key_id": caller.key_id, "consumer": caller.consumer, "previous": caller.is_previous}
        log.info("%s", json.dumps(said))


def digest_of(key: str) -> str:
    """SHA-256 of the key, 64 hexadecimal digits."""
    return hashlib.sha256(key.encode()).hexdigest()


def checksum(text: str) -> str:
    """CRC-32 as eight hexadecimal digits, the end of each key: a wrong key is told from one that was cut off."""
    return f"{zlib.crc32(text.encode()):08x}"


def is_whole(key: str) -> bool:
    """Whether a text has the form of a key: `hr_<environment>_<id>_<random>_<checksum>`."""
    start, _, end = key.rpartition("_")
    return len(key) <= LONGEST and key.isascii() and key.startswith("hr_") and end == checksum(start)


def _known(document: Document, now: float) -> tuple[_Known, ...]:
    """Raises ValueError, KeyError or the like where the document is none."""
    found = []
    for consumer, entry in json.loads(document.text).items():
        for which in ("current", "previous"):
            if entry.get(which):
                found.append(_entry(consumer, entry["access"], entry[which], which == "previous", document.now, now))
    return tuple(found)


def _entry(consumer: str, access: str, key: Mapping[str, Any], is_previous: bool, told: datetime, now: float) -> _Known:
    until = key.get("until")
    ends = now + (datetime.fromisoformat(until) - told).total_seconds() if until else None
    caller = Caller(consumer, access, str(key["id"]), is_previous)
    return _Known(caller, str(key["digest"]).encode(), ends)


def from_secrets_manager(name: str, client: Any = None) -> Reader:
    """Reads the secret of this name by boto3, as whoever runs this; the time is AWS's."""

    def read() -> Document:
        nonlocal client
        if client is None:
            import boto3
            from botocore.config import Config

            config = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 1})
            client = boto3.client("secretsmanager", config=config)
        answer = client.get_secret_value(SecretId=name)
        sent = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        now = email.utils.parsedate_to_datetime(sent) if sent else datetime.now(UTC)
        return Document(answer["SecretString"], now)

    return read


def from_file(path: str) -> Reader:
    """Reads a file that something else keeps up to date, such as a mounted secret; the time is this machine's."""

    def read() -> Document:
        with open(path, encoding="utf-8") as file:
            return Document(file.read(), datetime.now(UTC))

    return read
