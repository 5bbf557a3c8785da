"""What every page tells the browser: run nothing of others, show it to nobody, keep nothing."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from aiohttp import web

HSTS_S = 365 * 24 * 3600


class SecurityHeaders:
    """The headers of one installation.

    `consent_urls` are the providers' dialogs: a form of ours may end there, by a redirect. `embedded_by` are the
    origins that may show us in a frame; none unless given.
    """

    def __init__(
        self, *, public_url: str, consent_urls: Sequence[str] = (), embedded_by: Sequence[str] = ()
    ) -> None:
        targets = " ".join(("'self'", *dict.fromkeys(map(origin, consent_urls))))
        policy = {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "'self' data:",
            "font-src": "'self'",
            "connect-src": "'self'",
            "form-action": targets,  # browsers follow a form's redirects with it
            "base-uri": "'none'",
            "frame-ancestors": " ".join(embedded_by) or "'none'",
        }
        self._headers = {
            "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
            # not no-referrer: with it browsers send `Origin: null` on our own forms
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
            "X-Robots-Tag": "noindex, nofollow",
        }
        if not embedded_by:
            self._headers["X-Frame-Options"] = "DENY"
        if public_url.startswith("https://"):
            self._headers["Strict-Transport-Security"] = f"max-age={HSTS_S}"

    def put(self, response: web.StreamResponse) -> None:
        """Set them; only `Cache-Control` may be the handler's own (fonts and styles may be kept)."""
        response.headers.update(self._headers)
        response.headers.setdefault("Cache-Control", "no-store")


def origin(url: str) -> str:
    """Return scheme, host and port of an address as browsers write an origin. Source: RFC 6454, 6.2."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = parts.port
    is_usual = port is None or port == {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{host}" if is_usual else f"{parts.scheme}://{host}:{port}"
