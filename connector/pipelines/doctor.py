"""What `doctor` finds: one value a check, and the judgements behind them. No secret or personal datum in any."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal, Protocol

from connector.domain.connection import LeadAccess, PageAccess, TokenFacts, WebhookSubscription
from connector.domain.errors import ConnectorError, TransientError
from connector.domain.facebook_needs import NEEDED_SCOPES
from connector.domain.own_state import STALE_COPIES, STALE_DRILL_MS, Standing
from connector.pipelines.subscribe import webhook_trouble

State = Literal["ok", "warning", "failed"]

SKEW_WARNING_S = 60.0
SKEW_FAILED_S = 300.0
"""Past this the CRM refuses our signatures as too old. Source: Standard Webhooks, timestamp tolerance."""
COMMIT_WARNING_S = 0.25
"""A durable write that takes longer lets a burst of webhooks wait."""
DISK_WARNING_BYTES = 1024**3
DISK_FAILED_BYTES = 100 * 1024**2
OPEN_FILES = 1024
EXPIRY_WARNING = timedelta(days=7)

CONNECT = "Run `connector connect facebook` and choose this Page."
RETRY = "See that this machine reaches it (network, DNS, proxy, firewall), then run doctor again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One finding. `remedy` says what to do when it is not ok; `is_away`: an outside service did not answer."""

    name: str
    state: State
    detail: str
    remedy: str = ""
    is_away: bool = False


def fine(name: str, detail: str) -> Check:
    """Return a check with nothing to do."""
    return Check(name=name, state="ok", detail=detail)


def failed(name: str, detail: str, remedy: str) -> Check:
    """Return a check that somebody must mend."""
    return Check(name=name, state="failed", detail=detail, remedy=remedy)


def away(name: str, detail: str) -> Check:
    """Return that an outside service did not answer."""
    return Check(name=name, state="failed", detail=detail, remedy=RETRY, is_away=True)


class Inspector(Protocol):
    """What looking at a connected Page needs; nothing of it changes anything."""

    async def inspect(self, token: str) -> TokenFacts:
        """Return what the provider says about the token."""

    async def is_subscribed(self, access: PageAccess) -> bool:
        """Return whether our app hears of the Page's leads."""

    async def lead_access(self, access: PageAccess, person_id: str) -> LeadAccess:
        """Return whether this person and app may read the Page's leads."""


async def check_page(
    inspector: Inspector, access: PageAccess, *, person_id: str, now: datetime
) -> Sequence[Check]:
    """Ask the provider about one Page: token, scopes, subscription, leads access."""
    page = f"page {access.page_id}"
    try:
        facts = await inspector.inspect(access.token)
        if not facts.is_valid:
            detail = facts.error or "Facebook says that the token is not valid."
            return [failed(f"{page} token", detail, CONNECT)]
        return [
            _token(f"{page} token", facts, now),
            _scopes(f"{page} scopes", facts),
            await _subscription(inspector, access, f"{page} subscription"),
            await _leads(inspector, access, person_id, f"{page} leads access"),
        ]
    except TransientError as error:
        return [away(page, str(error))]
    except ConnectorError as error:
        return [failed(page, str(error), getattr(error, "remedy", CONNECT))]


def check_trouble(page_id: str, *, state: str, reason: str | None, remedy: str | None) -> Check:
    """Return what last stopped the reading of a Page, if anything still does."""
    name = f"page {page_id} last trouble"
    if state == "ok":
        return fine(name, "none")
    return failed(name, reason or state, remedy or CONNECT)


def check_webhook(found: WebhookSubscription | None, callback_url: str) -> Check:
    """Judge the app's own subscription at Meta, without which no webhook comes."""
    trouble = webhook_trouble(found, callback_url)
    if trouble is None:
        return fine("webhook", f"subscribed: leadgen to {callback_url}")
    return failed("webhook", trouble, "Let the daemon run, then run `connector subscribe`.")


