import hashlib
import hmac
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.facebook.webhook import FacebookWebhook
from connector.domain.errors import BadSignatureError
from connector.domain.notice import Notice, Notification, Quarantined

CURRENT, PREVIOUS = "current-secret", "previous-secret"
DOOR = FacebookWebhook([CURRENT, PREVIOUS], "meatyhamhock")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
WORDS = st.sampled_from(["leadgen", "leadgen_update", "page", "100", "0", ""])
VALUE = st.fixed_dictionaries(
    {}, optional={"leadgen_id": JSON, "page_id": JSON, "form_id": JSON, "ad_id": JSON}
)
CHANGE = st.fixed_dictionaries({}, optional={"field": WORDS | JSON, "value": VALUE | JSON})
ENTRY = st.fixed_dictionaries({}, optional={"id": WORDS | JSON, "changes": st.lists(CHANGE | JSON) | JSON})
POST = st.fixed_dictionaries(
    {}, optional={"object": WORDS | JSON, "entry": st.lists(ENTRY | JSON, max_size=4) | JSON}
)


def signed(body: bytes, secret: str = CURRENT) -> str:
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def post(*changes: object, page_id: object = "100") -> bytes:
    return json.dumps({"object": "page", "entry": [{"id": page_id, "changes": list(changes)}]}).encode()


def leadgen(**value: object) -> dict[str, object]:
    return {"field": "leadgen", "value": value}


def only_notice(body: bytes) -> Notice:
    found = DOOR.parse(body)
    assert found.quarantined == ()
    (notice,) = found.notices
    return notice


def only_quarantined(body: bytes) -> Quarantined:
    found = DOOR.parse(body)
    assert found.notices == ()
    (quarantined,) = found.quarantined
    return quarantined


# The challenge


def test_the_challenge_is_echoed_as_it_came() -> None:
    query = {"hub.mode": "subscribe", "hub.challenge": "01158201444", "hub.verify_token": "meatyhamhock"}
    assert DOOR.challenge(query) == "01158201444"


@pytest.mark.parametrize(
    "change",
    [
        {"hub.verify_token": "meatyhamhoc"},
        {"hub.verify_token": "méatyhamhock"},
        {"hub.verify_token": "\udc80"},
        {"hub.verify_token": ""},
        {"hub.mode": "unsubscribe"},
        {"hub.mode": ""},
        {"hub.challenge": ""},
    ],
)
def test_a_wrong_challenge_is_refused(change: dict[str, str]) -> None:
    query = {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": "meatyhamhock"}
    with pytest.raises(BadSignatureError):
        DOOR.challenge({**query, **change})
    with pytest.raises(BadSignatureError):
        DOOR.challenge({k: v for k, v in query.items() if k not in change})


@pytest.mark.parametrize(("secrets", "verify_token"), [([], "v"), ([""], "v"), (["s", ""], "v"), (["s"], "")])
def test_empty_keys_are_refused(secrets: list[str], verify_token: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        FacebookWebhook(secrets, verify_token)


# The signature


@pytest.mark.parametrize("secret", [CURRENT, PREVIOUS])
def test_a_signature_under_the_current_or_the_previous_secret_is_accepted(secret: str) -> None:
    body = b'{"object":"page","entry":[{"id":"\\u00e9\\/"}]}'
    DOOR.verify(body, signed(body, secret))


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "sha256=",
        "sha1=" + hmac.new(CURRENT.encode(), b"x", hashlib.sha1).hexdigest(),
        hmac.new(CURRENT.encode(), b"x", hashlib.sha256).hexdigest(),
        signed(b"x").upper(),
        signed(b"x").replace("sha256=", "sha256=0x"),
        signed(b"x") + " ",
        signed(b"x") + "\n",
        " " + signed(b"x"),
        signed(b"x")[:-1],
        signed(b"x") + "0",
        signed(b"x")[:-1] + "é",
        signed(b"x")[:-1] + "٣",
        signed(b"x")[:-1] + "\udcff",
        signed(b"x", "another-secret"),
        signed(b"x") + "," + signed(b"x"),
    ],
)
def test_any_other_signature_is_refused(signature: str) -> None:
    with pytest.raises(BadSignatureError):
        DOOR.verify(b"x", signature)


