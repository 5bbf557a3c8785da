"""Facebook Lead Ads: the webhook, the Graph API, the consent."""
