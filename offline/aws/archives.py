"""Pulumi's archives as the zip files that AWS takes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from offline.aws.shapes import MappingError

LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The time of every entry, so that the same files make the same archive."""


def zipped(archive: Mapping[str, Any], label: str = "code") -> bytes:
    """The archive's bytes. Raises MappingError for what is neither texts nor files."""
    packed = archive.get("path")
    if packed and Path(packed).is_file():
        return Path(packed).read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in sorted(_entries(archive, label)):
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.external_attr = 0o644 << 16
            file.writestr(entry, content)
    return buffer.getvalue()


def _entries(asset: Mapping[str, Any], label: str, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    """Names and contents of a folder, of an archive of assets, or of one asset."""
    if "text" in asset:
        yield prefix, str(asset["text"]).encode()
    elif "assets" in asset:
        for name, inner in asset["assets"].items():
            yield from _entries(inner, f"{label}.{name}", f"{prefix}/{name}" if prefix else name)
    elif "path" in asset:
        yield from _files(Path(asset["path"]), label, prefix)
    else:
        raise MappingError(label, "is an archive of texts, files or folders offline; one by its address is not fetched")


def _files(path: Path, label: str, prefix: str) -> Iterator[tuple[str, bytes]]:
    if path.is_file():
        yield prefix, path.read_bytes()
    elif path.is_dir():
        for file in path.rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                inside = file.relative_to(path).as_posix()
                yield (f"{prefix}/{inside}" if prefix else inside), file.read_bytes()
    else:
        raise MappingError(label, f"{path} does not exist")
