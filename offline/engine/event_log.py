"""Engine events, numbered and sent to `--event-log`: a file, or the Automation API's gRPC stream."""

from __future__ import annotations

import json
import os
import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .files import WriteError, append

STREAM_CLOSE_SECONDS = 10.0
"""How long the end of an operation waits for the reader of its event stream."""


class EventLog:
    """Writes each event as it happens."""

    def __init__(self, target: str | None) -> None:
        """`target` is a path, `tcp://host:port`, or None for no log."""
        self._sequence = 0
        self._path = Path(target or "")
        self._file: int | None = None
        self._stream: _Stream | None = None
        self.failure: WriteError | None = None
        """Why the log ends early; what it tells of goes on."""
        if target and target.startswith("tcp://"):
            self._stream = _Stream(target.removeprefix("tcp://"))
        elif target:
            self._file = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)

    @property
    def active(self) -> bool:
        """False when nobody reads: events need not be built then."""
        return (self._file is not None and not self.failure) or self._stream is not None

    def emit(self, kind: str, payload: dict[str, Any]) -> None:
        """Sends one event; `kind` is its name in Pulumi's EngineEvent."""
        line = json.dumps({"sequence": self._sequence, "timestamp": int(time.time()), kind: payload})
        self._sequence += 1
        if self._file is not None and not self.failure:
            try:
                append(self._file, f"{line}\n".encode())
            except OSError as error:
                self.failure = WriteError(self._path, error, ": the events after that are missing from it")
        elif self._stream:
            self._stream.send(line)

    def close(self) -> None:
        """Ends the log with the event that tells readers to stop."""
        self.emit("cancelEvent", {})
        if self._file is not None:
            os.close(self._file)
        if self._stream:
            self._stream.close()


class _Stream:
    """A client stream of JSON events; it has a thread of its own, so that a slow reader holds nothing up."""

    def __init__(self, address: str) -> None:
        import grpc
        from pulumi.runtime.proto import events_pb2_grpc

        self._queue: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._channel = grpc.insecure_channel(address)
        self._stub = events_pb2_grpc.EventsStub(self._channel)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        import grpc

        try:
            self._stub.StreamEvents(self._requests())
        except grpc.RpcError:
            return  # the reader has gone; the operation goes on without it

    def _requests(self) -> Iterator[Any]:
        from pulumi.runtime.proto import events_pb2

        while (line := self._queue.get()) is not None:
            yield events_pb2.EventRequest(event=line)

    def send(self, line: str) -> None:
        self._queue.put(line)

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join(STREAM_CLOSE_SECONDS)
        self._channel.close()
