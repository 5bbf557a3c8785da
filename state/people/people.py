"""People and their memberships. Removed people keep their row: the audit log names them."""

from collections.abc import Callable, Sequence
from functools import partial

from connector.domain.audit import Actor, AuditEntry
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId
from connector.domain.people import Member, Person, PersonId, Role, display_name, email_key
from connector.ports import Clock
from state.audit import append_audit
from state.engine import Engine, Row, Tx

BY_EMAIL = "SELECT id, name, email, password_hash, removed_at_ms FROM people WHERE email_key = :email_key"
BY_ID = """
    SELECT id, name, email, password_hash, removed_at_ms FROM people WHERE id = :id AND removed_at_ms IS NULL"""
MEMBERS = """
    SELECT p.id, p.email, p.password_hash, m.workspace_id, m.role, m.created_at_ms, m.accepted_at_ms,
           CASE WHEN m.accepted_at_ms IS NULL THEN p.email ELSE p.name END AS name,
           (SELECT MAX(s.seen_at_ms) FROM sessions s
             WHERE s.person_id = p.id
               AND (s.workspace_id = m.workspace_id
                    OR (s.workspace_id IS NULL AND m.accepted_at_ms IS NOT NULL))) AS seen_at_ms
      FROM memberships m JOIN people p ON p.id = m.person_id
     WHERE m.workspace_id = :workspace_id OR CAST(:workspace_id AS TEXT) IS NULL
     ORDER BY m.workspace_id, p.email_key"""
# the conflict's update changes nothing: it locks the row, so that two that add the same person take turns
PERSON = """
    INSERT INTO people (id, email, email_key, name, created_at_ms)
    VALUES (:id, :email, :email_key, :name, :now_ms)
    ON CONFLICT (email_key) DO UPDATE SET email_key = excluded.email_key
    RETURNING id, removed_at_ms, password_hash"""
REVIVE = "UPDATE people SET removed_at_ms = NULL WHERE id = :id"
RENAME = "UPDATE people SET name = :name, email = :email WHERE id = :id"
WORKSPACE = "SELECT id FROM workspaces WHERE id = :workspace_id"
ROLE = "SELECT role FROM memberships WHERE person_id = :id AND workspace_id = :workspace_id"
JOIN = """
    INSERT INTO memberships (person_id, workspace_id, role, created_at_ms, accepted_at_ms)
    VALUES (:id, :workspace_id, :role, :now_ms, :accepted_at_ms)
    ON CONFLICT (person_id, workspace_id) DO UPDATE
       SET role = excluded.role, accepted_at_ms = COALESCE(memberships.accepted_at_ms, excluded.accepted_at_ms)"""
ACCEPT = """
    UPDATE memberships SET accepted_at_ms = :now_ms
     WHERE person_id = :id AND workspace_id = :workspace_id AND accepted_at_ms IS NULL"""
OWNERS = """
    SELECT person_id FROM memberships WHERE workspace_id = :workspace_id AND role = 'owner' /*for update*/"""
LEAVE = """
    DELETE FROM memberships
     WHERE person_id = :id AND (workspace_id = :workspace_id OR CAST(:workspace_id AS TEXT) IS NULL)
    RETURNING workspace_id"""
LOCK = "SELECT id FROM people WHERE id = :id /*for update*/"
WORKSPACES_OF = "SELECT workspace_id FROM memberships WHERE person_id = :id"
ACCEPTED_OF = """
    SELECT workspace_id FROM memberships WHERE person_id = :id AND accepted_at_ms IS NOT NULL ORDER BY workspace_id"""
REMOVE = "UPDATE people SET removed_at_ms = :now_ms, password_hash = NULL WHERE id = :id"
PASSWORD = "UPDATE people SET password_hash = :password_hash WHERE id = :id"  # noqa: S105 - a statement
REHASH = "UPDATE people SET password_hash = :after WHERE id = :id AND password_hash = :before"
END = (
    "DELETE FROM sessions WHERE person_id = :id",
    "DELETE FROM sign_in_links WHERE person_id = :id",
    "DELETE FROM known_browsers WHERE person_id = :id",
)
END_CONFINED = (
    "DELETE FROM sessions WHERE person_id = :id AND workspace_id = :workspace_id",
    "DELETE FROM sign_in_links WHERE person_id = :id AND workspace_id = :workspace_id",
)


