"""Editions of one film brought together, by evidence or by hand, so that they can be parted again."""
