"""The record of requests, without their secrets."""

from dataclasses import dataclass

from aiohttp import web

_SECRETS = frozenset({
    "access_token", "client_secret", "code", "code_verifier", "id_token", "refresh_token", "token",
})  # fmt: skip
_HIDDEN = _SECRETS | {"upload_id"}
"""An upload's session is a secret whose place is the address."""


@dataclass(frozen=True, slots=True)
class GoogleSeen:
    """One request as it came in, without its secrets."""

    method: str
    path: str
    route: str
    query: dict[str, str]
    form: dict[str, str]
    secrets_in_url: bool
    bearer_in_header: bool
    status: int  # 0: it got no answer
    content_range: str = ""
    range: str = ""
    body_bytes: int = 0  # that arrived, kept or not


def see(request: web.Request, route: str, form: dict[str, str], status: int) -> GoogleSeen:
    """Return what is kept of a request."""
    return GoogleSeen(
        method=request.method,
        path=request.path,
        route=route,
        query=_without_secrets(dict(request.query)),
        form=_without_secrets(form),
        secrets_in_url=bool(_SECRETS & request.query.keys()),
        bearer_in_header=request.headers.get("Authorization", "").startswith("Bearer "),
        status=status,
        content_range=request.headers.get("Content-Range", ""),
        range=request.headers.get("Range", ""),
        body_bytes=request.content.total_bytes,
    )


def _without_secrets(params: dict[str, str]) -> dict[str, str]:
    return {key: "…" if key in _HIDDEN else value for key, value in params.items()}
