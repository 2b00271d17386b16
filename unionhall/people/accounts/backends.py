"""How Django finds the login of a session again. No passwords: a session begins with a code."""

from __future__ import annotations

from django.contrib.auth.backends import BaseBackend

from unionhall.people.accounts.models import User


class ActiveUserBackend(BaseBackend):
    """The login of a session, as long as it is active: who is stopped is out at once."""

    def get_user(self, user_id: int) -> User | None:
        """The active login, or nobody."""
        return User.objects.filter(pk=user_id, is_active=True).first()
