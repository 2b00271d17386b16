"""Who stands at the desk."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

from unionhall.people.accounts.models import User


def signed_in(request: HttpRequest) -> User:
    """Whoever is signed in; the route has seen to that."""
    return cast("User", request.user)
