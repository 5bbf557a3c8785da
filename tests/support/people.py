"""People of a workspace, put straight into the database."""

from state.engine import Engine, Tx

ADD = """
    INSERT INTO people (id, email, email_key, name, created_at_ms)
    VALUES (:id, :email, :email, :name, 0) ON CONFLICT (id) DO NOTHING"""
JOIN = """
    INSERT INTO memberships (person_id, workspace_id, role, created_at_ms, accepted_at_ms)
    VALUES (:id, :workspace_id, :role, 0, 0)"""
REMOVE = "UPDATE people SET removed_at_ms = 1 WHERE id = :id"


async def add_person(
    engine: Engine, name: str, role: str, *, workspace: str = "main", address: str | None = None
) -> str:
    """Add somebody with a role; the id is the name in small letters."""
    who = {"id": name.lower(), "email": address or f"{name.lower()}@example.com", "name": name}

    def add(tx: Tx) -> None:
        tx.execute(ADD, who)
        tx.execute(JOIN, {"id": who["id"], "workspace_id": workspace, "role": role})

    await engine.write(add)
    return who["id"]


async def remove_person(engine: Engine, person_id: str) -> None:
    """Take somebody's account away; the memberships stay."""
    await engine.write(lambda tx: tx.execute(REMOVE, {"id": person_id}))
