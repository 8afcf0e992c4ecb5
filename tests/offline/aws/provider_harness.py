"""The provider plugin as a process, spoken to as the engine does, and boto3 to look at what it did."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from typing import Any

import boto3
import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from offline import cloud
from offline.aws.values import Properties, from_struct, plain, to_struct

REGION = "eu-central-1"
ACCOUNT = "111111111111"


class Aws:
    """boto3's clients of one account."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._session = boto3.Session(
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=environment["AWS_SESSION_TOKEN"],
            region_name=environment["AWS_REGION"],
        )
        self._endpoint = environment["AWS_ENDPOINT_URL"]
        self._clients: dict[tuple[str, str], Any] = {}

    def __call__(self, service: str, region: str = REGION) -> Any:
        key = (service, region)
        if key not in self._clients:
            self._clients[key] = self._session.client(service, region_name=region, endpoint_url=self._endpoint)
        return self._clients[key]


class FailedError(Exception):
    """The plugin answered with an error."""

    def __init__(self, error: grpc.RpcError) -> None:
        super().__init__(error.details())
        self.partial: provider_pb2.ErrorResourceInitFailed | None = None
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                self.partial = provider_pb2.ErrorResourceInitFailed()
                status_pb2.Status.FromString(value).details[0].Unpack(self.partial)


class Plugin:
    """The provider plugin in a process of its own, spoken to as the engine does."""

    def __init__(self, environment: dict[str, str]) -> None:
        env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "offline.aws", "127.0.0.1:1"],
            env={**env, **environment, "PYTHONPATH": str(cloud.ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        port = self.process.stdout.readline().strip()
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self.stub = provider_pb2_grpc.ResourceProviderStub(self.channel)

    def call(self, method: str, request: Any, metadata: Any = None) -> Any:
        try:
            return getattr(self.stub, method)(request, metadata=metadata)
        except grpc.RpcError as error:
            raise FailedError(error) from None

    def configure(self, **settings: Any) -> Any:
        return self.call("Configure", provider_pb2.ConfigureRequest(args=to_struct(settings), acceptSecrets=True))

    def close(self) -> str:
        self.channel.close()
        self.process.terminate()
        return self.process.communicate(timeout=60)[1]

    def check(
        self, token: str, inputs: Properties, name: str = "test", olds: Properties | None = None
    ) -> tuple[Properties, list[tuple[str, str]]]:
        request = provider_pb2.CheckRequest(urn=urn(token, name), news=to_struct(inputs), olds=to_struct(olds or {}))
        answer = self.call("Check", request)
        return from_struct(answer.inputs), [(failure.property, failure.reason) for failure in answer.failures]

    def checked(self, token: str, inputs: Properties, name: str = "test", olds: Properties | None = None) -> Properties:
        complete, failures = self.check(token, inputs, name, olds)
        assert failures == []
        return complete

    def diff(
        self,
        token: str,
        old_inputs: Properties,
        news: Properties,
        state: Properties | None = None,
        identifier: str = "id",
    ) -> Any:
        request = provider_pb2.DiffRequest(
            id=identifier,
            urn=urn(token),
            olds=to_struct(old_inputs if state is None else state),
            old_inputs=to_struct(old_inputs),
            news=to_struct(news),
        )
        return self.call("Diff", request)

    def create(
        self, token: str, inputs: Properties, name: str = "test", operation: str = "", preview: bool = False
    ) -> Any:
        metadata = (("x-headroom-operation", operation or str(uuid.uuid4())),)
        request = provider_pb2.CreateRequest(urn=urn(token, name), properties=to_struct(inputs), preview=preview)
        answer = self.call("Create", request, metadata)
        return answer.id, from_struct(answer.properties)

    def read(self, token: str, identifier: str, inputs: Properties, state: Properties) -> Any:
        request = provider_pb2.ReadRequest(
            id=identifier, urn=urn(token), inputs=to_struct(inputs), properties=to_struct(state)
        )
        answer = self.call("Read", request)
        return answer.id, from_struct(answer.inputs), from_struct(answer.properties)

    def update(
        self, token: str, identifier: str, state: Properties, olds: Properties, news: Properties, preview: bool = False
    ) -> Properties:
        request = provider_pb2.UpdateRequest(
            id=identifier,
            urn=urn(token),
            olds=to_struct(state),
            old_inputs=to_struct(olds),
            news=to_struct(news),
            preview=preview,
        )
        return from_struct(self.call("Update", request).properties)

    def delete(self, token: str, identifier: str, state: Properties) -> None:
        request = provider_pb2.DeleteRequest(id=identifier, urn=urn(token), properties=to_struct(state))
        assert self.call("Delete", request) == empty_pb2.Empty()

    def invoke(self, token: str, args: Properties) -> Properties:
        answer = self.call("Invoke", provider_pb2.InvokeRequest(tok=token, args=to_struct(args)))
        return from_struct(getattr(answer, "return"))


def urn(token: str, name: str = "test") -> str:
    return f"urn:pulumi:test::headroom::headroom:network:Network${token}::{name}"


class Made:
    """A resource that a test made, and what it was made of."""

    def __init__(self, plugin: Plugin, token: str, inputs: Properties, name: str) -> None:
        self.plugin = plugin
        self.token = token
        self.inputs = plugin.checked(token, inputs, name)
        self.state: Properties
        self.id, self.state = plugin.create(token, self.inputs, name)

    def __getitem__(self, name: str) -> Any:
        return plain(self.state[name])

    def update(self, **changes: Any) -> Properties:
        news = {**self.inputs, **changes}
        news = {name: value for name, value in news.items() if value is not None}
        self.state = self.plugin.update(self.token, self.id, self.state, self.inputs, news)
        self.inputs = news
        return self.state

    def read(self) -> Any:
        return self.plugin.read(self.token, self.id, self.inputs, self.state)

    def delete(self) -> None:
        self.plugin.delete(self.token, self.id, self.state)


class Maker:
    """Makes resources and deletes what is left of them, last first."""

    def __init__(self, plugin: Plugin) -> None:
        self._plugin = plugin
        self._made: list[Made] = []

    def __call__(self, token: str, inputs: Properties, name: str = "test") -> Made:
        made = Made(self._plugin, token, inputs, name)
        self._made.append(made)
        return made

    def clean(self) -> None:
        for made in reversed(self._made):
            made.delete()
