"""A form that continues another one takes its mapping over, before its first lead needs it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from connector.domain.alerts_catalogue import MAPPING_CARRIED
from connector.domain.audit import Actor, AuditEntry
from connector.domain.lead import FormId, PageId, WorkspaceId
from connector.domain.mapping.rules import NO_MAPPING
from connector.domain.raw import instant
from connector.domain.raw_values import mapping as members
from connector.domain.reconciling import ListedForm, listed_form, predecessor_of
from connector.wire.mapping import mapping_from_json
from state.alerts import raise_alert
from state.audit import append_audit
from state.engine import Row, Tx

SYSTEM = Actor(kind="system", name="forms")

LISTED = """
    SELECT form_id, name, status, questions, created_ms, leads_count FROM page_forms
     WHERE page_id = :page_id AND workspace_id = :workspace_id"""
OWN = """
    SELECT origin FROM form_mappings WHERE workspace_id = :workspace_id AND form_id = :form_id
     ORDER BY version LIMIT 1"""
MAPPED = """
    SELECT l.form_id, m.version, m.body
      FROM page_forms l JOIN form_mappings m ON m.workspace_id = l.workspace_id AND m.form_id = l.form_id
     WHERE l.page_id = :page_id AND l.workspace_id = :workspace_id AND l.questions = :questions
       AND m.version = (SELECT MAX(v.version) FROM form_mappings v
                         WHERE v.workspace_id = m.workspace_id AND v.form_id = m.form_id)"""
ADD = """
    INSERT INTO form_mappings (workspace_id, form_id, version, body, origin, origin_version, actor_kind, actor,
                               created_at_ms)
    VALUES (:workspace_id, :form_id, 1, :body, :origin, :origin_version, :actor_kind, :actor, :now_ms)
    ON CONFLICT DO NOTHING"""
HOMES = "SELECT workspace_id FROM pages WHERE page_id = :page_id AND state <> 'disconnected' ORDER BY workspace_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The Page of a workspace where a form was found, and when."""

    workspace_id: WorkspaceId
    page_id: PageId
    now: datetime
    new_id: Callable[[], str]


def listed(row: Row) -> ListedForm:
    """Return a form as a row of `page_forms` has it."""
    return ListedForm(
        id=FormId(row["form_id"]),
        name=row["name"],
        status=row["status"],
        created_ms=row["created_ms"],
        leads=row["leads_count"],
        digest=row["questions"],
    )


def carry_over(tx: Tx, at: Place, form: ListedForm, known: Iterable[ListedForm]) -> bool:
    """Give a form the mapping of the newest older one that asks the same and has one; True: it has been given one.

    A form that has a mapping of its own keeps it. The admin is told in the same transaction.
    """
    where = {"workspace_id": at.workspace_id, "form_id": form.id, "page_id": at.page_id}
    own = tx.row(OWN, where)
    if own is not None or form.digest is None:
        return own is not None and own["origin"] is not None
    mapped = {
        row["form_id"]: row
        for row in tx.rows(MAPPED, {**where, "questions": form.digest})
        if mapping_from_json(row["body"]) != NO_MAPPING
    }
    older = predecessor_of(form, [one for one in known if one.id in mapped])
    if older is None:
        return False
    return _carry(tx, at, form, mapped[older.id])


def carry_to_new(
    tx: Tx,
    page_id: PageId,
    form_id: FormId,
    definition: object,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> None:
    """Do it for a form whose first lead came before its Page's list told of it, in every workspace of the Page."""
    now_ms = int(now.timestamp() * 1000)
    made = instant(members(definition).get("created_time"))
    created_ms = int(made.timestamp() * 1000) if made else now_ms
    form = listed_form({**members(definition), "id": form_id}, created_ms=created_ms)
    if form is None or form.digest is None:
        return
    for home in tx.rows(HOMES, {"page_id": page_id}):
        at = Place(workspace_id=home["workspace_id"], page_id=page_id, now=now, new_id=new_id)
        rows = tx.rows(LISTED, {"page_id": page_id, "workspace_id": at.workspace_id})
        known = [listed(row) for row in rows]
        if all(one.id != form_id or one.digest is None for one in known):
            carry_over(tx, at, form, known)


def _carry(tx: Tx, at: Place, form: ListedForm, origin: Row) -> bool:
    """Write it and tell of it, unless another machine does; False: an admin's own is there by now."""
    now_ms = int(at.now.timestamp() * 1000)
    row: Mapping[str, object] = {
        "workspace_id": at.workspace_id,
        "form_id": form.id,
        "body": origin["body"],
        "origin": origin["form_id"],
        "origin_version": origin["version"],
        "actor_kind": SYSTEM.kind,
        "actor": SYSTEM.name,
        "now_ms": now_ms,
    }
    if not tx.execute(ADD, row):
        there = tx.row(OWN, row)
        return there is not None and there["origin"] is not None
    entry = AuditEntry(
        actor=SYSTEM,
        action="mapping.carried_over",
        workspace_id=at.workspace_id,
        subject=form.id,
        detail={"from_form": origin["form_id"], "from_version": origin["version"]},
    )
    append_audit(tx, entry, at_ms=now_ms)
    alert = MAPPING_CARRIED.alert(
        at.workspace_id,
        origin["form_id"],
        form.id,
        workspace_id=at.workspace_id,
        page=at.page_id,
        version=str(origin["version"]),
    )
    raise_alert(tx, alert=alert, now=at.now, new_id=at.new_id)
    return True
