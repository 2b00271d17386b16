"""Which addresses lead nowhere but to another page of this site."""

from __future__ import annotations

from django.utils.http import url_has_allowed_host_and_scheme


def is_own_path(path: str) -> bool:
    """A path from the root; what a browser would read as the start of a host is none."""
    if not path.startswith("/") or not path.isprintable():
        return False
    return url_has_allowed_host_and_scheme(path, allowed_hosts=None)
