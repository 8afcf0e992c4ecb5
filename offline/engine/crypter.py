"""Passphrase secrets as Pulumi's CLI writes them: PBKDF2-SHA256 with 1,000,000 rounds, AES-256-GCM."""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import EngineError, UnsupportedError
from .files import WriteError, replace_file


class PassphraseError(EngineError):
    """The passphrase is missing, or another one than the secrets were encrypted under."""


ROUNDS = 1_000_000
"""Rounds of the key derivation, as in pulumi/sdk/go/common/resource/config/crypt.go; about 0.25 s."""


@functools.lru_cache(maxsize=8)
def _key(passphrase: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, ROUNDS, 32)


class Crypter:
    """Encrypts and decrypts under one key. What it has decrypted it encrypts to the same text again, so that a state
    in which nothing changed is written byte for byte as it was."""

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher = AESGCM(key)
        self._known: dict[str, str] = {}

    def encrypt(self, text: str) -> str:
        """Ciphertext as `v1:<nonce>:<data>`."""
        if text not in self._known:
            nonce = os.urandom(12)
            data = self._cipher.encrypt(nonce, text.encode(), None)
            self._known[text] = f"v1:{base64.b64encode(nonce).decode()}:{base64.b64encode(data).decode()}"
        return self._known[text]

    def decrypt(self, ciphertext: str) -> str:
        """Raises EngineError when the text was encrypted under another key."""
        from cryptography.exceptions import InvalidTag

        version, _, rest = ciphertext.partition(":")
        nonce, _, data = rest.partition(":")
        if version != "v1" or not data:
            raise EngineError(f"a secret in the state or configuration has the unknown format {version!r}")
        try:
            text = self._cipher.decrypt(base64.b64decode(nonce), base64.b64decode(data), None).decode()
        except (InvalidTag, ValueError):
            raise EngineError("a secret in the state or configuration is damaged, or of another stack") from None
        self._known[text] = ciphertext
        return text


Derive = Callable[[str, bytes], bytes]
"""(passphrase, salt) -> key."""


def from_salt(passphrase: str, state: str, derive: Derive = _key) -> Crypter:
    """The crypter of a salt as `new_salt` made it; raises EngineError for another passphrase."""
    version, _, rest = state.partition(":")
    salt, _, check = rest.partition(":")
    if version != "v1" or not check:
        raise EngineError("the encryption salt of the state or configuration is not one of Pulumi's passphrase salts")
    try:
        crypter = Crypter(derive(passphrase, base64.b64decode(salt, validate=True)))
        known = crypter.decrypt(check)
    except (EngineError, ValueError):
        known = ""
    if known != "pulumi":
        raise PassphraseError("incorrect passphrase (or a damaged encryption salt)")
    return crypter


def new_salt(passphrase: str, derive: Derive = _key) -> str:
    """A fresh salt, with a word encrypted under its key to tell a wrong passphrase by."""
    salt = os.urandom(8)
    check = Crypter(derive(passphrase, salt)).encrypt("pulumi")
    return f"v1:{base64.b64encode(salt).decode()}:{check}"


class Passphrase:
    """Where the passphrase comes from: the variables of Pulumi's CLI, else a random one kept in the offline home."""

    def __init__(self, home: Path) -> None:
        self._file = home / "passphrase"
        self._keys = home / "keys"

    def existing(self) -> str:
        """The passphrase that something is encrypted under already; raises EngineError where there is none."""
        found = self._from_variables()
        if found is not None:
            return found
        if not self._file.exists():
            raise PassphraseError(
                "passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment "
                f"variables: there are secrets to decrypt, and {self._file} does not exist"
            )
        return _first_line(self._file, "the passphrase's file")

    def existing_or_new(self) -> str:
        """The passphrase to encrypt the first secret under; a random one is written (mode 0600) where there is none."""
        found = self._from_variables()
        if found is not None:
            return found
        if not self._file.exists():
            self._file.parent.mkdir(parents=True, exist_ok=True)
            draft = self._file.with_name(f"passphrase.{os.getpid()}")
            replace_file(draft, f"{secrets.token_urlsafe(32)}\n".encode(), 0o600)
            with contextlib.suppress(FileExistsError):  # another command was quicker: its passphrase stands
                os.link(draft, self._file)
            draft.unlink()
        return self.existing()

    def derive(self, phrase: str, salt: bytes) -> bytes:
        """The key of a salt. Under the home's own passphrase it is kept beside it, which hides no less than the
        passphrase does: deriving it takes longer than most commands."""
        if self._from_variables() is not None:
            return _key(phrase, salt)
        path = self._keys / hashlib.sha256(phrase.encode() + salt).hexdigest()
        with contextlib.suppress(OSError):
            kept = path.read_bytes()
            if kept[32:] == hashlib.sha256(kept[:32]).digest():
                return kept[:32]
        key = _key(phrase, salt)
        with contextlib.suppress(WriteError, OSError):  # then the next command derives it again
            self._keys.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_file(path, key + hashlib.sha256(key).digest(), 0o600)
        return key

    @staticmethod
    def _from_variables() -> str | None:
        if "PULUMI_CONFIG_PASSPHRASE" in os.environ:
            return os.environ["PULUMI_CONFIG_PASSPHRASE"]
        path = os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE")
        if not path:
            return None
        return _first_line(Path(path), "PULUMI_CONFIG_PASSPHRASE_FILE names a file that")


def _first_line(path: Path, what: str) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise PassphraseError(f"{what} cannot be read: {path}: {error}") from None


class StateSecrets:
    """The secrets of one stack's state. Its key is derived only when a secret turns up: a state without needs none."""

    def __init__(self, passphrase: Passphrase, provider: dict[str, Any] | None) -> None:
        self._passphrase = passphrase
        self._provider = provider
        self._crypter: Crypter | None = None

    def provider(self) -> dict[str, Any] | None:
        """What the state records of its encryption; None while there has been no secret."""
        return self._provider

    def _salt(self) -> str:
        state = (self._provider or {}).get("state")
        return str(state.get("salt") or "") if isinstance(state, dict) else ""

    def decrypt(self, ciphertext: str) -> str:
        """The plain text of a secret of this state."""
        if self._crypter is None:
            salt = self._salt()
            if not salt:
                kind = (self._provider or {}).get("type", "none")
                raise UnsupportedError(
                    f"secrets of the provider {kind!r}, which the state has: only passphrase secrets"
                )
            self._crypter = from_salt(self._passphrase.existing(), salt, self._passphrase.derive)
        return self._crypter.decrypt(ciphertext)

    def encrypt(self, text: str) -> str:
        """The ciphertext of a secret; the first one of a stack makes its salt."""
        if self._crypter is None:
            salt = self._salt()
            if salt:
                self._crypter = from_salt(self._passphrase.existing(), salt, self._passphrase.derive)
            else:
                phrase = self._passphrase.existing_or_new()
                salt = new_salt(phrase, self._passphrase.derive)
                self._crypter = from_salt(phrase, salt, self._passphrase.derive)
                self._provider = {"type": "passphrase", "state": {"salt": salt}}
        return self._crypter.encrypt(text)
