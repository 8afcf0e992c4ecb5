"""Whether a name and a value look like a secret in plain text. Nothing here ever repeats a value."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import Final

SHORTEST_TOKEN: Final = 24
"""Characters below which random text is not told from a word."""
LEAST_BITS: Final = 3.9
"""Entropy in bits a character from which mixed letters and digits count as random. English has about 3 to 3.5 in texts
of this length, 24 random letters and digits 4.2 or more."""

_PREFIXES: Final = (
    (r"(?:AKIA|ASIA)[A-Z0-9]{16}", "an AWS access key"),
    (r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----", "a private key"),
    (r"gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,}", "a GitHub token"),
    (r"gl(?:pat|dt|rt)-[\w-]{20,}", "a GitLab token"),
    (r"xox[abeoprs]-[\w-]{10,}|xapp-\d-[\w-]{10,}", "a Slack token"),
    (r"https://hooks\.slack\.com/(?:services|workflows)/\w+/\w+", "the address of a Slack web hook, which is its key"),
    (r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{20,}", "a Stripe key"),
    (r"sk-(?:proj-|ant-|svcacct-)?[\w-]{20,}", "an API key"),
    (r"AIza[\w-]{35}", "a Google API key"),
    (r"ya29\.[\w-]{20,}", "a Google token"),
    (r"npm_[A-Za-z0-9]{36}|pypi-[\w-]{40,}", "a package registry's token"),
    (r"SG\.[\w-]{16,}\.[\w-]{16,}|key-[0-9a-f]{32}", "a mail service's key"),
    (r"hv[sb]\.[\w-]{20,}", "a Vault token"),
    (r"pul-[0-9a-f]{40}", "a Pulumi token"),
    (r"do[opr]_v1_[0-9a-f]{64}|dapi[0-9a-f]{32}", "a platform's token"),
    (r"hr_[a-z]+_\w{4,}_[A-Za-z0-9]{32,}_\w+", "an API key of this project"),
    (r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*", "a signed token (JWT)"),
    (r"AccountKey=[A-Za-z0-9+/=]{20,}", "a storage account's key"),
)
_KNOWN: Final = re.compile("|".join(f"(?P<p{index}>{pattern})" for index, (pattern, _) in enumerate(_PREFIXES)))

_CREDENTIALS_IN_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]*:(?P<password>[^/\s@]+)@", re.IGNORECASE)
_PASSWORD_IN_TEXT: Final = re.compile(r"(?:^|[;\s])(?:password|pwd)\s*=\s*(?P<password>[^;\s]+)", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(r"^(?:\$\{?\(?\w.*|\{\{.*\}\}|%\w+%|<[^>]*>|\*+|x{3,})$", re.IGNORECASE)

_SECRET_WORDS: Final = re.compile(
    r"(?:^|_)(?:PASSWORDS?|PASSWD|PASSPHRASE|PASS|PWD|PW|SECRETS?|TOKENS?|CREDENTIALS?|CREDS|"
    r"(?:API|PRIVATE|ACCESS|AUTH|SIGNING|SESSION|ENCRYPTION|MASTER|LICENSE|SECRET|SSH|HMAC|JWT|COOKIE|STORAGE)_?KEYS?|"
    r"APIKEYS?|PEPPER|HTPASSWD|CONNECTION_?STRING)(?:_|$)"
)
_ABOUT_A_SECRET: Final = re.compile(
    r"_(?:ARNS?|NAMES?|IDS?|FILES?|PATHS?|DIR|FOLDER|URLS?|URIS?|ENDPOINTS?|HOSTS?|HOSTNAME|PORT|REGION|HEADERS?|TYPES?|"
    r"KINDS?|LENGTH|SIZE|BYTES|BITS|LIMITS?|BUDGET|COUNT|MAX|MIN|TTL|AGE|EXPIRY|EXPIRES|EXPIRATION|LIFETIME|TIMEOUT|"
    r"SECONDS|MINUTES|HOURS|DAYS|MS|POLICY|PATTERN|PREFIX|SUFFIX|ALGORITHM|ALG|ISSUER|AUDIENCE|SCOPES?|ENABLED|DISABLED|"
    r"REQUIRED|ROTATION|PROVIDER|BACKEND|STORE|MANAGER|ENGINE|MODE|STRATEGY|VERSION|ALIAS|FORMAT|TABLE|BUCKET|QUEUE|"
    r"FIELD|COLUMN|PARAM|PARAMETER|VARIABLE|KEY_SPEC|REF|ROUNDS|COST|STATUS)$"
)
_PUBLIC: Final = re.compile(r"PUBLIC|PUBLISHABLE|FINGERPRINT|DIGEST|CHECKSUM|HASH|SHA\d|COMMIT|REVISION|INTEGRITY")

_REFERENCE: Final = re.compile(
    r"^(?:arn:[\w-]+:.*|(?:secretsmanager|ssm|vault|op|file|sm|awssm|gcp|azure)[:/].*|/\S*|\.{1,2}/\S*|~/\S*|"
    r"[\w.-]+(?:/[\w.-]+)+|[a-z][a-z0-9+.-]*://\S*)$",
    re.IGNORECASE,
)
"""What names a place rather than being a secret: an ARN, path or address, or the name of a secret, with slashes."""
_PLAIN: Final = re.compile(
    r"^(?:[-+]?\d{1,9}(?:\.\d+)?|true|false|yes|no|on|off|none|null|enabled|disabled)?$", re.IGNORECASE
)
_DIGEST: Final = re.compile(
    r"(?:sha(?:1|224|256|384|512)|md5)[:-]\S+|^[0-9a-f]{7,128}$|^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-", re.I
)
_RANDOM: Final = re.compile(r"^[A-Za-z0-9+/_=-]+$")


def secret_name(name: str) -> bool:
    """Whether a variable's name promises a secret, such as DB_PASSWORD; TOKEN_TTL and PASSWORD_FILE do not."""
    spelled = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    spelled = re.sub(r"[^A-Za-z0-9]+", "_", spelled).upper()
    return bool(_SECRET_WORDS.search(spelled)) and not _ABOUT_A_SECRET.search(spelled) and not _PUBLIC.search(spelled)


