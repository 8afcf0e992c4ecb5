"""Hashes of assets and archives, computed as Pulumi's engine does, so that either engine can go on with the other's
state.

An asset is hashed by its content. An archive that is a file is hashed as it is; any other as the tar file that would
hold its members, in the form that Go's archive/tar gives it. See sdk/go/common/resource/{asset,archive} of
pulumi/pulumi.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from .errors import EngineError
from .values import ASSET_SIGNATURE, Asset

PACKED = (".tar", ".tgz", ".tar.gz", ".zip", ".jar")
"""A path that ends so is an archive already."""
BOOKKEEPING = ".pulumi"
"""A name that is left out of archives of folders."""
BLOCK_BYTES, NAME_BYTES, PREFIX_BYTES = 512, 100, 155
Members = Iterator[tuple[str, bytes]]


def ensure_hash(asset: Asset, folder: str) -> None:
    """Fills in a hash that is missing; paths start in `folder`. What lies on the network is not fetched and has none.

    Raises EngineError for a file that cannot be read.
    """
    if asset.hash:
        return
    kind = "asset" if asset.signature == ASSET_SIGNATURE else "archive"
    try:
        asset.hash = _asset_hash(asset.source, folder) if kind == "asset" else _archive_hash(asset.source, folder)
    except (OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        place = _location(asset.source, folder) or "made of other assets"
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise EngineError(f"the {kind} {place} cannot be read: {reason}") from None


def _location(source: Mapping[str, Any], folder: str) -> str:
    """The path of a file or folder; empty for what is none."""
    if source.get("path"):
        return os.path.join(folder, source["path"])
    uri = urlsplit(source.get("uri") or "")
    return uri.path if uri.scheme == "file" else ""


def _asset_hash(source: Mapping[str, Any], folder: str) -> str:
    path = _location(source, folder)
    if not path and source.get("uri"):
        return ""
    return hashlib.sha256(_content(source, folder)).hexdigest()


def _content(source: Mapping[str, Any], folder: str) -> bytes:
    path = _location(source, folder)
    if not path:
        return str(source.get("text") or "").encode()
    with open(path, "rb") as file:
        return file.read()


def _archive_hash(source: Mapping[str, Any], folder: str) -> str:
    path = _location(source, folder)
    if not path and source.get("uri"):
        return ""
    digest = hashlib.sha256()
    if path.endswith(PACKED):
        with open(path, "rb") as file:
            digest.update(file.read())
        return digest.hexdigest()
    seen: set[str] = set()
    for name, content in _members(source, folder):
        if name not in seen:  # a folder may be given as a whole and in part: the first counts
            seen.add(name)
            digest.update(tar_entry(os.fsencode(name), len(content)) + _padded(content))
    digest.update(bytes(2 * BLOCK_BYTES))
    return digest.hexdigest()


def _members(source: Mapping[str, Any], folder: str) -> Members:
    """Names and contents of an archive, in the order in which they are packed."""
    path = _location(source, folder)
    if path.endswith((".zip", ".jar")):
        yield from _zip_members(path)
    elif path.endswith(PACKED):
        yield from _tar_members(path)
    elif path:
        yield from _folder_members(path, "")
    else:
        for name, member in sorted((source.get("assets") or {}).items()):
            if member.signature == ASSET_SIGNATURE:
                yield name, _content(member.source, folder)
            else:
                for inner, content in _members(member.source, folder):
                    yield posixpath.normpath(f"{name}/{inner}"), content


def _folder_members(path: str, prefix: str) -> Members:
    """Files of a folder, each folder's members by name. Links inside are followed to files, and not to folders."""
    for name in sorted(os.listdir(path), key=os.fsencode):
        inside = os.path.join(path, name)
        if name == BOOKKEEPING:
            continue
        if os.path.isdir(inside):
            if not os.path.islink(inside):
                yield from _folder_members(inside, f"{prefix}{name}/")
            continue
        with open(inside, "rb") as file:
            yield prefix + name, file.read()


def _zip_members(path: str) -> Members:
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if not entry.is_dir():
                yield posixpath.normpath(entry.filename), archive.read(entry)


def _tar_members(path: str) -> Members:
    with tarfile.open(path) as archive:
        for entry in archive:
            content = archive.extractfile(entry) if entry.isreg() else None
            if content is not None:
                yield posixpath.normpath(entry.name), content.read()


# ---------------------------------------------------------------- tar, as Go writes it
def tar_entry(name: bytes, size: int) -> bytes:
    """The header of a file of `size` bytes, mode 0600 and no time; with an extended one before it where the name is too
    long or not ASCII."""
    prefix, suffix = _split(name)
    if name.isascii() and (suffix or len(name) <= NAME_BYTES):
        return _header(suffix or name, b"0", 0o600, size, prefix)
    parent, base = posixpath.split(name)
    extended = _ascii(posixpath.join(parent, b"PaxHeaders.0", base))[:NAME_BYTES].rstrip(b"/")
    record = _record(b"path", name)
    short = _ascii(name)
    if len(short) > NAME_BYTES:
        short = short[:NAME_BYTES].removesuffix(b"/")
    main = _header(short, b"0", 0o600, size)
    return _header(extended, b"x", 0, len(record), devices=False) + _padded(record) + main


def _header(name: bytes, flag: bytes, mode: int, size: int, prefix: bytes = b"", *, devices: bool = True) -> bytes:
    """One block: POSIX's ustar fields. Go leaves the devices' numbers empty in extended headers only."""
    head = name.ljust(NAME_BYTES, b"\0") + b"".join(
        (_octal(mode, 8), _octal(0, 8), _octal(0, 8), _octal(size, 12), _octal(0, 12))
    )
    device = _octal(0, 8) if devices else bytes(8)
    tail = flag + bytes(100) + b"ustar\x0000" + bytes(64) + device * 2 + prefix.ljust(PREFIX_BYTES, b"\0")
    total = sum(head) + sum(tail) + 8 * ord(" ")
    return (head + _octal(total, 7) + b" " + tail).ljust(BLOCK_BYTES, b"\0")


def _octal(number: int, width: int) -> bytes:
    return f"{number:0{width - 1}o}\0".encode()


def _split(name: bytes) -> tuple[bytes, bytes]:
    """(prefix, name) of a long name that ustar can hold in two fields; empty where it cannot, or need not."""
    if len(name) <= NAME_BYTES:
        return b"", b""
    at = name.rfind(b"/", 0, PREFIX_BYTES + 1)
    return (name[:at], name[at + 1 :]) if at > 0 and len(name) - at - 1 <= NAME_BYTES else (b"", b"")


def _record(key: bytes, value: bytes) -> bytes:
    """A PAX record; its own length stands at its head."""
    rest = b" " + key + b"=" + value + b"\n"
    size = len(rest) + len(str(len(rest)))
    size = len(rest) + len(str(size))
    return str(size).encode() + rest


def _ascii(name: bytes) -> bytes:
    return bytes(byte for byte in name if 0 < byte < 0x80)


def _padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % BLOCK_BYTES)
