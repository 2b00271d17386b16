"""Sessions: marked as used, ended one by one or all at once, forgotten when they ran out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts import rules
from unionhall.people.accounts.models import Session, User

if TYPE_CHECKING:
    from unionhall.people.accounts.sessions import SessionStore


def mark_used(session: SessionStore, user: User) -> None:
    """Note that a device was used now; of many requests of one hour, one writes."""
    due = Q(used_at=None) | Q(used_at__lte=Now() - rules.MARKED_EVERY)
    Session.objects.filter(due, session_key=session.session_key).update(used_at=Now(), user=user)


@transaction.atomic
def end_session(session: Session, *, by: User) -> None:
    """End one device's session: whatever it asks next, it is a stranger's."""
    ended, _per_model = Session.objects.filter(pk=session.pk, user=by).delete()
    if ended:
        ledger.record("accounts.session_ended", by, by=by, device=session.device)


@transaction.atomic
def sign_out_everywhere(user: User, *, by: User | None = None) -> None:
    """End every session of hers, also of those that are not in her list: a round has begun that none is bound to."""
    end_all_sessions(user)
    ledger.record("accounts.signed_out_everywhere", user, by=by or user)


def end_all_sessions(user: User) -> None:
    """The part of a deed that ends them all; the row decides, so two deeds at once are two rounds."""
    User.objects.filter(pk=user.pk).update(session_round=F("session_round") + 1)
    user.refresh_from_db(fields=["session_round"])
    Session.objects.filter(user=user).delete()


@transaction.atomic
def forget_expired_sessions() -> int:
    """Forget sessions past their end, also those of strangers; the number of rows."""
    forgotten, _per_model = Session.objects.filter(expire_date__lt=Now()).delete()
    return forgotten
