"""Sessions that know whose they are, so that she can see and end them: ``settings.SESSION_ENGINE``."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils import timezone

from unionhall.people.accounts import rules
from unionhall.people.accounts.models import Session

DEVICE = "device"  # in the session: what it is, from where, since when


class SessionStore(db.SessionStore):
    """Django's own, with columns beside the sealed dictionary."""

    used_at: dt.datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Ours."""
        return Session

    def load(self) -> dict[str, Any]:
        """As Django's; remembers when the row was last marked as used."""
        row = self._get_session_from_db()  # type: ignore[attr-defined]
        if row is None:
            return {}
        self.used_at = row.used_at
        return self.decode(row.session_data)

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row as it will stand."""
        row: Session = super().create_model_instance(data)  # type: ignore[assignment]
        whose = str(data.get(SESSION_KEY, ""))
        row.user_id = int(whose) if whose.isdecimal() else None
        row.used_at = self.used_at = timezone.now()
        row.device, row.place, began = data.get(DEVICE, ("", "", None))
        row.began_at = dt.datetime.fromisoformat(began) if began else row.used_at
        return row

    def note_device(self, user_agent: str, address: str) -> None:
        """What somebody signs in with, and roughly from where."""
        self[DEVICE] = (
            rules.device_of(user_agent),
            rules.place_of(address),
            timezone.now().isoformat(timespec="seconds"),
        )

    @property
    def is_due(self) -> bool:
        """Whether it was last marked as used an hour ago or more."""
        return self.used_at is None or timezone.now() - self.used_at >= rules.MARKED_EVERY
