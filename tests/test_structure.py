"""Guards what the design promises of the code's shape: who imports whom, names, and sizes."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from pulumi import automation

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("infra", "components", "functions", "policies", "operations", "offline", "benchmarks")
SDKS = {"pulumi_aws", "pulumi_kubernetes"}

ALLOWED = {
    "infra": {"infra", "components"},
    "components": {"components"},
    "functions": {"functions"},
    "policies": {"policies"},
    "operations": {"operations", "infra", "components", "policies"},
    "offline": {"offline"},
    "benchmarks": {"benchmarks", "operations"},
}


@cache
def files() -> tuple[Path, ...]:
    """Every file of the project, committed or about to be; without git, all that is not made by tools."""
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        return tuple(path for line in listed.stdout.splitlines() if (path := ROOT / line).is_file())
    hidden = {".git", ".venv", ".headroom", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}
    return tuple(path for path in ROOT.rglob("*") if path.is_file() and not hidden & set(path.parts))


def modules(package: str) -> list[Path]:
    return [path for path in files() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] == package]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path: Path) -> Iterator[str]:
    """Dotted names of what a module imports, wherever in it; `from a import b` gives `a` and `a.b`."""
    here = path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(here[: -node.level]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def ours(path: Path) -> Iterator[Path]:
    """The project's files that a module imports."""
    for name in imports(path):
        if name.split(".")[0] in PACKAGES:
            file = ROOT / Path(*name.split("."))
            yield from (p for p in (file.with_suffix(".py"), file / "__init__.py") if p.is_file())


@cache
def makes_resources(path: Path) -> bool:
    """Whether a module, or one of ours that it imports, imports a provider's SDK."""
    if any(name.split(".")[0] in SDKS for name in imports(path)):
        return True
    return any(makes_resources(other) for other in ours(path) if other != path)


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_go_one_way_only(package):
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(package)
        for name in imports(path)
        if (top := name.split(".")[0]) in PACKAGES and top not in ALLOWED[package]
    ]
    assert wrong == []


def test_no_module_imports_itself_by_way_of_others():
    order = TopologicalSorter({path: set(ours(path)) - {path} for package in PACKAGES for path in modules(package)})
    assert list(order.static_order())  # raises CycleError, which names the cycle


def test_operations_import_decisions_and_settings_but_nothing_that_makes_resources():
    wrong = [
        f"{path.relative_to(ROOT)} imports {other.relative_to(ROOT)}"
        for path in modules("operations")
        for other in set(ours(path))
        if other.relative_to(ROOT).parts[0] in ("infra", "components") and makes_resources(other)
    ]
    assert wrong == []


def test_operations_import_rules_and_what_they_read_but_not_the_policy_sdk():
    taken = {other for path in modules("operations") for other in ours(path) if other.is_relative_to(ROOT / "policies")}
    assert not any(name.split(".")[0] == "pulumi_policy" for path in taken for name in imports(path))


def test_one_module_knows_the_policy_sdk():
    knowing = {
        path.name
        for path in modules("policies")
        if any(name.split(".")[0] == "pulumi_policy" for name in imports(path))
    }
    assert knowing == {"pack.py"}


def test_one_module_of_operations_speaks_to_engines_and_only_as_the_automation_api_does():
    speaking = {
        path.name for path in modules("operations") if any(name.split(".")[0] == "pulumi" for name in imports(path))
    }
    assert speaking == {"stacks.py"}
    stacks = tree(ROOT / "operations" / "stacks.py")
    flags = {
        node.value
        for node in ast.walk(stacks)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"--[a-z-]+", node.value)
    }
    api = "".join(path.read_text(encoding="utf-8") for path in Path(automation.__file__).parent.glob("*.py"))
    assert {"--event-log", "--policy-pack"} < flags
    assert {flag for flag in flags if f'"{flag}' not in api} <= {"--offline"}


@pytest.mark.parametrize("folder", ["infra", "policies"])
def test_no_module_first_on_the_path_hides_a_standard_one(folder):
    names = {path.relative_to(ROOT / folder).parts[0].removesuffix(".py") for path in modules(folder)}
    assert names & sys.stdlib_module_names == set()


@pytest.mark.parametrize("entry", ["infra/__main__.py", "policies/__main__.py"])
def test_entry_points_hold_only_imports_and_one_call(entry):
    body = [node for node in tree(ROOT / entry).body if not isinstance(node, ast.ImportFrom)]
    docstring, call = body
    assert isinstance(docstring, ast.Expr)
    assert isinstance(docstring.value, ast.Constant)
    assert isinstance(call, ast.Expr)
    assert isinstance(call.value, ast.Call)


def test_every_package_folder_is_a_package():
    folders = {path.parent for package in PACKAGES for path in modules(package)}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def code() -> Iterator[Path]:
    for package in PACKAGES:
        yield from modules(package)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_files_stay_readable():
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in code()}
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}


def test_functions_stay_readable():
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name} has {lines} lines"
        for path in code()
        for node in functions(path)
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > (80 if node.name == "__init__" else 60)
    ]
    assert long == []


def test_every_test_asserts_something():
    wordless = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in modules("tests")
        for node in functions(path)
        if node.name.startswith("test_") and not re.search(r"\bassert|raises|warns|\bcheck|\bexpect", ast.unparse(node))
    ]
    assert wordless == []


def test_tests_mirror_the_tree():
    astray = [
        str(path.relative_to(ROOT))
        for path in modules("tests")
        if len(parts := path.relative_to(ROOT).parts) > 2 and parts[1] not in (*PACKAGES, "end_to_end")
    ]
    assert astray == []


def test_nothing_is_left_to_be_done_in_a_comment():
    marks = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX")) + r")\b")
    left = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files()
        if path.suffix in (".py", ".md", ".yaml", ".toml", ".sh") or path.name == "Makefile"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if marks.search(line)
    ]
    assert left == []


def test_no_file_names_a_package_index():
    # In pieces, so that this file names none either.
    hosts = [
        ".".join(pieces)
        for pieces in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("proxy", "golang", "org"),
            ("sum", "golang", "org"),
            ("crates", "io"),
            ("rubygems", "org"),
            ("deb", "debian", "org"),
        )
    ]
    naming = [
        f"{path.relative_to(ROOT)} names {host}"
        for path in files()
        for host in hosts
        if host.encode() in path.read_bytes()
    ]
    assert naming == []
