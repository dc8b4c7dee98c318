"""What the catalogue tells those who build on it, without knowing them."""

from django.dispatch import Signal

before_rating = Signal()
"""Sent with `user` and `movie` (a current one) right before somebody of this site rates it for the first time or anew.

Receivers only look: `send_robust` is used, and what goes wrong in one is logged, never the rater's concern.
"""
