"""Drive v3, checked against the discovery document that Google publishes. Uploads are to be a module here."""
