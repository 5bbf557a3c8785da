"""Where a person is led after signing in: a place of our own and nowhere else."""

import re

HOME = "/"
_CHARS_MAX = 2000
_LOCAL = re.compile(r"/[!-\[\]-~]*")
"""A slash and visible ASCII without the backslash, which browsers take for a slash."""


def return_to(text: str | None) -> str:
    """Return `text` when it is a local address, else the first page. Total.

    No two slashes in a row anywhere: at the start they name another host, and a path like `/..//host` becomes
    such a start for whoever takes out the dots before looking. Source: WHATWG URL, 4.4.
    """
    if text is None or len(text) > _CHARS_MAX or "//" in text or not _LOCAL.fullmatch(text):
        return HOME
    return text
