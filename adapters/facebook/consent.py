"""Connecting a Facebook account: the dialog, the tokens, the Pages, and the proofs that all of it works.

https://developers.facebook.com/docs/facebook-login/manually-build-a-login-flow
https://developers.facebook.com/docs/facebook-login/facebook-login-for-business
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import structlog

from adapters.facebook.client import GraphClient, Params
from adapters.facebook.errors import SCOPES, translate
from adapters.facebook.fault import fault_behind, fault_of
from adapters.facebook.leads import FacebookLeads
from adapters.facebook.pages import pages
from adapters.facebook.reply import GraphReply
from connector.domain.connection import LeadAccess, PageAccess, PageGrant, Person, TokenFacts, UserToken
from connector.domain.errors import (
    AuthLostError,
    ConnectorError,
    MisconfiguredError,
    PermanentError,
    TransientError,
)
from connector.domain.lead import LeadId, PageId
from connector.ports import Clock, Raw

LONG_LIVED_S = 7 * 86400
"""A token that lives longer than this many seconds needs no exchange; a short one lives an hour or two."""

_DIGITS = re.compile(r"[0-9]{1,64}")
_NO_API = "this api is not available"

log = structlog.get_logger(__name__)


class FacebookConsent:
    """Everything that connecting takes. Every method raises ConnectorError kinds only."""

    def __init__(self, client: GraphClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    def dialog_url(self, *, state: str, redirect_uri: str, rerequest: bool = False) -> str:
        """Return the address of the consent dialog (scopes, or the Login for Business configuration)."""
        query = {"client_id": self._client.app.id, "redirect_uri": redirect_uri, "state": state}
        query["response_type"] = "code"
        if self._client.app.config_id is None:
            query["scope"] = ",".join(SCOPES)
        else:
            query |= {"config_id": self._client.app.config_id, "override_default_response_type": "true"}
        if rerequest:
            query["auth_type"] = "rerequest"
        return f"{self._client.app.dialog_url}/{self._client.app.version}/dialog/oauth?{urlencode(query)}"

    async def exchange(self, code: str, *, redirect_uri: str) -> UserToken:
        """Return a long-lived user token for a single-use code.

        A token that already lives long, as those of Login for Business do, is kept as it is.
        """
        short = await self._token({**self._secret(), "redirect_uri": redirect_uri, "code": code})
        return short if self._lives_long(short) else await self.renew(short)

    async def renew(self, token: UserToken) -> UserToken:
        """Return a long-lived token for one that still lives; the same one when the provider gives no other."""
        swap = {"grant_type": "fb_exchange_token", "fb_exchange_token": token.value}
        try:
            return await self._token({**self._secret(), **swap})
        except PermanentError as error:  # a system user's token is refused here and needs it not
            log.warning("consent.long_lived_token_refused", error=str(error))
            return token

    async def inspect(self, token: str) -> TokenFacts:
        """Return what the provider says about the token; an invalid token is an answer, not an error.

        Documented as a GET with the token in its query: such an address must not be logged anywhere.
        """
        reply = await self._as_app("debug_token", {"input_token": token})
        facts = reply.record.get("data")
        if not isinstance(facts, dict):
            raise TransientError("Facebook said nothing about the token.", unknown=True)
        is_valid = facts.get("is_valid") is True
        scopes = facts.get("scopes")
        return TokenFacts(
            is_valid=is_valid,
            user_id=_text(facts.get("user_id")),
            type=_text(facts.get("type")),
            scopes=tuple(s for s in scopes if isinstance(s, str)) if isinstance(scopes, list) else (),
            expires_at=_moment(facts.get("expires_at")),
            data_access_expires_at=_moment(facts.get("data_access_expires_at")),
            error=str(translate(fault_of(facts, None))) if not is_valid else None,
        )

    async def person(self, token: UserToken) -> Person:
        """Return who consented."""
        record = (await self._client.get(token.value, "me", {"fields": "id,name"})).record
        person_id = _text(record.get("id"))
        if person_id is None:
            raise TransientError("Facebook did not say who consented.", unknown=True)
        return Person(id=person_id, name=_text(record.get("name")))

    async def permissions(self, token: UserToken) -> Mapping[str, bool]:
        """Return scope → granted."""
        granted: dict[str, bool] = {}
        async for rows in pages(self._client, token.value, "me/permissions", {}):
            for row in rows:
                if isinstance(scope := row.get("permission"), str):
                    granted[scope] = row.get("status") == "granted"
        return granted

    async def pages(self, token: UserToken) -> Sequence[PageGrant]:
        """Return every Page the person let us use, all pages of the listing followed."""
        grants: dict[str, PageGrant] = {}
        params = {"fields": "id,name,access_token,tasks"}
        async for rows in pages(self._client, token.value, "me/accounts", params):
            for row in rows:
                grant = _grant(row)
                if grant is None:
                    log.warning("consent.page_without_token", page_id=_text(row.get("id")))
                else:
                    grants[grant.page_id] = grant
        return tuple(grants.values())

    async def subscribe(self, access: PageAccess) -> bool:
        """Subscribe our app to the Page's leadgen field, keeping other fields; proved by reading it back.

        False: it was subscribed already, and nothing was changed.
        """
        fields = await self._subscribed_fields(access) or set()
        if "leadgen" in fields:
            return False
        wanted = {"subscribed_fields": ",".join(sorted({*fields, "leadgen"}))}
        reply = await self._client.post(access.token, f"{access.page_id}/subscribed_apps", wanted)
        reply.confirm("the Page is subscribed")
        shown = await self._subscribed_fields(access)
        if shown is None or "leadgen" not in shown:
            raise TransientError("Facebook does not show the Page's leadgen subscription after it was made.")
        return True

    async def is_subscribed(self, access: PageAccess) -> bool:
        """Return whether our app is subscribed to the Page's leadgen field; changes nothing."""
        return "leadgen" in (await self._subscribed_fields(access) or ())

    async def unsubscribe(self, access: PageAccess) -> None:
        """Take our app off the Page, for every workspace that uses it: ask only when none is left."""
        reply = await self._client.delete(access.token, f"{access.page_id}/subscribed_apps")
        reply.confirm("the app is off the Page")

    async def revoke(self, token: UserToken) -> None:
        """Take back the person's whole consent; a token that is dead already is as good."""
        try:
            reply = await self._client.delete(token.value, "me/permissions")
        except AuthLostError:
            log.info("consent.was_revoked_already")
        else:
            reply.confirm("the consent is taken back")

    async def lead_access(self, access: PageAccess, person_id: str) -> LeadAccess:
        """Return whether this person and app may read the Page's leads."""
        if not _DIGITS.fullmatch(person_id):
            raise PermanentError("The id of the person who consented is not a number.")
        fields = f"has_lead_access.user_id({person_id}).app_id({self._client.app.id})"
        try:
            record = (await self._client.get(access.token, access.page_id, {"fields": fields})).record
        except ConnectorError as error:
            fault = fault_behind(error)
            if fault is not None and _NO_API in fault.text:  # a system user asks: no verdict, no error
                return LeadAccess(can_read=None)
            raise
        verdict = record.get("has_lead_access")
        return _lead_access(verdict) if isinstance(verdict, dict) else LeadAccess(can_read=None)

    async def prove(self, access: PageAccess) -> None:
        """Read one form: the cheapest real use of the token. Raises what the read raised."""
        path = f"{access.page_id}/leadgen_forms"
        reply = await self._client.get(access.token, path, {"fields": "id", "limit": 1})
        if not isinstance(reply.record.get("data"), list):
            raise TransientError("Facebook answered a listing of unknown shape.", unknown=True)

    async def read_lead(self, access: PageAccess, lead_id: LeadId) -> None:
        """Read one lead as the fetcher does, and forget it. Raises what the read raised."""
        answer = (await FacebookLeads(self._client).fetch(access, [lead_id]))[lead_id]
        if isinstance(answer, ConnectorError):
            raise answer

    async def _subscribed_fields(self, access: PageAccess) -> set[str] | None:
        """Return what our app is subscribed to on this Page; None: it is not on it."""
        path = f"{access.page_id}/subscribed_apps"
        async for rows in pages(self._client, access.token, path, {"fields": "id,name,subscribed_fields"}):
            for row in rows:
                if _text(row.get("id")) == self._client.app.id:
                    fields = row.get("subscribed_fields")
                    return {f for f in fields if isinstance(f, str)} if isinstance(fields, list) else set()
        return None

    def _secret(self) -> dict[str, str]:
        return {"client_id": self._client.app.id, "client_secret": self._client.app.secret}

    async def _token(self, params: Params) -> UserToken:
        record = (await self._client.get(None, "oauth/access_token", params)).record
        value = record.get("access_token")
        if not isinstance(value, str) or not value:
            raise TransientError("Facebook answered without a token.", unknown=True)
        lifetime_s = record.get("expires_in")
        if type(lifetime_s) is not int or not 0 < lifetime_s < 10**9:
            return UserToken(value=value)
        return UserToken(value=value, expires_at=self._clock.now() + timedelta(seconds=lifetime_s))

    def _lives_long(self, token: UserToken) -> bool:
        if token.expires_at is None:
            return self._client.app.config_id is not None  # else the answer just left it out
        return token.expires_at > self._clock.now() + timedelta(seconds=LONG_LIVED_S)

    async def _as_app(self, path: str, params: Params) -> GraphReply:
        try:
            return await self._client.get(self._client.app.token, path, params)
        except AuthLostError as error:  # it is not the account that must be connected again
            raise MisconfiguredError("Facebook does not accept our app id and secret.") from error


