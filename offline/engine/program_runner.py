"""Runs a Pulumi program in Python against a monitor, as Pulumi's own language executor does. A script of its own: it
runs in the program's interpreter, which need not have this project."""

from __future__ import annotations

import argparse
import asyncio
import atexit
import gc
import importlib.util
import io
import logging
import os
import pathlib
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

import grpc
import pulumi
import pulumi.runtime
from pulumi.runtime import resource
from pulumi.runtime.proto import source_pb2

ALREADY_SHOWN = 32
"""Exit status for a failure that the user has been told of."""
CONSTRUCTORS = 3
"""Of Resource, of CustomResource or ComponentResource, and of the resource's own class."""
FINALISED = ("_io", "_asyncio", "asyncio.", "builtins", "grpc.")
"""Modules of kinds of objects that are always left at a program's end, and for which the end of the process will do."""
STDERR = 2
"""The last file that every process has."""
THREADS = 1024
"""Threads of the program's loop: with fewer than can wait at once, transforms that invoke starve each other."""


def main() -> int:
    """Runs the program that the arguments name."""
    # A provider's SDK is a great many objects that stay: looking through them again and again took 1.3 of 4.1 seconds.
    gc.set_threshold(50_000, 20, 50)
    atexit.register(end_quickly)  # the first to be registered is the last to be called
    _import_quickly()
    arguments = _arguments()
    pulumi.runtime.set_all_config(pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env())
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            monitor=arguments.monitor,
            engine=arguments.engine,
            project=arguments.project,
            stack=arguments.stack,
            parallel=arguments.parallel,
            dry_run=arguments.dry_run,
            organization=arguments.organization,
            root_directory=arguments.root,
        )
    )
    # each debug message is a blocking call to the engine, which drops it: a fifth of the whole time
    pulumi.log.debug = lambda *_args, **_options: None
    # the SDK reads the source of every frame below a constructor, and sends them all: an eighth of a program's time
    if hasattr(resource, "_get_stack_trace"):
        resource._get_stack_trace = maker
    os.chdir(arguments.folder)
    program = os.path.abspath(".")
    sys.argv = [program]
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    pool = ThreadPoolExecutor(max_workers=THREADS)
    loop.set_default_executor(pool)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    try:
        return _run(loop, program)
    finally:
        pool.shutdown(wait=True)
        loop.close()
        sys.stdout.flush()
        sys.stderr.flush()


def _import_quickly() -> None:
    """The module beside this script, which is on no path."""
    spec = importlib.util.spec_from_file_location("quick_sdk", pathlib.Path(__file__).with_name("quick_sdk.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.install()


def maker() -> source_pb2.StackTrace:
    """The frame that makes a resource, which is all that the engine keeps: below the constructors of the SDK's base
    classes and of the resource's own. No frame if there are fewer constructors, as when the SDK looks."""
    frame: FrameType | None = sys._getframe(1)
    constructors = 0
    while frame is not None and constructors < CONSTRUCTORS:
        constructors += frame.f_code.co_name == "__init__"
        frame = frame.f_back
    if frame is None:
        return source_pb2.StackTrace()
    try:
        uri = pathlib.Path(frame.f_code.co_filename).as_uri()
    except ValueError:  # no absolute path: made by exec
        return source_pb2.StackTrace(frames=[source_pb2.StackFrame()])
    position = source_pb2.SourcePosition(uri=uri, line=frame.f_lineno)
    return source_pb2.StackTrace(frames=[source_pb2.StackFrame(pc=position)])


def end_quickly() -> None:
    """As it ends, the interpreter looks for cycles in all of the SDK: 0.6 of 3.2 seconds. It is spared that unless
    something counts on it: a file that is still open, or what is finalised in a way of its own."""
    everything = gc.get_objects()
    kinds = {kind for kind in {*map(type, everything)} if hasattr(kind, "__del__")}
    files = (one for one in everything if type(one) is io.FileIO and not one.closed)
    if all(kind.__module__.startswith(FINALISED) for kind in kinds) and all(one.fileno() <= STDERR for one in files):
        gc.freeze()


def _run(loop: asyncio.AbstractEventLoop, program: str) -> int:
    def execute() -> None:
        runpy.run_path(program, run_name="__main__")

    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(execute))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return 1
    except grpc.RpcError as error:
        if error.code() == grpc.StatusCode.UNAVAILABLE:  # the engine is shutting down and has told why
            return ALREADY_SHOWN
        pulumi.log.error(f"the engine refused a call: {error.details()}")
        return ALREADY_SHOWN
    except Exception:
        frames = traceback.extract_tb(sys.exc_info()[2])
        own = next((index for index, frame in enumerate(frames) if frame.filename.startswith(program)), 0)
        text = traceback.format_exc(limit=own - len(frames))
        pulumi.log.error(f"Program failed with an unhandled exception:\n{text}")
        return ALREADY_SHOWN
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("monitor", "engine", "project", "stack", "folder", "organization", "root"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--parallel", type=int, required=True)
    parser.add_argument("--dry-run", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
