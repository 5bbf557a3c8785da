"""What is shipped: locked dependencies with hashes, every one of them used, one version, one licence."""

import ast
import re
import tomllib
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

import connector

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("requirements.lock", "requirements-dev.lock")
PINNED = re.compile(r"([A-Za-z0-9._-]+(?:\[[a-z,]+\])?)==(\S+?)(?: ;.*)?")


def requirements(name: str) -> dict[str, list[str]]:
    """Return requirement line → its hashes."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return {
        line.split(" --hash=")[0].strip(): re.findall(r"--hash=sha256:([0-9a-f]{64})", line) for line in lines
    }


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.partition("[")[0]).lower()


def pinned(name: str) -> dict[str, str]:
    matches = (PINNED.fullmatch(line) for line in requirements(name))
    return {canonical(match[1]): match[2] for match in matches if match is not None}


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_requirement_is_pinned_and_hashed(name: str) -> None:
    found = requirements(name)
    assert len(found) > 20
    for line, hashes in found.items():
        assert PINNED.fullmatch(line), f"{name}: {line} is not pinned"
        assert hashes, f"{name}: {line} has no hash"


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_names_no_index_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(
        r"^\s*(-i|--index-url|--extra-index-url|--find-links|-f|-e|--trusted-host)\b", text, re.MULTILINE
    )


def names_of(given: list[str]) -> set[str]:
    return {canonical(re.split(r"[<>=!~; ]", one)[0]) for one in given}


def test_the_lock_files_hold_what_the_project_asks_for() -> None:
    runtime = names_of(PROJECT["project"]["dependencies"])
    develop = names_of(PROJECT["dependency-groups"]["dev"])
    assert runtime <= pinned("requirements.lock").keys()
    assert runtime | develop <= pinned("requirements-dev.lock").keys()
    both = pinned("requirements-dev.lock")
    assert all(both[name] == locked for name, locked in pinned("requirements.lock").items())


def imported(folder: str) -> set[str]:
    """Return the top-level modules that a folder's code imports."""
    found: set[str] = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found


def test_every_runtime_dependency_is_imported_and_every_import_is_a_dependency() -> None:
    used = set[str]().union(*(imported(folder) for folder in ("connector", "adapters", "state")))
    known = packages_distributions()
    needed = {canonical(name) for module in used for name in known.get(module, ())}
    extras = PROJECT["project"]["optional-dependencies"].values()
    declared = names_of([*PROJECT["project"]["dependencies"], *(one for extra in extras for one in extra)])
    ours = canonical(PROJECT["project"]["name"])
    assert declared - needed == set(), "declared and never imported"
    assert needed - declared - {ours} - TRANSITIVE.keys() == set(), "imported and never declared"


TRANSITIVE = {
    "markupsafe": "jinja2's own escaping, always there with it",
    "google-api-core": "shares the namespace `google` with google-auth",
    "googleapis-common-protos": "the same",
    "protobuf": "the same",
    "pydantic-core": "pydantic's own other half: always of its version",
    "pyrage-stubs": "pyrage's types, for mypy alone",
    "urllib3": "its errors come through requests",
}
"""What may be imported without being declared, and why."""


def test_there_is_one_version() -> None:
    assert PROJECT["project"]["version"] == connector.__version__
    assert version(PROJECT["project"]["name"]) == connector.__version__
    assert f"] {connector.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_licence_is_apache_2() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert PROJECT["project"]["license"] == "Apache-2.0"
    assert "Apache License" in text[:400]
    assert "Version 2.0, January 2004" in text[:400]
    assert "END OF TERMS AND CONDITIONS" in text


def test_data_files_of_the_packages_are_shipped() -> None:
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["*"]
    for folder in ("connector", "adapters", "state"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix not in {".py", ".pyc"}:
                assert any(path.match(pattern) for pattern in patterns), f"{path} would not be installed"