@settings(deadline=None)  # a busy machine is no failure
@given(st.binary(), st.binary(min_size=1), st.text(min_size=1).filter(lambda s: s.isascii()))
def test_a_signature_covers_every_byte(body: bytes, tail: bytes, secret: str) -> None:
    door = FacebookWebhook([secret], "v")
    signature = signed(body, secret)
    door.verify(body, signature)
    with pytest.raises(BadSignatureError):
        door.verify(body + tail, signature)
    for at in range(len(body)):
        flipped = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        with pytest.raises(BadSignatureError):
            door.verify(flipped, signature)


@settings(deadline=None)  # a busy machine is no failure
@given(st.binary(), st.text())
def test_no_header_text_raises_anything_else(body: bytes, signature: str) -> None:
    with pytest.raises(BadSignatureError):
        DOOR.verify(body, signature)


# The payload


@pytest.mark.parametrize(
    ("lead_id", "page_id", "form_id"),
    [(123123123123, 123123123, 12312312312), ("233370042045345", "138124712925158", "172036835026334")],
)
def test_ids_come_as_numbers_and_as_text(lead_id: object, page_id: object, form_id: object) -> None:
    notice = only_notice(post(leadgen(leadgen_id=lead_id, page_id=page_id, form_id=form_id)))
    assert (notice.lead_id, notice.page_id, notice.form_id) == (str(lead_id), str(page_id), str(form_id))


def test_the_payload_is_the_change_in_ascii() -> None:
    body = b'{"object":"page","entry":[{"id":"1","changes":[{"value":{"leadgen_id":"7","x":"\\ud800\\u0000\xc3\xa9"},"field":"leadgen"}]}]}'  # noqa: E501 - bytes as sent
    expected = b'{"value":{"leadgen_id":"7","x":"\\ud800\\u0000\\u00e9"},"field":"leadgen"}'
    assert only_notice(body).payload == expected


def test_every_change_of_every_entry_is_taken() -> None:
    entries = [
        {"id": p, "changes": [leadgen(leadgen_id=f"{p}{n}", page_id=p) for n in range(3)]} for p in ("1", "2")
    ]
    found = DOOR.parse(json.dumps({"entry": entries, "object": "page"}).encode())
    assert [n.lead_id for n in found.notices] == ["10", "11", "12", "20", "21", "22"]
    assert [n.page_id for n in found.notices] == ["1", "1", "1", "2", "2", "2"]


@pytest.mark.parametrize("value", [{}, {"page_id": 0}, {"page_id": "0"}, {"page_id": None}, {"page_id": ""}])
def test_the_page_of_the_entry_stands_in(value: dict[str, object]) -> None:
    assert only_notice(post(leadgen(leadgen_id="7", **value), page_id=55)).page_id == "55"


def test_the_page_of_the_value_is_the_better_one() -> None:
    assert only_notice(post(leadgen(leadgen_id="7", page_id="444"), page_id="0")).page_id == "444"


@pytest.mark.parametrize("form_id", [0, "0", None, "", True, 1.5, "a b", []])
def test_a_lead_is_not_lost_over_its_form_id(form_id: object) -> None:
    assert only_notice(post(leadgen(leadgen_id="7", form_id=form_id))).form_id is None


@pytest.mark.parametrize(
    "lead_id",
    [0, "0", None, "", -5, True, False, 7.0, "7 ", "7\n", "é", "٣", "../7", "7?x", "a" * 65, 10**70, [], {}],
)
def test_a_bad_lead_id_is_quarantined(lead_id: object) -> None:
    found = only_quarantined(post(leadgen(leadgen_id=lead_id)))
    assert (found.reason, found.page_id, found.field_name) == ("bad_id", "100", "leadgen")


def test_a_missing_lead_id_is_quarantined() -> None:
    assert only_quarantined(post(leadgen())).reason == "bad_id"


@pytest.mark.parametrize("page_id", [True, 1.5, "a b", -1, []])
def test_a_bad_page_id_is_quarantined(page_id: object) -> None:
    assert only_quarantined(post(leadgen(leadgen_id="7", page_id=page_id))).reason == "bad_id"
    assert only_quarantined(post(leadgen(leadgen_id="7"), page_id=page_id)).reason == "bad_id"


@pytest.mark.parametrize("name", ["leadgen_update", "leadgen_fat", "mention", "feed", "", "Leadgen"])
def test_other_fields_are_kept_apart(name: str) -> None:
    change = {"field": name, "value": {"leadgen_id": "7", "page_id": "100"}}
    found = only_quarantined(post(change))
    assert (found.reason, found.field_name, found.page_id) == ("unknown_field", name, "100")
    assert json.loads(found.payload) == change


