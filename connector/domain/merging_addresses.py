"""Merge addresses: a compatible one is filled, another is appended; no part is ever overwritten."""

from collections.abc import Sequence
from dataclasses import replace

from connector.domain.contact import Address
from connector.domain.normalise.text import fold


def merged_addresses(
    known: Sequence[Address], new: Sequence[Address], *, fill: bool = True
) -> tuple[Address, ...]:
    """Return `known`, its empty parts filled (unless not `fill`), and what contradicts all of it appended."""
    entries = list(known)
    for address in new:
        place = next((n for n, entry in enumerate(entries) if _compatible(entry, address)), None)
        if place is None:
            entries.append(address)
        elif fill or place >= len(known):
            entries[place] = _filled(entries[place], address)
    return tuple(entries)


def _compatible(one: Address, other: Address) -> bool:
    pairs = (
        (one.street_address, other.street_address),
        (one.locality, other.locality),
        (one.postal_code, other.postal_code),
    )
    return (
        all(_agree(mine, theirs) for mine, theirs in pairs)
        and _coded(one.region, one.region_code, other.region, other.region_code)
        and _coded(one.country, one.country_code, other.country, other.country_code)
    )


def _agree(one: str | None, other: str | None) -> bool:
    return not one or not other or fold(one) == fold(other)


def _coded(one: str | None, one_code: str | None, other: str | None, other_code: str | None) -> bool:
    """Two codes decide where both are known: India and Bharat are one country."""
    if one_code and other_code:
        return one_code == other_code
    return _agree(one, other)


def _filled(entry: Address, address: Address) -> Address:
    return replace(
        entry,
        street_address=entry.street_address or address.street_address,
        locality=entry.locality or address.locality,
        region=entry.region or address.region,
        region_code=entry.region_code or address.region_code,
        postal_code=entry.postal_code or address.postal_code,
        country=entry.country or address.country,
        country_code=entry.country_code or address.country_code,
    )
