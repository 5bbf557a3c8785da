"""The record of requests, without their secrets."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

SECRETS = frozenset(
    {"access_token", "appsecret_proof", "client_secret", "code", "fb_exchange_token", "input_token"}
)


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it came in, without its secrets."""

    method: str
    path: str
    route: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    token_in_url: bool
    token_in_header: bool
    status: int
    members: tuple[str, ...] = ()  # paths of a batch's members, without their queries

    @property
    def proved(self) -> bool:
        """Whether an appsecret_proof came along."""
        return "appsecret_proof" in self.query or "appsecret_proof" in self.form


def see(request: web.Request, route: str, form: Mapping[str, str], status: int) -> Seen:
    """Return what is kept of a request."""
    return Seen(
        method=request.method,
        path=request.path,
        route=route,
        query=_without_secrets(request.query),
        form=_without_secrets(form),
        token_in_url="access_token" in request.query,
        token_in_header="Authorization" in request.headers,
        status=status,
        members=_members(form.get("batch", "")) if route == "batch" else (),
    )


def _without_secrets(params: Mapping[str, str]) -> dict[str, str]:
    return {key: "…" if key in SECRETS else value for key, value in params.items() if key != "batch"}


def _members(batch: str) -> tuple[str, ...]:
    try:
        return tuple(str(member["relative_url"]).partition("?")[0] for member in json.loads(batch))
    except (ValueError, TypeError, KeyError):
        return ()
