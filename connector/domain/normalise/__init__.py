"""Lead → contact: a pure function of the lead, its form, the configured country and the library versions."""

from connector.domain.normalise.assemble import NORMALISER, Normalised, is_test_lead, normalise, normalised

__all__ = ["NORMALISER", "Normalised", "is_test_lead", "normalise", "normalised"]
