from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from unionhall.people.accounts.models import User
from unionhall.people.unions.queries import has_role, is_officer
from unionhall.people.unions.rules.roles import AUDIT, SECURITY, SYSTEM


def runs_unions(user: User | AnonymousUser) -> bool:
    """Officers and chairs; the second factor is demanded by the site's middleware."""
    return is_officer(user)


def runs_the_system(user: User | AnonymousUser) -> bool:
    """The system administrator."""
    return has_role(user, SYSTEM)


def guards_security(user: User | AnonymousUser) -> bool:
    """The security administrator."""
    return has_role(user, SECURITY)


def audits(user: User | AnonymousUser) -> bool:
    """The audit administrator."""
    return has_role(user, AUDIT)
