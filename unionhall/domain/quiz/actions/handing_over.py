"""Files of questions that an officer who leaves has under way go to whoever follows her."""

from __future__ import annotations

from django.db.models import QuerySet

from unionhall.domain.quiz.models import BankImport
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import Union

STATE = BankImport.State


def bank_imports_waiting_of(user: User, unions: QuerySet[Union]) -> QuerySet[BankImport]:
    """Hers that are not taken in yet."""
    waiting = [STATE.RECEIVED, STATE.CHECKED, STATE.RUNNING]
    return BankImport.objects.filter(by=user, union__in=unions, state__in=waiting)


def hand_over_bank_imports(user: User, *, to: User, unions: QuerySet[Union]) -> int:
    """How many. Inside the transaction of the whole deed."""
    return bank_imports_waiting_of(user, unions).update(by=to)