@pytest.mark.parametrize("name", ["\x00", "\ud800", "é" * 500, "a" * 500])
def test_a_field_s_name_is_made_printable(name: str) -> None:
    found = only_quarantined(post({"field": name, "value": {}}))
    assert found.field_name is not None
    assert found.field_name.isascii()
    assert found.field_name.isprintable()
    assert len(found.field_name) <= 64


def test_a_good_change_beside_bad_ones_is_taken() -> None:
    found = DOOR.parse(post(leadgen(leadgen_id=0), "text", leadgen(leadgen_id=7), {"field": "feed"}, None))
    assert [n.lead_id for n in found.notices] == ["7"]
    assert [q.reason for q in found.quarantined] == [
        "bad_id",
        "unexpected_shape",
        "unknown_field",
        "unexpected_shape",
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"7",
        b"null",
        b'"text"',
        b"{}",
        b'{"object":"page"}',
        b'{"object":"page","entry":{}}',
        b'{"object":"user","entry":[{"id":"1","changes":[{"field":"leadgen","value":{"leadgen_id":"7"}}]}]}',
        b'{"object":"page","entry":[{"id":"1","time":5,"changed_fields":["leadgen"]}]}',
        b'{"object":"page","entry":[{"id":"1","changes":{}}]}',
        b'{"object":"page","entry":["text"]}',
        b'{"object":"page","entry":[{"id":"1","changes":[7]}]}',
        b'{"object":"page","entry":[{"id":"1","changes":[{"field":7}]}]}',
        b'{"object":"page","entry":[{"id":"1","changes":[{"field":"leadgen"}]}]}',
        b'{"object":"page","entry":[{"id":"1","changes":[{"field":"leadgen","value":[]}]}]}',
    ],
)
def test_another_shape_is_quarantined(body: bytes) -> None:
    assert only_quarantined(body).reason == "unexpected_shape"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        b'{"object":"pag\xe9"}',
        '{"object":"page"}'.encode("utf-16"),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"object":"page","entry":[' + b"9" * 5000 + b"]}",
        b'{"object":"page","entry":[NaN]}',
        b'{"object":"page","entry":[-Infinity]}',
        b"object=page",
    ],
)
def test_what_is_no_json_is_kept_whole(body: bytes) -> None:
    assert only_quarantined(body) == Quarantined(reason="broken_json", payload=body)


def test_a_lead_with_a_value_that_cannot_be_written_again_is_a_lead_all_the_same() -> None:
    value = b'{"leadgen_id":"7","x":1e999}'
    body = b'{"object":"page","entry":[{"id":"1","changes":[{"field":"leadgen","value":' + value + b"}]}]}"
    kept = {"leadgen_id": "7", "page_id": "1", "form_id": None}
    assert json.loads(only_notice(body).payload) == {"field": "leadgen", "value": kept}


def test_a_change_nested_too_deep_to_write_again_keeps_the_others() -> None:
    for depth in range(850, 1000, 3):
        deep = b"[" * depth + b"]" * depth
        good = json.dumps(leadgen(leadgen_id="7")).encode()
        odd = b'{"field":"leadgen","value":{"leadgen_id":"8","x":' + deep + b"}}"
        found = DOOR.parse(b'{"object":"page","entry":[{"id":"1","changes":[' + good + b"," + odd + b"]}]}")
        assert found.quarantined or [notice.lead_id for notice in found.notices] == ["7", "8"]
        assert all(b"leadgen" in notice.payload for notice in found.notices)


def test_a_lead_named_twice_is_told_twice() -> None:
    assert len(DOOR.parse(post(*[leadgen(leadgen_id="7")] * 2)).notices) == 2


@settings(deadline=None)  # a busy machine is no failure
@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_parsing_is_total(body: bytes) -> None:
    assert isinstance(DOOR.parse(body), Notification)


@settings(deadline=None)  # a busy machine is no failure
@given(POST)
def test_nothing_in_a_post_is_lost(value: dict[str, object]) -> None:
    found = DOOR.parse(json.dumps(value).encode())
    assert all(notice.payload.isascii() for notice in found.notices)
    assert all(piece.payload.isascii() for piece in found.quarantined)
    if (
        value.get("object") == "page"
        and "NaN" not in json.dumps(value)
        and "Infinity" not in json.dumps(value)
    ):
        entries = value.get("entry")
        expected = 1
        if isinstance(entries, list):
            changes = [e.get("changes") if isinstance(e, dict) else None for e in entries]
            expected = sum(len(c) if isinstance(c, list) else 1 for c in changes)
        assert len(found.notices) + len(found.quarantined) == expected
