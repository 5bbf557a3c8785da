"""Put the parts of a contact together. A bad field never loses the lead: it is flagged and kept."""

from dataclasses import dataclass
from datetime import datetime

import email_validator
import phonenumbers

from connector.domain.contact import Contact, Flag, Gender, Normaliser, in_order
from connector.domain.lead import Form, Lead
from connector.domain.mapping.rules import NO_MAPPING, FormMapping
from connector.domain.normalise.addresses import first_said, place
from connector.domain.normalise.answers import Answers, Given, sort_answers
from connector.domain.normalise.attribution import lead_ref
from connector.domain.normalise.consents import consents
from connector.domain.normalise.custom import custom_fields
from connector.domain.normalise.dates import birthday
from connector.domain.normalise.emails import emails
from connector.domain.normalise.fitting import Misfit, fitted
from connector.domain.normalise.genders import gender_of
from connector.domain.normalise.names import names, split_full
from connector.domain.normalise.phones import phones, regions
from connector.domain.normalise.text import compact, is_dummy, said
from connector.domain.times import rfc3339

NORMALISER = Normaliser(
    version="1", phone_metadata=phonenumbers.__version__, email_validator=email_validator.__version__
)

_TEST_ADDRESSES = frozenset(["test@fb.com", "test@meta.com"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalised:
    """The contact of one lead, and what the form's mapping could not place as it says."""

    contact: Contact
    misfits: tuple[Misfit, ...] = ()


def normalise(
    lead: Lead, form: Form | None, *, country_hint: str | None, contact_id: str, now: datetime
) -> Contact:
    """Return the contact that `lead` alone makes, without a mapping. Total; see `normalised`."""
    return normalised(lead, form, country_hint=country_hint, contact_id=contact_id, now=now).contact


def normalised(
    lead: Lead,
    form: Form | None,
    *,
    country_hint: str | None,
    contact_id: str,
    now: datetime,
    mapping: FormMapping = NO_MAPPING,
) -> Normalised:
    """Return the contact that `lead` alone makes. Total; `now` (aware) stamps it and bounds a birth date.

    `country_hint` is the configured country of the Page or form: a code or a name.
    """
    is_test = is_test_lead(lead)
    locale = form.locale if form else None
    answers, misfits = fitted(
        sort_answers(lead, form, mapping),
        country_hint=country_hint,
        locale=locale,
        at=lead.created_at or now,
    )
    named = names(answers.of("full_name"), answers.of("first_name"), answers.of("last_name"))
    named = split_full(named) if mapping.split_full_name else named
    addresses, where = place(answers), answers.of("phone")
    mail, mail_flags = emails(answers.of("email"))
    lines, line_flags = phones(
        where, regions(answer=addresses.country_code, hint=country_hint, locale=locale)
    )
    born = birthday(answers.of("birthday"), locale=locale, at=lead.created_at or now)
    gender, gender_text, more_genders = _gender(answers)
    organization, more_organizations = first_said(answers.of("organization"))
    job_title, more_titles = first_said(answers.of("job_title"))
    unused = (
        *named.unused,
        *addresses.unused,
        *born.unused,
        *more_genders,
        *more_organizations,
        *more_titles,
    )
    reachable = any(email.valid for email in mail) or any(phone.valid for phone in lines)
    found: tuple[Flag, ...] = (
        *(("test_lead",) if is_test else ()),
        *(() if reachable else ("no_contact_point",)),
        *(line_flags + mail_flags + named.flags + addresses.flags + born.flags),
        *(("mapping_misfit",) if misfits else ()),
    )
    contact = Contact(
        contact_id=contact_id,
        created_at=rfc3339(now),
        updated_at=rfc3339(now),
        normaliser=NORMALISER,
        full_name=named.full_name,
        given_name=named.given_name,
        family_name=named.family_name,
        name_source=named.source,
        emails=mail,
        phones=lines,
        addresses=(addresses.address,) if addresses.address else (),
        birthday=born.iso,
        gender=gender,
        gender_text=gender_text,
        organization=organization,
        job_title=job_title,
        custom_fields=custom_fields((*answers.of("custom"), *unused)),
        consents=consents(lead, form, mapping.opt_ins),
        leads=(lead_ref(lead, form, answers.utm),),
        is_test=is_test,
        flags=in_order(found),
    )
    return Normalised(contact=contact, misfits=misfits)


def is_test_lead(lead: Lead) -> bool:
    """Whether the provider's testing tool made this lead: by its dummy texts or its own two addresses.

    Not by missing ad ids: organic leads have none either.
    """
    values = (value for answer in lead.answers for value in answer.values)
    return any(is_dummy(value) or compact(value).casefold() in _TEST_ADDRESSES for value in values)


def _gender(answers: Answers) -> tuple[Gender | None, str | None, tuple[Given, ...]]:
    given = [(text, one) for one in answers.of("gender") if (text := said(one.value))]
    known = next(((text, one) for text, one in given if gender_of(text)), None)
    if known:
        return gender_of(known[0]), None, tuple(one for _, one in given if one is not known[1])
    return None, given[0][0] if given else None, tuple(one for _, one in given[1:])
