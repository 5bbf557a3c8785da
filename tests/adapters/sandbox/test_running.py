import random

import aiohttp
import phonenumbers

from adapters.sandbox.invent import COUNTRIES, invent_answers, invent_phone
from adapters.sandbox.running import Sandbox


async def test_sandbox_starts_with_a_world_and_settings_that_point_to_it() -> None:
    async with Sandbox(seed=5) as sandbox, aiohttp.ClientSession() as http:
        settings = sandbox.settings()
        facebook = settings["facebook"]
        token = f"{facebook['app_id']}|{facebook['app_secret']}"
        params = {"input_token": token, "access_token": token}
        async with http.get(f"{facebook['graph_url']}/v26.0/debug_token", params=params) as answer:
            assert (await answer.json(content_type=None))["data"]["is_valid"] is True
        assert settings["crm"]["url"] == sandbox.crm.url
    assert len(sandbox.world.pages) == 3
    assert {form.locale for form in sandbox.world.forms.values()} == {"en_US", "de_DE", "pt_BR", "ru_RU"}


def test_submitted_leads_answer_the_form_in_its_own_keys() -> None:
    sandbox = Sandbox(seed=5)
    leads = sandbox.submit(50)
    for lead in leads:
        form = sandbox.world.forms[lead.form_id]
        keys = [question.key for question in form.questions] + list(form.tracking_parameters)
        assert [answer["name"] for answer in lead.field_data] == keys
    assert {lead.is_organic for lead in leads} == {True, False}


def test_same_seed_same_world() -> None:
    one, two = Sandbox(seed=9), Sandbox(seed=9)
    assert (one.world.app_secret, one.signing_secret) == (two.world.app_secret, two.signing_secret)
    assert list(one.world.forms) == list(two.world.forms)


def test_invented_phones_are_valid_in_their_country() -> None:
    rng = random.Random(3)  # noqa: S311 - repeatable
    for country in COUNTRIES:
        for _ in range(200):
            text = invent_phone(rng, country)
            number = phonenumbers.parse(text.removeprefix("00") if text.startswith("+") else f"+{text[2:]}")
            assert phonenumbers.is_valid_number(number), (country.code, text)
            assert phonenumbers.region_code_for_number(number) == country.code


def test_invented_mail_stays_at_the_example_domains() -> None:
    rng = random.Random(3)  # noqa: S311 - repeatable
    mails = {invent_answers(rng)["email"].rpartition("@")[2] for _ in range(200)}
    assert mails == {"example.com", "example.org", "example.net"}
