"""How the user calls this command, so that what is proposed can be pasted."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

NAME = "headroom"


def headroom(*words: str) -> str:
    """A command line: `headroom up dev`, or `.venv/bin/headroom up dev` where it is not on PATH."""
    return " ".join([program_name(sys.argv[0]), *words])


def program_name(called_as: str) -> str:
    """`headroom` where the shell finds it, or else the path by which it was called."""
    if Path(called_as).name != NAME or shutil.which(NAME):
        return NAME
    return os.path.relpath(called_as)
