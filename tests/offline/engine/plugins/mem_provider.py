"""A provider plugin whose cloud is a folder: one JSON file for each resource, one line in `log` for each operation.

Properties of `mem:index:Thing`: `value` changes in place, `kind` replaces, `fixed` replaces and is deleted first,
`name` is filled in, `note` is neither compared nor read again; `fail` (create, partial, update, partial-update, delete,
check, crash-before, crash-after) and `seconds` (of a create or delete, at most: the files `go-on` and `go-on-<name>`
end the wait) misbehave. Deletes succeed again once the folder has a file `mended`; reads fail while it has one that is
called `unread`, and find all half made while it has `unhealthy`. A configured `region` is an output of all that the
provider makes; `mem:index:echo` returns its arguments with it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import sys
import time
import types
import uuid
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import any_pb2, empty_pb2, struct_pb2

# The protocol alone, without Pulumi's SDK around it, which takes as long to import as all else (offline/protocol.py).
SDK = importlib.util.find_spec("pulumi")
assert SDK
assert SDK.origin
for name, place in ("pulumi", Path(SDK.origin).parent), ("pulumi.runtime", Path(SDK.origin).parent / "runtime"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [str(place)]

from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2  # noqa: E402

REPLACING = ("kind", "fixed", "name")
SECRET = "1b47061264138c4ac30d75fd1eb44270"
SIGNATURE = "4dabf18193072939515e22adb298388d"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def plain(value: Any) -> Any:
    """JSON of a struct, without marks of secrecy."""
    if isinstance(value, struct_pb2.Struct):
        return plain(dict(value))
    if isinstance(value, dict):
        return plain(value["value"]) if value.get(SIGNATURE) == SECRET else {k: plain(v) for k, v in value.items()}
    if isinstance(value, struct_pb2.ListValue | list):
        return [plain(item) for item in value]
    return value


def struct(values: dict[str, Any]) -> struct_pb2.Struct:
    found = struct_pb2.Struct()
    found.update(values)
    return found


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """The folder's keeper."""

    folder = Path()
    region = ""

    def Handshake(self, request, context):  # noqa: N802
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=False)

    def GetPluginInfo(self, request, context):  # noqa: N802
        return plugin_pb2.PluginInfo(version="1.0.0")

    def CheckConfig(self, request, context):  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request, context):  # noqa: N802
        old, new = plain(request.old_inputs), plain(request.news)
        replaced = ["region"] if old.get("region") != new.get("region") else []
        changed = provider_pb2.DiffResponse.DIFF_SOME if old != new else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=changed, replaces=replaced)

    def Configure(self, request, context):  # noqa: N802
        given = plain(request.args)
        if "folder" not in given:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "mem:folder is not set")
        self.folder = Path(given["folder"])
        self.region = given.get("region", "")
        (self.folder / "tokens").mkdir(parents=True, exist_ok=True)
        return provider_pb2.ConfigureResponse(supportsPreview=True, acceptSecrets=False)

    def wait(self, name: str, seconds: float) -> None:
        end = time.monotonic() + seconds
        signs = self.folder / "go-on", self.folder / f"go-on-{name}"
        while time.monotonic() < end and not any(sign.exists() for sign in signs):
            time.sleep(0.02)

    def log(self, text: str) -> None:
        with (self.folder / "log").open("a") as file:
            file.write(f"{time.monotonic():.3f} {text}\n")

    def path(self, resource_id: str) -> Path:
        return self.folder / f"{resource_id}.json"

    def outputs(self, inputs: dict[str, Any], arn: str) -> dict[str, Any]:
        return {**inputs, "arn": arn, **({"region": self.region} if self.region else {})}

    def Check(self, request, context):  # noqa: N802
        new, old = plain(request.news), plain(request.olds)
        if new.get("fail") == "check":
            failure = provider_pb2.CheckFailure(property="value", reason="it must not be so")
            return provider_pb2.CheckResponse(failures=[failure])
        if "name" not in new:
            new["name"] = old.get("name") or f"{request.name}-{hashlib.sha256(request.randomSeed).hexdigest()[:7]}"
        return provider_pb2.CheckResponse(inputs=struct(new))

    def Diff(self, request, context):  # noqa: N802
        old, new = plain(request.old_inputs), plain(request.news)
        changed = sorted(key for key in {*old, *new} - {"note"} if old.get(key) != new.get(key))
        replaced = [key for key in changed if key in REPLACING]
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=changed,
            replaces=replaced,
            deleteBeforeReplace="fixed" in replaced,
        )

    def Create(self, request, context):  # noqa: N802
        inputs = plain(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=struct(self.outputs(inputs, UNKNOWN)))
        token = dict(context.invocation_metadata()).get("x-headroom-operation") or uuid.uuid4().hex
        if inputs.get("fail") == "create":
            context.abort(grpc.StatusCode.UNKNOWN, f"AccessDenied: not allowed to make {inputs['name']}")
        marker = self.folder / "tokens" / token
        crashed = self.folder / "crashed"
        if inputs.get("fail") == "crash-before" and not crashed.exists():
            crashed.touch()
            print("about to fall over", file=sys.stderr, flush=True)
            os._exit(3)
        self.log(f"create {request.name}")
        if not marker.exists():
            resource_id = f"{request.name}-{uuid.uuid4().hex[:8]}"
            self.path(resource_id).write_text(json.dumps(inputs))
            marker.write_text(resource_id)
        resource_id = marker.read_text()
        self.wait(request.name, float(inputs.get("seconds", 0)))
        if inputs.get("fail") == "crash-after" and not crashed.exists():
            crashed.touch()
            os._exit(3)
        outputs = self.outputs(inputs, f"arn:mem:{resource_id}")
        self.log(f"created {request.name}")
        if inputs.get("fail") == "partial":
            self.partial(context, resource_id, outputs)
        return provider_pb2.CreateResponse(id=resource_id, properties=struct(outputs))

    def partial(self, context, resource_id: str, outputs: dict[str, Any]) -> None:
        failure = provider_pb2.ErrorResourceInitFailed(
            id=resource_id, properties=struct(outputs), reasons=["the second call failed"]
        )
        detail = any_pb2.Any(type_url="type.googleapis.com/pulumirpc.ErrorResourceInitFailed")
        detail.value = failure.SerializeToString()
        status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message="half made", details=[detail])
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(grpc.StatusCode.UNKNOWN, "half made")

    def Update(self, request, context):  # noqa: N802
        inputs = plain(request.news)
        outputs = self.outputs(inputs, plain(request.olds).get("arn", ""))
        if request.preview:
            return provider_pb2.UpdateResponse(properties=struct(outputs))
        if inputs.get("fail") == "update":
            context.abort(grpc.StatusCode.UNKNOWN, "Throttling: slow down")
        self.log(f"update {request.name}")
        self.path(request.id).write_text(json.dumps(inputs))
        if inputs.get("fail") == "partial-update":
            self.partial(context, request.id, outputs)
        return provider_pb2.UpdateResponse(properties=struct(outputs))

    def Read(self, request, context):  # noqa: N802
        path = self.path(request.id)
        if not path.exists():
            return provider_pb2.ReadResponse()
        inputs = json.loads(path.read_text())
        inputs.pop("note", None)
        outputs = self.outputs(inputs, f"arn:mem:{request.id}")
        if (self.folder / "unread").exists():
            context.abort(grpc.StatusCode.UNKNOWN, "AccessDenied: not allowed to read")
        if (self.folder / "unhealthy").exists():
            self.partial(context, request.id, outputs)
        return provider_pb2.ReadResponse(id=request.id, inputs=struct(inputs), properties=struct(outputs))

    def Delete(self, request, context):  # noqa: N802
        inputs = plain(request.properties)
        if inputs.get("fail") == "delete" and not (self.folder / "mended").exists():
            context.abort(grpc.StatusCode.UNKNOWN, "DependencyViolation: in use")
        self.log(f"delete {request.name}")
        self.wait(request.name, float(inputs.get("seconds", 0)))
        self.path(request.id).unlink(missing_ok=True)
        self.log(f"deleted {request.name}")
        return empty_pb2.Empty()

    def Invoke(self, request, context):  # noqa: N802
        answers = {
            "mem:index:count": {"count": len(list(self.folder.glob("*.json")))},
            "mem:index:echo": {**plain(request.args), "region": self.region},
        }
        if request.tok in answers:
            reply: dict[str, Any] = {"return": struct(answers[request.tok])}
            return provider_pb2.InvokeResponse(**reply)
        return context.abort(grpc.StatusCode.UNKNOWN, f"no function {request.tok}")


def main() -> None:
    sizes = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=64), options=sizes)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
