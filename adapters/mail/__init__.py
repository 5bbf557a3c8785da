"""Mail: written from templates, handed to a mail server over SMTP."""