def check_alerts(alerts: Sequence[Mapping[str, Any]]) -> Sequence[Check]:
    """Return every open alert as a warning; `alerts` have key, title and remedy."""
    if not alerts:
        return [fine("alerts", "none is open")]
    return [
        Check(name=f"alert {row['key']}", state="warning", detail=row["title"], remedy=row["remedy"])
        for row in alerts
    ]


def check_clock(date: str | None, *, now: datetime, whose: str = "") -> Check:
    """Compare our clock with the `Date` header of an answer that was just received; `whose`: not Facebook's."""
    name = f"clock of {whose}" if whose else "clock"
    try:
        theirs = parsedate_to_datetime(date or "")
    except ValueError:
        return Check(
            name=name, state="warning", detail="the answer told no time", remedy="See that NTP is on."
        )
    skew_s = abs((now - theirs).total_seconds())
    detail = f"{skew_s:.0f} s off"
    if skew_s <= SKEW_WARNING_S:
        return fine(name, detail)
    remedy = "Set the clock (timedatectl set-ntp true): the CRM refuses signatures that are 5 min off."
    return Check(
        name=name, state="failed" if skew_s > SKEW_FAILED_S else "warning", detail=detail, remedy=remedy
    )


def check_account(
    account: Mapping[str, Any], checks: Sequence[Mapping[str, Any]], *, provider: str
) -> Sequence[Check]:
    """Return how a connected account stands, and every check of its last look that is not well."""
    name = f"{provider} {account['id']}"
    said = account["reason"] or account["state"]
    remedy = account["remedy"] or "Open it on the dashboard's connections page."
    if account["state"] == "healthy":
        space = next((one["detail"] for one in checks if one["name"] == "quota" and one["detail"]), "")
        whole = [fine(name, f"healthy. {space}".strip())]
    elif account["state"] == "degraded":
        whole = [Check(name=name, state="warning", detail=said, remedy=remedy)]
    else:
        whole = [failed(name, said, remedy)]
    bad = [one for one in checks if one["outcome"] == "failed"]
    return [
        *whole,
        *(failed(f"{name} {one['name']}", one["detail"] or "failed", one["remedy"] or remedy) for one in bad),
    ]


def check_open_files(soft: int) -> Check:
    """Judge how many files and connections a process may have open here."""
    name = "open files"
    if soft < 0 or soft >= OPEN_FILES:
        return fine(name, "no limit" if soft < 0 else f"up to {soft}")
    remedy = "Run the daemon by the unit that comes with it, or raise `ulimit -n`: each connection is a file."
    return Check(name=name, state="warning", detail=f"up to {soft}", remedy=remedy)


def check_disk(free_bytes: int) -> Check:
    """Judge the free space where the state lives."""
    detail = f"{free_bytes / 1024**3:.1f} GiB free"
    if free_bytes >= DISK_WARNING_BYTES:
        return fine("disk", detail)
    state: State = "failed" if free_bytes < DISK_FAILED_BYTES else "warning"
    return Check(
        name="disk", state=state, detail=detail, remedy="Make room: a full disk refuses every webhook."
    )


def check_commits(seconds: float) -> Check:
    """Judge how long a durable write takes."""
    detail = f"opens, writable, a durable write takes {seconds * 1000:.1f} ms"
    if seconds < COMMIT_WARNING_S:
        return fine("database", detail)
    return Check(
        name="database",
        state="warning",
        detail=detail,
        remedy="Move the state to a faster disk: webhooks are answered only after the commit.",
    )


def check_schema(applied: Sequence[str] | None, known: Sequence[str]) -> Check:
    """Compare the migrations a database has had with those of this version; None: no database yet."""
    name = "schema"
    if applied is None:
        return Check(
            name=name, state="warning", detail="there is no database yet", remedy="Run `connector migrate`."
        )
    newer = sorted(set(applied) - set(known))
    if newer:
        return failed(
            name, f"written by a newer version ({', '.join(newer)})", "Start that version of connector."
        )
    behind = [step for step in known if step not in applied]
    if behind:
        return failed(name, f"not up to date: lacks {', '.join(behind)}", "Run `connector migrate`.")
    return fine(name, f"up to date ({known[-1]})")


