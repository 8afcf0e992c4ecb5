"""No room on the disk, for an engine that has this folder on PYTHONPATH: TEST_FULL is a pattern of the files."""

from __future__ import annotations

import errno
import os
import re
import sys
from typing import Any

real_write, real_link, real_mkdir = os.write, os.link, os.mkdir


def no_room(path: Any) -> None:
    if re.search(os.environ["TEST_FULL"], str(path)):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def write(descriptor: int, data: bytes) -> int:
    try:
        no_room(os.readlink(f"/proc/self/fd/{descriptor}"))
    except OSError:
        if len(data) > 8:  # as real disks do it: a part still fits
            return real_write(descriptor, data[:8])
        raise
    return real_write(descriptor, data)


def link(source: Any, target: Any, **options: Any) -> None:
    no_room(target)
    real_link(source, target, **options)


def mkdir(path: Any, *options: Any, **more: Any) -> None:
    no_room(path)
    real_mkdir(path, *options, **more)


if "TEST_FULL" in os.environ and "offline.engine" in " ".join(sys.orig_argv):
    os.write, os.link, os.mkdir = write, link, mkdir  # type: ignore[assignment]
