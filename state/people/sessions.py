"""Sessions, the browsers that are known, and one-time links: all by the hashes of their tokens."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from connector.domain.audit import Actor
from connector.domain.errors import NotPermittedError
from connector.domain.lead import WorkspaceId
from connector.domain.people import (
    OpenSession,
    PersonId,
    Role,
    SignedInBy,
    SignedInSession,
    Viewer,
    lower,
)
from connector.ports import Clock
from state.engine import Engine, Params, Row, Tx
from state.people.people import tell_of

TOKEN_BYTES = 32
TOKEN_CHARS_MAX = 100
SEEN_EVERY_MS = 60_000
KNOWN_MS = 180 * 24 * 3600 * 1000
ID_CHARS = 16

PROVED = "SELECT password_hash FROM people WHERE id = :person_id AND removed_at_ms IS NULL /*for update*/"
OPEN = """
    INSERT INTO sessions (hash, person_id, workspace_id, opened_by, label, created_at_ms, seen_at_ms, expires_at_ms)
    VALUES (:hash, :person_id, :workspace_id, :opened_by, :label, :now_ms, :now_ms, :expires_at_ms)"""
SWEEP = (
    "DELETE FROM sessions WHERE hash = :replaced OR expires_at_ms <= :now_ms OR seen_at_ms <= :idle_since_ms"
)
FIND = """
    SELECT s.hash, s.person_id, s.workspace_id, s.opened_by, s.seen_at_ms, p.name, p.email, p.password_hash
      FROM sessions s JOIN people p ON p.id = s.person_id AND p.removed_at_ms IS NULL
     WHERE s.hash = :hash AND s.expires_at_ms > :now_ms AND s.seen_at_ms > :idle_since_ms"""
ROLES = """
    SELECT workspace_id, role, accepted_at_ms FROM memberships WHERE person_id = :person_id ORDER BY workspace_id"""
SEEN = "UPDATE sessions SET seen_at_ms = :now_ms WHERE hash = :hash"
CLOSE = "DELETE FROM sessions WHERE hash = :hash RETURNING person_id, workspace_id"
OF = """
    SELECT hash, label, opened_by, created_at_ms, seen_at_ms FROM sessions
     WHERE person_id = :person_id AND expires_at_ms > :now_ms AND seen_at_ms > :idle_since_ms
     ORDER BY seen_at_ms DESC, hash"""
END = """
    DELETE FROM sessions
     WHERE person_id = :person_id AND (SUBSTR(hash, 1, 16) = :only OR CAST(:only AS TEXT) IS NULL)
       AND (SUBSTR(hash, 1, 16) <> :keep OR CAST(:keep AS TEXT) IS NULL)
    RETURNING workspace_id"""
OWNER = "SELECT person_id FROM known_browsers WHERE hash = :hash AND created_at_ms > :since_ms"
REMEMBER = "INSERT INTO known_browsers (hash, person_id, created_at_ms) VALUES (:hash, :person_id, :now_ms)"
FORGET = "DELETE FROM known_browsers WHERE created_at_ms <= :since_ms"


class SqlSessions:
    """Implements `ports.Sessions`. `life_s`: from sign-in; `idle_s`: from the last request."""

    def __init__(
        self, engine: Engine, clock: Clock, new_secret: Callable[[int], str], *, life_s: float, idle_s: float
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._new_secret = new_secret
        self._life_ms = int(life_s * 1000)
        self._idle_ms = int(idle_s * 1000)

    async def open(
        self,
        person_id: PersonId,
        *,
        by: SignedInBy,
        label: str,
        workspace_id: WorkspaceId | None = None,
        replaces: str | None = None,
        password_hash: str | None = None,
    ) -> str:
        token, fresh = self.fresh(by=by, label=label, replaces=replaces)
        row = {**fresh, "person_id": person_id, "workspace_id": workspace_id}
        await self._engine.write(partial(open_session, row=row, password_hash=password_hash))
        return token

    def fresh(self, *, by: SignedInBy, label: str, replaces: str | None) -> tuple[str, Row]:
        """Return a token and what `open_session` needs but for `person_id` and `workspace_id`."""
        token = self._new_secret(TOKEN_BYTES)
        row: Row = {
            **self._times(),
            "hash": hashed(token),
            "opened_by": by,
            "label": label,
            "replaced": hashed(replaces) if replaces else "",
        }
        return token, row

    async def find(self, token: str) -> SignedInSession | None:
        if len(token) > TOKEN_CHARS_MAX:
            return None
        where: Params = {"hash": hashed(token), **self._times()}
        found = await self._engine.read(partial(_find, where=where))
        if found is None:
            return None
        row, roles = found
        now_ms = self._clock.now_ms()
        if now_ms - row["seen_at_ms"] > SEEN_EVERY_MS:
            seen: Params = {"hash": row["hash"], "now_ms": now_ms}
            await self._engine.write(lambda tx: tx.execute(SEEN, seen))
        return _session(row, roles)

    async def close(self, token: str) -> None:
        now_ms = self._clock.now_ms()
        await self._engine.write(partial(_close, where={"hash": hashed(token)}, now_ms=now_ms))

    async def of(self, person_id: PersonId) -> Sequence[OpenSession]:
        where: Params = {"person_id": person_id, **self._times()}
        rows = await self._engine.read(lambda tx: tx.rows(OF, where))
        return [_open_session(row) for row in rows]

    async def end(self, person_id: PersonId, *, only: str | None = None, keep: str | None = None) -> int:
        where: Params = {"person_id": person_id, "only": only, "keep": keep}
        return await self._engine.write(partial(_end, where=where, now_ms=self._clock.now_ms()))

    def _times(self) -> dict[str, int]:
        now_ms = self._clock.now_ms()
        return {
            "now_ms": now_ms,
            "idle_since_ms": now_ms - self._idle_ms,
            "expires_at_ms": now_ms + self._life_ms,
        }


class SqlKnownBrowsers:
    """Implements `ports.KnownBrowsers`."""

    def __init__(self, engine: Engine, clock: Clock, new_secret: Callable[[int], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._new_secret = new_secret

    async def owner(self, token: str) -> PersonId | None:
        where: Params = {"hash": hashed(token), "since_ms": self._clock.now_ms() - KNOWN_MS}
        row = await self._engine.read(lambda tx: tx.row(OWNER, where))
        return PersonId(row["person_id"]) if row else None

    async def remember(self, person_id: PersonId) -> str:
        token = self._new_secret(TOKEN_BYTES)
        now_ms = self._clock.now_ms()
        row: Params = {"hash": hashed(token), "person_id": person_id, "now_ms": now_ms}

        def remember(tx: Tx) -> None:
            tx.execute(FORGET, {"since_ms": now_ms - KNOWN_MS})
            tx.execute(REMEMBER, row)

        await self._engine.write(remember)
        return token


def hashed(token: str) -> str:
    """Return what is stored of 256 random bits: they need no salt and no slow hash."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def open_session(tx: Tx, *, row: Row, password_hash: str | None = None) -> None:
    """Open a session as a part of what proves the person. Raises NotPermittedError as `Sessions.open`."""
    person = tx.row(PROVED, {"person_id": row["person_id"]})
    if person is None or (password_hash is not None and person["password_hash"] != password_hash):
        raise NotPermittedError("the account was changed a moment ago: sign in again")
    tx.execute(SWEEP, row)
    tx.execute(OPEN, row)
    actor = Actor(kind="person", name=row["person_id"])
    at_ms, only = row["now_ms"], row["workspace_id"]
    tell_of(tx, row["person_id"], actor, "session.opened", at_ms=at_ms, only=only, by=row["opened_by"])


