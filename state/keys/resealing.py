"""Sealing everything anew under the ring's first key: a chunk a transaction, beside a running daemon.

Each value is replaced only if it is still the one that was opened, so a token that was renewed meanwhile stays. A run
that is killed has done whole values only; the next one goes on with what is left.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from connector.domain.errors import BadInputError
from state.engine import Engine, Row, Tx
from state.keys.sealed_places import PLACES, SealedPlace
from state.vault import Vault

CHUNK = 100
"""Values sealed in one transaction: a few milliseconds."""

# a sealed text begins with `v1.` and the eight letters of its key's name
COUNT = """
    SELECT substr({column}, 4, 8) AS name, COUNT(*) AS sealed FROM {table}
     WHERE {column} IS NOT NULL AND {column} <> '' GROUP BY substr({column}, 4, 8)"""
OLD = """
    SELECT {needed} FROM {table}
     WHERE {column} IS NOT NULL AND {column} <> '' AND substr({column}, 4, 8) <> :first AND {later}
     ORDER BY {key} LIMIT :limit"""
RESEAL = "UPDATE {table} SET {column} = :fresh WHERE {same} AND {column} = :old"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resealed:
    """What a run did: values sealed anew, and values that no key of the ring opens."""

    done: int = 0
    shut: int = 0

    def __add__(self, other: "Resealed") -> "Resealed":
        return Resealed(done=self.done + other.done, shut=self.shut + other.shut)


class SqlResealing:
    """Counts by key, and seals anew."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    async def counts(self) -> Mapping[str, int]:
        """Return how many values each key seals, by the key's name."""
        return await self._engine.read(sealed_counts)

    async def reseal(self) -> Resealed:
        """Seal everything under the first key. Raises StateUnavailableError; what was done stays done."""
        total = Resealed()
        for place in PLACES:
            after: Row | None = None
            while True:
                rows, done = await self._engine.write(
                    partial(_reseal, place=place, after=after, vault=self._vault)
                )
                total += done
                if len(rows) < CHUNK:
                    break
                after = rows[-1]
        return total


def sealed_counts(tx: Tx) -> Mapping[str, int]:
    """Return how many values each key seals, by the key's name."""
    counts: Counter[str] = Counter()
    for place in PLACES:
        for row in tx.rows(COUNT.format(table=place.table, column=place.column)):
            counts[row["name"]] += int(row["sealed"])
    return dict(counts)


def opened_counts(tx: Tx, vault: Vault) -> tuple[int, int]:
    """Return how many values open, and how many do not."""
    opened = shut = 0
    for place in PLACES:
        sql = f"SELECT {_needed(place)} FROM {place.table} WHERE {place.column} IS NOT NULL AND {place.column} <> ''"  # noqa: S608 - our own names
        for row in tx.rows(sql):
            is_open = _opened(place, row, vault) is not None
            opened, shut = opened + is_open, shut + (not is_open)
    return opened, shut


def _reseal(tx: Tx, *, place: SealedPlace, after: Row | None, vault: Vault) -> tuple[Sequence[Row], Resealed]:
    key = ", ".join(place.key)
    later = f"({key}) > ({', '.join(f':{name}' for name in place.key)})" if after else "1 = 1"
    old = OLD.format(table=place.table, column=place.column, needed=_needed(place), key=key, later=later)
    where = {name: after[name] for name in place.key} if after else {}
    rows = tx.rows(old, {**where, "first": vault.names[0], "limit": CHUNK})
    same = " AND ".join(f"{name} = :{name}" for name in place.key)
    reseal = RESEAL.format(table=place.table, column=place.column, same=same)
    done = shut = 0
    for row in rows:
        text = _opened(place, row, vault)
        if text is None:
            shut += 1
            continue
        fresh = vault.seal(text, bound_to=_bound_to(place, row))
        done += tx.execute(reseal, {**_key(place, row), "fresh": fresh, "old": row[place.column]})
    return rows, Resealed(done=done, shut=shut)


def _needed(place: SealedPlace) -> str:
    return ", ".join(dict.fromkeys((*place.key, *place.bound_by, place.column)))


def _key(place: SealedPlace, row: Row) -> Mapping[str, str]:
    return {name: row[name] for name in place.key}


def _bound_to(place: SealedPlace, row: Row) -> str:
    return place.binding(*(row[name] for name in place.bound_by))


def _opened(place: SealedPlace, row: Row, vault: Vault) -> str | None:
    try:
        return vault.open(row[place.column], bound_to=_bound_to(place, row))
    except BadInputError:
        return None
