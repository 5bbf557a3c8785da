"""Consents under way. The state and the session are stored as hashes, the verifier and the offer sealed."""

from functools import partial

from connector.domain.connection import ConnectionId
from connector.domain.consenting import CONSENT_LIFE, ConsentAttempt, hashed
from connector.domain.errors import NotPermittedError
from connector.domain.lead import WorkspaceId
from connector.ports import Clock
from state.engine import Engine, Params, Row, Tx
from state.vault import Vault

BEGIN = """
    INSERT INTO consent_attempts (id, state_hash, provider, workspace_id, session_hash, person_id, connection_id,
                                  sealed_verifier, return_to, created_at_ms, expires_at_ms)
    VALUES (:id, :state_hash, :provider, :workspace_id, :session_hash, :person_id, :connection_id,
            :sealed_verifier, :return_to, :now_ms, :expires_at_ms)"""
SWEEP = "DELETE FROM consent_attempts WHERE expires_at_ms <= :now_ms"
TAKE = """
    UPDATE consent_attempts SET used_at_ms = :now_ms
     WHERE state_hash = :state_hash AND session_hash = :session_hash AND provider = :provider
       AND used_at_ms IS NULL AND expires_at_ms > :now_ms
    RETURNING *"""
KEEP = "UPDATE consent_attempts SET sealed_offer = :sealed_offer, sealed_verifier = NULL WHERE id = :id"
OFFERED = """
    SELECT * FROM consent_attempts
     WHERE id = :id AND session_hash = :session_hash AND sealed_offer IS NOT NULL AND expires_at_ms > :now_ms"""
FINISH = "DELETE FROM consent_attempts WHERE id = :id"

FOREIGN = (
    "This way back from the provider is unknown, used or older than half an hour: start connecting again."
)


class SqlConsents:
    """Implements `ports.Consents`."""

    def __init__(self, engine: Engine, clock: Clock, vault: Vault) -> None:
        self._engine = engine
        self._clock = clock
        self._vault = vault

    async def begin(self, attempt: ConsentAttempt, *, state: str) -> None:
        now_ms = self._clock.now_ms()
        verifier = attempt.verifier
        row: Params = {
            "id": attempt.id,
            "state_hash": hashed(state),
            "provider": attempt.provider,
            "workspace_id": attempt.workspace_id,
            "session_hash": hashed(attempt.session),
            "person_id": attempt.person_id,
            "connection_id": attempt.connection_id,
            "sealed_verifier": verifier and self._vault.seal(verifier, bound_to=verifier_binding(attempt.id)),
            "return_to": attempt.return_to,
            "now_ms": now_ms,
            "expires_at_ms": now_ms + int(CONSENT_LIFE.total_seconds() * 1000),
        }
        await self._engine.write(partial(_begin, row=row))

    async def take(self, provider: str, *, state: str, session: str) -> ConsentAttempt:
        where: Params = {
            "provider": provider,
            "state_hash": hashed(state),
            "session_hash": hashed(session),
            "now_ms": self._clock.now_ms(),
        }
        row = await self._engine.write(lambda tx: tx.row(TAKE, where))
        if row is None:
            raise NotPermittedError(FOREIGN)
        return self._attempt(row, session)

    async def keep_offer(self, attempt: ConsentAttempt, offer: str) -> None:
        sealed = self._vault.seal(offer, bound_to=offer_binding(attempt.id))
        await self._engine.write(lambda tx: tx.execute(KEEP, {"id": attempt.id, "sealed_offer": sealed}))

    async def offered(self, attempt_id: str, *, session: str) -> tuple[ConsentAttempt, str]:
        where: Params = {
            "id": attempt_id,
            "session_hash": hashed(session),
            "now_ms": self._clock.now_ms(),
        }
        row = await self._engine.read(lambda tx: tx.row(OFFERED, where))
        if row is None:
            raise NotPermittedError(FOREIGN)
        offer = self._vault.open(row["sealed_offer"], bound_to=offer_binding(row["id"]))
        return self._attempt(row, session), offer

    async def finish(self, attempt: ConsentAttempt) -> None:
        await self._engine.write(lambda tx: tx.execute(FINISH, {"id": attempt.id}))

    def _attempt(self, row: Row, session: str) -> ConsentAttempt:
        sealed, connection_id = row["sealed_verifier"], row["connection_id"]
        return ConsentAttempt(
            id=row["id"],
            provider=row["provider"],
            workspace_id=WorkspaceId(row["workspace_id"]),
            session=session,
            person_id=row["person_id"],
            connection_id=ConnectionId(connection_id) if connection_id else None,
            verifier=self._vault.open(sealed, bound_to=verifier_binding(row["id"])) if sealed else None,
            return_to=row["return_to"],
        )


def _begin(tx: Tx, *, row: Params) -> None:
    tx.execute(SWEEP, row)  # tokens of a choice that nobody made are not kept
    tx.execute(BEGIN, row)


def verifier_binding(attempt_id: str) -> str:
    """Return what the verifier of a consent is bound to in the vault."""
    return f"consent verifier:{attempt_id}"


def offer_binding(attempt_id: str) -> str:
    """Return what the offer of a consent is bound to in the vault."""
    return f"consent offer:{attempt_id}"
