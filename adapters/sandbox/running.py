"""The whole sandbox on loopback: Graph API, dialog, Google and CRM over default worlds."""

import asyncio
import base64
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any, Self

from adapters.sandbox.crm import CrmSandbox
from adapters.sandbox.google.server import GoogleSandbox
from adapters.sandbox.google.world import GoogleWorld
from adapters.sandbox.graph_api import GraphSandbox
from adapters.sandbox.invent import invent_answers
from adapters.sandbox.webhook_sender import WebhookSender
from adapters.sandbox.world import Checkbox, Form, Lead, Option, Page, Question, World


class Sandbox:
    """Starts and stops together: `graph`, `google`, `crm` and the `sender` of webhooks. Chance comes from `seed`."""

    def __init__(
        self,
        *,
        seed: int = 1,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        crm_now: Callable[[], float] | None = None,
        world: World | None = None,
    ) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - repeatable, protects nothing
        self.world = world or default_world(self.rng, now=now)
        self.signing_secret = f"whsec_{base64.b64encode(self.rng.randbytes(24)).decode()}"
        self.graph = GraphSandbox(self.world, sleep=sleep)
        self.crm = CrmSandbox([self.signing_secret], now=crm_now)
        self.sender = WebhookSender(self.world, sleep=sleep)
        self.graph.sender = self.sender
        self.google = GoogleSandbox(default_google_world(seed, now=now), sleep=sleep)
        self._stack = AsyncExitStack()

    async def start(self) -> None:
        """Begin to listen on free ports of the loopback."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.sender)
            await stack.enter_async_context(self.graph)
            await stack.enter_async_context(self.google)
            await stack.enter_async_context(self.crm)
            self._stack = stack.pop_all()

    async def stop(self) -> None:
        """Stop everything."""
        await self._stack.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    def settings(self) -> dict[str, dict[str, str]]:
        """Return the daemon's settings that point here, by section: facebook, google and crm."""
        return {
            "facebook": {
                "app_id": self.world.app_id,
                "app_secret": self.world.app_secret,
                "verify_token": self.world.verify_token,
                "graph_url": self.graph.url,
                "dialog_url": self.graph.url,
            },
            "google": self.google.settings(),
            "crm": {"url": self.crm.url, "signing_secret": self.signing_secret},
        }

    def webhooks_go_to(
        self, public_url: str, *, webhook: str = "", deauthorize: str = "", deletion: str = "", risc: str = ""
    ) -> None:
        """Point Meta's and Google's calls to the daemon: `public_url` and the paths of its public endpoints.

        No `webhook`: leads go where the app's subscription says.
        """
        base = public_url.rstrip("/")
        self.sender.url = f"{base}{webhook}" if webhook else ""
        self.world.deauthorize_url = f"{base}{deauthorize}" if deauthorize else ""
        self.world.deletion_url = f"{base}{deletion}" if deletion else ""
        self.google.events.url = f"{base}{risc}" if risc else ""

    def submit(self, count: int = 1, *, forms: Sequence[Form] = ()) -> list[Lead]:
        """Let `count` invented people fill forms in; nobody is notified yet (`sender.announce`)."""
        choices = forms or list(self.world.forms.values())
        return [submit_form(self.world, self.rng.choice(choices)) for _ in range(count)]


def default_world(rng: random.Random, *, now: Callable[[], float] = time.time) -> World:
    """Return one admin with three Pages and forms in English, German, Portuguese and Russian."""
    world = World.invented(rng, now=now)
    admin = world.add_person("Ada Admin")
    bakery, clinic, school = (
        world.add_page(name, admins=[admin], business_owned=owned)
        for name, owned in (("Example Bakery", False), ("Clínica Exemplo", True), ("Школа Пример", False))
    )
    _bakery_forms(world, bakery)
    world.add_form(
        clinic,
        "Agende sua consulta",
        locale="pt_BR",
        questions=_questions("nome_completo", "e-mail", "número_de_telefone", city="cidade"),
    )
    world.add_form(
        school, "Пробный урок", locale="ru_RU", questions=_questions("ваше_имя", "почта", "телефон?")
    )
    return world


def default_google_world(seed: int, *, now: Callable[[], float] = time.time) -> GoogleWorld:
    """Return one project with one client, and one admin who has not consented yet."""
    rng = random.Random(f"google-{seed}")  # noqa: S311 - of its own: Meta's world stays as it is
    world = GoogleWorld.invented(rng, now=now)
    world.add_account("ada.admin@example.com", "Ada Admin")
    return world


def submit_form(world: World, form: Form) -> Lead:
    """Let an invented person fill the form in: one in five of them without an ad."""
    rng, answers, person = world.rng, dict[str, str | None](), invent_answers(world.rng)
    for question in form.questions:
        answers[question.key] = _answer(rng, question, person)
    ad = {} if rng.random() < 0.2 else _ad(form)  # noqa: PLR2004 - one in five
    lead_id = world.add_lead(
        form,
        answers=answers,
        platform=rng.choice(("fb", "ig")),
        is_organic=not ad,
        disclaimers={box.key: rng.random() < 0.5 for box in form.checkboxes if not box.is_required},  # noqa: PLR2004 - half
        **ad,
    )
    return world.leads[lead_id]


def _bakery_forms(world: World, page: Page) -> None:
    sizes = (Option(key="small", value="Small (up to 8)"), Option(key="large", value="Large (20 and more)"))
    world.add_form(
        page,
        "Order a cake",
        questions=(
            *_questions("full_name", "email", "phone_number", city="city"),
            Question(key="which_size?", type="CUSTOM", label="Which size?", options=sizes),
        ),
        checkboxes=(Checkbox(key="news", text="Send me news of the bakery"),),
        tracking={"utm_source": "facebook", "utm_campaign": "autumn"},
    )
    world.add_form(
        page,
        "Torte bestellen",
        locale="de_DE",
        questions=_questions("name", "e-mail-adresse", "telefonnummer"),
    )


def _questions(name: str, email: str, phone: str, *, city: str = "") -> tuple[Question, ...]:
    standard = (
        Question(key=name, type="FULL_NAME", label=name.replace("_", " ")),
        Question(key=email, type="EMAIL", label=email),
        Question(key=phone, type="PHONE", label=phone.replace("_", " ")),
    )
    return (*standard, Question(key=city, type="CITY", label=city)) if city else standard


_ANSWERED_BY = {
    "FULL_NAME": "full_name",
    "EMAIL": "email",
    "PHONE": "phone_number",
    "CITY": "city",
    "COUNTRY": "country",
}


def _answer(rng: random.Random, question: Question, person: dict[str, str]) -> str | None:
    if question.options:
        return rng.choice(question.options).key
    known = _ANSWERED_BY.get(question.type)
    return None if known is None else person[known]


def _ad(form: Form) -> dict[str, Any]:
    """Every form has one campaign, ad set and ad, with ids made from its own."""
    return {
        "ad_id": f"1{form.id[1:]}",
        "ad_name": f"{form.name}, picture",
        "adset_id": f"2{form.id[1:]}",
        "adset_name": "Everyone nearby",
        "campaign_id": f"3{form.id[1:]}",
        "campaign_name": form.name,
    }
