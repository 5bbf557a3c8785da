"""The CRM backend: signed events go out, its answers are judged."""
