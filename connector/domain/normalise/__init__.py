"""Lead → contact: a pure function of the lead, its form, the configured country and the library versions."""

from connector.domain.normalise.assemble import NORMALISER, is_test_lead, normalise

__all__ = ["NORMALISER", "is_test_lead", "normalise"]
