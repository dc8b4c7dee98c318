"""How often a password may be tried."""

import hashlib
from ipaddress import IPv4Address, IPv6Network, ip_address

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView


class _SignInThrottle(SimpleRateThrottle):
    scope = "sign-in"


class AddressThrottle(_SignInThrottle):
    """By where the attempt comes from."""

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return f"throttle-sign-in-address-{_digest(_subscriber(self.get_ident(request)))}"


class UsernameThrottle(_SignInThrottle):
    """By whose password is tried, because an address is easily made up behind a proxy."""

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        username = request.data.get("username") if hasattr(request.data, "get") else None
        return f"throttle-sign-in-username-{_digest(str(username).casefold())}" if username else None


def _subscriber(ident: str) -> str:
    """The network that one subscriber has: of IPv6 they have 2**64 addresses, and could try from each."""
    try:
        address = ip_address(ident)
    except ValueError:
        return ident
    if isinstance(address, IPv4Address) or address.ipv4_mapped:
        return ident
    return str(IPv6Network((address, 64), strict=False))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
