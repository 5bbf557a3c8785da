"""nginx and Caddy from Debian's packages, started with the configurations that docs/operators.md shows."""

import asyncio
import contextlib
import os
import re
import shutil
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from support.daemon import ROOT, free_port

HOST = "connect.example.com"
PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A running proxy: its port on loopback, what its certificate is checked with, its access log if it has one."""

    port: int
    trust: ssl.SSLContext
    access_log: Path

    def url(self, path: str) -> str:
        """Return the public address of a path; connect to loopback for it."""
        return f"https://{HOST}:{self.port}{path}"


class Found(AbstractResolver):
    """Finds every host at one address, as the outside finds the documented one by its name."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=self._address,
                port=port,
                family=family,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """Nothing is held."""


def documented(language: str) -> str:
    """Return the one configuration that the document shows in a language."""
    text = (ROOT / "docs/operators.md").read_text(encoding="utf-8")
    (shown,) = re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return str(shown)


def program(name: str) -> str | None:
    """Return where a proxy's program lies."""
    return shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")


@contextlib.asynccontextmanager
async def running(name: str, folder: Path, upstream_port: int) -> AsyncIterator[Proxy]:
    """Start a proxy in front of a port. Addresses and file names are replaced, nothing else."""
    certificate, key = self_signed(folder)
    port, log = free_port(), folder / "access.log"
    if name == "nginx":
        command = _nginx(folder, port, upstream_port, certificate, key, log)
    else:
        command = _caddy(folder, port, upstream_port, certificate, key)
    binary = program(name)
    assert binary is not None
    process = await asyncio.create_subprocess_exec(
        binary,
        *command,
        cwd=folder,
        env={"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        await _listening(process, port)
        yield Proxy(
            port=port, trust=ssl.create_default_context(cafile=certificate.as_posix()), access_log=log
        )
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.communicate()


def _nginx(folder: Path, port: int, upstream_port: int, certificate: Path, key: Path, log: Path) -> list[str]:
    """Put the server's part into the frame that Debian's nginx.conf gives it."""
    shown = _replaced(
        documented("nginx"),
        {
            "127.0.0.1:8080": f"127.0.0.1:{upstream_port}",
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            f"/etc/letsencrypt/live/{HOST}/fullchain.pem": str(certificate),
            f"/etc/letsencrypt/live/{HOST}/privkey.pem": str(key),
            "/var/log/nginx/connector.log": str(log),
        },
    )
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"{_as_root()}daemon off; pid {folder}/nginx.pid; worker_processes 1; error_log stderr;\n"
        f"events {{}}\nhttp {{\n{temporary}{shown}\n}}\n",
        encoding="utf-8",
    )
    return ["-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]


def _as_root() -> str:
    """Keep nginx from handing its workers to `nobody`, whom a test's folder keeps out."""
    return "user root; " if os.geteuid() == 0 else ""


def _caddy(folder: Path, port: int, upstream_port: int, certificate: Path, key: Path) -> list[str]:
    """Give it our certificate in place of one that it would fetch."""
    shown = _replaced(
        documented("caddyfile"),
        {
            "127.0.0.1:8080": f"127.0.0.1:{upstream_port}",
            f"{HOST} {{": f"https://{HOST}:{port} {{\n\tbind 127.0.0.1\n\ttls {certificate} {key}",
        },
    )
    frame = "{\n\tadmin off\n\tauto_https disable_redirects\n}\n"
    (folder / "Caddyfile").write_text(frame + shown, encoding="utf-8")
    return ["run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


def _replaced(text: str, words: dict[str, str]) -> str:
    for old, new in words.items():
        assert old in text, f"the document does not say {old!r} any more"
        text = text.replace(old, new)
    return text


async def _listening(process: asyncio.subprocess.Process, port: int) -> None:
    """Return once the port answers; fail with what the proxy says when it ends before."""

    def ended() -> bool:
        return process.returncode is not None

    await answering("127.0.0.1", port, ended)
    if ended():
        _, said = await process.communicate()
        raise AssertionError(f"the proxy ended: {said.decode(errors='replace')[-2000:]}")


async def answering(host: str, port: int, ended: Callable[[], bool] = lambda: False) -> None:
    """Return once a server listens there, or `ended` says that none will."""
    async with asyncio.timeout(PATIENCE_S):
        while not ended():
            try:
                _, writer = await asyncio.open_connection(host, port)
            except OSError:
                await asyncio.sleep(0.02)  # another program's start: there is nothing to wait on
                continue
            writer.close()
            await writer.wait_closed()
            return


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for the documented host that this test alone trusts."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=60))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(private, hashes.SHA256())
    )
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, key
