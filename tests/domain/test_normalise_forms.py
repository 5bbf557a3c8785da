"""What the form decides: meanings, options, consents, attribution, test leads."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connector.domain.contact import contact_id_for
from connector.domain.preview import contact_from_input
from connector.domain.times import rfc3339, rfc3339_seconds

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)


def fields(*answers: tuple[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, "values": v if isinstance(v, list) else [v]} for name, v in answers]


def test_a_custom_question_called_email_is_custom() -> None:
    form = [{"key": "email", "type": "CUSTOM", "label": "E-mail provider?"}]
    contact = contact_from_input({"field_data": fields(("email", "Zoho")), "questions": form}, now=NOW)
    assert contact.emails == ()
    assert contact.custom_fields[0].label == "E-mail provider?"


def test_keys_match_composed_and_decomposed_and_in_any_case() -> None:
    form = [{"key": "nu\u0301mero_de_tele\u0301fono", "type": "phone", "label": "Teléfono"}]
    given = fields(("N\u00daMERO_DE_TEL\u00c9FONO", "+5215512345678"), ("ciudad", "Lima"))
    contact = contact_from_input({"field_data": given, "questions": form}, now=NOW)
    assert len(contact.phones) == 1
    assert [one.key for one in contact.custom_fields] == ["ciudad"]


@pytest.mark.parametrize(
    "kind", ["PHONE_OTP", "USER_PROVIDED_PHONE_NUMBER", "WHATSAPP_NUMBER", "WORK_PHONE_NUMBER"]
)
def test_every_kind_of_phone_is_a_phone(kind: str) -> None:
    form = [{"key": "q", "type": kind}]
    given = {"field_data": fields(("q", "+919876543210")), "questions": form}
    assert contact_from_input(given, now=NOW).phones[0].value == "+919876543210"


@pytest.mark.parametrize("kind", ["MARITIAL_STATUS", "ID_CPF", "DATE_TIME", "STORE_LOOKUP", "SOMETHING_NEW"])
def test_other_types_are_custom(kind: str) -> None:
    form = [{"key": "q", "type": kind, "label": "Label"}]
    (one,) = contact_from_input({"field_data": fields(("q", "a")), "questions": form}, now=NOW).custom_fields
    assert (one.key, one.label, one.values) == ("q", "Label", ("a",))


def test_options_are_shown_by_key_slug_or_text_and_never_guessed() -> None:
    options = [
        *({"key": "k1", "value": "Red"}, {"key": "k2", "value": "Green"}, {"key": "k2", "value": "Blue"}),
        *({"value": "As soon as possible"}, {"key": "c+", "value": "C plus"}, {"key": "c", "value": "C"}),
    ]
    form = [{"key": "q", "type": "CUSTOM", "label": "Colour?", "options": options}]
    given = ["k1", "k2", "as_soon_as_possible", "Red", "c+", "c", "other"]
    contact = contact_from_input({"field_data": fields(("q", given)), "questions": form}, now=NOW)
    (one,) = contact.custom_fields
    assert one.values == tuple(given)
    assert one.value_labels == ("Red", "k2", "As soon as possible", "Red", "C plus", "C", "other")


def test_custom_answers_are_kept_as_given() -> None:
    values = ["  spaced  ", "n/a", "=1+1", "<test lead: dummy data for q>"]
    (one,) = contact_from_input({"field_data": fields(("q", values))}, now=NOW).custom_fields
    assert one.values == tuple(values)


def test_duplicate_and_missing_names_are_kept() -> None:
    given = [{"name": "q", "values": ["a"]}, {"name": "q", "values": ["b"]}, {"values": ["c"]}, "d"]
    contact = contact_from_input({"field_data": given}, now=NOW)
    assert {one.key: one.values for one in contact.custom_fields} == {"q": ("a", "b"), "unnamed": ("c", "d")}


def test_tracking_parameters_in_any_case() -> None:
    given = fields(("UTM_Source", "fb"), ("utm_source", "fb"), ("utm_source", "ig"), ("utm_", "x"))
    contact = contact_from_input({"field_data": given}, now=NOW)
    assert contact.leads[0].utm == {"source": "fb, ig"}
    assert [one.key for one in contact.custom_fields] == ["utm_"]


def test_consents_copy_what_was_shown() -> None:
    legal = {
        "privacy_policy": {"url": "https://example.com/privacy"},
        "custom_disclaimer": {
            "title": "Terms",
            "body": {"text": "We may call you.", "url_entities": []},
            "checkboxes": [{"id": "1", "key": "calls", "text": "Call me", "is_required": False}],
        },
    }
    boxes = [{"checkbox_key": "calls", "is_checked": "on"}, {"checkbox_key": "post", "is_checked": "0"}]
    given = {
        "field_data": [],
        "legal_content": legal,
        "custom_disclaimer_responses": boxes,
        "created_time": "2026-03-10T09:15:00-0500",
        "lead": {"id": "1", "form_id": "f:9"},
    }
    calls, post = contact_from_input(given, now=NOW).consents
    assert (calls.granted, calls.text, calls.disclaimer) == (True, "Call me", "Terms\nWe may call you.")
    assert (calls.at, calls.form_id) == ("2026-03-10T14:15:00Z", "9")
    assert calls.privacy_policy_url == "https://example.com/privacy"
    assert (post.granted, post.text, post.disclaimer) == (False, None, "Terms\nWe may call you.")


@pytest.mark.parametrize(
    ("ticked", "granted"),
    [*((t, True) for t in ("1", "true", "on", True, 1)), *((f, False) for f in ("", "0", None, False, "?"))],
)
def test_only_a_tick_grants(ticked: object, granted: object) -> None:
    boxes = [{"checkbox_key": "k", "is_checked": ticked}]
    assert contact_from_input({"custom_disclaimer_responses": boxes}, now=NOW).consents[0].granted is granted


def test_said_twice_and_differently_is_not_granted() -> None:
    boxes = [{"checkbox_key": "k", "is_checked": "1"}, {"checkbox_key": "k", "is_checked": ""}]
    (consent,) = contact_from_input({"custom_disclaimer_responses": boxes}, now=NOW).consents
    assert not consent.granted


@pytest.mark.parametrize(
    ("told", "platform"),
    [
        ("fb", "facebook"),
        ("IG", "instagram"),
        ("threads", "threads"),
        ("", None),
        ("Audience Network", "Audience Network"),
    ],
)
def test_platform(told: str, platform: str | None) -> None:
    assert contact_from_input({"lead": {"id": "1", "platform": told}}, now=NOW).leads[0].platform == platform


def test_the_form_names_itself() -> None:
    given = {"lead": {"id": "1"}, "form": {"id": "f:7", "name": "Autumn", "questions": []}}
    (ref,) = contact_from_input(given, now=NOW).leads
    assert (ref.form_id, ref.form_name) == ("7", "Autumn")


@pytest.mark.parametrize("value", ["<test lead: dummy data for email>", "test@fb.com", "Test@Meta.com "])
def test_test_leads_are_told_first(value: str) -> None:
    contact = contact_from_input({"field_data": fields(("email", value))}, now=NOW)
    assert contact.is_test
    assert contact.flags[0] == "test_lead"


def test_an_address_like_the_testing_tools_is_a_person() -> None:
    assert not contact_from_input({"field_data": fields(("email", "mytest@fb.com"))}, now=NOW).is_test


def test_contact_ids_are_stable_and_apart() -> None:
    assert contact_id_for("w", "1") == contact_id_for("w", "1")
    assert len({contact_id_for("w", "1"), contact_id_for("w", "2"), contact_id_for("v", "1")}) == 3
    one = contact_from_input({"field_data": [], "country_hint": "IN"}, now=NOW)
    other = contact_from_input({"country_hint": "IN", "field_data": []}, now=NOW)
    assert one.contact_id == other.contact_id


def test_times_are_utc_with_z() -> None:
    at = datetime.fromisoformat("2026-03-10T09:15:00.5+05:30")
    assert rfc3339(at) == "2026-03-10T03:45:00.500Z"
    assert rfc3339_seconds(at) == "2026-03-10T03:45:00Z"
    with pytest.raises(ValueError, match="time zone"):
        rfc3339(at.replace(tzinfo=None))


def test_a_question_called_utm_is_what_its_type_says() -> None:
    form = [{"key": "utm_city", "type": "CITY"}, {"key": "utm_plan", "type": "CUSTOM", "label": "Plan?"}]
    given = fields(("utm_city", "Pune"), ("utm_plan", "b"), ("utm_source", "x"))
    contact = contact_from_input({"field_data": given, "questions": form}, now=NOW)
    assert contact.addresses[0].locality == "Pune"
    assert [one.label for one in contact.custom_fields] == ["Plan?"]
    assert contact.leads[0].utm == {"source": "x"}


@pytest.mark.parametrize(
    ("labels", "value", "label"),
    [
        (["As soon as possible!", "Later"], "as_soon_as_possible", "As soon as possible!"),
        (["Cloud & DevOps", "Cloud"], "cloud_devops", "Cloud & DevOps"),
        (["\u0939\u093e\u0901!", "\u0939\u093e"], "\u0939\u093e\u0901", "\u0939\u093e\u0901!"),
        (["\u0939\u093e!"], "\u0939", "\u0939"),
        (["C++", "C#"], "c", "c"),
        (["C"], "c#", "c#"),
        (["!!!"], "???", "???"),
    ],
)
def test_an_option_s_signs_are_overlooked_last(labels: list[str], value: str, label: str) -> None:
    form = [{"key": "q", "type": "CUSTOM", "options": [{"value": one} for one in labels]}]
    contact = contact_from_input({"field_data": fields(("q", value)), "questions": form}, now=NOW)
    assert contact.custom_fields[0].value_labels == (label,)
