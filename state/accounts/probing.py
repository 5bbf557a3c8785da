"""Looks at accounts that wait: claimed by due time with a lease and a fence, settled in one transaction."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from connector.domain.connection import ConnectionId
from connector.domain.errors import BadInputError
from connector.domain.health import WORKING
from connector.domain.lead import LeadId, PageId
from connector.domain.probing import AGAIN_S, HELD_S, GrantedPage, ProbeWork, Verdict, next_probe_s
from connector.domain.signals import Signal
from connector.ports import Clock
from state.accounts.checks import write_checks
from state.accounts.connection_events import append_connection_changed
from state.accounts.health import hear
from state.accounts.page_verdicts import write_page_verdict
from state.accounts.pages import open_page_token
from state.engine import Engine, Params, Row, Tx
from state.intake.inbox import release_quarantined
from state.vault import Vault

LEASE_MS = 30 * 60_000
"""Longer than a look at some hundred Pages while the provider is slow."""

_RETURNED = """
    RETURNING id, workspace_id, provider, state, account_id, consented_at_ms, expires_at_ms, probe_failures,
              sealed_token"""
CLAIM = f"""
    UPDATE connections SET probe_claim_id = :claim_id, probe_due_at_ms = :lease_until_ms
     WHERE id = (
        SELECT id FROM connections
         WHERE probe_due_at_ms IS NOT NULL AND probe_due_at_ms <= :now_ms
           AND state IN ('healthy', 'degraded', 'suspended')
         ORDER BY probe_due_at_ms, id LIMIT 1 /*skip locked*/) {_RETURNED}"""  # noqa: S608 - our own constants
CLAIM_ONE = f"""
    UPDATE connections SET probe_claim_id = :claim_id, probe_due_at_ms = :lease_until_ms
     WHERE id = :id AND state IN ('healthy', 'degraded', 'suspended', 'reconnect')
       AND (probe_claim_id IS NULL OR probe_due_at_ms <= :now_ms)
       AND (probed_at_ms IS NULL OR probed_at_ms <= :recent_ms) {_RETURNED}"""  # noqa: S608 - our own constants
"""A person who asks is answered, once: a look that is under way or just over answers as well."""
PAGES = """
    SELECT g.page_id, g.workspace_id, g.name, g.sealed_token, g.state,
           CASE WHEN p.connection_id = g.connection_id THEN 1 ELSE 0 END AS is_read,
           CASE WHEN g.state <> 'ok' OR p.state NOT IN ('ok', 'disconnected') THEN
               (SELECT MAX(l.lead_id) FROM leads l
                 WHERE l.page_id = g.page_id AND l.workspace_id = g.workspace_id
                   AND (l.stage = 'held' OR (l.stage = 'fetch' AND l.due_at_ms IS NOT NULL))) END AS waiting
      FROM page_grants g LEFT JOIN pages p ON p.page_id = g.page_id AND p.workspace_id = g.workspace_id
     WHERE g.connection_id = :id ORDER BY g.page_id"""
SETTLE = """
    UPDATE connections
       SET probe_claim_id = NULL, probe_failures = :failures, updated_at_ms = :now_ms,
           probed_at_ms = CASE WHEN :failures = 0 THEN :now_ms ELSE probed_at_ms END
     WHERE id = :id AND probe_claim_id = :claim_id"""
TOLD = """
    UPDATE connections SET scopes = :scopes, expires_at_ms = :expires_at_ms,
                           data_access_expires_at_ms = :data_access_expires_at_ms
     WHERE id = :id"""
RENEWED = """
    UPDATE connections SET sealed_token = :sealed_token, token_version = token_version + 1 WHERE id = :id"""
PLAN = "UPDATE connections SET probe_due_at_ms = :due_at_ms WHERE id = :id"
LOOK_SOONER = """
    UPDATE connections SET probe_due_at_ms = :due_at_ms
     WHERE id = :id AND probe_due_at_ms > :due_at_ms AND EXISTS (
        SELECT 1 FROM pages p JOIN leads l ON l.page_id = p.page_id AND l.workspace_id = p.workspace_id
         WHERE p.connection_id = :id AND p.state = 'auth_lost' AND l.stage = 'held')"""
"""Nobody else tries what is held: it comes back by itself only because we look."""
NEXT_DUE = """
    SELECT MIN(probe_due_at_ms) AS due FROM connections
     WHERE probe_due_at_ms IS NOT NULL AND state IN ('healthy', 'degraded', 'suspended')"""


class SqlProbing:
    """Implements `ports.Probing`."""

    def __init__(self, engine: Engine, clock: Clock, vault: Vault, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._vault = vault
        self._new_id = new_id

    async def claim(self, connection_id: ConnectionId | None = None) -> ProbeWork | None:
        now_ms = self._clock.now_ms()
        lease: Params = {
            "id": connection_id,
            "claim_id": self._new_id(),
            "now_ms": now_ms,
            "lease_until_ms": now_ms + LEASE_MS,
            "recent_ms": now_ms - int(AGAIN_S * 1000),
        }
        return await self._engine.write(partial(_claim, lease=lease, vault=self._vault))

    async def settle(self, work: ProbeWork, verdict: Verdict, *, chance: float) -> bool:
        return await self._engine.write(
            partial(
                _settle,
                work=work,
                verdict=verdict,
                chance=chance,
                vault=self._vault,
                now=self._clock.now(),
                new_id=self._new_id,
            )
        )

    async def hear(self, connection_id: ConnectionId, *signals: Signal) -> bool:
        done = await self._engine.write(
            lambda tx: hear(tx, connection_id, signals, now=self._clock.now(), new_id=self._new_id)
        )
        return done is not None and done.is_changed

    async def next_due_ms(self) -> int | None:
        row = await self._engine.read(lambda tx: tx.row(NEXT_DUE))
        return row["due"] if row else None


def _claim(tx: Tx, *, lease: Params, vault: Vault) -> ProbeWork | None:
    row = tx.row(CLAIM if lease["id"] is None else CLAIM_ONE, lease)
    if row is None:
        return None
    return ProbeWork(
        claim_id=str(lease["claim_id"]),
        connection_id=row["id"],
        workspace_id=row["workspace_id"],
        provider=row["provider"],
        health=row["state"],
        account_id=row["account_id"],
        consented_at=_moment(row["consented_at_ms"]),
        expires_at=_moment(row["expires_at_ms"]) if row["expires_at_ms"] is not None else None,
        failures=row["probe_failures"],
        token=_opened(vault, row["sealed_token"], f"connection:{row['id']}"),
        pages=tuple(_page(vault, page) for page in tx.rows(PAGES, {"id": row["id"]})),
    )


def _page(vault: Vault, page: Row) -> GrantedPage:
    try:
        token: str | None = open_page_token(vault, page)
    except BadInputError:
        token = None
    return GrantedPage(
        page_id=PageId(page["page_id"]),
        name=page["name"],
        state=page["state"],
        is_read=bool(page["is_read"]),
        token=token,
        waiting=LeadId(page["waiting"]) if page["waiting"] is not None else None,
    )


def _opened(vault: Vault, sealed: str | None, binding: str) -> str | None:
    try:
        return vault.open(sealed, bound_to=binding) if sealed else None
    except BadInputError:
        return None


def _settle(
    tx: Tx,
    *,
    work: ProbeWork,
    verdict: Verdict,
    chance: float,
    vault: Vault,
    now: datetime,
    new_id: Callable[[], str],
) -> bool:
    now_ms = int(now.timestamp() * 1000)
    failures = 0 if verdict.is_reached else work.failures + 1
    ours = {"id": work.connection_id, "claim_id": work.claim_id, "now_ms": now_ms, "failures": failures}
    if not tx.execute(SETTLE, ours):
        return False
    of_pages = [check for page in verdict.pages for check in page.checks]
    write_checks(tx, work.connection_id, [*verdict.checks, *of_pages], now_ms=now_ms)
    _write_token(tx, work.connection_id, verdict, vault)
    # first as planned, so that what is heard may plan otherwise
    _plan(tx, work, failures, chance=chance, now_ms=now_ms)
    done = hear(tx, work.connection_id, verdict.signals, now=now, new_id=new_id, announced=False)
    if done is not None and done.standing.health in WORKING:
        for page in verdict.pages:
            write_page_verdict(
                tx, work.connection_id, work.workspace_id, page, vault=vault, now=now, new_id=new_id
            )
            release_quarantined(tx, page.page_id, now_ms=now_ms)
        sooner_ms = now_ms + int(HELD_S * 1000 * (1 - chance / 4))
        tx.execute(LOOK_SOONER, {"id": work.connection_id, "due_at_ms": sooner_ms})
    if done is not None and done.is_changed:
        append_connection_changed(tx, work.connection_id, now=now, new_id=new_id)
    return True


def _plan(tx: Tx, work: ProbeWork, failures: int, *, chance: float, now_ms: int) -> None:
    wait_s = next_probe_s(work.health, failures=failures, chance=chance)
    due_at_ms = None if wait_s is None else now_ms + int(wait_s * 1000)
    tx.execute(PLAN, {"id": work.connection_id, "due_at_ms": due_at_ms})


def _write_token(tx: Tx, connection_id: ConnectionId, verdict: Verdict, vault: Vault) -> None:
    if verdict.is_told:
        told = {
            "scopes": json.dumps(sorted(verdict.scopes)),
            "expires_at_ms": _ms(verdict.expires_at),
            "data_access_expires_at_ms": _ms(verdict.data_access_expires_at),
        }
        tx.execute(TOLD, {"id": connection_id, **told})
    if verdict.renewed is not None:
        sealed = vault.seal(verdict.renewed.value, bound_to=f"connection:{connection_id}")
        tx.execute(RENEWED, {"id": connection_id, "sealed_token": sealed})


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def _ms(at: datetime | None) -> int | None:
    return int(at.timestamp() * 1000) if at is not None else None
