"""A real API server on loopback, where there is one: objects are applied there and read back."""

from __future__ import annotations

import base64
import json
import os
import ssl
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from offline.kubernetes.kinds import Kind

SERVER_VARIABLE = "HEADROOM_KUBE_APISERVER"
"""Path of the kubeconfig of an API server on this machine, which then gets every object."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
EMULATED = ".offline.invalid"
"""Hosts of emulated clusters end so: nothing answers there (RFC 2606), and objects are kept in the stack's state."""
FIELD_MANAGER = "pulumi-offline"
TIMEOUT_SECONDS = 30
KIND_SECONDS = 20
"""How long a kind may take to be served after its CustomResourceDefinition was made."""


class RefusedError(Exception):
    """A server that this provider never speaks to, or a kubeconfig that it cannot use."""


class ApiError(Exception):
    """What the API server answered."""

    def __init__(self, status: int, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class Access:
    """How a server is reached."""

    server: str
    """`https://127.0.0.1:6443`."""
    token: str = field(default="", repr=False)
    authority: str = ""
    """PEM text of the authority that signed the server's certificate; empty trusts nobody but for plain HTTP."""
    certificate: str = ""
    """PEM text of a client certificate."""
    key: str = field(default="", repr=False)
    insecure: bool = False
    """The kubeconfig says `insecure-skip-tls-verify`: fine on loopback."""


def access(kubeconfig: str, context: str = "") -> Access | None:
    """How the server of a kubeconfig (text or path) is reached; None for an emulated cluster. Raises RefusedError."""
    config = _parsed(kubeconfig)
    chosen, cluster = _active(config, context)
    server = str(cluster.get("server") or "")
    host = urlsplit(server).hostname or ""
    if host.endswith(EMULATED):
        return None
    if host not in LOOPBACK:
        raise RefusedError(
            f"the offline Kubernetes provider refuses the server {host or server!r}: it speaks to loopback only; "
            "leave the kubeconfig out, or use the real engine"
        )
    user = _named(config, "users", str(chosen.get("user") or ""), "user") if chosen.get("user") else {}
    return Access(
        server=server.rstrip("/"),
        token=str(user.get("token") or ""),
        authority=_pem(cluster, "certificate-authority"),
        certificate=_pem(user, "client-certificate"),
        key=_pem(user, "client-key"),
        insecure=bool(cluster.get("insecure-skip-tls-verify")),
    )


def active_cluster(kubeconfig: str, context: str = "") -> Mapping[str, Any] | None:
    """The cluster that a kubeconfig leads to, as it describes it; None where it leads to none."""
    try:
        return _active(_parsed(kubeconfig), context)[1]
    except (RefusedError, OSError):
        return None


def _parsed(kubeconfig: str) -> Mapping[str, Any]:
    import yaml

    text = Path(kubeconfig).expanduser().read_text(encoding="utf-8") if _is_path(kubeconfig) else kubeconfig
    config = yaml.safe_load(text)
    if not isinstance(config, Mapping):
        raise RefusedError("the kubeconfig is no map; write it as kubectl does, or give the path of one that exists")
    return config


def _active(config: Mapping[str, Any], context: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    chosen = _named(config, "contexts", context or str(config.get("current-context") or ""), "context")
    return chosen, _named(config, "clusters", str(chosen.get("cluster") or ""), "cluster")


def _is_path(text: str) -> bool:
    return "\n" not in text and not text.lstrip().startswith("{") and len(text) < 4096


def _named(config: Mapping[str, Any], group: str, name: str, member: str) -> Mapping[str, Any]:
    for entry in config.get(group) or ():
        if entry.get("name") == name:
            found: Mapping[str, Any] = entry.get(member) or {}
            return found
    raise RefusedError(f"the kubeconfig has no {member} {name!r}; add it under {group}")


def _pem(entry: Mapping[str, Any], name: str) -> str:
    if entry.get(f"{name}-data"):
        return base64.b64decode(entry[f"{name}-data"]).decode()
    return Path(entry[name]).expanduser().read_text(encoding="utf-8") if entry.get(name) else ""


def configured(kubeconfig: str, context: str) -> Access | None:
    """The server of HEADROOM_KUBE_APISERVER, else of the kubeconfig; None where there is none."""
    override = os.environ.get(SERVER_VARIABLE)
    if kubeconfig:
        own = access(kubeconfig, context)  # refuses a foreign server whatever the variable says
        return access(override) if override else own
    return access(override) if override else None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Whoever answers on loopback must not send us, and our token, elsewhere."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Not followed: the answer itself becomes the error."""


class ApiServer:
    """Applies, reads and deletes objects."""

    def __init__(self, found: Access) -> None:
        self._access = found
        self._resources: dict[str, dict[str, tuple[str, bool]]] = {}
        self._lock = threading.Lock()
        handlers: list[Any] = [urllib.request.ProxyHandler({}), _NoRedirect()]
        if found.server.startswith("https:"):
            handlers.append(urllib.request.HTTPSHandler(context=_tls(found)))
        self._opener = urllib.request.build_opener(*handlers)

    def apply(self, kind: Kind, manifest: Mapping[str, Any], dry_run: bool = False) -> dict[str, Any]:
        """Server-side apply with strict field validation: unknown and doubled fields are errors. Raises ApiError."""
        query = f"fieldManager={FIELD_MANAGER}&fieldValidation=Strict&force=true" + ("&dryRun=All" if dry_run else "")
        metadata = manifest["metadata"]
        if "name" not in metadata:
            path = self._path(kind, metadata.get("namespace", ""))
            return self._call("POST", f"{path}?fieldValidation=Strict", manifest, "application/json")
        path = self._path(kind, metadata.get("namespace", ""), metadata["name"])
        return self._call("PATCH", f"{path}?{query}", manifest, "application/apply-patch+yaml")

    def read(self, kind: Kind, namespace: str, name: str) -> dict[str, Any] | None:
        """The object as it is; None when there is none."""
        try:
            return self._call("GET", self._path(kind, namespace, name))
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def delete(self, kind: Kind, namespace: str, name: str) -> None:
        """Asks for the deletion; what is gone already counts as deleted."""
        try:
            self._call("DELETE", f"{self._path(kind, namespace, name)}?propagationPolicy=Background")
        except ApiError as error:
            if error.status != 404:
                raise

    def _path(self, kind: Kind, namespace: str, name: str = "") -> str:
        plural, namespaced = self._resource(kind)
        base = f"/apis/{kind.api_version}" if kind.group else "/api/v1"
        place = f"/namespaces/{quote(namespace, safe='')}" if namespaced else ""
        return f"{base}{place}/{plural}" + (f"/{quote(name, safe='')}" if name else "")

    def _resource(self, kind: Kind) -> tuple[str, bool]:
        """Plural name and scope, as the server tells them; a custom kind may take a moment to be served."""
        deadline = time.monotonic() + KIND_SECONDS
        while True:
            with self._lock:
                if kind.name not in self._resources.get(kind.api_version, {}):
                    self._resources[kind.api_version] = self._discover(kind)
                found = self._resources[kind.api_version].get(kind.name)
            if found:
                return found
            if time.monotonic() > deadline:
                raise ApiError(404, f"the API server has no {kind}; make its CustomResourceDefinition first")
            time.sleep(0.2)

    def _discover(self, kind: Kind) -> dict[str, tuple[str, bool]]:
        base = f"/apis/{kind.api_version}" if kind.group else "/api/v1"
        try:
            listed = self._call("GET", base)
        except ApiError as error:
            if error.status == 404:
                return {}
            raise
        return {
            str(entry["kind"]): (str(entry["name"]), bool(entry["namespaced"]))
            for entry in listed.get("resources") or ()
            if "/" not in entry["name"]
        }

    def _call(self, method: str, path: str, body: Any = None, content: str = "") -> dict[str, Any]:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self._access.server}{path}", data=data, method=method)
        request.add_header("Accept", "application/json")
        if content:
            request.add_header("Content-Type", content)
        if self._access.token:
            request.add_header("Authorization", f"Bearer {self._access.token}")
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                decoded: dict[str, Any] = json.load(answer)
                return decoded
        except urllib.error.HTTPError as error:
            raise _told(error) from None
        except urllib.error.URLError as error:
            raise ApiError(0, f"the API server at {self._access.server} does not answer: {error.reason}") from None


def _told(error: urllib.error.HTTPError) -> ApiError:
    text = error.read().decode("utf-8", "replace")
    try:
        status = json.loads(text)
    except ValueError:
        status = {}
    return ApiError(error.code, str(status.get("message") or text.strip() or error.reason), str(status.get("reason")))


def _tls(found: Access) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=found.authority or None)
    if found.insecure:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if found.certificate:
        with tempfile.TemporaryDirectory() as folder:  # ssl takes a client's certificate from a file only
            path = Path(folder, "client.pem")
            path.touch(mode=0o600)
            path.write_text(f"{found.certificate}\n{found.key}", encoding="utf-8")
            context.load_cert_chain(path)
    return context
