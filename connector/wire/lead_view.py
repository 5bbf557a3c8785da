"""The lead as the CRM sees it beside the contact: every answer, every value, with labels where there are any."""

from collections.abc import Sequence

from connector.domain.contact import Consent
from connector.domain.lead import Form, Lead, Question, ReceivedVia
from connector.domain.normalise.answers import comparable, questions_of
from connector.domain.normalise.attribution import platform_name
from connector.domain.normalise.custom import option_labels, shown
from connector.domain.times import rfc3339_seconds
from connector.wire.event import AnswerView, LeadView


def lead_view(
    lead: Lead, form: Form | None, *, consents: Sequence[Consent], received_via: ReceivedVia
) -> LeadView:
    """Return the view. Nothing is left out: answers without a question of the form have no label."""
    questions = questions_of(form)
    return LeadView(
        lead_id=lead.id,
        created_time=rfc3339_seconds(lead.created_at) if lead.created_at else None,
        page_id=lead.page_id,
        page_name=lead.page_name,
        form_id=lead.form_id,
        form_name=lead.form_name,
        campaign_id=lead.campaign_id,
        campaign_name=lead.campaign_name,
        adset_id=lead.adset_id,
        adset_name=lead.adset_name,
        ad_id=lead.ad_id,
        ad_name=lead.ad_name,
        platform=platform_name(lead.platform),
        is_organic=lead.is_organic,
        answers=tuple(
            _answer(answer.name, answer.values, questions.get(comparable(answer.name)))
            for answer in lead.answers
        ),
        consents=tuple(consents),
        received_via=received_via,
    )


def _answer(name: str, values: tuple[str, ...], question: Question | None) -> AnswerView:
    options = option_labels(question) if question else ()
    return AnswerView(
        name=name,
        label=question.label if question else None,
        type=question.type if question else None,
        values=values,
        value_labels=tuple(shown(value, options) for value in values),
    )