class SqlPeople:
    """Implements `ports.People`."""

    def __init__(self, engine: Engine, clock: Clock, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id

    async def by_email(self, email: str) -> Person | None:
        key = email_key(email)
        if key is None:
            return None
        row = await self._engine.read(lambda tx: tx.row(BY_EMAIL, {"email_key": key}))
        return _person(row) if row else None

    async def by_id(self, person_id: PersonId) -> Person | None:
        row = await self._engine.read(lambda tx: tx.row(BY_ID, {"id": person_id}))
        return _person(row) if row else None

    async def members(self, workspace_id: WorkspaceId | None = None) -> Sequence[Member]:
        rows = await self._engine.read(lambda tx: tx.rows(MEMBERS, {"workspace_id": workspace_id}))
        return [_member(row) for row in rows]

    async def put(
        self,
        email: str,
        workspace_id: WorkspaceId,
        role: Role,
        *,
        actor: Actor,
        name: str | None = None,
        password_hash: str | None = None,
        keep_owner: bool = False,
    ) -> tuple[PersonId, bool]:
        key = email_key(email)
        if key is None:
            raise BadInputError("that is no e-mail address")
        row = {
            "id": f"per_{self._new_id()}",
            "email": email.strip(),
            "email_key": key,
            "name": display_name(name or "") or email.strip().partition("@")[0],
            "is_named": bool(name),
            "workspace_id": workspace_id,
            "role": role,
            "password_hash": password_hash,
            "now_ms": self._clock.now_ms(),
        }
        return await self._engine.write(partial(_put, row=row, actor=actor, keep_owner=keep_owner))

    async def remove(
        self,
        person_id: PersonId,
        workspace_id: WorkspaceId | None,
        *,
        actor: Actor,
        keep_owner: bool = False,
    ) -> int:
        row = {"id": person_id, "workspace_id": workspace_id, "now_ms": self._clock.now_ms()}
        return await self._engine.write(partial(_remove, row=row, actor=actor, keep_owner=keep_owner))

    async def set_password(self, person_id: PersonId, password_hash: str, *, actor: Actor) -> None:
        row = {"id": person_id, "password_hash": password_hash, "now_ms": self._clock.now_ms()}
        await self._engine.write(partial(_set_password, row=row, actor=actor))

    async def rehash(self, person_id: PersonId, *, before: str, after: str) -> None:
        row = {"id": person_id, "before": before, "after": after}
        await self._engine.write(lambda tx: tx.execute(REHASH, row))


def tell_of(
    tx: Tx,
    person_id: str,
    actor: Actor,
    action: str,
    *,
    at_ms: int,
    only: WorkspaceId | None = None,
    **detail: str,
) -> None:
    """Append a line about a person to the log of every workspace that they joined, or of one only."""
    theirs = [only] if only else [row["workspace_id"] for row in tx.rows(ACCEPTED_OF, {"id": person_id})]
    for workspace_id in theirs:
        entry = AuditEntry(
            actor=actor, action=action, workspace_id=workspace_id, subject=person_id, detail=detail
        )
        append_audit(tx, entry, at_ms=at_ms)


def _put(tx: Tx, *, row: Row, actor: Actor, keep_owner: bool) -> tuple[PersonId, bool]:
    if tx.row(WORKSPACE, row) is None:
        raise BadInputError(f"there is no workspace {row['workspace_id']!r}: see `connector workspace list`")
    stored = tx.row(PERSON, row)
    assert stored is not None  # noqa: S101 - RETURNING of an insert or update
    given = {**row, "id": stored["id"]}
    theirs = {one["workspace_id"] for one in tx.rows(WORKSPACES_OF, given)}
    # whoever has an account by others' leave speaks for themselves; only the operator stands above both
    is_free = actor.kind == "cli" or (stored["password_hash"] is None and theirs <= {row["workspace_id"]})
    if stored["removed_at_ms"] is not None:
        tx.execute(REVIVE, given)
    if (row["is_named"] and is_free) or stored["removed_at_ms"] is not None:
        tx.execute(RENAME, given)
    if keep_owner and row["role"] != "owner":
        _keep_owner(tx, given)
    before = tx.row(ROLE, given)
    accepts = actor.kind == "cli" or (before is None and is_free)
    tx.execute(JOIN, {**given, "accepted_at_ms": row["now_ms"] if accepts else None})
    if before is None or before["role"] != row["role"]:
        action = "person.added" if before is None else "person.role_changed"
        at_ms, only = row["now_ms"], row["workspace_id"]
        tell_of(tx, given["id"], actor, action, at_ms=at_ms, only=only, role=row["role"])
    if row["password_hash"] is not None:
        _set_password(tx, row=given, actor=actor)
    return PersonId(stored["id"]), before is None


def _keep_owner(tx: Tx, row: Row) -> None:
    """Raise BadInputError when this person is the only owner. Owners that leave at once take turns."""
    owners = {one["person_id"] for one in tx.rows(OWNERS, row)}
    if owners == {row["id"]}:
        raise BadInputError("A workspace needs an owner: make somebody else one first.")


def _remove(tx: Tx, *, row: Row, actor: Actor, keep_owner: bool) -> int:
    tx.row(LOCK, row)  # else somebody who adds them elsewhere meanwhile is not seen, nor sees the removal
    if keep_owner:
        _keep_owner(tx, row)
    left = tx.rows(LEAVE, row)
    for sql in END_CONFINED:
        tx.execute(sql, row)
    for one in left:
        tell_of(tx, row["id"], actor, "person.removed", at_ms=row["now_ms"], only=one["workspace_id"])
    if not tx.rows(WORKSPACES_OF, row):
        tx.execute(REMOVE, row)
        for sql in END:
            tx.execute(sql, row)
    return len(left)


def accept(tx: Tx, person_id: str, workspace_id: WorkspaceId, *, at_ms: int) -> None:
    """Let a person join a workspace that added them; their own sessions show it from now on."""
    where = {"id": person_id, "workspace_id": workspace_id, "now_ms": at_ms}
    if tx.execute(ACCEPT, where):
        actor = Actor(kind="person", name=person_id)
        tell_of(tx, person_id, actor, "person.joined", at_ms=at_ms, only=workspace_id)


def _set_password(tx: Tx, *, row: Row, actor: Actor) -> None:
    tx.execute(PASSWORD, row)
    for sql in END:
        tx.execute(sql, row)
    tell_of(tx, row["id"], actor, "password.changed", at_ms=row["now_ms"])


def _person(row: Row) -> Person:
    return Person(
        id=PersonId(row["id"]),
        name=row["name"],
        email=row["email"],
        password_hash=row["password_hash"],
        is_removed=row["removed_at_ms"] is not None,
    )


def _member(row: Row) -> Member:
    return Member(
        person_id=PersonId(row["id"]),
        name=row["name"],
        email=row["email"],
        workspace_id=WorkspaceId(row["workspace_id"]),
        role=row["role"],
        has_password=row["password_hash"] is not None,
        created_at_ms=row["created_at_ms"],
        seen_at_ms=row["seen_at_ms"],
        is_accepted=row["accepted_at_ms"] is not None,
    )
