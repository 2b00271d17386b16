"""What an officer has under way about members goes to whoever follows her."""

from __future__ import annotations

from django.db.models import QuerySet

from unionhall.people.accounts.models import User
from unionhall.people.members.models import BulkDeed, RollImport, TransferRequest
from unionhall.people.unions.models import Union

STATE = RollImport.State


def transfers_asked_by(user: User, unions: QuerySet[Union]) -> QuerySet[TransferRequest]:
    """Her requests that wait for their answer."""
    asked = TransferRequest.objects.filter(state=TransferRequest.State.ASKED)
    return asked.filter(asked_by=user, to_union__in=unions)


def rolls_waiting_of(user: User, unions: QuerySet[Union]) -> QuerySet[RollImport]:
    """Her rolls that are not taken in yet."""
    waiting = [STATE.RECEIVED, STATE.CHECKED, STATE.RUNNING]
    return RollImport.objects.filter(by=user, union__in=unions, state__in=waiting)


def bulk_deeds_under_way_of(user: User, unions: QuerySet[Union]) -> QuerySet[BulkDeed]:
    """Her deeds for many that are not done. Who runs the union no longer does none of the rest, so they need a follower."""
    under_way = [BulkDeed.State.CHOSEN, BulkDeed.State.RUNNING]
    return BulkDeed.objects.filter(by=user, union__in=unions, state__in=under_way)


def hand_over_members(user: User, *, to: User, unions: QuerySet[Union]) -> dict[str, int]:
    """How many of each. Inside the transaction of the whole deed."""
    return {
        "transfers": transfers_asked_by(user, unions).update(asked_by=to),
        "rolls": rolls_waiting_of(user, unions).update(by=to),
        "bulk": bulk_deeds_under_way_of(user, unions).update(by=to),
    }
