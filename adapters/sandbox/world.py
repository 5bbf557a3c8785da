"""The sandbox's world: one app, its people, Pages, forms, leads and tokens; chance and time are passed in."""

import bisect
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from adapters.sandbox.objects import (
    ALL_TASKS,
    SCOPES,
    Ad,
    AppSubscription,
    Blank,
    Checkbox,
    Consent,
    Form,
    Lead,
    LeadAccess,
    LoginCode,
    Option,
    Page,
    Person,
    Question,
    Token,
    Usage,
)

__all__ = [
    "ALL_TASKS",
    "SCOPES",
    "Ad",
    "Checkbox",
    "Consent",
    "Form",
    "Lead",
    "LeadAccess",
    "Option",
    "Page",
    "Person",
    "Question",
    "Token",
    "Usage",
    "World",
]

RETENTION_S = 90 * 86_400
"""Meta serves leads for 90 days after submission."""

Answer = str | Sequence[str] | None


@dataclass(slots=True, kw_only=True)
class World:
    """Everything that Meta knows in the sandbox. Ids, secrets and tokens come from `rng`."""

    app_id: str
    app_secret: str = field(repr=False)
    verify_token: str = field(repr=False)
    app_name: str = "Sandbox Connector"
    rng: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 - repeatable, not secret
    now: Callable[[], float] = time.time
    people: dict[str, Person] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)
    leads: dict[str, Lead] = field(default_factory=dict)
    ads: dict[str, Ad] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    codes: dict[str, LoginCode] = field(default_factory=dict)
    app_subscription: AppSubscription | None = None
    next_consent: Consent | None = None
    interactive: bool = False
    redirect_uris: set[str] | None = None  # None: any
    deauthorize_url: str = ""  # called when a person removes the app
    deletion_url: str = ""  # called when a person asks for deletion

    @classmethod
    def invented(cls, rng: random.Random, *, now: Callable[[], float] = time.time) -> "World":
        """Return an empty world whose app id and secrets come from `rng`."""
        return cls(
            app_id=_digits(rng, 15),
            app_secret=f"{rng.getrandbits(128):032x}",
            verify_token=f"{rng.getrandbits(96):024x}",
            rng=rng,
            now=now,
        )

    def new_id(self) -> str:
        """Return a fresh object id: 16 digits, past what a float holds exactly."""
        return _digits(self.rng, 16)

    def add_person(
        self,
        name: str = "Ada Admin",
        *,
        scopes: Iterable[str] = (),
        system_user: bool = False,
        person_id: str = "",
    ) -> Person:
        """Add someone; `scopes` are granted already, as if the person had been through the dialog."""
        granted = set(scopes)
        person = Person(
            id=person_id or self.new_id(),
            name=name,
            is_system_user=system_user,
            granted=granted,
            authorised=bool(granted),
        )
        self.people[person.id] = person
        if self.next_consent is None:
            self.next_consent = Consent(person=person)
        return person

    def add_page(
        self,
        name: str = "Example Bakery",
        *,
        admins: Iterable[Person] = (),
        tasks: tuple[str, ...] = ALL_TASKS,
        business_owned: bool = False,
        page_id: str = "",
    ) -> Page:
        """Add a Page on which `admins` have `tasks`."""
        page = Page(id=page_id or self.new_id(), name=name, business_owned=business_owned)
        self.pages[page.id] = page
        for person in admins:
            person.tasks[page.id] = tasks
        return page

    def add_form(
        self,
        page: Page,
        name: str = "Contact us",
        *,
        questions: Sequence[Question] = (),
        locale: str = "en_US",
        checkboxes: Sequence[Checkbox] = (),
        tracking: Mapping[str, str] | None = None,
    ) -> Form:
        """Publish a form; without `questions` it asks for name, e-mail and phone."""
        asked = questions or (
            Question(key="full_name", type="FULL_NAME", label="Full name"),
            Question(key="email", type="EMAIL", label="Email"),
            Question(key="phone_number", type="PHONE", label="Phone number"),
        )
        form = Form(
            id=self.new_id(),
            page_id=page.id,
            name=name,
            locale=locale,
            created_time=int(self.now()),
            questions=tuple(asked),
            checkboxes=tuple(checkboxes),
            tracking_parameters=dict(tracking or {}),
            disclaimer_title="Consent" if checkboxes else "",
            disclaimer_body="We use your answers to get in touch." if checkboxes else "",
        )
        self.forms[form.id] = form
        page.form_ids.append(form.id)
        return form

    def add_ad(self, page: Page, *, account_id: str = "") -> Ad:
        """Let an ad run that leads to the Page's forms; in an ad account of its own unless told."""
        ad = Ad(id=self.new_id(), account_id=account_id or self.new_id(), page_id=page.id)
        self.ads[ad.id] = ad
        return ad

    def add_lead(
        self,
        form: Form,
        *,
        answers: Mapping[str, Answer] | None = None,
        blank: Blank = "missing",
        created_time: float | None = None,
        **details: object,
    ) -> str:
        """Submit the form and return the lead's id. `None` is a blank answer; `details` are Lead's fields."""
        data = [_field(name, value, blank) for name, value in (answers or {}).items()]
        data += [_field(name, value, blank) for name, value in form.tracking_parameters.items()]
        lead = Lead(
            id=str(details.pop("id", "") or self.new_id()),
            form_id=form.id,
            page_id=form.page_id,
            created_time=int(self.now() if created_time is None else created_time),
            field_data=data,
        )
        for name, value in details.items():
            setattr(lead, name, value)
        self.leads[lead.id] = lead
        bisect.insort(form.leads, lead, key=Lead.sort_key)
        return lead.id

    def is_readable(self, lead: Lead) -> bool:
        """Return whether Meta still has the lead: not deleted and not older than 90 days."""
        return not lead.deleted and lead.created_time > self.now() - RETENTION_S

    def invalidate(self, person: Person, subcode: int | None = 460) -> None:
        """End every token of the person, user and Page ones alike; None is a 190 without a subcode."""
        person.password_epoch += 1
        for token in self.tokens.values():
            if token.person_id == person.id:
                token.fault = INVALIDATIONS[subcode]

    def invalidate_token(self, value: str, subcode: int | None = 463) -> None:
        """End one token."""
        self.tokens[value].fault = INVALIDATIONS[subcode]

    def remove_app(self, person: Person) -> None:
        """Let the person remove the app in Facebook's settings: every token of theirs is dead."""
        self.invalidate(person, 458)
        person.authorised = False
        person.granted.clear()
        person.declined.clear()

    def drop_subscription(self, page: Page) -> None:
        """Take our app off the Page, as an admin of the Page can without telling anyone."""
        page.subscribed.pop(self.app_id, None)

    def revoke_lead_access(self, page: Page, *, error: str = "leads_access_revoked_103") -> None:
        """Leave the app off the Page's Leads Access Manager."""
        page.lead_access = LeadAccess(
            ok=False,
            error=error,
            manager_enabled=True,
            reason="The CRM has not been given access to leads of this Page.",
            resolution="Ask an admin of the Page to add the CRM in Leads Access Manager.",
        )

    def throttle(self, page: Page, *, minutes: int = 15) -> None:
        """Refuse lead calls of the Page, all of its budget used, until `minutes` have passed on the world's clock."""
        page.throttled_until = self.now() + minutes * 60
        page.usage = Usage(call_count=100, total_time=40, total_cputime=30, regain_minutes=minutes)


INVALIDATIONS: Mapping[int | None, str] = {
    None: "expired_without_subcode",
    458: "app_removed",
    459: "checkpoint",
    460: "password_changed",
    463: "session_expired",
    464: "unconfirmed",
    466: "invalidated_by_api",
    467: "logged_out",
    492: "no_role_on_page",
}
"""Subcode of a 190 → name of the error in graph_errors."""


def _digits(rng: random.Random, length: int) -> str:
    return str(rng.randrange(10 ** (length - 1), 10**length))


def _field(name: str, value: Answer, blank: Blank) -> dict[str, object]:
    match value:
        case None if blank == "missing":
            return {"name": name}
        case None:
            return {"name": name, "values": [""] if blank == "empty_text" else []}
        case str():
            return {"name": name, "values": [value]}
        case _:
            return {"name": name, "values": list(value)}