def _grant(row: Raw) -> PageGrant | None:
    page_id, token, tasks = _text(row.get("id")), row.get("access_token"), row.get("tasks")
    if page_id is None or not isinstance(token, str) or not token:
        return None
    return PageGrant(
        page_id=PageId(page_id),
        name=_text(row.get("name")) or page_id,
        token=token,
        tasks=tuple(t for t in tasks if isinstance(t, str)) if isinstance(tasks, list) else (),
    )


def _lead_access(verdict: Raw) -> LeadAccess:
    flags = [
        verdict.get(name)
        for name in ("can_access_lead", "app_has_leads_permission", "user_has_leads_permission")
    ]
    return LeadAccess(
        can_read=None if not any(isinstance(flag, bool) for flag in flags) else False not in flags,
        reason=_text(verdict.get("failure_reason")),
        resolution=_text(verdict.get("failure_resolution")),
    )


def _text(value: object) -> str | None:
    """Return a text or an id; ids come as numbers too."""
    if type(value) is int:
        return str(value)
    return value if isinstance(value, str) and value else None


def _moment(unix_s: object) -> datetime | None:
    """Return an aware time; 0 and what is no time stand for none."""
    if isinstance(unix_s, bool) or not isinstance(unix_s, int | float) or not 0 < unix_s < 10**11:
        return None
    return datetime.fromtimestamp(unix_s, tz=UTC)