def secret_value(name: str, value: str) -> str | None:
    """What a variable's value looks like, in words that hold nothing of it; None where it is no secret.

    Addresses without a password, ARNs, paths, names of secrets, digests, ids and numbers are none.
    """
    if value.startswith("{"):
        return _in_json(value)
    known = _KNOWN.search(value)
    if known and known.lastgroup:
        return _PREFIXES[int(known.lastgroup[1:])][1]
    for pattern, what in ((_CREDENTIALS_IN_URL, "an address with a password"), (_PASSWORD_IN_TEXT, "a password")):
        found = pattern.search(value)
        if found and not _PLACEHOLDER.match(found["password"]):
            return what
    if _PLAIN.match(value) or _PLACEHOLDER.match(value):
        return None
    if secret_name(name):
        return None if _is_reference(value) else "a secret, as its name says"
    spelled = re.sub(r"[^A-Za-z0-9]+", "_", name).upper()
    if _PUBLIC.search(spelled) or _DIGEST.search(value):
        return None
    return "random text, as keys are" if _is_random(value) else None


def _in_json(value: str) -> str | None:
    """The same for what a JSON object holds, each member by its own name."""
    try:
        content = json.loads(value)
    except (ValueError, RecursionError):
        content = {"": value.lstrip("{")}
    members = content.items() if isinstance(content, dict) else ()
    found = (secret_value(str(name), member) for name, member in members if isinstance(member, str))
    return next((what for what in found if what), None)


def _is_reference(value: str) -> bool:
    """Base64 has slashes, too: a reference is made of words."""
    return bool(_REFERENCE.match(value)) and not any(_is_mixed(piece) for piece in re.split(r"[/:.-]", value))


def _is_mixed(piece: str) -> bool:
    return len(piece) >= 12 and all(re.search(pattern, piece) for pattern in (r"[a-z]", r"[A-Z]", r"\d"))


def _is_random(value: str) -> bool:
    """Long, without words, and mixed as generators mix."""
    if len(value) < SHORTEST_TOKEN or not _RANDOM.match(value):
        return False
    text = value.rstrip("=")
    if max(len(piece) for piece in re.split(r"[/_-]", text)) < SHORTEST_TOKEN:
        return False  # words with something between them: names of buckets, paths, hosts
    classes = sum(1 for pattern in (r"[a-z]", r"[A-Z]", r"\d") if len(re.findall(pattern, text)) >= 2)
    return classes == 3 and _bits(text) >= LEAST_BITS


def _bits(text: str) -> float:
    """Shannon's entropy in bits a character."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)
