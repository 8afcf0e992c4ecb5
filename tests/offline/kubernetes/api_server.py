"""A real kube-apiserver with its etcd, on loopback and in a folder of its own."""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from offline import cloud
from tests.ports import free_port

TOOLS = cloud.ROOT / ".kube-tools" / "bin"
START_SECONDS = 120
AUDIT = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata", "verbs": ["delete"]}],
}
"""Deletions, so that a test can see their order."""
TOKEN = "of-a-test"  # only this server takes it, and only as long as the test runs


def tool(name: str) -> str | None:
    """Path of a tool that `make kube-tools` made, or of one on PATH."""
    return shutil.which(name, path=f"{TOOLS}{os.pathsep}{os.environ.get('PATH', '')}")


class RunningApiServer:
    """Started, ready, with every API of Kubernetes and no controller at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._unchecked = ssl.create_default_context()
        self._unchecked.check_hostname, self._unchecked.verify_mode = False, ssl.CERT_NONE
        self.address = f"https://127.0.0.1:{(port := free_port())}"
        etcd = f"http://127.0.0.1:{free_port()}"
        peer = f"http://127.0.0.1:{free_port()}"
        (folder / "tokens.csv").write_text(f'{TOKEN},admin,admin,"system:masters"\n', encoding="utf-8")
        (folder / "audit.json").write_text(json.dumps(AUDIT), encoding="utf-8")
        key = folder / "accounts.pem"
        subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
        self._children = [
            self._start(
                "etcd",
                f"--data-dir={folder / 'etcd'}",
                *(f"--listen-client-urls={etcd}", f"--advertise-client-urls={etcd}"),
                *(f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}"),
                f"--initial-cluster=default={peer}",
            ),
            self._start(
                "kube-apiserver",
                f"--etcd-servers={etcd}",
                *("--bind-address=127.0.0.1", f"--secure-port={port}", f"--cert-dir={folder / 'certificates'}"),
                *(f"--token-auth-file={folder / 'tokens.csv'}", "--authorization-mode=RBAC"),
                "--service-account-issuer=https://kubernetes.default.svc",
                *(f"--service-account-key-file={key}", f"--service-account-signing-key-file={key}"),
                # Without controllers nobody makes the accounts that it would ask for.
                "--disable-admission-plugins=ServiceAccount",
                "--service-cluster-ip-range=10.0.0.0/24",
                *(f"--audit-policy-file={folder / 'audit.json'}", f"--audit-log-path={folder / 'audit.log'}"),
            ),
        ]
        self._wait()
        self.kubeconfig = folder / "kubeconfig"
        self.kubeconfig.write_text(json.dumps(self._kubeconfig()), encoding="utf-8")

    def _start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        found = tool(name)
        assert found is not None
        with (self.folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen([found, *arguments], stdout=log, stderr=log, cwd=self.folder)

    def _wait(self) -> None:
        request = urllib.request.Request(f"{self.address}/readyz", headers={"Authorization": f"Bearer {TOKEN}"})
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                urllib.request.urlopen(request, timeout=5, context=self._unchecked).close()
                return
            except (urllib.error.URLError, OSError):
                ended = [child for child in self._children if child.poll() is not None]
                if ended or time.monotonic() > deadline:
                    logs = [path.read_text(errors="replace")[-2000:] for path in self.folder.glob("*.log")]
                    self.stop()
                    raise AssertionError("the API server did not start:\n" + "\n".join(logs)) from None
                time.sleep(0.3)

    def _kubeconfig(self) -> dict[str, object]:
        authority = str(self.folder / "certificates" / "apiserver.crt")
        return {
            "clusters": [{"name": "c", "cluster": {"server": self.address, "certificate-authority": authority}}],
            "users": [{"name": "u", "user": {"token": TOKEN}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "c",
        }

    def patch(self, path: str, changes: Mapping[str, Any]) -> None:
        """What somebody else changes, past the plugin; a null takes away."""
        self._call("PATCH", path, json.dumps(changes).encode())

    def delete(self, path: str) -> None:
        """What somebody else deletes."""
        self._call("DELETE", path)

    def get(self, path: str) -> Any:
        """An object, or a list of them, as the server has it."""
        return self._call("GET", path)

    def _call(self, method: str, path: str, body: bytes | None = None) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/merge-patch+json"}
        request = urllib.request.Request(f"{self.address}{path}", data=body, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=60, context=self._unchecked) as answer:
            return json.load(answer)

    def deletions(self) -> list[str]:
        """Kind and name of everything that was asked to go, in order."""
        entries = [json.loads(line) for line in (self.folder / "audit.log").read_text(encoding="utf-8").splitlines()]
        gone = [entry["objectRef"] for entry in entries if entry["verb"] == "delete"]
        return [f"{one['resource']}/{one['name']}" for one in gone]

    def stop(self) -> None:
        """Ends both at once: nobody needs what they hold, and an orderly end takes the server half a minute."""
        for child in reversed(self._children):
            child.kill()
            child.wait(timeout=30)
