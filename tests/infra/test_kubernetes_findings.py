"""kube-score and Checkov over every object of every environment on EKS: nothing but what is accepted, with reasons."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.components import eks_examples
from tests.components.conftest import run_program
from tests.infra.stack_files import ENVIRONMENTS, objects
from tests.offline.kubernetes.api_server import tool

# With the tests of the API server: all of them want the same three runs of the program.
pytestmark = [pytest.mark.kube_tools, pytest.mark.xdist_group("apiserver")]
ACCEPTED = Path(__file__).with_name("kubernetes_findings.yaml")
OPTIONAL = "container-seccomp-profile"
"""A check of kube-score's that is off by default. The others of these contradict the sizes that are asked for."""
FINE = 10
"""kube-score's grade of what passes; 5 is a warning, 1 critical."""
Object = Mapping[str, Any]


@dataclass(frozen=True, order=True)
class Finding:
    """What a tool says against an object."""

    tool: str
    check: str
    place: str
    """`Deployment/api/api`."""


def place(kind: str, namespace: str | None, name: str) -> str:
    return f"{kind}/{namespace or '-'}/{name}"


def run(*words: str) -> Any:
    found = tool(words[0])
    assert found is not None
    done = subprocess.run([found, *words[1:]], capture_output=True, text=True, timeout=120)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def by_kube_score(folder: Path) -> Iterator[Finding]:
    for path in sorted(folder.iterdir()):  # each by itself: it looks at what belongs together
        scored = run("kube-score", "score", "--output-format", "json", "--enable-optional-test", OPTIONAL, str(path))
        assert scored
        for one in scored:
            metadata = one["object_meta"]
            where = place(one["type_meta"]["kind"], metadata.get("namespace"), metadata["name"])
            for check in one["checks"]:
                if not check["skipped"] and check["grade"] < FINE:
                    yield Finding("kube-score", check["check"]["id"], where)


def by_checkov(folder: Path) -> Iterator[Finding]:
    words = ("--framework", "kubernetes", "--skip-download", "--quiet", "--compact", "--output", "json")
    checked = run("checkov", "--directory", str(folder), *words)
    assert checked["summary"]["parsing_errors"] == 0
    assert checked["summary"]["passed"] > 0
    for failed in checked["results"]["failed_checks"]:
        yield Finding("checkov", failed["check_id"], place(*failed["resource"].split(".", 2)))


TOOLS: dict[str, Callable[[Path], Iterator[Finding]]] = {"kube-score": by_kube_score, "checkov": by_checkov}


def findings(name: str, files: Mapping[str, Iterable[Object]], folder: Path) -> set[Finding]:
    for file, manifests in files.items():
        text = yaml.safe_dump_all(json.loads(json.dumps(list(manifests))))  # without YAML's references
        (folder / f"{file}.yaml").write_text(text, encoding="utf-8")
    return set(TOOLS[name](folder))


def manifests(environment: str) -> list[dict[str, Any]]:
    return [made["inputs"] for made in objects(environment)]


@pytest.fixture(scope="module", params=TOOLS)
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, set[Finding]]:
    """The tool, and what it says of all environments, and of a service that has all that a service can have."""
    files = {environment: manifests(environment) for environment in ENVIRONMENTS}
    files["all"] = [made["inputs"] for made in eks_examples.objects(eks_examples.started(run_program))]
    return request.param, findings(request.param, files, tmp_path_factory.mktemp(request.param))


def accepted(name: str) -> list[Finding]:
    """What is accepted of a tool; the last word is a pattern."""
    entries = yaml.safe_load(ACCEPTED.read_text(encoding="utf-8"))
    assert all(entry["reason"] and entry["objects"] and entry["tool"] in TOOLS for entry in entries)
    return [Finding(name, one["check"], at) for one in entries if one["tool"] == name for at in one["objects"]]


def matches(one: Finding, pattern: Finding) -> bool:
    return one.check == pattern.check and fnmatch(one.place, pattern.place)


def test_nothing_is_found_but_what_is_accepted(found: tuple[str, set[Finding]]) -> None:
    name, every = found
    assert [one for one in sorted(every) if not any(matches(one, pattern) for pattern in accepted(name))] == []


def test_nothing_is_accepted_that_is_not_found_any_more(found: tuple[str, set[Finding]]) -> None:
    name, every = found
    assert [pattern for pattern in accepted(name) if not any(matches(one, pattern) for one in every)] == []


WEAK = {
    "checkov": {"CKV_K8S_16", "CKV_K8S_22"},
    "kube-score": {
        "container-security-context-privileged",
        "container-security-context-readonlyrootfilesystem",
        "deployment-targeted-by-hpa-does-not-have-replicas-configured",
    },
}


@pytest.mark.parametrize("name", TOOLS)
def test_a_weakness_is_found(name: str, tmp_path: Path) -> None:
    weakened = copy.deepcopy(manifests("prod"))
    spec = next(one["spec"] for one in weakened if one["kind"] == "Deployment")
    spec["replicas"] = 2
    security = spec["template"]["spec"]["containers"][0]["securityContext"]
    security.update(privileged=True, readOnlyRootFilesystem=False)
    assert {one.check for one in findings(name, {"prod": weakened}, tmp_path)} >= WEAK[name]
