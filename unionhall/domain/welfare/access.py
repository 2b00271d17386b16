from __future__ import annotations

from typing import TYPE_CHECKING

from unionhall.domain.welfare.queries import clerk_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from unionhall.people.accounts.models import User


def works_for_a_merchant(user: User | AnonymousUser) -> bool:
    """Clerks at their counter; asked anew each time, for a dismissal holds at once."""
    return clerk_of(user) is not None


def manages_a_merchant(user: User | AnonymousUser) -> bool:
    """Clerks who may undo a redemption and fetch the settlement."""
    clerk = clerk_of(user)
    return clerk is not None and clerk.is_manager
