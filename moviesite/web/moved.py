"""The answer for an address whose film has another one now."""

from django.http import HttpResponseBase, HttpResponsePermanentRedirect
from django.utils.cache import patch_cache_control


def moved_to(address: str) -> HttpResponseBase:
    """A 301, so that search engines and programs learn the new address; but browsers, which would keep it for good, ask
    again each time, because a title may change back and a merged film may be split off.
    """
    response = HttpResponsePermanentRedirect(address)
    patch_cache_control(response, no_cache=True)
    return response
