"""Follows docs/operators.md on a machine: its commands as they stand there, typed in one after the other."""

import asyncio
import hashlib
import json
import re
import shutil
import subprocess
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from support.service_host import PYTHON, ROOT, ServiceHost, our_version, their_version

DOCUMENT = ROOT / "docs/operators.md"
SHOWN = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
RELEASED = ("connector", "adapters", "state", "systemd", "docs")
RELEASED_FILES = ("pyproject.toml", "requirements.lock", "README.md", "CHANGELOG.md", "LICENSE")
LOCK = ROOT / "requirements.lock"
GONE = "connector/gone.py"
"""Is in the first release and not in the second."""

TYPED = """
cd "$(cat /run/walk.cwd 2>/dev/null || echo /root)"
trap 'pwd >/run/walk.cwd' EXIT
export PIP_NO_INDEX=1 PIP_FIND_LINKS=/media/wheels PIP_CONFIG_FILE=/dev/null
export EDITED=/run/edited.json DEBIAN_FRONTEND=noninteractive PIP_ROOT_USER_ACTION=ignore
set -ex
"""
"""One shell for the whole document: it stays in the folder that it went to. There is no package index: wheels of the
lock lie in a folder."""


def section(document: Path, heading: str) -> str:
    """Return the text under a heading up to the next one of any rank."""
    text = SHOWN.sub(lambda found: found[0].replace("#", "\0"), document.read_text(encoding="utf-8"))
    found = re.search(rf"^#+ {re.escape(heading)}$\n(.*?)(?=^#+ |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found is not None, f"no heading {heading!r}"
    return found[1].replace("\0", "#")  # a comment of a command begins no heading


def blocks(document: Path, heading: str) -> list[str]:
    """Return the commands that are shown under a heading, block by block."""
    return [
        textwrap.dedent(body) for _, kind, body in SHOWN.findall(section(document, heading)) if kind == "sh"
    ]


@dataclass(slots=True, kw_only=True)
class Operator:
    """Types the document's commands in as root; `words` are what the reader puts for the document's placeholders."""

    host: ServiceHost
    words: dict[str, str]

    async def follow(self, heading: str, *, part: int = 0, code: int = 0) -> str:
        """Type in the `part`-th block under a heading, whose last command ends with `code`; return its output."""
        commands = blocks(DOCUMENT, heading)[part]
        for placeholder, word in self.words.items():
            commands = commands.replace(placeholder, word)
        assert not re.search(r"\b[A-Z]{4,}\b", re.sub(r'"[^"]*"|#.*', "", commands)), commands
        if code:
            commands = f"set +e\n(set -e\n{commands})\ncode=$?\nset -e\ntest $code = {code}"
        return await self.type(commands)

    async def type(self, commands: str) -> str:
        """Type commands in; each must succeed. Return what they print."""
        return await asyncio.to_thread(self.host.run, "bash", "-c", f"{{ {TYPED}\n{commands}\n}} 2>&1")

    def fill_in(self, files: Mapping[str, Mapping[str, object] | str]) -> None:
        """Say what will be written when the document has a file edited."""
        self.host.write("/run/edited.json", json.dumps(files), mode="0600", group="root")
        self.host.run("ln", "-sf", "/media/support/editor.py", "/usr/local/bin/editor")

    def shown_file(self, heading: str, language: str) -> None:
        """Write the file that the document shows to where it says that it belongs: "as `PATH`:"."""
        found = re.search(
            rf"as `(/[^`]+)`:\n\n```{language}\n(.*?)^```",
            section(DOCUMENT, heading),
            re.DOTALL | re.MULTILINE,
        )
        assert found is not None, f"no {language} with its place under {heading!r}"
        self.host.write(found[1], found[2], mode="0644", group="root")


def releases(folder: Path) -> Path:
    """Make a repository with two releases, v1 and v2, of what lies in this checkout; return where it is."""
    repository = folder / "repository"
    repository.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in RELEASED:
        shutil.copytree(ROOT / name, repository / name, ignore=ignored)
    for name in RELEASED_FILES:
        shutil.copy(ROOT / name, repository / name)
    shutil.copy(ROOT / ".gitignore", repository / ".gitignore")
    (repository / GONE).write_text("", encoding="utf-8")
    _git(repository, "init", "--quiet")
    _release(repository, "v1")
    (repository / GONE).unlink()
    project = repository / "pyproject.toml"
    text = project.read_text(encoding="utf-8")
    project.write_text(
        re.sub(r'^version = ".*"$', 'version = "99.0.0"', text, flags=re.MULTILINE), encoding="utf-8"
    )
    _release(repository, "v2")
    _git(repository, "checkout", "--quiet", "v1")
    return repository


def _release(repository: Path, tag: str) -> None:
    who = ("-c", "user.name=Example", "-c", "user.email=dev@example.com")
    _git(repository, "add", "--all")
    _git(repository, *who, "commit", "--quiet", "--message", tag)
    _git(repository, "tag", tag)


def _git(repository: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(repository), *arguments], check=True)  # noqa: S603, S607 - our own words


def wheels(kept: Path, scratch: Path) -> Path:
    """Return a folder with the files of the lock, for Debian's Python.

    They are those that `make` furnished this checkout from. Where it was furnished otherwise, or by another version
    of Python, they are downloaded once and kept. Raises CalledProcessError: no package index answers.
    """
    folder = kept if their_version() == our_version() else kept / their_version()
    if not _has_all(folder):
        subprocess.run([PYTHON, "-m", "venv", str(scratch / "venv")], check=True)  # noqa: S603 - our own words
        pip = [str(scratch / "venv/bin/python"), "-m", "pip", "download", "--quiet", "--dest", str(folder)]
        subprocess.run([*pip, "--no-deps", "--require-hashes", "--requirement", str(LOCK)], check=True)  # noqa: S603 - our own words
        subprocess.run([*pip, "setuptools>=77"], check=True)  # noqa: S603 - our own words
    return folder


def _has_all(folder: Path) -> bool:
    digests = {hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.glob("*.whl")}
    locked = re.split(r"^(?=\S)", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return any(folder.glob("setuptools-*.whl")) and all(
        digests & set(re.findall(r"--hash=sha256:([0-9a-f]{64})", one)) for one in locked
    )
