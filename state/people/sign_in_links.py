"""One-time sign-in links, by the hashes of their tokens."""

from collections.abc import Callable
from functools import partial

from connector.domain.audit import Actor
from connector.domain.lead import WorkspaceId
from connector.domain.people import LinkFacts, PersonId, UsedLink
from connector.ports import Clock
from state.engine import Engine, Params, Row, Tx
from state.people.people import accept, tell_of
from state.people.sessions import TOKEN_BYTES, SqlSessions, hashed, open_session

SWEEP = "DELETE FROM sign_in_links WHERE expires_at_ms <= :now_ms"
MAKE = """
    INSERT INTO sign_in_links (hash, person_id, workspace_id, return_to, created_at_ms, expires_at_ms)
    VALUES (:hash, :person_id, :workspace_id, :return_to, :now_ms, :expires_at_ms)"""
LOOK = """
    SELECT l.expires_at_ms, l.return_to, l.workspace_id,
           CASE WHEN l.workspace_id IS NULL THEN p.name ELSE p.email END AS name
      FROM sign_in_links l JOIN people p ON p.id = l.person_id AND p.removed_at_ms IS NULL
     WHERE l.hash = :hash AND l.used_at_ms IS NULL AND l.expires_at_ms > :now_ms"""
# the person before the link, as a removal locks them
OF = """
    SELECT p.id FROM people p
     WHERE p.id = (SELECT person_id FROM sign_in_links WHERE hash = :hash) AND p.removed_at_ms IS NULL
    /*for update*/"""
OWN = """
    SELECT hash FROM sessions
     WHERE hash = :replaced AND person_id = :person_id AND workspace_id IS NULL
       AND expires_at_ms > :now_ms AND seen_at_ms > :idle_since_ms"""
TAKE = """
    UPDATE sign_in_links SET used_at_ms = :now_ms
     WHERE hash = :hash AND used_at_ms IS NULL AND expires_at_ms > :now_ms
    RETURNING person_id, workspace_id, return_to"""


class SqlSignInLinks:
    """Implements `ports.SignInLinks`."""

    def __init__(
        self, engine: Engine, clock: Clock, new_secret: Callable[[int], str], sessions: SqlSessions
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._new_secret = new_secret
        self._sessions = sessions

    async def make(
        self,
        person_id: PersonId,
        *,
        life_s: int,
        actor: Actor,
        workspace_id: WorkspaceId | None = None,
        return_to: str = "/",
    ) -> tuple[str, int]:
        token = self._new_secret(TOKEN_BYTES)
        now_ms = self._clock.now_ms()
        row = {
            "hash": hashed(token),
            "person_id": person_id,
            "workspace_id": workspace_id,
            "return_to": return_to,
            "now_ms": now_ms,
            "expires_at_ms": now_ms + life_s * 1000,
        }
        await self._engine.write(partial(_make, row=row, actor=actor))
        return token, now_ms + life_s * 1000

    async def look(self, token: str) -> LinkFacts | None:
        where: Params = {"hash": hashed(token), "now_ms": self._clock.now_ms()}
        row = await self._engine.read(lambda tx: tx.row(LOOK, where))
        if row is None:
            return None
        return LinkFacts(
            name=row["name"],
            expires_at_ms=row["expires_at_ms"],
            return_to=row["return_to"],
            workspace_id=row["workspace_id"],
        )

    async def use(self, token: str, *, label: str, replaces: str | None = None) -> UsedLink | None:
        session, fresh = self._sessions.fresh(by="link", label=label, replaces=replaces)
        link: Params = {"hash": hashed(token), "now_ms": self._clock.now_ms()}
        used = await self._engine.write(partial(_use, link=link, fresh=fresh))
        if used is None:
            return None
        row, is_kept = used
        return UsedLink(
            person_id=PersonId(row["person_id"]),
            workspace_id=row["workspace_id"],
            return_to=row["return_to"],
            session=replaces if is_kept and replaces else session,
        )


def _use(tx: Tx, *, link: Params, fresh: Row) -> tuple[Row, bool] | None:
    """Return the used link, and whether the browser keeps the session it has."""
    if tx.row(OF, link) is None:
        return None
    used = tx.row(TAKE, link)
    if used is None:
        return None
    row = {**fresh, "person_id": used["person_id"], "workspace_id": used["workspace_id"]}
    if used["workspace_id"] is not None and tx.row(OWN, row) is not None:
        accept(tx, used["person_id"], used["workspace_id"], at_ms=fresh["now_ms"])
        return used, True
    open_session(tx, row=row)
    return used, False


def _make(tx: Tx, *, row: Row, actor: Actor) -> None:
    tx.execute(SWEEP, {"now_ms": row["now_ms"]})
    tx.execute(MAKE, row)
    at_ms, only = row["now_ms"], row["workspace_id"]
    tell_of(tx, row["person_id"], actor, "sign_in_link.made", at_ms=at_ms, only=only)
