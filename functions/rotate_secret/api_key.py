"""How an API key is made: `hr_<environment>_<id>_<random>_<checksum>`.

The form is fixed so that scanners of leaked secrets find keys (a prefix of their own, an end that proves the rest), and
so that a key says which environment it is for. The checksum is CRC-32 in hexadecimal digits over all before it.
"""

from __future__ import annotations

import hashlib
import secrets
import string
import zlib

ALPHABET = string.digits + string.ascii_letters
ID_LENGTH = 10
RANDOM_LENGTH = 43
"""Letters and digits: 256 bits."""


def make(environment: str) -> tuple[str, str]:
    """(id, key) of a new key."""
    name, rest = (_random(length) for length in (ID_LENGTH, RANDOM_LENGTH))
    start = f"hr_{environment}_{name}_{rest}"
    return name, f"{start}_{zlib.crc32(start.encode()):08x}"


def digest(key: str) -> str:
    """SHA-256 of the whole key, 64 hexadecimal digits: all that verifiers know."""
    return hashlib.sha256(key.encode()).hexdigest()


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
