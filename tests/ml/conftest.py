"""Properties are judged by what holds, not by how fast a busy machine finds it out."""

from hypothesis import settings

settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
