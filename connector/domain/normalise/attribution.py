"""Where a lead came from: one entry per lead, never changed by the next."""

from connector.domain.contact import LeadRef
from connector.domain.lead import Form, Lead
from connector.domain.normalise.consents import moment

_PLATFORMS = {"fb": "facebook", "facebook": "facebook", "ig": "instagram", "instagram": "instagram"}


def platform_name(given: str | None) -> str | None:
    """Return the platform's name in full; one that we do not know keeps the provider's text."""
    platform = (given or "").strip()
    return _PLATFORMS.get(platform.casefold(), platform) or None


def lead_ref(lead: Lead, form: Form | None, utm: dict[str, str]) -> LeadRef:
    """Return the lead's attribution."""
    return LeadRef(
        lead_id=lead.id,
        created_time=moment(lead.created_at),
        form_id=lead.form_id or (form.id if form else None) or None,
        form_name=lead.form_name or (form.name if form else None),
        page_id=lead.page_id,
        page_name=lead.page_name,
        campaign_id=lead.campaign_id,
        campaign_name=lead.campaign_name,
        adset_id=lead.adset_id,
        adset_name=lead.adset_name,
        ad_id=lead.ad_id,
        ad_name=lead.ad_name,
        platform=platform_name(lead.platform),
        is_organic=lead.is_organic,
        partner_name=lead.partner_name,
        retailer_item_id=lead.retailer_item_id,
        utm=utm,
    )
