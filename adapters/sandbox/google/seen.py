"""The record of requests, without their secrets."""

from dataclasses import dataclass

from aiohttp import web

_SECRETS = frozenset({
    "access_token", "client_secret", "code", "code_verifier", "id_token", "refresh_token", "token",
})  # fmt: skip


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
    )


def _without_secrets(params: dict[str, str]) -> dict[str, str]:
    return {key: "…" if key in _SECRETS else value for key, value in params.items()}
