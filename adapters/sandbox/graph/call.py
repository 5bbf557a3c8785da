"""One call to the Graph sandbox, whole request or member of a batch, and what the handlers know around it."""

import hashlib
import hmac
from dataclasses import dataclass, field

from adapters.sandbox.objects import Page, Token
from adapters.sandbox.world import World

Json = dict[str, object]


@dataclass(slots=True, kw_only=True)
class Switches:
    """Ways in which the real API may answer one way or the other."""

    require_proof: bool = False
    bare_true: bool = False  # `true` instead of {"success": true}
    empty_pages: bool = False  # an empty page before every page of a listing
    filter_ignored: bool = False  # a listing of leads has all of them, whatever was asked for
    calls_per_lead: int | None = (
        None  # the lead bucket's 24 hours: so many calls a lead of 90 days (Meta: 4800)
    )
    max_limit: int = 500  # a larger `limit` is answered with HTTP 500, code 1


@dataclass(slots=True)
class Call:
    """Method, path below the version, parameters of query and form, and the token it came with."""

    method: str
    path: tuple[str, ...]
    params: dict[str, str]
    token_value: str = ""
    address: str = ""  # scheme, host and version: what `paging.next` starts with
    page: Page | None = None  # set by handlers: whose usage headers the answer carries


@dataclass(slots=True, kw_only=True)
class Graph:
    """What every handler works on."""

    world: World
    switches: Switches = field(default_factory=Switches)
    _proofs: dict[tuple[str, str], str] = field(default_factory=dict)

    def proof(self, token_value: str) -> str:
        """Return the appsecret_proof of a token: HMAC-SHA256 of it under the app secret, in hex."""
        key = (self.world.app_secret, token_value)  # the app's owner may change the secret
        known = self._proofs.get(key)
        if known is None:
            mac = hmac.new(self.world.app_secret.encode(), token_value.encode(), hashlib.sha256)
            known = self._proofs[key] = mac.hexdigest()
        return known

    def success(self) -> object:
        """Return the answer of a write that worked, in the shape that the switch asks for."""
        return True if self.switches.bare_true else {"success": True}


@dataclass(frozen=True, slots=True)
class Caller:
    """A checked token. Page tokens act as their Page, on behalf of the person behind them."""

    token: Token
    scopes: frozenset[str]
