"""Google: consent and tokens, the Drive API, security events."""
