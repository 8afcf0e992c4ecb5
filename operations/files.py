"""Files that a user asked for."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from operations.errors import Failure


def put(text: str, file: Path | None, what: str) -> None:
    """To a file, whole or not at all; or to standard output, untouched by a terminal's width.

    Raises Failure that begins with `what` it is.
    """
    if file is None:
        sys.stdout.write(text)
    else:
        write_or_refuse(file, text, f"{what} can't be written to {file}")


def write_or_refuse(file: Path, text: str, refusal: str) -> None:
    """Writes a file whole or not at all. Raises Failure with the system's reason behind these words."""
    try:
        write_whole(file, text)
    except OSError as error:
        raise Failure(f"{refusal}: {error.strerror}") from error


def write_whole(file: Path, text: str) -> None:
    """Writes a file whole or not at all. Raises OSError.

    What is no plain file, such as /dev/stdout or a link, is written to and never replaced.
    """
    if file.is_symlink() or (file.exists() and not file.is_file()):
        file.write_text(text, encoding="utf-8")
        return
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=file.parent, prefix=f".{file.name}-", delete=False
    ) as made:
        made.write(text)
    Path(made.name).chmod(0o644)
    os.replace(made.name, file)
