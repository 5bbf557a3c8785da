"""The JSON that leaves and enters: contacts, leads and events, with their schemas."""
