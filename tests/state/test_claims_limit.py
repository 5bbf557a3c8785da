"""A claim takes no more than it asked for, though the database believes the table to be as small as it was once.

Statistics are taken with ANALYZE, as PostgreSQL does by itself at any time: then it plans for so many rows.
"""

from support.rooms import PAGE, Rooms, raw

MANY, LIMIT = 40, 7


def told(numbers: range) -> dict[str, dict[str, object]]:
    return {str(number): raw(str(number), email=f"p{number}@example.com") for number in numbers}


async def test_leads_are_claimed_to_the_limit(rooms: Rooms) -> None:
    await rooms.connect(PAGE)
    await rooms.receive("0")
    await rooms.execute("ANALYZE leads")
    await rooms.receive(*(str(number) for number in range(1, MANY)))
    assert len((await rooms.claim(LIMIT)).leads) == LIMIT


async def test_leads_that_were_read_are_claimed_to_the_limit(rooms: Rooms) -> None:
    await rooms.connect(PAGE)
    await rooms.fetch(told(range(1)))
    await rooms.execute("ANALYZE leads")
    await rooms.fetch(told(range(1, MANY)))
    assert len(await rooms.resolver.claim(limit=LIMIT)) == LIMIT


async def test_deliveries_are_claimed_to_the_limit(rooms: Rooms) -> None:
    await rooms.connect(PAGE)
    await rooms.fetch(told(range(1)))
    await rooms.resolve()
    await rooms.execute("ANALYZE deliveries")
    await rooms.fetch(told(range(1, MANY)))
    await rooms.resolve()
    assert len(await rooms.deliveries.claim(limit=LIMIT)) == LIMIT


async def test_mails_are_claimed_to_the_limit(rooms: Rooms) -> None:
    add = """
        INSERT INTO mails (id, alert_id, kind, stage, recipient, state, due_at_ms, attempts, created_at_ms)
        VALUES (:id, 1, 'raised', '', :id, 'waiting', 0, 0, 0)"""
    await rooms.execute(add, id="0")
    await rooms.execute("ANALYZE mails")
    for number in range(1, MANY):
        await rooms.execute(add, id=str(number))
    assert len(await rooms.mails.claim(limit=LIMIT)) == LIMIT