def check_keys(*, opened: int, shut: int) -> Check:
    """Judge whether the encryption keys open what is stored."""
    if shut:
        return failed(
            "encryption keys",
            f"{shut} of {opened + shut} stored tokens do not open",
            "Put the key that sealed them back into state.encryption_keys, or connect the accounts again.",
        )
    return fine("encryption keys", f"open all {opened} stored tokens")


def check_rotation(counts: Mapping[str, int], names: Sequence[str]) -> Check:
    """Judge under which keys the stored secrets lie; `names` are the ring's, the sealing one first."""
    name = "key rotation"
    old = sum(count for key, count in counts.items() if key != names[0])
    if old:
        detail = f"{old} stored secrets are sealed under another key than the first"
        remedy = "Run `connector keys rotate`; until then keep the old keys in state.encryption_keys."
        return Check(name=name, state="warning", detail=detail, remedy=remedy)
    spare = f"; no longer needed here: {', '.join(names[1:])}" if names[1:] else ""
    return fine(name, f"everything is under the first key{spare}")


def check_copies(
    standing: Standing | None, *, backup_hours: float, begun_ms: int, now: datetime
) -> Sequence[Check]:
    """Judge the copies of our own state and when one last stood a drill.

    `standing` None: they go nowhere, which is how PostgreSQL is set up; `begun_ms`: when this installation began.
    """
    name = "state copies"
    if standing is None:
        return [
            fine(name, "not made here (no state.backup_dir): the database server's own must hold the state")
        ]
    if not backup_hours:
        remedy = "Set state.backup_hours, or see that something else copies the state, and that it can be restored."
        return [Check(name=name, state="warning", detail="switched off", remedy=remedy)]
    longest = timedelta(hours=STALE_COPIES * backup_hours)
    drilled = timedelta(milliseconds=STALE_DRILL_MS)
    age = now - datetime.fromtimestamp(begun_ms / 1000, UTC)
    return [
        _dated(name, standing.copied_at_ms, longest, now, age, "Run `connector state backup`."),
        _dated("state drill", standing.drilled_at_ms, drilled, now, age, "Run `connector state drill`."),
    ]


def _dated(
    name: str, at_ms: int | None, longest: timedelta, now: datetime, age: timedelta, remedy: str
) -> Check:
    if at_ms is None:
        said = "none yet"
        return fine(name, f"{said}: the daemon will") if age <= longest else failed(name, said, remedy)
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    detail = f"the last good one is of {at:%Y-%m-%d %H:%M} UTC"
    return fine(name, detail) if now - at <= longest else failed(name, detail, remedy)


def _token(name: str, facts: TokenFacts, now: datetime) -> Check:
    ends = [at for at in (facts.expires_at, facts.data_access_expires_at) if at is not None]
    if ends and min(ends) < now + EXPIRY_WARNING:
        return Check(
            name=name,
            state="warning",
            detail=f"valid, but only until {min(ends):%Y-%m-%d %H:%M} UTC",
            remedy=CONNECT,
        )
    return fine(name, "valid")


def _scopes(name: str, facts: TokenFacts) -> Check:
    missing = [scope for scope in NEEDED_SCOPES if scope not in facts.scopes]
    if missing:
        remedy = "Run `connector connect facebook --rerequest` and allow everything."
        return failed(name, f"missing: {', '.join(missing)}", remedy)
    return fine(name, f"all {len(NEEDED_SCOPES)} granted")


async def _subscription(inspector: Inspector, access: PageAccess, name: str) -> Check:
    if await inspector.is_subscribed(access):
        return fine(name, "leadgen")
    return failed(name, "the app is not subscribed: no webhooks come", CONNECT)


async def _leads(inspector: Inspector, access: PageAccess, person_id: str, name: str) -> Check:
    verdict = await inspector.lead_access(access, person_id)
    if verdict.can_read is False:
        remedy = verdict.resolution or "Grant this app access in Leads Access Manager."
        return failed(name, verdict.reason or "leads may not be read", remedy)
    return fine(name, "granted" if verdict.can_read else "Facebook gives no verdict for this kind of account")
