"""Durable state: one SQL, two engines. A module per aggregate; units of work are plain functions of a Tx."""
