"""Absences about which somebody said what is the matter: what, when, who."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from unionhall.base.ledger.queries import entries_numbered
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Absence, RollImport
from unionhall.people.unions.queries import in_charge_of


@dataclass(frozen=True)
class Decided:
    """One of them with the ledger's word for it."""

    absence: Absence
    at: dt.datetime | None
    by: str

    @property
    def said(self) -> str:
        """The reason, or that nothing changed."""
        return self.absence.get_reason_display() or self.absence.get_decision_display()


def decided_absences(roll: RollImport, user: User | AnonymousUser) -> QuerySet[Absence]:
    """Those of people whose union ``user`` runs, the latest first."""
    absences = roll.absences.exclude(decision="").filter(membership__union__in=in_charge_of(user))
    related = absences.select_related("membership__member", "membership__union")
    return related.order_by("-entry_id", "pk")


def with_decision(absences: Iterable[Absence]) -> list[Decided]:
    """Two statements more, however many."""
    absences = list(absences)
    numbered = entries_numbered({one.entry_id or 0 for one in absences})
    entries = {pk: (at, by) for pk, at, by in numbered.values_list("pk", "at", "by_id")}
    doers = {by for _at, by in entries.values() if by}
    names = dict(User.objects.filter(pk__in=doers).values_list("pk", "name"))
    told = [(one, *entries.get(one.entry_id or 0, (None, None))) for one in absences]
    return [Decided(one, at, names.get(by or 0, "")) for one, at, by in told]
