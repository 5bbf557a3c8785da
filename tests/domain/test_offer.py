"""An offer survives the way to the choice and back, and nothing else passes for one."""

import contextlib
import json
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.connection import PageGrant, Person, TokenFacts, UserToken
from connector.domain.errors import BadInputError
from connector.domain.lead import PageId
from connector.domain.offer import Offer, offer_from_json, offer_to_json

texts = st.text(max_size=20)
moments = st.none() | st.datetimes(timezones=st.just(UTC))
scopes = st.lists(texts, max_size=4).map(tuple)
pages = st.builds(PageGrant, page_id=texts.map(PageId), name=texts, token=texts, tasks=scopes)
offers = st.builds(
    Offer,
    person=st.builds(Person, id=texts, name=st.none() | texts),
    token=st.builds(UserToken, value=texts, expires_at=moments),
    facts=st.builds(
        TokenFacts,
        is_valid=st.booleans(),
        user_id=st.none() | texts,
        type=st.none() | texts,
        scopes=scopes,
        expires_at=moments,
        data_access_expires_at=moments,
        error=st.none() | texts,
    ),
    withheld_scopes=scopes,
    pages=st.lists(pages, max_size=4).map(tuple),
    granted=scopes,
)
jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(offers)
def test_an_offer_comes_back_as_it_was(offer: Offer) -> None:
    assert offer_from_json(offer_to_json(offer)) == offer


@given(offers)
def test_no_token_is_in_its_repr(offer: Offer) -> None:
    marked = Offer(
        person=offer.person,
        token=UserToken(value="SECRET-1"),
        facts=offer.facts,
        withheld_scopes=(),
        pages=(PageGrant(page_id=PageId("1"), name="P", token="SECRET-2"),),
    )
    assert "SECRET" not in repr(marked)


@given(texts | jsons.map(json.dumps))
def test_anything_else_is_refused_without_naming_it(text: str) -> None:
    with pytest.raises(BadInputError, match="connect the account again"):
        offer_from_json(text)


@given(offers, jsons, st.data())
def test_a_part_of_another_shape_is_refused_or_read_whole(
    offer: Offer, odd: object, data: st.DataObject
) -> None:
    whole = json.loads(offer_to_json(offer))
    whole[data.draw(st.sampled_from(sorted(whole)))] = odd
    with contextlib.suppress(BadInputError):
        assert isinstance(offer_from_json(json.dumps(whole)), Offer)


def test_two_hundred_and_sixty_pages_fit() -> None:
    pages = tuple(
        PageGrant(page_id=PageId(str(n)), name="Page " * 10, token="t" * 250, tasks=("ADVERTISE", "MANAGE"))
        for n in range(260)
    )
    offer = Offer(
        person=Person(id="1"),
        token=UserToken(value="t"),
        facts=TokenFacts(is_valid=True),
        withheld_scopes=(),
        pages=pages,
    )
    assert len(offer_to_json(offer)) < 150_000
