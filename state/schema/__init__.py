"""The schema, one module a part of the product; `state/migrations.py` puts them in order."""
