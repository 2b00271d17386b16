from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from unionhall.people.accounts.models import User
from unionhall.people.unions.queries import is_officer


def runs_unions(user: User | AnonymousUser) -> bool:
    """Officers and chairs; the second factor is demanded by the site's middleware."""
    return is_officer(user)
