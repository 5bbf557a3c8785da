"""Whether ads that bring a Page leads run: its known ads, then everything active in their ad accounts.

Needs `ads_management` or `ads_read` and a role on the ad account; without them nothing is told, nothing guessed.
https://developers.facebook.com/docs/marketing-api/reference/adgroup
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from adapters.facebook.client import BATCH_MAX, GraphClient
from adapters.facebook.pages import listing
from adapters.facebook.reply import GraphReply
from connector.domain.errors import AuthLostError, ConnectorError, TransientError
from connector.domain.raw import instant
from connector.domain.raw_values import identifier, mapping, text
from connector.domain.silence import Ads, AdsAccess

STOPPED = frozenset(
    {
        "ADSET_PAUSED",
        "ARCHIVED",
        "CAMPAIGN_PAUSED",
        "DELETED",
        "DISAPPROVED",
        "PAUSED",
        "PENDING_BILLING_INFO",
        "PENDING_REVIEW",
        "PREAPPROVED",
    }
)
"""`effective_status` of an ad that is not shown, its ad set and campaign counted. Others are taken for shown."""
ACCOUNTS_MAX, PAGES_MAX = 5, 5
"""Ad accounts, and pages of 100 active ads of each, that are looked through."""

_SCHEDULE = "adset{end_time,promoted_object{page_id}}"
_AD_FIELDS = f"effective_status,account_id,{_SCHEDULE}"
_ID = re.compile(r"[0-9]{1,32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ad:
    """What is told of one ad. An ad set that has ended keeps its status: the time is looked at as well."""

    is_shown: bool
    account_id: str | None
    page_id: str | None


class FacebookAds:
    """Implements `ports.silence.AdsReader` with the person's own token."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client

    async def running(self, access: AdsAccess, *, now_ms: int) -> Ads:
        """Return `running` at the first ad that is shown; `stopped` only when all could be seen."""
        ids = [one for one in access.ad_ids if _ID.fullmatch(one)][:BATCH_MAX]
        if not ids:
            return "unknown"
        replies = await self._client.batch(access.token, [f"{one}?fields={_AD_FIELDS}" for one in ids])
        ads = [_ad(reply, now_ms=now_ms) for reply in replies]
        if any(ad is not None and ad.is_shown for ad in ads):
            return "running"
        seen = [ad for ad in ads if ad is not None]
        accounts = sorted({ad.account_id for ad in seen if ad.account_id is not None})
        if len(seen) < len(ads) or not accounts or len(accounts) > ACCOUNTS_MAX:
            return "unknown"
        others = [await self._others(access, account_id, now_ms=now_ms) for account_id in accounts]
        return next((one for one in ("running", "unknown") if one in others), "stopped")

    async def _others(self, access: AdsAccess, account_id: str, *, now_ms: int) -> Ads:
        """Look for ads that no lead has named yet: a new campaign for the same Page."""
        params = {"fields": f"effective_status,{_SCHEDULE}", "effective_status": '["ACTIVE"]'}
        looked = 0
        try:
            async for listed in listing(self._client, access.token, f"act_{account_id}/ads", params):
                ads = [_told(row, now_ms=now_ms) for row in listed.rows]
                if any(ad.is_shown and ad.page_id == access.page_id for ad in ads):
                    return "running"
                looked += 1
                if looked == PAGES_MAX and listed.after is not None:
                    return "unknown"
        except (TransientError, AuthLostError):
            raise
        except ConnectorError:
            return "unknown"
        return "stopped"


def _ad(reply: GraphReply | ConnectorError | None, *, now_ms: int) -> _Ad | None:
    """Return an ad, or None when we may not see it. Raises what concerns the whole call."""
    if isinstance(reply, TransientError | AuthLostError):
        raise reply
    if not isinstance(reply, GraphReply) or not isinstance(reply.json, dict):
        return None
    ad = _told(reply.json, now_ms=now_ms)
    return ad if text(reply.json.get("effective_status")) else None


def _told(row: Mapping[str, object], *, now_ms: int) -> _Ad:
    adset = mapping(row.get("adset"))
    ends = instant(adset.get("end_time"))
    is_over = ends is not None and ends.timestamp() * 1000 <= now_ms
    account_id = identifier(row.get("account_id"))
    return _Ad(
        is_shown=not is_over and text(row.get("effective_status")) not in STOPPED,
        account_id=account_id if account_id and _ID.fullmatch(account_id) else None,
        page_id=identifier(mapping(adset.get("promoted_object")).get("page_id")),
    )
