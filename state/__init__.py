"""Durable state: one SQL, two engines. A module or a folder an aggregate; units of work are functions of a Tx."""
