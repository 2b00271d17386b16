"""What she agrees to, and how she wants to read."""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now

from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts import rules
from unionhall.people.accounts.actions.sessions import end_all_sessions
from unionhall.people.accounts.models import Consent, User
from unionhall.people.accounts.queries import live_consents


@transaction.atomic
def give_consent(user: User, kind: str, version: str = rules.CONSENT_VERSION) -> Consent:
    """Her separate consent to one thing, in the version that she could read; twice is once."""
    live = live_consents(user).filter(kind=kind)
    same = live.filter(version=version).first()
    if same:
        return same
    live.update(withdrawn_at=Now())  # a new text replaces the consent to the old one
    consent, new = Consent.objects.get_or_create(
        user=user, kind=kind, withdrawn_at=None, defaults={"version": version}
    )
    if new:
        ledger.record("accounts.consent_given", user, by=user, kind=kind, version=version)
    return consent


@transaction.atomic
def withdraw_consent(user: User, kind: str) -> None:
    """As easy as giving it (PIPL art. 15); what was done before stays lawful.

    Without the one to the privacy notice nobody is signed in: her sessions end on every device.
    """
    if live_consents(user).filter(kind=kind).update(withdrawn_at=Now()):
        ledger.record("accounts.consent_withdrawn", user, by=user, kind=kind)
    if kind == Consent.Kind.PRIVACY:
        end_all_sessions(user)


@transaction.atomic
def prefer(
    user: User,
    *,
    text_size: str | None = None,
    theme: str | None = None,
    language: str | None = None,
) -> None:
    """Note how she wants her pages; what is None stays as it is."""
    wishes = {"text_size": text_size, "theme": theme, "language": language}
    chosen = {field: wish for field, wish in wishes.items() if wish is not None}
    User.objects.filter(pk=user.pk).update(**chosen)
    for field, wish in chosen.items():
        setattr(user, field, wish)


@transaction.atomic
def choose_more_time(user: User, *, more_time: bool) -> None:
    """More time for quizzes, or the usual time again; on the ledger, for it changes deadlines."""
    if User.objects.filter(pk=user.pk).exclude(more_time=more_time).update(more_time=more_time):
        ledger.record("accounts.more_time_chosen", user, by=user, more_time=more_time)
