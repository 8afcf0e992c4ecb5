"""Files that a user asked for."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


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
