"""Telling those whom a case concerns: her who asked, and whoever has to act."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import translation

from unionhall.kernel.casework.stages import Waits
from unionhall.kernel.notify import actions as notify
from unionhall.people.members.queries import member_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unionhall.kernel.casework.models import Case
    from unionhall.people.accounts.models import User

STILL_NEWS_FOR = dt.timedelta(days=1)  # a text message about a case; the page tells it afterwards


def tell_applicant(case: Case) -> None:
    """Where it stands now, in plain words and in her language."""
    if case.applicant:
        _tell(case.applicant, "casework/advanced", case, url=case.page)


def tell_whoever_must_act(case: Case, topic: str, officers: Iterable[User]) -> None:
    """A reminder, to those for whom the case waits."""
    if case.at.waits is Waits.APPLICANT:
        if case.applicant:
            _tell(case.applicant, topic, case, url=case.page)
        return
    for officer in officers:
        _tell(officer, topic, case, url=case.desk_page)


def _tell(user: User, topic: str, case: Case, *, url: str) -> None:
    """In the inbox of her who is a member, else by a text message to the phone that she signs in with."""
    with translation.override(user.language or settings.LANGUAGE_CODE):
        said: dict[str, Any] = {
            "what": str(case.stages.name),
            "plain": str(case.at.plain),
            "due": case.due_on,
        }
    member = member_of(user)
    if member:
        notify.send(member, topic, channels=("inbox", "sms"), url=url, **said)
    else:
        notify.text(user.phone, topic, within=STILL_NEWS_FOR, **said)