def _find(tx: Tx, *, where: Params) -> tuple[Row, Sequence[Row]] | None:
    row = tx.row(FIND, where)
    return (row, tx.rows(ROLES, {"person_id": row["person_id"]})) if row else None


def _close(tx: Tx, *, where: Params, now_ms: int) -> None:
    closed = tx.row(CLOSE, where)
    if closed is not None:
        actor = Actor(kind="person", name=closed["person_id"])
        only = closed["workspace_id"]
        tell_of(tx, closed["person_id"], actor, "session.closed", at_ms=now_ms, only=only)


def _end(tx: Tx, *, where: Params, now_ms: int) -> int:
    ended = Counter(row["workspace_id"] for row in tx.rows(END, where))
    person_id = str(where["person_id"])
    actor = Actor(kind="person", name=person_id)
    for only, count in ended.items():
        tell_of(tx, person_id, actor, "session.ended", at_ms=now_ms, only=only, count=str(count))
    return ended.total()


def _session(row: Row, memberships: Sequence[Row]) -> SignedInSession:
    roles: dict[WorkspaceId, Role] = {one["workspace_id"]: one["role"] for one in memberships}
    accepted = {one["workspace_id"] for one in memberships if one["accepted_at_ms"] is not None}
    confined, name = row["workspace_id"], row["name"]
    if confined is None:
        roles = {one: role for one, role in roles.items() if one in accepted}
    else:
        roles = {confined: lower(roles[confined], "admin")} if confined in roles else {}
        name = name if confined in accepted else row["email"]  # who made the link may be who looks
    viewer = Viewer(person_id=PersonId(row["person_id"]), name=name, email=row["email"], roles=roles)
    return SignedInSession(
        id=row["hash"][:ID_CHARS],
        viewer=viewer,
        by=row["opened_by"],
        has_password=row["password_hash"] is not None,
        workspace_id=confined,
    )


def _open_session(row: Row) -> OpenSession:
    return OpenSession(
        id=row["hash"][:ID_CHARS],
        label=row["label"],
        by=row["opened_by"],
        created_at_ms=row["created_at_ms"],
        seen_at_ms=row["seen_at_ms"],
    )
